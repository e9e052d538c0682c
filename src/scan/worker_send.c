/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker_state.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FLUSH = 256 * 1024, SAY = 64 * 1024 };

_Noreturn void
worker_give_up(int status)
{
	_exit(status);
}

static void
send_all(const struct worker *w, struct slice rest)
{
	while (rest.len) {
		ssize_t n = send(w->fd, rest.ptr, rest.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			worker_give_up(0);
		rest = slice_sub(rest, (size_t)n, rest.len);
	}
}

/* True when there was room for it in the outbox. */
static bool
put(struct worker *w)
{
	if (w->out.failed)
		worker_give_up(WORKER_NO_MEMORY);
	if (!outbox_put(w->outbox, buf_view(&w->out)))
		return false;
	buf_reset(&w->out);
	w->dump_end = 0;
	return true;
}

/* What fits goes with what lies in the outbox, as one message. */
void
worker_send(struct worker *w)
{
	bool fits = put(w);

	send_all(w, outbox_view(w->outbox));
	if (!fits)
		send_all(w, buf_view(&w->out));
	outbox_clear(w->outbox, fits ? 0 : w->out.len);
	buf_reset(&w->out);
	w->dump_end = 0;
}

void
worker_say(struct worker *w)
{
	if (!put(w) || outbox_view(w->outbox).len >= SAY)
		worker_send(w);
}

void
worker_flush_when_full(struct worker *w)
{
	if (w->out.len >= FLUSH || w->out.failed)
		worker_send(w);
}

void
worker_notice(struct worker *w, const struct notice *notice)
{
	size_t begin = frame_begin(&w->out, FRAME_NOTICE);

	notice_encode(notice, &w->out);
	frame_end(&w->out, begin);
}

void
worker_send_counts(struct worker *w, enum frame_type type, uint64_t chunk)
{
	size_t begin = frame_begin(&w->out, type);

	buf_u64le(&w->out, chunk);
	job_counts_encode(&w->counts, &w->out);
	frame_end(&w->out, begin);
}

void
worker_send_coverage(struct worker *w)
{
	struct err err = { 0 };
	size_t begin = frame_begin(&w->out, FRAME_COVERAGE);

	if (!coverage_encode(w->coverage, &w->out, &err))
		worker_give_up(WORKER_NO_MEMORY);
	frame_end(&w->out, begin);
	coverage_reset(w->coverage);
}

void
worker_send_rules(struct worker *w)
{
	size_t begin;

	if (!w->rules_changed)
		return;
	begin = frame_begin(&w->out, FRAME_RULES);
	buf_append(&w->out, slice_from(w->rules_with_log, w->rule_count));
	frame_end(&w->out, begin);
	w->rules_changed = false;
}

void
worker_send_end(struct worker *w, const struct err *failure)
{
	size_t begin;

	worker_send_coverage(w);
	worker_send_rules(w);
	begin = frame_begin(&w->out, failure ? FRAME_FAILED : FRAME_DONE);
	if (failure)
		buf_counted(&w->out, slice_from_text(failure->text));
	job_counts_encode(&w->counts, &w->out);
	frame_end(&w->out, begin);
	worker_send(w);
}
