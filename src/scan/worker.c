/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker.h"

#include "base/limits.h"
#include "src/scan/worker_state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_HEAD = 5 };

static void
do_block(struct worker *w, struct slice payload)
{
	struct subject subject;
	struct err err = { 0 };

	w->counts = (struct job_counts){ 0 };
	arena_reset(&w->arena);
	if (block_subject(payload, &w->arena, &subject, &err) && worker_use_subject(w, &subject, &err))
		worker_send_end(w, NULL);
	else
		worker_send_end(w, &err);
}

/* Reads len bytes; takes a descriptor that rides on them.  False at the end of the connection. */
static bool
receive(struct worker *w, size_t len, int *fd)
{
	buf_reset(&w->in);
	if (len && !buf_reserve(&w->in, len))
		worker_give_up(WORKER_NO_MEMORY);
	while (w->in.len < len) {
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof(int))];
		} control;
		struct iovec part = { w->in.ptr + w->in.len, len - w->in.len };
		struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
			.msg_controllen = sizeof(control.room) };
		ssize_t n = recvmsg(w->fd, &message, MSG_CMSG_CLOEXEC);
		struct cmsghdr *head;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		head = CMSG_FIRSTHDR(&message);
		if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS && fd)
			memcpy(fd, CMSG_DATA(head), sizeof(*fd));
		w->in.len += (size_t)n;
	}
	return true;
}

static bool
serve(struct worker *w)
{
	struct cursor head;
	uint32_t len;
	uint8_t type;
	int fd = -1;

	if (!receive(w, FRAME_HEAD, &fd))
		return false;
	head = cursor_over(buf_view(&w->in), 0);
	len = cursor_u32le(&head);
	type = cursor_u8(&head);
	if (len < 1 || len > LIMIT_MESSAGE)
		worker_give_up(WORKER_BAD_JOB);
	if (!receive(w, len - 1, NULL))
		return false;
	if (type == FRAME_JOB_FILE)
		worker_do_file(w, buf_view(&w->in), fd);
	else if (type == FRAME_JOB_BLOCK)
		do_block(w, buf_view(&w->in));
	else if (type == FRAME_JOB_RESIDUE)
		worker_do_residue(w, buf_view(&w->in), fd);
	else if (type == FRAME_JOB_FACTS)
		worker_do_facts(w, buf_view(&w->in), fd);
	else
		worker_give_up(WORKER_BAD_JOB);
	if (fd >= 0)
		close(fd);
	return true;
}

int
worker_run(int fd, const struct scan_options *options, const struct template_store *templates)
{
	struct worker w = { .fd = fd, .options = options, .templates = templates };

	buf_init(&w.in, LIMIT_MESSAGE);
	buf_init(&w.out, LIMIT_MESSAGE);
	buf_init(&w.scratch, LIMIT_MESSAGE);
	buf_init(&w.class_key, 4 * LIMIT_CHUNK);
	arena_init(&w.arena, (size_t)LIMIT_BLOCK_TEXT * 3);
	table_init(&w.classes);
	table_init(&w.survey.templates);
	buf_init(&w.survey.live, LIMIT_CHUNK);
	buf_init(&w.survey.residue, 4 * CARVE_WINDOW_SIZE);
	w.coverage = coverage_new();
	if (options->mode == SCAN_FINDINGS) {
		w.rule_count = ruleset_count(options->rules);
		w.matcher = matcher_new(options->rules);
		w.rules_with_log = calloc(w.rule_count + 1, 1);
		if (!w.matcher || !w.rules_with_log)
			return WORKER_NO_MEMORY;
	}
	if (!w.coverage)
		return WORKER_NO_MEMORY;
	while (serve(&w))
		;
	return 0;
}
