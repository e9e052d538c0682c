/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/standard_input.h"

#include "base/io.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TICK_MS = 250 };

static bool
stop_asked(const struct scan_listener *listener)
{
	return listener->interrupted && listener->interrupted(listener->context);
}

/* Until the end of input, or until somebody wants to stop (*stopped).  The wait is short, so that a signal that
 * comes between a look and a read is not waited out. */
static bool
copy(int to, const char *temp_folder, const struct scan_listener *listener, bool *stopped, struct err *err)
{
	uint8_t *block = malloc(LIMIT_CHUNK);
	ssize_t n = 1;

	if (!block)
		return err_nomem(err);
	while (n != 0 && !(*stopped = stop_asked(listener))) {
		struct pollfd ready = { STDIN_FILENO, POLLIN, 0 };

		if (poll(&ready, 1, TICK_MS) <= 0)
			continue;
		n = read(STDIN_FILENO, block, LIMIT_CHUNK);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0) {
			err_set_errno(err, 0, "standard input: cannot read");
			break;
		}
		if (!io_write_all(to, slice_from(block, (size_t)n))) {
			err_set_errno(err, 0, "standard input: cannot write its copy in %s", temp_folder);
			n = -1;
			break;
		}
	}
	free(block);
	return n >= 0 || *stopped;
}

bool
standard_input_open(const char *temp_folder, const struct scan_listener *listener, int *fd, struct err *err)
{
	bool stopped = false, done = true;
	struct stat st;

	*fd = -1;
	if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) {
		*fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		return *fd >= 0 || err_set_errno(err, 0, "standard input: cannot be used");
	}
	*fd = io_temp_file(temp_folder, err);
	if (*fd < 0)
		return err_wrap(err, "standard input");
	done = copy(*fd, temp_folder, listener, &stopped, err);
	if (done && !stopped)
		return true;
	close(*fd);
	*fd = -1;
	return done;
}
