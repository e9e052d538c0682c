/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Takes off what was written.  False: nothing was, for another reason than a signal. */
static bool
take_off(struct slice *rest, ssize_t written)
{
	if (written < 0 && errno == EINTR)
		return true;
	if (written == 0)
		errno = ENOSPC;
	*rest = slice_sub(*rest, written > 0 ? (size_t)written : 0, rest->len);
	return written > 0;
}

bool
io_write_all(int fd, struct slice bytes)
{
	while (bytes.len)
		if (!take_off(&bytes, write(fd, bytes.ptr, bytes.len)))
			return false;
	return true;
}

bool
io_pwrite_all(int fd, struct slice bytes, uint64_t at)
{
	uint64_t end = at + bytes.len;

	while (bytes.len)
		if (!take_off(&bytes, pwrite(fd, bytes.ptr, bytes.len, (off_t)(end - bytes.len))))
			return false;
	return true;
}

bool
io_pread_all(int fd, uint64_t at, void *out, size_t len, size_t *got)
{
	*got = 0;
	while (*got < len) {
		ssize_t n = pread(fd, (uint8_t *)out + *got, len - *got, (off_t)(at + *got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		*got += (size_t)n;
	}
	return true;
}

int
io_temp_file(const char *folder, struct err *err)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char path[4096];

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT)) {
		if ((size_t)snprintf(path, sizeof(path), "%s/evtriage-XXXXXX", folder) >= sizeof(path)) {
			err_set(err, ERR_IO, 0, "name of the temporary folder is too long");
			return -1;
		}
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		err_set_errno(err, 0, "cannot make a temporary file in %.150s", folder);
	return fd;
}
