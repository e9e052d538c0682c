/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass in a partial result.  Facts need one log alone and are judged here; residue needs the templates and the
 * live records of all of the evidence, so what is kept are the bytes it lies in.  A record that a live one or an earlier
 * one of this share repeats will be repeated in the merge, too, and is not kept.  The bytes pass as they are. */
#include "base/cursor.h"
#include "base/io.h"
#include "base/limits.h"
#include "src/scan/partial.h"

#include <stdlib.h>
#include <unistd.h>

bool
partial_behind(struct run *run, const struct evidence *e, struct err *err)
{
	buf_reset(&run->text);
	buf_u32le(&run->text, e->index);
	return partial_put(run, PARTIAL_BEHIND, err);
}

static int
compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The places of all chunks, ascending; NULL: out of memory. */
static uint64_t *
sorted_chunks(struct slice list, size_t *count)
{
	struct cursor in = cursor_over(list, 0);
	uint64_t *chunks = calloc(list.len / 8 + 1, sizeof(*chunks));

	for (*count = 0; chunks && in.rest.len; ++*count)
		chunks[*count] = cursor_u64le(&in);
	if (chunks && *count)
		qsort(chunks, *count, sizeof(*chunks), compare_numbers);
	return chunks;
}

/* The range that is being read: its frame's payload stands in run->text. */
struct range {
	uint64_t begin, end; /* in the log; the same: there is none */
};

static void
begin_range(struct run *run, struct range *range, uint64_t at)
{
	*range = (struct range){ at, at };
	buf_reset(&run->text);
	buf_u64le(&run->text, at);
}

static bool
end_range(struct run *run, const struct range *range, struct err *err)
{
	return range->begin == range->end || partial_put(run, PARTIAL_BYTES, err);
}

/* The first that cannot be read is a loss; without its bytes residue cannot be decoded. */
static bool
note_unread(struct evidence *e, uint64_t at, bool failed)
{
	if (e->why.code == ERR_OK && failed)
		err_set_errno(&e->why, at, "chunks with residue cannot be read, the first at offset %llu", (unsigned long long)at);
	else if (e->why.code == ERR_OK)
		err_set(&e->why, ERR_IO, at, "chunks with residue are gone, the first at offset %llu", (unsigned long long)at);
	return true;
}

static bool
extend_range(struct run *run, struct evidence *e, struct range *range, uint64_t end, struct err *err)
{
	size_t len = (size_t)(end - range->end), got;
	uint8_t *room = len ? buf_reserve(&run->text, len) : NULL;
	bool is_read;

	if (!room)
		return len == 0 || err_nomem(err);
	is_read = io_pread_all(e->fd, range->end, room, len, &got);
	run->text.len += got;
	range->end += got;
	return (is_read && got == len) || note_unread(e, range->end, !is_read);
}

static bool
put_ranges(struct run *run, struct evidence *e, const uint64_t *chunks, size_t count, struct err *err)
{
	struct range range = { 0 };

	for (size_t i = 0; i < count; i++) {
		uint64_t left = chunks[i] < e->file.size ? e->file.size - chunks[i] : 0;
		uint64_t end = chunks[i] + (left < LIMIT_CHUNK ? left : LIMIT_CHUNK);

		if (i == 0 || chunks[i] > range.end || end - range.begin > PARTIAL_RANGE_MAX) {
			if (!end_range(run, &range, err))
				return false;
			begin_range(run, &range, chunks[i]);
		}
		if (run_stop_asked(run) || !extend_range(run, e, &range, end, err))
			return false;
	}
	return end_range(run, &range, err);
}

static bool
put_chunks(struct run *run, struct evidence *e, struct err *err)
{
	size_t count;
	uint64_t *chunks = sorted_chunks(buf_view(&e->chunks), &count);
	bool done = chunks ? put_ranges(run, e, chunks, count, err) : err_nomem(err);

	free(chunks);
	return done;
}

bool
partial_behind_end(struct run *run, struct evidence *e, struct err *err)
{
	if (e->chunks.failed)
		return err_nomem(err);
	if (e->fd >= 0 && !put_chunks(run, e, err))
		return false;
	buf_reset(&run->text);
	buf_u64le(&run->text, e->open_verdicts);
	buf_u8(&run->text, e->fd >= 0);
	buf_counted(&run->text, e->why.code ? slice_from_text(e->why.text) : SLICE_EMPTY);
	return partial_put(run, PARTIAL_BEHIND_END, err);
}
