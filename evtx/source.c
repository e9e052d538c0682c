/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/source.h"

#include "base/io.h"

static bool
read_fd(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err)
{
	return io_pread_all(s->fd, offset, out, len, got) || err_set_errno(err, offset + *got, "cannot read at offset %llu",
		(unsigned long long)(offset + *got));
}

static bool
read_memory(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err)
{
	struct slice part = offset > s->memory.len ? SLICE_EMPTY : slice_sub(s->memory, (size_t)offset, len);

	(void)err;
	if (part.len)
		memcpy(out, part.ptr, part.len);
	*got = part.len;
	return true;
}

struct source
source_from_fd(int fd, uint64_t size)
{
	return (struct source){ .read = read_fd, .size = size, .fd = fd };
}

struct source
source_from_memory(struct slice memory)
{
	return (struct source){ .read = read_memory, .size = memory.len, .fd = -1, .memory = memory };
}
