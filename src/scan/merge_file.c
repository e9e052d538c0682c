/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a partial result.  Lengths are held against the file before anything is read. */
#include "src/scan/merge.h"

#include "base/cursor.h"
#include "base/io.h"
#include "base/limits.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool
partial_is_damaged(const struct partial *p, struct err *err)
{
	return err_set(err, ERR_FORMAT, p->at, "%.120s: no partial result, or damaged (at %llu)", p->path,
		(unsigned long long)p->at);
}

/* --- frames --- */

static bool
read_bytes(struct partial *p, uint8_t *out, size_t len, struct err *err)
{
	size_t got;

	if (!io_pread_all(p->fd, p->at, out, len, &got))
		return err_set_errno(err, p->at, "%.120s: cannot read", p->path);
	if (got < len)
		return partial_is_damaged(p, err);
	p->at += len;
	return true;
}

static bool
read_head(struct partial *p, uint8_t head[static 4], uint32_t *len, struct err *err)
{
	if (p->size - p->at < FRAME_HEAD)
		return partial_is_damaged(p, err);
	if (!read_bytes(p, head, 4, err))
		return false;
	*len = slice_u32le(slice_from(head, 4), 0);
	return (*len >= 1 && *len <= LIMIT_MESSAGE && *len <= p->size - p->at) || partial_is_damaged(p, err);
}

/* The first `wanted` bytes of a frame, type in front. */
static bool
read_start(struct partial *p, size_t wanted, struct err *err)
{
	uint8_t *room;

	buf_reset(&p->frame);
	room = buf_reserve(&p->frame, wanted);
	if (!room)
		return err_nomem(err);
	p->frame.len = wanted;
	return read_bytes(p, room, wanted, err);
}

bool
partial_read(struct partial *p, unsigned *type, struct slice *payload, struct err *err)
{
	uint8_t head[4];
	uint32_t len;

	if (!read_head(p, head, &len, err) || !read_start(p, len, err))
		return false;
	*type = p->frame.ptr[0];
	*payload = slice_sub(buf_view(&p->frame), 1, SIZE_MAX);
	if (!p->digest || *type == PARTIAL_END)
		return true;
	return (digest_add(p->digest, slice_from(head, sizeof(head))) && digest_add(p->digest, buf_view(&p->frame))) ||
		err_nomem(err);
}

bool
partial_pass_over(struct partial *p, unsigned *type, struct slice *start, uint32_t *len, struct err *err)
{
	uint8_t head[4];
	size_t wanted;

	if (!read_head(p, head, len, err))
		return false;
	wanted = *len < PARTIAL_START + 1 ? *len : PARTIAL_START + 1;
	if (!read_start(p, wanted, err))
		return false;
	p->at += *len - wanted;
	*type = p->frame.ptr[0];
	*start = slice_sub(buf_view(&p->frame), 1, SIZE_MAX);
	return true;
}

bool
partial_open(struct partial *p, const char *path, struct err *err)
{
	uint8_t signature[PARTIAL_SIGNATURE];
	struct stat st;

	*p = (struct partial){ .path = path, .fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) };
	buf_init(&p->frame, LIMIT_MESSAGE);
	if (p->fd < 0 || fstat(p->fd, &st) != 0)
		return err_set_errno(err, 0, "%.120s: cannot open", path);
	p->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (p->size < PARTIAL_SIGNATURE)
		return partial_is_damaged(p, err);
	if (!read_bytes(p, signature, sizeof(signature), err))
		return false;
	if (memcmp(signature, partial_signature, sizeof(signature)) != 0) {
		p->at = 0;
		return partial_is_damaged(p, err);
	}
	return true;
}

void
partial_close(struct partial *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	buf_fini(&p->frame);
	digest_free(p->digest);
	p->digest = NULL;
}
