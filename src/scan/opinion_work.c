/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to workers and answers back.  Evidence has been read by now, so every worker but the clerk is free; each
 * gets one job at a time, and what it says is taken as it comes: what becomes of it is sorted in the end. */
#include "base/limits.h"
#include "src/scan/run.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { TICK_MS = 250 };

static bool
send_job(struct run *run, struct broker *b, struct opinion_job *job, struct err *err)
{
	struct job_opinion ask = { .kind = job->kind, .input = job->evidence, .first_chunk = job->at_chunk,
		.size = run->inputs.items[job->evidence].size, .chunks = job->end_chunk - job->at_chunk };
	struct buf offsets;
	bool sent;

	if (job->kind == SHOW_RESIDUE) {
		ask.residue = run->opinions.show.residue;
		ask.carved = run->opinions.show.carved;
	}
	buf_init(&offsets, LIMIT_MESSAGE);
	for (size_t i = job->at; job->kind == ASK_LISTED && i < job->ask_end; i++)
		if (!job->list[i].verdict)
			buf_u64le(&offsets, job->list[i].offset);
	if (job->kind == SHOW_RECORD || job->kind == SHOW_DIRECT)
		buf_u64le(&offsets, job->offset);
	ask.offsets = buf_view(&offsets);
	buf_reset(&job->payload);
	job_opinion_encode(&ask, &job->payload);
	sent = !offsets.failed && !job->payload.failed;
	buf_fini(&offsets);
	if (!sent)
		return err_nomem(err);
	job->running = true;
	job->ended = job->chunk_begun = job->hung = false;
	if (broker_send(b, FRAME_JOB_OPINION, buf_view(&job->payload), job->fd, err))
		return true;
	job->running = false;
	return err->code == ERR_OK && opinion_job_died(run, job, b->death, err);
}

static bool
take_frame(struct run *run, struct opinion_job *job, enum frame_type type, struct slice payload, struct err *err)
{
	if (type == FRAME_OPINION)
		return opinion_take(run, job, payload, err);
	if (type == FRAME_EXHIBIT)
		return opinion_take_exhibit(run, job, payload, err);
	job->ended = type == FRAME_DONE;
	return job->ended || type == FRAME_COVERAGE || type == FRAME_RULES || type == FRAME_ALIVE ||
		err_set(err, ERR_FORMAT, 0, "the worker sent a message that nobody asked for");
}

static bool
take_messages(struct run *run, struct broker *b, struct opinion_job *job, struct err *err)
{
	enum frame_type type;
	struct slice payload;
	int have = broker_read(b) ? 1 : -1;

	while (have > 0 && !job->ended && (have = broker_next(b, &type, &payload)) > 0) {
		broker_alive(b);
		if (take_frame(run, job, type, payload, err))
			continue;
		if (err->code != ERR_FORMAT)
			return false;
		broker_kill(b, err->text);
		*err = (struct err){ 0 };
		have = -1;
	}
	if (have >= 0 && !job->ended)
		return true;
	job->running = false;
	if (have < 0)
		return opinion_job_died(run, job, b->death, err);
	if (b->consumed < b->in.len) /* it speaks without being asked */
		broker_kill(b, "not trusted any more");
	return opinion_job_done(run, job, err);
}

static bool
receive(struct run *run, struct opinion_job *jobs, struct err *err)
{
	struct pollfd polled[LIMIT_WORKERS + 1];
	uint64_t before = work_milliseconds(), passed;

	for (size_t i = 0; i < run->clerk; i++)
		polled[i] = (struct pollfd){ jobs[i].running ? run->workers[i].fd : -1, POLLIN, 0 };
	if (poll(polled, run->clerk, TICK_MS) < 0)
		return true; /* a signal: the caller looks */
	passed = work_milliseconds() - before;
	for (size_t i = 0; i < run->clerk; i++) {
		struct broker *b = &run->workers[i];

		if (polled[i].fd < 0)
			continue;
		if (polled[i].revents && !take_messages(run, b, &jobs[i], err))
			return false;
		if (!polled[i].revents) {
			broker_wait(b, passed < 2 * TICK_MS ? (unsigned)passed : TICK_MS);
			jobs[i].hung = b->hung;
		}
	}
	return true;
}

static void
close_job(struct opinion_job *job)
{
	if (job->fd >= 0)
		close(job->fd);
	job->fd = -1;
}

/* *any: somebody has something to do. */
static bool
hand_out(struct run *run, struct opinion_job *jobs, opinion_next *next, bool *any, struct err *err)
{
	*any = false;
	for (size_t i = 0; i < run->clerk; i++) {
		struct opinion_job *job = &jobs[i];

		if (!job->active) {
			close_job(job);
			job->deaths = 0;
			job->active = next(run, job, err);
			if (err->code != ERR_OK)
				return false;
		}
		if (job->active && !job->running && !send_job(run, &run->workers[i], job, err))
			return false;
		*any |= job->active;
	}
	return true;
}

static bool
work(struct run *run, struct opinion_job *jobs, opinion_next *next, struct err *err)
{
	for (;;) {
		bool any;

		if (run_stop_asked(run) || !hand_out(run, jobs, next, &any, err))
			return false;
		if (!any)
			return true;
		if (!receive(run, jobs, err))
			return false;
	}
}

bool
opinion_work(struct run *run, opinion_next *next, struct err *err)
{
	struct opinion_job *jobs = calloc(run->clerk, sizeof(*jobs));
	bool done;

	if (!jobs)
		return err_nomem(err);
	for (size_t i = 0; i < run->clerk; i++) {
		jobs[i].fd = -1;
		buf_init(&jobs[i].payload, LIMIT_MESSAGE);
	}
	done = work(run, jobs, next, err);
	for (size_t i = 0; i < run->clerk; i++) {
		if (jobs[i].running)
			broker_kill(&run->workers[i], "not needed any more");
		close_job(&jobs[i]);
		buf_fini(&jobs[i].payload);
		free(jobs[i].own);
	}
	free(jobs);
	return done;
}
