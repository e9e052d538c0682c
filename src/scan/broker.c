/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/broker.h"

#include "base/limits.h"
#include "src/scan/jail.h"
#include "src/scan/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, TICK_MS = 250, FRAME_HEAD = 5 };

void
broker_init(struct broker *b, const struct scan_options *options)
{
	*b = (struct broker){ .options = options, .fd = -1 };
	buf_init(&b->in, (size_t)LIMIT_MESSAGE + READ_SIZE);
}

/* Waits for the end of a worker that was killed or has closed its side, and puts it into words. */
static void
reap(struct broker *b, const char *why)
{
	int status = 0;

	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
	if (b->pid > 0) {
		while (waitpid(b->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	b->pid = 0;
	buf_reset(&b->in);
	b->consumed = 0;
	b->silent_ms = 0;
	if (why == b->death)
		return;
	if (why)
		snprintf(b->death, sizeof(b->death), "%s", why);
	else if (WIFSIGNALED(status))
		snprintf(b->death, sizeof(b->death), "the worker was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == WORKER_NO_MEMORY)
		snprintf(b->death, sizeof(b->death), "the worker ran out of memory");
	else
		snprintf(b->death, sizeof(b->death), "the worker ended with status %d", WEXITSTATUS(status));
}

void
broker_kill(struct broker *b, const char *why)
{
	if (b->pid > 0)
		kill(b->pid, SIGKILL);
	reap(b, why);
}

void
broker_fini(struct broker *b)
{
	if (b->pid > 0)
		broker_kill(b, "not needed any more");
	buf_fini(&b->in);
}

static void
run_child(int fd, const struct scan_options *options, const struct template_store *templates)
{
	uint64_t memory = options->worker_memory ? options->worker_memory : (uint64_t)LIMIT_WORKER_MEMORY_MIB << 20;
	struct err err = { 0 };

	if (!jail_enter(fd, memory, &err))
		_exit(WORKER_NO_JAIL);
	_exit(worker_run(fd, options, templates));
}

static bool
start(struct broker *b, struct err *err)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set_errno(err, 0, "cannot make a socket pair for the worker");
	pid = fork();
	if (pid < 0) {
		err_set_errno(err, 0, "cannot fork a worker");
		close(pair[0]);
		close(pair[1]);
		return false;
	}
	if (pid == 0)
		run_child(pair[1], b->options, b->templates);
	close(pair[1]);
	b->pid = pid;
	b->fd = pair[0];
	b->started++;
	return true;
}

/* The descriptor rides on the first byte. */
static ssize_t
send_with_fd(int to, struct slice bytes, int fd)
{
	struct iovec part = { (void *)(uintptr_t)bytes.ptr, bytes.len };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *head;

	if (fd >= 0) {
		message.msg_control = control.room;
		message.msg_controllen = sizeof(control.room);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	}
	return sendmsg(to, &message, MSG_NOSIGNAL);
}

static bool
send_all(struct broker *b, struct slice bytes, int fd)
{
	while (bytes.len) {
		ssize_t n = send_with_fd(b->fd, bytes, fd);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		fd = -1;
		bytes = slice_sub(bytes, (size_t)n, bytes.len);
	}
	return true;
}

bool
broker_send(struct broker *b, enum frame_type type, struct slice payload, int fd, struct err *err)
{
	struct buf head;
	bool sent;

	if (b->pid == 0 && !start(b, err))
		return false;
	buf_init(&head, FRAME_HEAD);
	buf_u32le(&head, (uint32_t)(payload.len + 1));
	buf_u8(&head, (uint8_t)type);
	if (head.failed)
		return err_nomem(err);
	sent = send_all(b, buf_view(&head), fd) && send_all(b, payload, -1);
	buf_fini(&head);
	if (!sent)
		broker_kill(b, NULL);
	return sent;
}

/* A whole frame at b->consumed?  1 yes, 0 not yet, -1 nonsense. */
static int
next_frame(struct broker *b, enum frame_type *type, struct slice *payload)
{
	struct cursor c = cursor_over(slice_sub(buf_view(&b->in), b->consumed, SIZE_MAX), 0);
	uint32_t len = cursor_u32le(&c);
	uint8_t kind = cursor_u8(&c);

	if (c.bad)
		return 0;
	if (len < 1 || len > LIMIT_MESSAGE || kind < FRAME_ALIVE || kind > FRAME_LAST)
		return -1;
	*payload = cursor_take(&c, len - 1);
	if (c.bad)
		return 0;
	*type = kind;
	b->consumed += 4 + (size_t)len;
	return 1;
}

/* What has been looked at makes room for what comes. */
static void
compact(struct broker *b)
{
	if (b->consumed == 0)
		return;
	memmove(b->in.ptr, b->in.ptr + b->consumed, b->in.len - b->consumed);
	b->in.len -= b->consumed;
	b->consumed = 0;
}

/* Reads what has come; false when the worker is gone or cannot be understood. */
static bool
read_more(struct broker *b)
{
	uint8_t *room;
	ssize_t n;

	compact(b);
	room = buf_reserve(&b->in, READ_SIZE);
	n = room ? recv(b->fd, room, READ_SIZE, MSG_DONTWAIT) : -1;
	if (n > 0) {
		b->in.len += (size_t)n;
		b->silent_ms = 0;
		return true;
	}
	if (n < 0 && room && (errno == EINTR || errno == EAGAIN))
		return true;
	broker_kill(b, n == 0 ? NULL : "the worker's messages could not be received");
	return false;
}

enum broker_event
broker_receive(struct broker *b, enum frame_type *type, struct slice *payload)
{
	for (;;) {
		int have = next_frame(b, type, payload);
		struct pollfd poll_fd = { b->fd, POLLIN, 0 };

		if (have > 0)
			return BROKER_FRAME;
		if (have < 0) {
			broker_kill(b, "the worker sent a message that is not well formed");
			return BROKER_DIED;
		}
		if (poll(&poll_fd, 1, TICK_MS) <= 0) {
			b->silent_ms += TICK_MS;
			if (b->silent_ms < LIMIT_WATCHDOG_SECONDS * 1000)
				return BROKER_TICK;
			snprintf(b->death, sizeof(b->death), "the worker gave no sign of life for %d seconds",
				LIMIT_WATCHDOG_SECONDS);
			kill(b->pid, SIGKILL);
			reap(b, b->death);
			return BROKER_DIED;
		}
		if (!read_more(b))
			return BROKER_DIED;
	}
}
