/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spill.h"

#include "base/io.h"

#include <stdlib.h>
#include <unistd.h>

enum { PENDING = 256 * 1024 };

void
spill_init(struct spill *s, size_t limit, const char *folder)
{
	*s = (struct spill){ .limit = limit, .folder = folder, .fd = -1 };
	buf_init(&s->memory, limit);
	buf_init(&s->pending, SIZE_MAX / 2);
}

void
spill_fini(struct spill *s)
{
	buf_fini(&s->memory);
	buf_fini(&s->pending);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static bool
flush_pending(struct spill *s, struct err *err)
{
	if (!io_pwrite_all(s->fd, buf_view(&s->pending), s->file_len))
		return err_set_errno(err, s->file_len, "cannot write the temporary file in %s", s->folder);
	s->file_len += s->pending.len;
	buf_reset(&s->pending);
	return true;
}

/* All that there may be, at once: untouched it costs nothing, while growing piece by piece copies all of it. */
static void
reserve_all(struct spill *s)
{
	if (!s->memory.ptr && s->limit && !buf_reserve(&s->memory, s->limit))
		buf_reset(&s->memory);
}

bool
spill_add(struct spill *s, struct slice bytes, struct spill_at *at, struct err *err)
{
	if (bytes.len > UINT32_MAX)
		return err_set(err, ERR_LIMIT, 0, "a text of %zu bytes is too long to be kept", bytes.len);
	if (s->fd < 0 && bytes.len <= s->limit - s->memory.len) {
		reserve_all(s);
		*at = (struct spill_at){ s->memory.len, (uint32_t)bytes.len };
		buf_append(&s->memory, bytes);
		return !s->memory.failed || err_nomem(err);
	}
	if (s->fd < 0)
		s->fd = io_temp_file(s->folder, err);
	if (s->fd < 0)
		return false;
	*at = (struct spill_at){ s->limit + s->file_len + s->pending.len, (uint32_t)bytes.len };
	buf_append(&s->pending, bytes);
	if (s->pending.failed)
		return err_nomem(err);
	return s->pending.len < PENDING || flush_pending(s, err);
}

bool
spill_get(struct spill *s, struct spill_at at, struct buf *out, struct err *err)
{
	uint8_t *room;
	size_t got = 0;

	if (at.offset < s->limit) {
		buf_append(out, slice_sub(buf_view(&s->memory), (size_t)at.offset, at.len));
		return !out->failed || err_nomem(err);
	}
	if (s->pending.len && !flush_pending(s, err))
		return false;
	room = at.len ? buf_reserve(out, at.len) : NULL;
	if (!room)
		return at.len == 0 || err_nomem(err);
	if (!io_pread_all(s->fd, at.offset - s->limit, room, at.len, &got))
		return err_set_errno(err, at.offset, "cannot read the temporary file in %s", s->folder);
	if (got < at.len)
		return err_set(err, ERR_IO, at.offset, "the temporary file in %s was cut short", s->folder);
	out->len += at.len;
	return true;
}

bool
spill_view(struct spill *s, struct spill_at at, struct buf *room, struct slice *view, struct err *err)
{
	if (at.offset < s->limit) {
		*view = slice_sub(buf_view(&s->memory), (size_t)at.offset, at.len);
		return true;
	}
	buf_reset(room);
	if (!spill_get(s, at, room, err))
		return false;
	*view = buf_view(room);
	return true;
}
