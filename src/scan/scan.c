/* SPDX-License-Identifier: Apache-2.0 */
/* The run itself: each file to the worker, then each joined script block, then the rows in order.  What a worker
 * does between two complete chunks is held back until the chunk is complete, so that a worker that dies loses
 * exactly that chunk, whatever it had said before. */
#include "src/scan/scan.h"

#include "base/limits.h"
#include "evtx/carve.h"
#include "src/lib/digest.h"
#include "src/scan/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEATHS_PER_FILE = 16, HASH_BLOCK = 1 << 20, ROW_ARENA = 1 << 30 };

static bool
count_notice(void *context, const struct notice *notice, struct err *err)
{
	struct run *run = context;
	struct scan_summary *s = run->summary;

	s->losses += notice->kind == NOTICE_LOSS;
	s->limits += notice->kind == NOTICE_LIMIT;
	s->skipped += notice->kind == NOTICE_SKIPPED;
	return !run->listener->notice || run->listener->notice(run->listener->context, notice, err);
}

static bool
tell(struct run *run, enum notice_kind kind, const char *reason, struct err *err)
{
	struct notice notice = { .kind = kind, .path = run->input ? run->input->path : SLICE_EMPTY,
		.reason = slice_from_text(reason) };

	return run_notice(run, &notice, err);
}

static bool
stop_asked(struct run *run)
{
	if (run->listener->interrupted && run->listener->interrupted(run->listener->context))
		run->summary->interrupted = true;
	return run->summary->interrupted;
}

static void
show_progress(struct run *run, uint64_t file_bytes)
{
	struct scan_summary *s = run->summary;
	uint64_t total = 0;

	if (!run->listener->progress)
		return;
	for (size_t i = 0; i < run->inputs.count; i++)
		total += run->inputs.items[i].size;
	run->listener->progress(run->listener->context, s->files, run->inputs.count, run->bytes_before + file_bytes, total,
		s->findings);
}

static void
add_counts(struct reader_counts *sum, const struct reader_counts *more)
{
	sum->chunks += more->chunks;
	sum->empty_chunks += more->empty_chunks;
	sum->foreign_chunks += more->foreign_chunks;
	sum->bad_checksums += more->bad_checksums;
	sum->tail_bytes += more->tail_bytes;
	sum->records += more->records;
	sum->lost += more->lost;
}

void
settle_attempt(struct run *run)
{
	add_counts(&run->file.counts, &run->attempt.reader);
	run->summary->subjects += run->attempt.subjects;
	run->summary->open_verdicts += run->attempt.open_verdicts;
	run->residual_read += run->attempt.residual;
	run->residue_left += run->attempt.residue_left;
	run->attempt = (struct job_counts){ 0 };
}

static bool
take_chunk(struct run *run, struct cursor *in, struct err *err)
{
	run->chunk = cursor_u64le(in);
	if (!job_counts_decode(in, &run->attempt))
		return err_set(err, ERR_FORMAT, 0, "a message that is not well formed");
	run->chunk_begun = true;
	if (!run->broker.templates) /* in the second pass chunks are records of residue */
		show_progress(run, run->chunk * (run->input && run->input->carve ? CARVE_WINDOW_SIZE : LIMIT_CHUNK));
	return collect_pending(run, err);
}

/* FRAME_DONE and, with a reason in front, FRAME_FAILED. */
static bool
take_end(struct run *run, enum frame_type type, struct cursor *in, struct buf *reason, struct err *err)
{
	struct slice text = type == FRAME_FAILED ? cursor_counted(in) : SLICE_EMPTY, with_log;

	if (!job_counts_decode(in, &run->attempt))
		return err_set(err, ERR_FORMAT, 0, "a message that is not well formed");
	with_log = cursor_counted(in);
	for (size_t i = 0; run->rules_with_log && i < with_log.len && i < ruleset_count(run->options->rules); i++)
		run->rules_with_log[i] |= with_log.ptr[i];
	buf_reset(reason);
	buf_append(reason, slice_sub(text, 0, 255));
	buf_append_byte(reason, 0);
	return collect_pending(run, err);
}

static bool
take_frame(struct run *run, enum frame_type type, struct slice payload, struct buf *reason, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);

	switch (type) {
	case FRAME_ALIVE:
		return true;
	case FRAME_HEADER:
		run->file.has_header = log_header_decode(&in, &run->file.header);
		return true;
	case FRAME_VERDICT:
		run->file.has_verdict = log_verdict_decode(&in, &run->file.verdict);
		return true;
	case FRAME_CHUNK:
		return take_chunk(run, &in, err);
	case FRAME_DONE:
	case FRAME_FAILED:
		return take_end(run, type, &in, reason, err);
	case FRAME_JOB_FILE:
	case FRAME_JOB_BLOCK:
	case FRAME_JOB_RESIDUE:
	case FRAME_JOB_FACTS:
	case FRAME_SURVEY:
	case FRAME_TEMPLATE:
	case FRAME_PART:
	case FRAME_FINDING:
	case FRAME_BLOCK_SEEN:
	case FRAME_BLOCK:
	case FRAME_DUMP:
	case FRAME_NOTICE:
	case FRAME_COVERAGE:
		break;
	}
	buf_u32le(&run->pending, (uint32_t)(payload.len + 1));
	buf_u8(&run->pending, (uint8_t)type);
	buf_append(&run->pending, payload);
	return !run->pending.failed || err_set(err, ERR_FORMAT, 0, "more for one chunk than can be");
}

/* Receives until the job has ended.  JOB_STOP: *err, or the user wants to stop. */
static enum job_end
pump(struct run *run, struct buf *reason, struct err *err)
{
	for (;;) {
		enum frame_type type;
		struct slice payload;

		switch (broker_receive(&run->broker, &type, &payload)) {
		case BROKER_DIED:
			return JOB_DIED;
		case BROKER_TICK:
			if (stop_asked(run))
				return JOB_STOP;
			continue;
		case BROKER_FRAME:
			break;
		}
		if (!take_frame(run, type, payload, reason, err)) {
			if (err->code != ERR_FORMAT)
				return JOB_STOP;
			broker_kill(&run->broker, err->text);
			*err = (struct err){ 0 };
			return JOB_DIED;
		}
		if (type == FRAME_DONE)
			return JOB_DONE;
		if (type == FRAME_FAILED)
			return JOB_FAILED;
		if (type == FRAME_CHUNK && stop_asked(run))
			return JOB_STOP;
	}
}

enum job_end
run_job(struct run *run, enum frame_type type, struct slice payload, int fd, struct buf *reason, struct err *err)
{
	buf_reset(&run->pending);
	run->attempt = (struct job_counts){ 0 };
	run->chunk_begun = false;
	if (!broker_send(&run->broker, type, payload, fd, err))
		return err->code == ERR_OK ? JOB_DIED : JOB_STOP;
	return pump(run, reason, err);
}

/* ---- files ---- */

/* After a death: what is lost, and where the next worker goes on.  *again false: the file is given up. */
static bool
after_death(struct run *run, struct job_file *job, unsigned deaths, bool *again, struct err *err)
{
	const char *how = run->broker.death;
	struct err line = { 0 };

	*again = true;
	if (!run->chunk_begun && job->want_verdict && !run->file.has_verdict) {
		job->want_verdict = false;
		err_set(&line, ERR_OK, 0, "libevtx has no verdict on this log: %s", how);
		return tell(run, NOTICE_LIMIT, line.text, err);
	}
	job->want_verdict = job->want_verdict && !run->file.has_verdict;
	if (deaths >= DEATHS_PER_FILE || !run->chunk_begun) {
		*again = false;
		err_set(&line, ERR_OK, 0, "%s, given up%s: %s", run->chunk_begun ? "rest of the file" : "file",
			deaths > 1 ? " after several workers" : "", how);
		run->file.verdict.opened = run->file.has_verdict && run->file.verdict.opened;
		return tell(run, NOTICE_LOSS, line.text, err);
	}
	job->first_chunk = run->chunk + 1;
	job->count_chunk_before = true;
	err_set(&line, ERR_OK, 0, "chunk %llu at offset %llu: %s", (unsigned long long)run->chunk,
		(unsigned long long)(LIMIT_FILE_HEADER + run->chunk * LIMIT_CHUNK), how);
	return tell(run, NOTICE_LOSS, line.text, err);
}

static bool
work_on_file(struct run *run, int fd, struct err *err)
{
	struct job_file job = { .input = (uint32_t)(run->input - run->inputs.items), .size = run->file.size,
		.want_verdict = run->options->reader != SCAN_READER_DIRECT && !run->input->carve,
		.carve = run->input->carve };
	struct buf payload, reason;
	bool again = true, going = true;

	buf_init(&payload, 64);
	buf_init(&reason, 512);
	for (unsigned deaths = 0; again && going;) {
		enum job_end end;

		buf_reset(&payload);
		job_file_encode(&job, &payload);
		end = run_job(run, FRAME_JOB_FILE, buf_view(&payload), fd, &reason, err);
		settle_attempt(run);
		again = false;
		if (end == JOB_STOP)
			going = false;
		else if (end == JOB_FAILED)
			going = tell(run, NOTICE_LOSS, (const char *)reason.ptr, err);
		else if (end == JOB_DIED)
			going = after_death(run, &job, ++deaths, &again, err);
		run->summary->files_failed += end == JOB_FAILED || (end == JOB_DIED && !again);
	}
	buf_fini(&payload);
	buf_fini(&reason);
	return going;
}

static bool
hash_file(int fd, uint8_t out[static DIGEST_LEN], uint64_t *size, struct err *err)
{
	struct digest *digest = digest_new();
	uint8_t *block = malloc(HASH_BLOCK);
	bool done = digest && block;
	ssize_t n = 1;

	for (*size = 0; done && n > 0; *size += n > 0 ? (uint64_t)n : 0) {
		n = pread(fd, block, HASH_BLOCK, (off_t)*size);
		done = n >= 0 && digest_add(digest, slice_from(block, (size_t)n));
	}
	free(block);
	if (!done) {
		digest_free(digest);
		return n < 0 ? err_set_errno(err, *size, "cannot read for its hash") : err_nomem(err);
	}
	return digest_end(digest, out) || err_nomem(err);
}

/* Whether the file is still what it was when it was first read. */
static bool
check_unchanged(struct run *run, int fd, const struct stat *before, struct err *err)
{
	uint8_t again[DIGEST_LEN];
	struct err why = { 0 };
	struct stat now;
	uint64_t size;

	if (fstat(fd, &now) != 0)
		return tell(run, NOTICE_LOSS, "cannot look at it again at the end", err);
	run->file.changed = now.st_size != before->st_size || now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
	if (run->file.has_sha256) {
		if (!hash_file(fd, again, &size, &why))
			return tell(run, NOTICE_LOSS, why.text, err);
		run->file.changed |= memcmp(again, run->file.sha256, sizeof(again)) != 0;
	}
	return !run->file.changed || tell(run, NOTICE_LOSS, "the file changed while it was read", err);
}

static bool
finish_file(struct run *run, struct err *err)
{
	struct scan_summary *s = run->summary;
	const struct reader_counts *c = &run->file.counts;

	run->file.seen = c->records + c->lost;
	s->files++;
	s->bytes += run->file.size;
	run->bytes_before += run->file.size;
	s->seen += run->file.seen;
	s->written += c->records;
	s->lost += c->lost;
	show_progress(run, 0);
	return !run->listener->file || run->listener->file(run->listener->context, &run->file, err);
}

static bool
read_file(struct run *run, const struct input *input, struct err *err)
{
	struct err why = { 0 };
	struct stat before;
	bool going = true;
	uint64_t size;
	int fd = input_open(input, &why);

	run->input = input;
	run->file = (struct file_summary){ .path = input->path, .size = input->size };
	if (fd < 0) {
		run->summary->files_failed++;
		return tell(run, NOTICE_LOSS, why.text, err) && finish_file(run, err);
	}
	if (fstat(fd, &before) == 0)
		run->file.size = (uint64_t)before.st_size;
	if (run->options->hash_inputs) {
		run->file.has_sha256 = hash_file(fd, run->file.sha256, &size, &why);
		if (!run->file.has_sha256)
			going = tell(run, NOTICE_LOSS, why.text, err);
	}
	going = going && work_on_file(run, fd, err) && check_unchanged(run, fd, &before, err) && finish_file(run, err);
	close(fd);
	return going;
}

/* ---- joined blocks ---- */

static bool
work_on_blocks(struct run *run, struct err *err)
{
	struct buf block, reason;
	bool going;

	run->input = NULL;
	buf_init(&block, LIMIT_MESSAGE);
	buf_init(&reason, 512);
	going = joiner_close(run->joiner, err);
	while (going && joiner_next(run->joiner, &block, err)) {
		enum job_end end = run_job(run, FRAME_JOB_BLOCK, buf_view(&block), -1, &reason, err);

		run->summary->subjects += run->attempt.subjects;
		run->summary->open_verdicts += run->attempt.open_verdicts;
		if (end == JOB_STOP || stop_asked(run))
			going = false;
		else if (end == JOB_FAILED)
			going = tell(run, NOTICE_LOSS, (const char *)reason.ptr, err);
		else if (end == JOB_DIED)
			going = tell(run, NOTICE_LOSS, run->broker.death, err);
	}
	buf_fini(&block);
	buf_fini(&reason);
	return going && err->code == ERR_OK;
}

static bool
needs_blocks(const struct scan_options *options)
{
	return options->mode == SCAN_FINDINGS || options->mode == SCAN_BLOCKS;
}

static void
sum_up(struct run *run)
{
	struct scan_summary *s = run->summary;
	struct joiner_counts c = joiner_counts(run->joiner);

	s->blocks_whole += c.whole;
	s->blocks_partial += c.partial;
	s->block_conflicts += c.conflicts;
	s->block_parts = c.parts;
	s->block_duplicates += c.duplicates;
	s->block_not_parts += c.not_parts;
	s->workers_started = run->broker.started;
	for (size_t i = 0; run->rules_with_log && i < ruleset_count(run->options->rules); i++)
		if (ruleset_rule(run->options->rules, i)->state == RULE_READY && !run->rules_with_log[i])
			s->rules_without_log++;
}

static bool
do_run(struct run *run, struct err *err)
{
	const struct scan_options *options = run->options;

	if (!inputs_collect(&run->inputs, options, &run->counting, err))
		return false;
	for (size_t i = 0; i < run->inputs.count; i++)
		if (stop_asked(run) || !read_file(run, &run->inputs.items[i], err))
			return run->summary->interrupted && err->code == ERR_OK;
	if (!second_pass(run, err))
		return run->summary->interrupted && err->code == ERR_OK;
	if (needs_blocks(options) && !work_on_blocks(run, err))
		return run->summary->interrupted && err->code == ERR_OK;
	return emit_rows(run, err);
}

bool
scan_run(const struct scan_options *options, const struct scan_listener *listener, struct scan_summary *summary,
	struct err *err)
{
	struct run run = { .options = options, .listener = listener, .summary = summary };
	bool done = false;

	*summary = (struct scan_summary){ .coverage = coverage_new() };
	*err = (struct err){ 0 };
	run.counting = (struct scan_listener){ .context = &run, .notice = count_notice };
	broker_init(&run.broker, options);
	order_init(&run.order, LIMIT_FINDINGS_MEMORY, options->temp_folder);
	seen_init(&run.seen);
	residue_pool_init(&run.residue, options->temp_folder);
	arena_init(&run.arena, ROW_ARENA);
	buf_init(&run.text, LIMIT_MESSAGE);
	buf_init(&run.pending, LIMIT_MESSAGE);
	run.joiner = joiner_new(options->temp_folder);
	if (options->rules)
		run.rules_with_log = calloc(ruleset_count(options->rules) + 1, 1);
	if (!summary->coverage || !run.joiner || (options->rules && !run.rules_with_log)) {
		err_nomem(err);
	} else {
		done = do_run(&run, err);
		sum_up(&run);
	}
	broker_fini(&run.broker);
	inputs_fini(&run.inputs);
	joiner_free(run.joiner);
	order_fini(&run.order);
	seen_fini(&run.seen);
	residue_pool_fini(&run.residue);
	arena_fini(&run.arena);
	buf_fini(&run.text);
	buf_fini(&run.pending);
	free(run.rules_with_log);
	return done;
}

void
scan_summary_fini(struct scan_summary *summary)
{
	coverage_free(summary->coverage);
	*summary = (struct scan_summary){ 0 };
}
