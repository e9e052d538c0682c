/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/aside.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "src/scan/jail.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Behind what the child says stands its error: u8 err_code, text, u32 length of both. */
enum { CHILD_FAILED = 1, CHILD_NO_MEMORY = 2, READ_SIZE = 64 * 1024, LENGTH = 4 };

static bool
send_all(int fd, struct slice bytes)
{
	while (bytes.len) {
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = slice_sub(bytes, (size_t)n, bytes.len);
	}
	return true;
}

static _Noreturn void
child(int fd, aside_work *work, void *context, size_t most)
{
	struct err err = { 0 };
	struct buf out, error;

	signal(SIGALRM, SIG_DFL);
	alarm(LIMIT_WATCHDOG_SECONDS);
	if (!jail_enter(fd, (uint64_t)LIMIT_WORKER_MEMORY_MIB << 20, &err))
		_exit(CHILD_FAILED);
	buf_init(&out, most);
	buf_init(&error, READ_SIZE);
	if (work(context, &out, &err))
		err_clear(&err);
	buf_u8(&error, (uint8_t)err.code);
	buf_append_text(&error, err.text);
	buf_u32le(&error, (uint32_t)error.len);
	if (out.failed || error.failed)
		_exit(CHILD_NO_MEMORY);
	_exit(send_all(fd, buf_view(&out)) && send_all(fd, buf_view(&error)) ? 0 : CHILD_FAILED);
}

static bool
read_all(int fd, struct buf *out, struct err *err)
{
	for (;;) {
		uint8_t *room = buf_reserve(out, READ_SIZE);
		ssize_t n;

		if (!room)
			return err_set(err, ERR_LIMIT, 0, "the result is too long");
		n = read(fd, room, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, 0, "the worker's result cannot be read");
		if (n == 0)
			return true;
		out->len += (size_t)n;
	}
}

static bool
end_child(pid_t pid, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set_errno(err, 0, "the worker cannot be waited for");
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_NO_MEMORY)
		return err_nomem(err);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_IO, 0, "the worker died of signal %d", WTERMSIG(status));
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || err_set(err, ERR_IO, 0, "the worker failed");
}

/* Takes the child's error off the end. */
static bool
take_error(struct buf *out, size_t begin, struct err *err)
{
	struct slice said = slice_sub(buf_view(out), begin, out->len);
	struct cursor in = cursor_over(slice_sub(said, said.len - LENGTH, LENGTH), 0);
	uint32_t len = said.len < LENGTH ? 0 : cursor_u32le(&in);

	if (len == 0 || len > said.len - LENGTH)
		return err_set(err, ERR_IO, 0, "the worker failed");
	out->len -= len + (size_t)LENGTH;
	said = slice_sub(said, said.len - LENGTH - len, len);
	return said.ptr[0] == ERR_OK || err_set(err, (enum err_code)said.ptr[0], 0, "%.*s", (int)(len - 1), (const char *)said.ptr + 1);
}

bool
aside_run(aside_work *work, void *context, struct buf *out, struct err *err)
{
	size_t begin = out->len;
	int ends[2];
	bool taken;
	pid_t pid;

	if (!jail_prepare(err))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set_errno(err, 0, "no socket can be made");
	pid = fork();
	if (pid == 0)
		child(ends[1], work, context, out->max);
	close(ends[1]);
	taken = pid > 0 ? read_all(ends[0], out, err) : err_set_errno(err, 0, "no worker can be started");
	close(ends[0]);
	if (pid > 0 && end_child(pid, taken ? err : NULL) && taken)
		return take_error(out, begin, err);
	out->len = begin;
	return false;
}
