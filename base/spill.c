/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
open_file(struct spill *s, struct err *err)
{
	char path[4096];
	int fd = open(s->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT)) {
		if ((size_t)snprintf(path, sizeof(path), "%s/evtriage-XXXXXX", s->folder) >= sizeof(path))
			return err_set(err, ERR_IO, 0, "name of the temporary folder is too long");
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return err_set_errno(err, 0, "cannot make a temporary file in %s", s->folder);
	s->fd = fd;
	return true;
}

static bool
flush_pending(struct spill *s, struct err *err)
{
	struct slice rest = buf_view(&s->pending);

	while (rest.len) {
		ssize_t n = pwrite(s->fd, rest.ptr, rest.len, (off_t)s->file_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set_errno(err, s->file_len, "cannot write the temporary file in %s", s->folder);
		s->file_len += (uint64_t)n;
		rest = slice_sub(rest, (size_t)n, rest.len);
	}
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
	if (s->fd < 0 && !open_file(s, err))
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
	while (got < at.len) {
		ssize_t n = pread(s->fd, room + got, at.len - got, (off_t)(at.offset - s->limit + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set_errno(err, at.offset, "cannot read the temporary file in %s", s->folder);
		got += (size_t)n;
	}
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
