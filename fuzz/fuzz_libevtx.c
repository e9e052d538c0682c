/* SPDX-License-Identifier: Apache-2.0 */
/* A whole log, or a chunk alone, through libevtx and what we make of its XML.  What this finds is as often the
 * library's as ours (evtx-format.md 6.3): that is why the program runs it in processes that may die. */
#include "base/limits.h"
#include "evtx/opinion.h"
#include "evtx/reader.h"
#include "evtx/verdict.h"
#include "evtx/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The library leaks where it refuses a log or a record (libevtx-in-a-jail.md 7, and more): not for the leak
 * checker of a sanitizer build to tell. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libevtx.so\n";
}

static void
use(const struct record *record, struct arena *arena, struct buf *out)
{
	struct record_field *fields;
	struct err err;
	size_t count;

	arena_reset(arena);
	buf_reset(out);
	if (record_read_fields(record, arena, &fields, &count, &err) && count && !fields)
		__builtin_trap();
	if (!render_json(record, out, &err) && err.code == ERR_OK)
		__builtin_trap(); /* a failure has a reason */
}

/* What the direct reader reads, asked about once more: an opinion that is no agreement has its words. */
static void
ask(const struct source *source)
{
	struct second *second = second_new();
	struct opinion opinion;
	struct reader_loss loss;
	struct record record;
	struct reader *reader;
	struct buf words;
	enum reader_step step;
	struct err err;

	if (!second || !reader_direct.open(source, NULL, &reader, &err)) {
		second_free(second);
		return;
	}
	buf_init(&words, LIMIT_CHUNK);
	for (size_t place = 0; step = reader_next(reader, &record, &loss, &err), step != READER_END && step != READER_FAILED; place++) {
		if (step == READER_CHUNK)
			second_open(second, reader->bytes);
		if (step != READER_RECORD)
			continue;
		second_read(second, place, &record, &opinion);
		buf_reset(&words);
		opinion_append(&opinion, &words);
		if ((opinion.kind == OPINION_AGREES) != (words.len == 0) || (opinion.kind == OPINION_KNOWN) != (opinion.known != 0))
			__builtin_trap();
	}
	buf_fini(&words);
	reader_close(reader);
	second_free(second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = source_from_memory(slice_from(data, size));
	struct log_verdict verdict;
	struct reader_loss loss;
	struct record record;
	enum reader_step step;
	struct reader *reader;
	struct arena arena;
	struct buf out;
	struct err err;

	libevtx_verdict(&source, &verdict);
	if (!verdict.opened && !verdict.reason[0])
		__builtin_trap();
	ask(&source);
	if (!reader_libevtx.open(&source, NULL, &reader, &err))
		return 0;
	arena_init(&arena, LIMIT_RECORD_ARENA);
	buf_init(&out, LIMIT_RECORD_OUTPUT);
	while (step = reader_next(reader, &record, &loss, &err), step != READER_END && step != READER_FAILED) {
		if (step == READER_RECORD)
			use(&record, &arena, &out);
		if (step == READER_LOST && (!loss.reason[0] || !loss.records))
			__builtin_trap();
	}
	buf_fini(&out);
	arena_fini(&arena);
	reader_close(reader);
	return 0;
}
