/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/exhibit.h"

#include "base/io.h"
#include "base/limits.h"
#include "evtx/chunk.h"
#include "src/lib/digest.h"
#include "src/scan/run.h"

#include <stdlib.h>
#include <unistd.h>

enum { HASH_BLOCK = 1 << 20 };

/* The input that was cited last: parts mostly follow one another. */
struct cited_file {
	uint32_t evidence;
	bool known;
	int fd; /* -1: could not be opened or read, `why` */
	struct err why;
	uint64_t size;
	uint8_t sha256[DIGEST_LEN];
};

void
exhibits_fini(struct exhibits *x)
{
	free(x->parts);
	*x = (struct exhibits){ 0 };
}

bool
exhibits_note(struct run *run, const struct finding *finding, struct err *err)
{
	struct exhibits *x = &run->exhibits;

	if (!run->options->cite.len || x->findings++)
		return true;
	x->parts = calloc(finding->part_count + 1, sizeof(*x->parts));
	if (!x->parts)
		return err_nomem(err);
	x->count = finding->part_count;
	if (x->count)
		memcpy(x->parts, finding->parts, x->count * sizeof(*x->parts));
	return true;
}

static void
close_file(struct cited_file *file)
{
	if (file->known && file->fd >= 0)
		close(file->fd);
	*file = (struct cited_file){ .fd = -1 };
}

/* Bytes that nobody looks into. */
static bool
hash_file(struct run *run, struct cited_file *file)
{
	struct digest *digest = digest_new();
	uint8_t *block = malloc(HASH_BLOCK);
	bool done = digest && block;
	bool is_read = true;
	size_t n = 1;

	for (file->size = 0; done && n > 0 && !run_stop_asked(run); file->size += n) {
		is_read = io_pread_all(file->fd, file->size, block, HASH_BLOCK, &n);
		done = is_read && digest_add(digest, slice_from(block, n));
	}
	free(block);
	if (done)
		return digest_end(digest, file->sha256) || err_nomem(&file->why);
	digest_free(digest);
	return !is_read ? err_set_errno(&file->why, file->size, "cannot read for its hash") : err_nomem(&file->why);
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
	if (file->fd < 0 || hash_file(run, file))
		return;
	close(file->fd);
	file->fd = -1;
}

/* Up to len bytes at offset: fewer only where the file ends. */
static bool
read_bytes(int fd, uint64_t offset, size_t len, struct buf *out, struct err *err)
{
	uint8_t *room;
	size_t got;

	buf_reset(out);
	room = len ? buf_reserve(out, len) : NULL;
	if (!room)
		return len == 0 || err_nomem(err);
	if (!io_pread_all(fd, offset, room, len, &got))
		return err_set_errno(err, offset, "cannot read again");
	out->len = got;
	return true;
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

/* A fact at the place of no record that could be read: the head of the chunk, or of that record, as bytes alone. */
static void
show_place(struct run *run, const struct subject_part *part)
{
	uint64_t in_chunk = part->offset < LIMIT_FILE_HEADER ? 0 : (part->offset - LIMIT_FILE_HEADER) % LIMIT_CHUNK;

	run->opinions.exhibit = (struct exhibit){ .offset = part->offset, .chunk_offset = part->offset - in_chunk,
		.size = in_chunk ? RECORD_HEADER : LIMIT_CHUNK_HEADER, .flags = RECORD_IS_FACT };
	run->opinions.has_exhibit = true;
}

static bool
emit_exhibit(struct run *run, struct cited_file *file, const struct subject_part *part, struct err *err)
{
	struct exhibited e = { .evidence = run->inputs.items[part->evidence].path, .part = part->number,
		.is_fact = part->flags & RECORD_IS_FACT };
	struct buf record;
	bool going = true;

	open_file(run, file, part->evidence);
	buf_init(&record, LIMIT_CHUNK);
	e.file_size = file->size;
	memcpy(e.file_sha256, file->sha256, sizeof(e.file_sha256));
	if (file->fd >= 0)
		going = opinions_show(run, part, err);
	if (going && file->fd >= 0 && e.is_fact && !run->opinions.has_exhibit)
		show_place(run, part);
	if (file->fd < 0)
		e.failure = slice_from_text(file->why.text);
	else if (run->opinions.has_exhibit)
		e.readers = &run->opinions.exhibit;
	else
		e.failure = SLICE("the record was not found again");
	going = going && (!e.readers || fill_bytes(file, &e, &record, err)) &&
		run->listener->exhibit(run->listener->context, &e, err);
	buf_fini(&record);
	return going;
}

bool
exhibits_emit(struct run *run, struct err *err)
{
	const struct exhibits *x = &run->exhibits;
	struct cited_file file = { .fd = -1 };
	bool going = true;

	if (!run->listener->exhibit || x->findings != 1)
		return true;
	for (size_t i = 0; going && i < x->count && !run_stop_asked(run); i++)
		going = emit_exhibit(run, &file, &x->parts[i], err);
	close_file(&file);
	return going || (run->summary->interrupted && err->code == ERR_OK);
}
