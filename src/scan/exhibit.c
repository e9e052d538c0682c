/* SPDX-License-Identifier: Apache-2.0 */
/* The records of one finding, for `cite`: a worker shows each as both readers have it, and the parent takes the bytes
 * and their hashes from the file itself. */
#include "base/limits.h"
#include "src/lib/digest.h"
#include "src/scan/run.h"

#include <stdlib.h>
#include <unistd.h>

/* Of the input that was cited last: parts mostly follow one another. */
struct cited_file {
	uint32_t evidence;
	bool known;
	int fd; /* -1: could not be opened, `why` */
	struct err why;
	uint64_t size;
	uint8_t sha256[DIGEST_LEN];
};

static void
close_file(struct cited_file *file)
{
	if (file->known && file->fd >= 0)
		close(file->fd);
	*file = (struct cited_file){ .fd = -1 };
}

static void
open_file(struct run *run, struct cited_file *file, uint32_t evidence)
{
	if (file->known && file->evidence == evidence)
		return;
	close_file(file);
	file->known = true;
	file->evidence = evidence;
	file->fd = input_open(&run->inputs.items[evidence], &file->why);
	file->size = run->inputs.items[evidence].size;
	if (file->fd >= 0 && run_hash_file(run, file->fd, file->sha256, &file->why))
		return;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* Up to len bytes at offset: fewer only where the file ends. */
static bool
read_bytes(int fd, uint64_t offset, size_t len, struct buf *out, struct err *err)
{
	buf_reset(out);
	while (out->len < len) {
		uint8_t *room = buf_reserve(out, len - out->len);
		ssize_t n = room ? pread(fd, room, len - out->len, (off_t)(offset + out->len)) : 0;

		if (!room)
			return err_nomem(err);
		if (n < 0)
			return err_set_errno(err, offset, "cannot read again");
		if (n == 0)
			break;
		out->len += (size_t)n;
	}
	return true;
}

/* The worker's part: the record, with libevtx unless that kills it.  False: to be told with err->code ERR_OK, or the end
 * of the run. */
static bool
show_record(struct run *run, const struct cited_file *file, uint64_t offset, bool *stop, struct err *err)
{
	struct opinions *o = &run->opinions;
	uint8_t place[8];

	for (size_t i = 0; i < sizeof(place); i++)
		place[i] = (uint8_t)(offset >> (8 * i));
	for (enum job_opinion_kind kind = SHOW_RECORD; kind <= SHOW_DIRECT; kind++) {
		enum job_end end;

		o->job = (struct job_opinion){ .kind = kind, .input = file->evidence, .size = file->size,
			.offsets = slice_from(place, sizeof(place)) };
		end = opinions_send_job(run, file->fd, err);
		*stop = end == JOB_STOP;
		if (end != JOB_DIED || o->has_exhibit)
			return !*stop && o->has_exhibit;
	}
	return false;
}

static bool
fill_bytes(const struct cited_file *file, struct exhibited *e, struct buf *record, struct err *err)
{
	const struct exhibit *x = e->readers;
	struct buf chunk;
	bool done;

	buf_init(&chunk, LIMIT_CHUNK);
	done = read_bytes(file->fd, x->offset, x->size, record, err) &&
		read_bytes(file->fd, x->chunk_offset, LIMIT_CHUNK, &chunk, err) &&
		((digest_sha256(buf_view(record), e->record_sha256) && digest_sha256(buf_view(&chunk), e->chunk_sha256)) ||
			err_nomem(err));
	e->raw = buf_view(record);
	e->chunk_len = chunk.len;
	buf_fini(&chunk);
	return done;
}

static bool
emit_exhibit(struct run *run, struct cited_file *file, const struct subject_part *part, struct err *err)
{
	struct exhibited e = { .evidence = run->inputs.items[part->evidence].path, .part = part->number };
	struct buf record;
	bool going, stop = false;

	open_file(run, file, part->evidence);
	buf_init(&record, LIMIT_CHUNK);
	e.file_size = file->size;
	memcpy(e.file_sha256, file->sha256, sizeof(e.file_sha256));
	if (file->fd < 0)
		e.failure = slice_from_text(file->why.text);
	else if (show_record(run, file, part->offset, &stop, err))
		e.readers = &run->opinions.exhibit;
	else
		e.failure = SLICE("the record was not found again");
	going = !stop && (!e.readers || fill_bytes(file, &e, &record, err)) &&
		run->listener->exhibit(run->listener->context, &e, err);
	buf_fini(&record);
	return going;
}

/* The one row that is wanted; SIZE_MAX: none, or several. */
static size_t
only_row(const struct run *run)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < run->order.count; i++) {
		if (!row_is_wanted(run, &run->order.rows[i]))
			continue;
		if (found != SIZE_MAX)
			return SIZE_MAX;
		found = i;
	}
	return found;
}

bool
emit_exhibits(struct run *run, struct err *err)
{
	struct cited_file file = { .fd = -1 };
	struct finding finding;
	struct slice bytes;
	bool going = true;
	size_t row;

	if (!run->options->cite.len || !run->listener->exhibit)
		return true;
	row = only_row(run);
	if (row == SIZE_MAX)
		return true;
	arena_reset(&run->arena);
	if (!order_get(&run->order, row, &bytes, err) || !finding_decode(bytes, &run->arena, &finding, err))
		return false;
	for (size_t i = 0; going && i < finding.part_count && !run_stop_asked(run); i++)
		going = emit_exhibit(run, &file, &finding.parts[i], err);
	close_file(&file);
	return going;
}
