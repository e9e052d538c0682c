/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker.h"

#include "base/limits.h"
#include "src/lib/digest.h"
#include "src/scan/worker_state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HASH_BLOCK = 256 * 1024 };

/* The clerk's only job.  It reads bytes and never looks at them, so what it says of them can be believed. */
static void
do_hash(struct worker *w, struct slice payload, int fd)
{
	struct cursor in = cursor_over(payload, 0);
	struct source source = source_from_fd(fd, cursor_u64le(&in));
	uint8_t *block = malloc(HASH_BLOCK), sum[DIGEST_LEN];
	struct digest *digest = digest_new();
	uint64_t size = 0;
	size_t got = 1, begin;
	struct err err = { 0 };

	if (in.bad || fd < 0)
		worker_give_up(WORKER_BAD_JOB);
	if (!block || !digest)
		worker_give_up(WORKER_NO_MEMORY);
	for (; got && source.read(&source, size, block, HASH_BLOCK, &got, &err); size += got)
		if (!digest_add(digest, slice_from(block, got)))
			worker_give_up(WORKER_NO_MEMORY);
	free(block);
	if (!digest_end(digest, sum))
		worker_give_up(WORKER_NO_MEMORY);
	w->counts = (struct job_counts){ 0 };
	begin = frame_begin(&w->out, FRAME_DIGEST);
	buf_append(&w->out, slice_from(sum, sizeof(sum)));
	buf_u64le(&w->out, size);
	frame_end(&w->out, begin);
	worker_send_end(w, err.code ? &err : NULL);
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
	else if (type == FRAME_JOB_BLOCK || type == FRAME_JOB_BLOCK_PLAIN)
		worker_do_block(w, buf_view(&w->in), type == FRAME_JOB_BLOCK_PLAIN);
	else if (type == FRAME_JOB_OPINION)
		worker_do_opinion(w, buf_view(&w->in), fd);
	else if (type == FRAME_JOB_HASH)
		do_hash(w, buf_view(&w->in), fd);
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

static int
compare_bytes(const void *a, const void *b)
{
	return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* glibc asks the system for its memory (sysinfo) when it first sorts more than 1,024 bytes, and never again. */
static void
warm_up_sorting(void)
{
	uint8_t bytes[2048] = { 0 };

	qsort(bytes, sizeof(bytes), 1, compare_bytes);
}

bool
worker_warm_up(void)
{
	uint8_t sum[DIGEST_LEN];

	warm_up_sorting();
	return digest_sha256(SLICE_EMPTY, sum);
}

/* Keys are never made up: without them nobody could tell what is a copy. */
static void
digest_or_end(struct slice bytes, uint8_t out[static RECORD_DIGEST])
{
	if (!digest_sha256(bytes, out))
		worker_give_up(WORKER_NO_MEMORY);
}

static struct record_keys
keys_of(const struct scan_options *options)
{
	return options->record_seed ? (struct record_keys){ .seed = *options->record_seed }
		: (struct record_keys){ .digest = digest_or_end };
}

int
worker_run(int fd, struct outbox *outbox, const struct scan_options *options, const struct template_store *templates)
{
	struct worker w = { .fd = fd, .outbox = outbox, .options = options, .templates = templates,
		.keys = keys_of(options) };

	buf_init(&w.in, LIMIT_MESSAGE);
	buf_init(&w.out, LIMIT_MESSAGE);
	buf_init(&w.scratch, LIMIT_MESSAGE);
	arena_init(&w.arena, (size_t)LIMIT_BLOCK_TEXT * 3);
	worker_kinds_init(&w);
	table_init(&w.survey.templates);
	buf_init(&w.survey.live, 2 * LIMIT_CHUNK);
	buf_init(&w.survey.residue, 4 * CARVE_WINDOW_SIZE);
	buf_init(&w.survey.live_at, CARVE_WINDOW_SIZE);
	w.coverage = coverage_new();
	w.plans = plan_store_new();
	w.texts = text_digests_new();
	if (options->mode == SCAN_FINDINGS || options->mode == SCAN_EXPLAIN) {
		w.rule_count = ruleset_count(options->rules);
		w.matcher = matcher_new(options->rules);
		w.rules_with_log = calloc(w.rule_count + 1, 1);
		if (!w.matcher || !w.rules_with_log)
			return WORKER_NO_MEMORY;
	}
	if (!w.coverage || !w.plans || !w.texts)
		return WORKER_NO_MEMORY;
	while (serve(&w))
		;
	return 0;
}
