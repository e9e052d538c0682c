/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass of a run: input after input, what its log says of itself, then the residue in it that no live record
 * repeats.  Its workers are new ones, forked when the template store is complete, so that they have it without a
 * message. */
#include "src/scan/run.h"

#include "base/limits.h"
#include "evtx/residue.h"

#include <unistd.h>

enum { DEATHS_PER_INPUT = 16 };

/* One input in the second pass. */
struct second {
	struct run *run;
	uint32_t input;
	int fd;
	struct pool_counts counts;
	struct buf job, reason;
	unsigned deaths;
};

static bool
tell(struct run *run, enum notice_kind kind, struct slice reason, struct err *err)
{
	struct notice notice = { .kind = kind, .path = run->input->path, .reason = reason };

	return run_notice(run, &notice, err);
}

static void
begin_job(struct second *s)
{
	buf_reset(&s->job);
	buf_u32le(&s->job, s->input);
	buf_u64le(&s->job, s->run->file.size);
}

static bool
work_on_facts(struct second *s, struct err *err)
{
	uint32_t count;

	begin_job(s);
	if (!residue_pool_spans(&s->run->residue, &s->job, &count, err))
		return false;
	if (!count)
		return true;
	switch (run_job(s->run, FRAME_JOB_FACTS, buf_view(&s->job), s->fd, &s->reason, err)) {
	case JOB_DONE:
		return true;
	case JOB_FAILED:
		return tell(s->run, NOTICE_LOSS, slice_from_text((const char *)s->reason.ptr), err);
	case JOB_DIED:
		return tell(s->run, NOTICE_LOSS, slice_from_text(s->run->broker.death), err);
	case JOB_STOP:
		break;
	}
	return false;
}

/* The records of the chunk that a worker died on are passed over; the job goes on behind them. */
static bool
skip_chunk(struct second *s, struct slice records, uint32_t *at, struct err *err)
{
	struct err line = { 0 };
	struct residue first, other;
	struct cursor in;
	uint32_t begin = s->run->chunk_begun && s->run->chunk >= *at ? (uint32_t)s->run->chunk : *at;

	in = cursor_over(slice_sub(records, (size_t)begin * RESIDUE_WIRE, records.len), 0);
	if (!residue_decode(&in, &first)) {
		*at = UINT32_MAX;
		return true;
	}
	for (*at = begin + 1; residue_decode(&in, &other) && other.chunk == first.chunk; ++*at)
		;
	err_set(&line, ERR_OK, 0, "%u residual records in the chunk at offset %llu given up: %s", (unsigned)(*at - begin),
		(unsigned long long)first.chunk, s->run->broker.death);
	return tell(s->run, NOTICE_LOSS, slice_from_text(line.text), err);
}

static bool
work_on_batch(struct second *s, struct slice records, struct err *err)
{
	for (uint32_t at = 0; (size_t)at * RESIDUE_WIRE < records.len && s->deaths < DEATHS_PER_INPUT;) {
		begin_job(s);
		buf_u32le(&s->job, at);
		buf_u8(&s->job, s->run->input->carve);
		buf_append(&s->job, slice_sub(records, (size_t)at * RESIDUE_WIRE, records.len));
		if (s->job.failed)
			return err_nomem(err);
		switch (run_job(s->run, FRAME_JOB_RESIDUE, buf_view(&s->job), s->fd, &s->reason, err)) {
		case JOB_DONE:
			settle_attempt(s->run);
			return true;
		case JOB_FAILED:
		case JOB_DIED:
			settle_attempt(s->run);
			if (++s->deaths == DEATHS_PER_INPUT &&
				!tell(s->run, NOTICE_LOSS, SLICE("its other residue is given up after several workers"), err))
				return false;
			if (!skip_chunk(s, records, &at, err))
				return false;
			break;
		case JOB_STOP:
			return false;
		}
	}
	return true;
}

static bool
work_on_residue(struct second *s, struct err *err)
{
	struct buf records;
	uint32_t input, count;
	bool going = true;

	buf_init(&records, LIMIT_RESIDUE_JOB * RESIDUE_WIRE);
	while (going && residue_pool_input(&s->run->residue, &input) && input == s->input) {
		buf_reset(&records);
		going = residue_pool_batch(&s->run->residue, &records, &count, &s->counts, err) &&
			(count == 0 || work_on_batch(s, buf_view(&records), err));
	}
	buf_fini(&records);
	return going;
}

/* What could not be decoded is one limit for each input, whatever its number. */
static bool
finish(struct second *s, struct err *err)
{
	struct run *run = s->run;
	struct residue_summary r = { .path = run->input->path, .found = s->counts.found, .copies = s->counts.copies,
		.left_out = s->counts.left_out, .read = run->residual_read, .undecoded = run->residue_left };
	struct err line = { 0 };

	run->summary->residue_found += r.found;
	run->summary->residue_copies += r.copies;
	run->summary->residual += r.read;
	run->summary->residue_undecoded += r.undecoded;
	if (r.undecoded) {
		err_set(&line, ERR_OK, 0, "%llu residual records cannot be decoded: their templates are gone or written over",
			(unsigned long long)r.undecoded);
		if (!tell(run, NOTICE_LIMIT, slice_from_text(line.text), err))
			return false;
	}
	if (r.left_out) {
		err_set(&line, ERR_OK, 0, "%llu residual records not looked at: more than %d in this run",
			(unsigned long long)r.left_out, LIMIT_RESIDUE);
		if (!tell(run, NOTICE_LIMIT, slice_from_text(line.text), err))
			return false;
	}
	return r.found == 0 || !run->listener->residue || run->listener->residue(run->listener->context, &r, err);
}

static bool
work_on_input(struct second *s, struct err *err)
{
	struct run *run = s->run;
	struct err why = { 0 };
	bool going;

	run->input = &run->inputs.items[s->input];
	run->file = (struct file_summary){ .path = run->input->path, .size = run->input->size };
	run->residual_read = run->residue_left = 0;
	s->counts = (struct pool_counts){ 0 };
	s->deaths = 0;
	s->fd = input_open(run->input, &why);
	if (s->fd < 0) {
		uint32_t input, count;

		going = tell(run, NOTICE_LOSS, slice_from_text(why.text), err);
		while (going && residue_pool_input(&run->residue, &input) && input == s->input) {
			buf_reset(&s->job);
			going = residue_pool_batch(&run->residue, &s->job, &count, &s->counts, err);
		}
		return going;
	}
	going = (run->options->mode != SCAN_FINDINGS || work_on_facts(s, err)) && work_on_residue(s, err) && finish(s, err);
	close(s->fd);
	return going;
}

bool
second_pass(struct run *run, struct err *err)
{
	struct second s = { .run = run };
	struct template_store store;
	bool going;

	template_store_init(&store);
	buf_init(&s.job, LIMIT_MESSAGE);
	buf_init(&s.reason, 512);
	going = residue_pool_close(&run->residue, err) && residue_pool_store(&run->residue, &store, err);
	if (going && run->residue.count) {
		broker_kill(&run->broker, "not needed any more");
		run->broker.templates = &store;
	}
	while (going && residue_pool_input(&run->residue, &s.input))
		going = s.input < run->inputs.count ? work_on_input(&s, err) : err_set(err, ERR_FORMAT, 0, "no such input");
	run->broker.templates = NULL;
	run->input = NULL;
	buf_fini(&s.job);
	buf_fini(&s.reason);
	if (run->residue.count)
		broker_kill(&run->broker, "not needed any more");
	template_store_fini(&store);
	return going;
}
