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

enum { READ_SIZE = 256 * 1024, KEPT_SIZE = 4 * 1024 * 1024, LIFE_SIZE = 1 << 20, END_TRIES = 50, END_TRY_MS = 10 };

void
broker_init(struct broker *b, const struct scan_options *options)
{
	*b = (struct broker){ .options = options, .fd = -1 };
	buf_init(&b->in, (size_t)LIMIT_MESSAGE + READ_SIZE);
}

/* The end of a worker that was killed or has closed its side.  One that closed it and stays is helped along. */
static int
wait_for_end(pid_t pid, bool killed)
{
	int status = 0;

	for (int i = 0; i < END_TRIES && !killed; i++) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return status;
		if (ended < 0 && errno != EINTR)
			return 0;
		poll(NULL, 0, END_TRY_MS);
	}
	if (!killed)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void
put_death(struct broker *b, int status)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0, code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	b->own_death = (signal && signal != SIGKILL && signal != SIGTERM) || code == WORKER_NO_MEMORY;
	if (signal == SIGSYS)
		snprintf(b->death, sizeof(b->death), "the worker was killed by signal %d: it made a forbidden system call", signal);
	else if (signal)
		snprintf(b->death, sizeof(b->death), "the worker was killed by signal %d", signal);
	else if (code == WORKER_NO_MEMORY)
		snprintf(b->death, sizeof(b->death), "the worker ran out of memory");
	else if (code == WORKER_NO_JAIL)
		snprintf(b->death, sizeof(b->death), "the worker could not give up its rights, so it read nothing");
	else
		snprintf(b->death, sizeof(b->death), "the worker ended with status %d", code);
}

static void
reap(struct broker *b, bool killed, const char *why)
{
	int status = 0;

	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
	outbox_free(b->outbox);
	b->outbox = NULL;
	if (b->pid > 0)
		status = wait_for_end(b->pid, killed);
	b->pid = 0;
	buf_reset(&b->in);
	b->consumed = b->fresh = 0;
	b->silent_ms = 0;
	b->own_death = b->outbox_taken = b->hung = false;
	b->received = b->said = 0;
	if (why)
		snprintf(b->death, sizeof(b->death), "%s", why);
	else
		put_death(b, status);
}

void
broker_kill(struct broker *b, const char *why)
{
	bool killed = b->pid > 0 && why;

	if (killed)
		kill(b->pid, SIGKILL);
	reap(b, killed, why);
}

void
broker_let_go(struct broker *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].pid > 0)
			kill(list[i].pid, SIGKILL);
}

void
broker_kill_all(struct broker *list, size_t count)
{
	broker_let_go(list, count);
	for (size_t i = 0; i < count; i++)
		if (list[i].pid > 0)
			broker_kill(&list[i], "not needed any more");
}

void
broker_fini(struct broker *b)
{
	if (b->pid > 0)
		broker_kill(b, "not needed any more");
	outbox_free(b->outbox);
	buf_fini(&b->in);
}

static void
run_child(int fd, struct outbox *outbox, const struct scan_options *options, const struct template_store *templates)
{
	uint64_t memory = options->worker_memory ? options->worker_memory : (uint64_t)LIMIT_WORKER_MEMORY_MIB << 20;
	struct err err = { 0 };

	if (!worker_warm_up())
		_exit(WORKER_NO_MEMORY);
	if (!jail_enter(fd, memory, &err))
		_exit(WORKER_NO_JAIL);
	_exit(worker_run(fd, outbox, options, templates));
}

static bool
start(struct broker *b, struct err *err)
{
	struct outbox *outbox = outbox_new();
	int pair[2];
	pid_t pid;

	if (!outbox)
		return err_nomem(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		outbox_free(outbox);
		return err_set_errno(err, 0, "cannot make a socket pair for the worker");
	}
	pid = fork();
	if (pid < 0) {
		err_set_errno(err, 0, "cannot fork a worker");
		close(pair[0]);
		close(pair[1]);
		outbox_free(outbox);
		return false;
	}
	if (pid == 0)
		run_child(pair[1], outbox, b->options, b->templates);
	close(pair[1]);
	b->pid = pid;
	b->fd = pair[0];
	b->outbox = outbox;
	b->started++;
	b->silent_ms = 0;
	return outbox_keep_from_others(outbox) || err_set_errno(err, 0, "cannot keep a worker's memory from others");
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
	return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A worker that does not listen for as long as the watchdog waits is ended like one that does not speak. */
static bool
send_all(struct broker *b, struct slice bytes, int fd)
{
	while (bytes.len) {
		ssize_t n = send_with_fd(b->fd, bytes, fd);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd ready = { b->fd, POLLOUT, 0 };

			if (poll(&ready, 1, LIMIT_WATCHDOG_SECONDS * 1000) != 0)
				continue;
			kill(b->pid, SIGKILL);
			return false;
		}
		if (n <= 0)
			return false;
		fd = -1;
		bytes = slice_sub(bytes, (size_t)n, bytes.len);
	}
	return true;
}

/* One that ended behind its last word on a job, which may have come out of its outbox, did not die of the next. */
static void
bury(struct broker *b)
{
	char byte;

	if (b->pid && (b->hung || recv(b->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0))
		broker_kill(b, NULL);
}

bool
broker_send(struct broker *b, enum frame_type type, struct slice payload, int fd, struct err *err)
{
	struct buf head;
	bool sent;

	bury(b);
	if (b->pid == 0 && !start(b, err))
		return false;
	buf_init(&head, FRAME_HEAD);
	buf_u32le(&head, (uint32_t)(payload.len + 1));
	buf_u8(&head, (uint8_t)type);
	if (head.failed)
		return err_nomem(err);
	sent = send_all(b, buf_view(&head), fd) && send_all(b, payload, -1);
	buf_fini(&head);
	broker_alive(b);
	if (!sent)
		broker_kill(b, NULL);
	return sent;
}

int
broker_next(struct broker *b, enum frame_type *type, struct slice *payload)
{
	struct cursor c = cursor_over(slice_sub(buf_view(&b->in), b->consumed, SIZE_MAX), 0);
	uint32_t len = cursor_u32le(&c);
	uint8_t kind = cursor_u8(&c);

	if (c.bad)
		return 0;
	if (len < 1 || len > LIMIT_MESSAGE || kind < FRAME_ALIVE || kind > FRAME_LAST) {
		broker_kill(b, "the worker sent a message that is not well formed");
		return -1;
	}
	*payload = cursor_take(&c, len - 1);
	if (c.bad)
		return 0;
	*type = kind;
	b->consumed += 4 + (size_t)len;
	return 1;
}

/* What has been looked at makes room for what comes; the room for a huge message is not kept. */
static void
compact(struct broker *b)
{
	if (b->consumed == 0)
		return;
	if (b->consumed == b->in.len && b->in.capacity > KEPT_SIZE) {
		size_t max = b->in.max;

		buf_fini(&b->in);
		buf_init(&b->in, max);
		b->consumed = 0;
		return;
	}
	memmove(b->in.ptr, b->in.ptr + b->consumed, b->in.len - b->consumed);
	b->in.len -= b->consumed;
	b->consumed = 0;
}

/* Once, when the worker has ended: true when there is something in it. */
static bool
take_outbox(struct broker *b)
{
	size_t before = b->in.len;

	if (!b->outbox || b->outbox_taken)
		return false;
	b->outbox_taken = true;
	outbox_take(b->outbox, b->received, &b->in);
	return b->in.len > before;
}

bool
broker_read(struct broker *b)
{
	char silent[sizeof(b->death)];
	bool ended;
	uint8_t *room;
	ssize_t n;

	compact(b);
	room = buf_reserve(&b->in, READ_SIZE);
	n = room ? recv(b->fd, room, READ_SIZE, MSG_DONTWAIT) : -1;
	if (n > 0) {
		b->in.len += (size_t)n;
		b->fresh += (size_t)n;
		b->received += (size_t)n;
		if (b->fresh >= LIFE_SIZE) /* a long message is on its way */
			broker_alive(b);
		return true;
	}
	if (n < 0 && room && (errno == EINTR || errno == EAGAIN))
		return true;
	/* One that ends before it has taken in all of its job is known by a reset. */
	ended = room && (n == 0 || errno == ECONNRESET);
	if (ended && take_outbox(b))
		return true;
	snprintf(silent, sizeof(silent), "the worker gave no sign of life for %d seconds", LIMIT_WATCHDOG_SECONDS);
	broker_kill(b, b->hung ? silent : ended ? NULL : "the worker's messages could not be received");
	return false;
}

void
broker_alive(struct broker *b)
{
	b->silent_ms = 0;
	b->fresh = 0;
}

/* A chunk that is done shows in the outbox before it is sent.  There is room for few, so this cannot go on for ever. */
static bool
has_said_more(struct broker *b)
{
	uint64_t end = outbox_end(b->outbox);
	bool more = end > b->said && end - b->received <= OUTBOX_ROOM;

	b->said = more ? end : b->said;
	return more;
}

/* It is not reaped here: what it had not sent tells what it died of. */
void
broker_wait(struct broker *b, unsigned ms)
{
	if (has_said_more(b))
		broker_alive(b);
	b->silent_ms += ms;
	if (b->silent_ms < LIMIT_WATCHDOG_SECONDS * 1000)
		return;
	kill(b->pid, SIGKILL);
	b->hung = true;
}
