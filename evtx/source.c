/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/source.h"

#include <errno.h>
#include <unistd.h>

static bool
read_fd(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(s->fd, out + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, offset + done, "cannot read at offset %llu",
				(unsigned long long)(offset + done));
		if (n == 0)
			break;
		done += (size_t)n;
	}
	*got = done;
	return true;
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
