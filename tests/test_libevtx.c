/* SPDX-License-Identifier: Apache-2.0 */
/* The libevtx reader: on logs of our own writer it agrees with the direct reader, record for record, but for what the
 * library is known not to do; and its verdict on whole logs. */
#include "evtx/reader.h"
#include "evtx/verdict.h"

#include "base/attr.h"
#include "base/limits.h"
#include "tests/writer/evtx_writer.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>

#define TIME UINT64_C(0x01DA3CF7C5E0A080)

/* The library loses its list of recovered records when it refuses a log (libevtx-in-a-jail.md 7): not for the leak
 * checker of a sanitizer build to tell. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libfdata_list_initialize\n";
}

static const struct {
	const char *name;
	enum writer_layout layout;
	enum writer_body body;
	const char *value; /* of the field Text */
	const char *other; /* what libevtx makes of it, when it differs; "" when it cannot read the record */
} cases[] = {
	{ "18 values", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "text", NULL },
	{ "20 values", WRITER_LAYOUT_20, WRITER_EVENT_DATA, "text", NULL },
	{ "UserData", WRITER_LAYOUT_18, WRITER_USER_DATA, "text", NULL },
	{ "markup in a text", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "<a href=\"x\">&amp;</Data>\n", NULL },
	{ "lines", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "one\r\n\ttwo\r\n", NULL },
	{ "a line that begins with a tag", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "\n  <Data>x</Data>\n", NULL },
	{ "blanks at the edges", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "  x  ", NULL },
	{ "no text", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "", NULL },
	{ "other alphabets", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "\xc3\xa4\xe6\x97\xa5", NULL },
	{ "beyond the BMP: a wrong character", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "\xf0\x9f\x98\x80", "\xf0\x9f\x88\x81" },
	{ "half a pair at the end: refused", WRITER_LAYOUT_18, WRITER_EVENT_DATA, "x\xed\xa0\xbd", "" },
	{ "no template: refused", WRITER_LAYOUT_PLAIN, WRITER_EVENT_DATA, "text", "" },
};

static bool
add_event(struct writer_log *log, size_t which, struct arena *arena)
{
	struct writer_field fields[] = {
		{ SLICE("Number"), writer_int(arena, WRITER_I32, 7), 0 },
		{ SLICE("Text"), writer_string(arena, slice_from_text(cases[which].value)), 0 },
		{ SLICE("Last"), writer_string(arena, SLICE("last")), 0 },
	};
	struct writer_event event = writer_event_blank();

	event.provider = SLICE("Some-Provider");
	event.channel = SLICE("Some/Channel");
	event.computer = SLICE("pc.example");
	event.id = 4104;
	event.level = 5;
	event.keywords = 1;
	event.time = TIME + which;
	event.record = 100 + which;
	event.pid = 11;
	event.tid = 12;
	event.user = (struct writer_value){ WRITER_SID, SLICE("\1\1\0\0\0\0\0\5\22\0\0\0") };
	event.layout = cases[which].layout;
	event.body = cases[which].body;
	event.user_data_root = SLICE("Root");
	event.fields = fields;
	event.field_count = ARRAY_LEN(fields);
	return writer_log_add(log, &event);
}

/* Every case is one record; `chunk_each` gives each a chunk of its own. */
static void
make_log(struct buf *file, bool chunk_each)
{
	struct writer_options options = { .minor = 1 };
	struct writer_log *log = writer_log_new(&options);
	struct arena arena;

	arena_init(&arena, 1 << 20);
	buf_init(file, 1 << 24);
	ck_assert(log);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert(!chunk_each || i == 0 || writer_log_new_chunk(log));
		ck_assert(add_event(log, i, &arena));
	}
	ck_assert(writer_log_finish(log, file));
	writer_log_free(log);
	arena_fini(&arena);
}

/* One line: place, System, fields. */
static void
describe(const struct record *record, struct buf *out)
{
	const struct record_system whole = record_whole_system(record), *s = &whole;
	struct record_field *fields;
	struct arena arena;
	struct err err;
	size_t count;

	arena_init(&arena, 1 << 20);
	buf_printf(out, "%llu %u %llu %llu %llu|", (unsigned long long)record->offset, (unsigned)record->size,
		(unsigned long long)record->number, (unsigned long long)record->written, (unsigned long long)record->chunk);
	buf_append(out, s->provider);
	buf_append(out, s->channel);
	buf_append(out, s->computer);
	buf_append(out, s->user_sid);
	buf_printf(out, "|%u %u %u %u %llu %llu|", s->event_id, s->level, s->process_id, s->thread_id,
		(unsigned long long)s->time, (unsigned long long)s->record_id);
	ck_assert(record_read_fields(record, &arena, &fields, &count, &err));
	for (size_t i = 0; i < count; i++) {
		buf_append(out, fields[i].name);
		buf_append_byte(out, '=');
		buf_append(out, fields[i].text);
		buf_append_byte(out, ';');
	}
	arena_fini(&arena);
}

/* The which-th record of the log, by this reader; empty when it was lost. */
static void
read_one(const struct reader_class *class, const struct buf *file, size_t which, struct buf *out, struct reader_loss *loss)
{
	struct source source = source_from_memory(buf_view(file));
	struct reader *reader;
	struct record record;
	enum reader_step step;
	struct err err = { 0 };

	buf_init(out, 1 << 20);
	ck_assert_msg(class->open(&source, NULL, &reader, &err), "%s", err.text);
	do {
		do
			step = reader_next(reader, &record, loss, &err);
		while (step == READER_CHUNK);
		ck_assert(step == READER_RECORD || step == READER_LOST);
	} while (which--);
	if (step == READER_RECORD)
		describe(&record, out);
	buf_append_byte(out, 0);
	reader_close(reader);
}

static void
compare(size_t which, bool chunk_each)
{
	struct reader_loss loss = { .len = 0 };
	struct buf file, direct, reference;
	const char *theirs, *text;

	make_log(&file, chunk_each);
	read_one(&reader_direct, &file, which, &direct, &loss);
	read_one(&reader_libevtx, &file, which, &reference, &loss);
	theirs = (const char *)reference.ptr;
	ck_assert_msg(direct.len > 1, "%s: the direct reader reads it", cases[which].name);
	if (!cases[which].other) {
		ck_assert_msg(strcmp((char *)direct.ptr, theirs) == 0, "%s:\n%s\n%s", cases[which].name, (char *)direct.ptr, theirs);
	} else if (!cases[which].other[0]) {
		ck_assert_msg(!*theirs, "%s: %s", cases[which].name, theirs);
		ck_assert_msg(strncmp(loss.reason, "libevtx: ", 9) == 0 && strlen(loss.reason) > 20, "%s: %s", cases[which].name,
			loss.reason);
		ck_assert_msg(loss.has_number && loss.records == 1 && loss.len >= LIMIT_RECORD_MIN, "%s: place", cases[which].name);
	} else {
		text = strstr(theirs, "Text=");
		ck_assert_msg(text && strncmp(text + 5, cases[which].other, strlen(cases[which].other)) == 0, "%s: %s",
			cases[which].name, theirs);
	}
	buf_fini(&file);
	buf_fini(&direct);
	buf_fini(&reference);
}

START_TEST(test_agreement)
{
	compare((size_t)_i, false);
	compare((size_t)_i, true);
}
END_TEST

static struct reader_counts
count(struct slice file, uint64_t first_chunk)
{
	struct source source = source_from_memory(file);
	struct reader_options options = { .first_chunk = first_chunk };
	struct reader_counts counts;
	struct reader_loss loss;
	struct record record;
	struct reader *reader;
	struct err err = { 0 };
	enum reader_step step;

	ck_assert_msg(reader_libevtx.open(&source, &options, &reader, &err), "%s", err.text);
	do
		step = reader_next(reader, &record, &loss, &err);
	while (step != READER_END && step != READER_FAILED);
	ck_assert_int_eq(reader_next(reader, &record, &loss, &err), READER_END);
	counts = reader->counts;
	reader_close(reader);
	return counts;
}

/* Damage in front of the walk: what is done to a log of a chunk for each of the cases, two of which libevtx refuses. */
enum damage { NONE, FREE_SPACE, ZERO_CHUNK, FOREIGN_CHUNK, CUT, FROM_THIRD, BAD_SIGNATURE };
static const struct {
	const char *name;
	enum damage damage;
	unsigned records, lost;
	bool opened, corrupted; /* verdict on the whole */
} logs[] = {
	{ "sound", NONE, 10, 2, true, false },
	{ "a chunk header costs the library the file, the reader a chunk", FREE_SPACE, 9, 3, false, false },
	{ "an empty chunk", ZERO_CHUNK, 9, 2, true, true },
	{ "a foreign chunk", FOREIGN_CHUNK, 9, 2, true, true },
	{ "cut in the last chunk", CUT, 10, 2, true, true },
	{ "from the third chunk on", FROM_THIRD, 8, 2, true, false },
	{ "no file signature", BAD_SIGNATURE, 10, 2, false, false },
};

static void
damage(struct buf *file, enum damage how)
{
	uint8_t *chunk = file->ptr + LIMIT_FILE_HEADER;

	switch (how) {
	case FREE_SPACE:
		memset(chunk + 48, 0xFF, 4);
		break;
	case ZERO_CHUNK:
		memset(chunk, 0, LIMIT_CHUNK);
		break;
	case FOREIGN_CHUNK:
		memset(chunk, 'x', LIMIT_CHUNK);
		break;
	case CUT:
		file->len -= 1000;
		break;
	case BAD_SIGNATURE:
		file->ptr[0] = 'x';
		break;
	case NONE:
	case FROM_THIRD:
		break;
	}
}

START_TEST(test_logs)
{
	struct log_verdict verdict;
	struct reader_counts counts;
	struct source source;
	struct buf file;

	make_log(&file, true);
	damage(&file, logs[_i].damage);
	counts = count(buf_view(&file), logs[_i].damage == FROM_THIRD ? 2 : 0);
	ck_assert_msg(counts.records == logs[_i].records && counts.lost == logs[_i].lost, "%s: %u records, %u lost", logs[_i].name,
		(unsigned)counts.records, (unsigned)counts.lost);
	ck_assert_msg(counts.empty_chunks == (logs[_i].damage == ZERO_CHUNK) &&
		counts.foreign_chunks == (logs[_i].damage == FOREIGN_CHUNK), "%s: slots", logs[_i].name);
	source = source_from_memory(buf_view(&file));
	libevtx_verdict(&source, &verdict);
	ck_assert_msg(verdict.opened == logs[_i].opened && verdict.corrupted == logs[_i].corrupted, "%s: opened %d, corrupted %d, %s",
		logs[_i].name, verdict.opened, verdict.corrupted, verdict.reason);
	ck_assert_msg(verdict.opened == !verdict.reason[0], "%s: %s", logs[_i].name, verdict.reason);
	if (logs[_i].damage == NONE)
		ck_assert(verdict.records == ARRAY_LEN(cases) && verdict.major == 3 && verdict.minor == 1);
	buf_fini(&file);
}
END_TEST

START_TEST(test_refusals)
{
	struct source source = source_from_memory(SLICE("no log"));
	struct log_verdict verdict;
	struct reader *reader = NULL;
	struct err err;

	ck_assert(!reader_libevtx.open(&source, NULL, &reader, &err) && !reader);
	ck_assert_uint_eq(err.code, ERR_TRUNCATED);
	libevtx_verdict(&source, &verdict);
	ck_assert(!verdict.opened && verdict.reason[0] && !strchr(verdict.reason, '\n'));
}
END_TEST

#ifndef LIBRARY_HEAP /* an archive whose checksum nobody calls does not come into the program: builds with sanitizers ask */
/* The program's checksum stands in front of the library's, and says the same for all lengths, places and beginnings. */
typedef int checksum_call(uint32_t *crc, const uint8_t *bytes, size_t len, uint32_t before, void **error);

START_TEST(test_checksum)
{
	static const char name[] = "libevtx_checksum_calculate_little_endian_crc32";
	void *first = dlsym(RTLD_DEFAULT, name), *next = dlsym(RTLD_NEXT, name);
	checksum_call *own, *library;
	uint8_t bytes[1200];
	uint32_t state = 12345;

	ck_assert_msg(first && next && first != next, "%s: %p in front of %p", name, first, next);
	memcpy(&own, &first, sizeof(own));
	memcpy(&library, &next, sizeof(library));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = (uint8_t)(state >> 24);
	}
	for (size_t len = 0; len <= sizeof(bytes); len += len < 300 ? 1 : 37) {
		size_t from = len % 17;
		uint32_t before = len % 3 ? state * (uint32_t)len : 0, ours = 1, theirs = 2;

		if (from + len > sizeof(bytes))
			from = 0;
		ck_assert_int_eq(own(&ours, bytes + from, len, before, NULL), 1);
		ck_assert_int_eq(library(&theirs, bytes + from, len, before, NULL), 1);
		ck_assert_msg(ours == theirs, "%zu bytes after %08x: %08x, libevtx says %08x", len, before, ours, theirs);
	}
	ck_assert_int_eq(own(NULL, bytes, 1, 0, NULL), -1);
	ck_assert_int_eq(library(NULL, bytes, 1, 0, NULL), -1);
}
END_TEST
#endif

START_TEST(test_sid)
{
	static const struct {
		struct slice sid;
		const char *text; /* NULL: no SID */
	} sids[] = {
		{ { (const uint8_t *)"\1\1\0\0\0\0\0\5\22\0\0\0", 12 }, "S-1-5-18" },
		{ { (const uint8_t *)"\1\2\0\0\0\0\0\20\0\0\0\0\0\60\0\0", 16 }, "S-1-16-0-12288" },
		{ { (const uint8_t *)"\1\1\1\0\0\0\0\0\377\377\377\377", 12 }, "S-1-1099511627776-4294967295" },
		{ { (const uint8_t *)"\1\1\0\0", 4 }, NULL },
		{ { NULL, 0 }, NULL },
	};
	struct buf out;

	for (size_t i = 0; i < ARRAY_LEN(sids); i++) {
		buf_init(&out, 1000);
		ck_assert_msg(sid_append_text(sids[i].sid, &out) == (sids[i].text != NULL), "row %zu", i);
		ck_assert_msg(!sids[i].text || slice_eq(buf_view(&out), slice_from_text(sids[i].text)), "row %zu: %.*s", i,
			(int)out.len, (char *)out.ptr);
		buf_fini(&out);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("libevtx");
	TCase *tc = tcase_create("libevtx");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_agreement, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, test_logs, 0, (int)ARRAY_LEN(logs));
	tcase_add_test(tc, test_refusals);
#ifndef LIBRARY_HEAP
	tcase_add_test(tc, test_checksum);
#endif
	tcase_add_test(tc, test_sid);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
