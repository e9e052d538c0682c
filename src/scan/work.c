/* SPDX-License-Identifier: Apache-2.0 */
/* Units to workers and back.  What a worker says between two complete chunks is held back until the chunk is complete,
 * so that a worker that dies loses exactly that chunk, whatever it had said before; and every frame is checked when it
 * comes, so that a worker that lies is ended on the spot. */
#include "base/limits.h"
#include "src/scan/run.h"

#include <poll.h>
#include <time.h>

enum { DEATHS_PER_FILE = LIMIT_DEATHS_PER_FILE, TICK_MS = 250 };

static bool
lies(struct err *err)
{
	return err_set(err, ERR_FORMAT, 0, "the worker sent a message that is not well formed");
}

static void
tell(struct unit *u, enum notice_kind kind, const struct err *line)
{
	unit_notice(u, &(struct notice){ .kind = kind, .reason = slice_from_text(line->text) });
}

/* What this job has completed joins the unit's numbers. */
static void
settle(struct unit *u)
{
	reader_counts_add(&u->counts.reader, &u->attempt.reader);
	u->counts.subjects += u->attempt.subjects;
	u->counts.open_verdicts += u->attempt.open_verdicts;
	u->counts.residual += u->attempt.residual;
	u->counts.residue_left += u->attempt.residue_left;
	u->attempt = (struct job_counts){ 0 };
}

/* --- what comes back --- */

static bool
take_chunk(struct unit *u, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	uint64_t chunk = cursor_u64le(&in);
	struct job_counts counts;

	if ((u->kind != UNIT_CHUNKS && u->kind != UNIT_RESIDUE) || !job_counts_decode(&in, &counts) || chunk < u->job.first_chunk ||
		(u->job.end_chunk && chunk >= u->job.end_chunk) || (u->chunk_begun && chunk <= u->chunk))
		return lies(err);
	u->chunk = chunk;
	u->chunk_begun = true;
	u->attempt = counts;
	u->complete = u->held.len;
	return true;
}

/* FRAME_DONE and, with a reason in front, FRAME_FAILED. */
static bool
take_end(struct unit *u, enum frame_type type, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct slice text = type == FRAME_FAILED ? cursor_counted(&in) : SLICE_EMPTY;

	if (!job_counts_decode(&in, &u->attempt))
		return lies(err);
	buf_reset(&u->reason);
	buf_append(&u->reason, slice_sub(text, 0, 255));
	buf_append_byte(&u->reason, 0);
	u->has_end = true;
	u->failed = type == FRAME_FAILED;
	u->complete = u->held.len;
	return true;
}

static bool
take_digest(struct unit *u, struct slice payload, struct err *err)
{
	if (payload.len != DIGEST_LEN + 8 || (u->kind != UNIT_HASH && u->kind != UNIT_END))
		return lies(err);
	memcpy(u->digest, payload.ptr, DIGEST_LEN);
	u->has_digest = true;
	return true;
}

static bool
put_pending(struct run *run, struct unit *u, enum frame_type type, struct slice payload, struct err *err)
{
	if (!collect_check(run, type, payload, err))
		return false;
	if (u->held.len - u->complete + FRAME_HEAD + payload.len > LIMIT_MESSAGE)
		return err_set(err, ERR_FORMAT, 0, "more for one chunk than can be");
	buf_u32le(&u->held, (uint32_t)(payload.len + 1));
	buf_u8(&u->held, (uint8_t)type);
	buf_append(&u->held, payload);
	return !u->held.failed || err_nomem(err);
}

static bool
take_frame(struct run *run, struct unit *u, enum frame_type type, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);

	switch (type) {
	case FRAME_ALIVE:
		return true;
	case FRAME_HEADER:
		u->has_header = log_header_decode(&in, &u->header);
		return u->has_header || lies(err);
	case FRAME_VERDICT:
		return log_verdict_decode(&in, &u->verdict) || lies(err);
	case FRAME_DIGEST:
		return take_digest(u, payload, err);
	case FRAME_CHUNK:
		broker_alive(u->worker);
		return take_chunk(u, payload, err);
	case FRAME_DONE:
	case FRAME_FAILED:
		broker_alive(u->worker);
		return take_end(u, type, payload, err);
	case FRAME_JOB_FILE:
	case FRAME_JOB_BLOCK:
	case FRAME_JOB_BLOCK_PLAIN:
	case FRAME_JOB_HASH:
	case FRAME_JOB_RESIDUE:
	case FRAME_JOB_FACTS:
	case FRAME_SURVEY:
	case FRAME_TEMPLATE:
	case FRAME_JOB_OPINION:
	case FRAME_OPINION:
	case FRAME_EXHIBIT:
	case FRAME_PART:
	case FRAME_FINDING:
	case FRAME_CORRELATION:
	case FRAME_BLOCK_SEEN:
	case FRAME_BLOCK:
	case FRAME_DUMP:
	case FRAME_NOTICE:
	case FRAME_COVERAGE:
	case FRAME_RULES:
		break;
	}
	broker_alive(u->worker); /* what is kept is bounded, so this cannot go on for ever */
	return put_pending(run, u, type, payload, err);
}

/* --- the end of a job --- */

static void
give_up(struct unit *u, const char *how)
{
	bool begun = u->job.first_chunk > 0 || u->chunk_begun;

	u->given_up = true;
	err_set(&u->given_up_why, ERR_OK, 0, "%s, given up%s: %.120s", begun ? "rest of the file" : "file",
		u->deaths > 1 ? " after several workers" : "", how);
	u->state = UNIT_ENDED;
}

static const char *
other_reader(const struct run *run)
{
	return run->options->reader == SCAN_READER_LIBEVTX ? "the direct reader" : "libevtx";
}

/* Behind `chunk`; the last job of a unit may be left with nothing but to count what was lost. */
static void
go_on_behind(struct unit *u, uint64_t chunk, bool lost)
{
	bool nothing_left = u->end_chunk && chunk + 1 >= u->end_chunk;

	u->job.first_chunk = chunk + 1;
	u->job.end_chunk = nothing_left ? chunk + 1 : u->end_chunk;
	u->job.count_chunk_before = lost;
	u->job.alone = true;
	u->counts.reader.chunks += lost;
	u->job.other_reader = u->job.survey_alone = false;
	u->job.want_verdict = false;
	u->early_deaths = 0;
	u->state = nothing_left && !lost ? UNIT_ENDED : UNIT_WAITING;
}

/* A chunk that no reader survived is surveyed by itself, since that may be deadly as well: then no other chunk pays. */
static void
survey_alone(struct unit *u)
{
	u->job.other_reader = false;
	u->job.survey_alone = true;
	u->state = UNIT_WAITING;
}

static void
end_survey_alone(const struct run *run, struct unit *u, const char *failure)
{
	struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true, .len = LIMIT_CHUNK,
		.offset = unit_chunk_offset(u, u->job.first_chunk) };
	struct err line = { 0 };

	if (failure) {
		err_set(&line, ERR_OK, 0, "nor was it searched for %s: %.150s",
			run->options->residual ? "residual records" : "facts of the log", failure);
		notice.reason = slice_from_text(line.text);
		unit_notice(u, &notice);
	}
	go_on_behind(u, u->job.first_chunk, true);
}

/* The chunk that killed a worker was tried with the other reader: what came of it is told in one line. */
static void
end_retry(struct run *run, struct unit *u, const char *failure)
{
	uint64_t chunk = u->job.first_chunk;
	struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true, .len = LIMIT_CHUNK,
		.offset = unit_chunk_offset(u, chunk) };
	struct err line = { 0 };

	notice.len = unit_chunk_size(u);
	if (u->job.carve)
		err_set(&line, ERR_OK, 0, "%.150s; %s", u->death.text, failure ? "and again" : "not the second time");
	else if (failure)
		err_set(&line, ERR_OK, 0, "%.150s; nor could %s read it", u->death.text, other_reader(run));
	else
		err_set(&line, ERR_OK, 0, "%.150s; read by %s instead", u->death.text, other_reader(run));
	notice.reason = slice_from_text(line.text);
	unit_notice(u, &notice);
	if (failure && !u->job.carve && (run->options->residual || run->options->facts))
		survey_alone(u);
	else
		go_on_behind(u, chunk, failure != NULL);
}

static void
after_early_death(struct unit *u, const char *how)
{
	struct err line = { 0 };

	if (u->early_deaths++) {
		give_up(u, how);
		return;
	}
	err_set(&line, ERR_OK, 0, "work was given to another worker: %.150s", how);
	tell(u, NOTICE_LOSS, &line);
	u->job.alone = true;
	u->state = UNIT_WAITING;
}

static void
after_chunk_death(struct run *run, struct unit *u, const char *how)
{
	const struct broker *b = u->worker;

	if (u->job.survey_alone) {
		end_survey_alone(run, u, how);
	} else if (u->job.other_reader) {
		end_retry(run, u, how);
	} else if (u->deaths >= DEATHS_PER_FILE) {
		give_up(u, how);
	} else if (u->job.want_verdict && !u->chunk_begun && !u->verdict.asked && b->own_death) {
		u->verdict_lost = true;
		u->job.want_verdict = false;
		err_set(&u->death, ERR_OK, 0, "libevtx has no verdict on this log: %.150s", how);
		tell(u, NOTICE_LIMIT, &u->death);
		u->state = UNIT_WAITING;
	} else if (!u->chunk_begun) {
		after_early_death(u, how);
	} else {
		err_set(&u->death, ERR_OK, 0, "chunk %llu at offset %llu: %.120s", (unsigned long long)u->chunk,
			(unsigned long long)unit_chunk_offset(u, u->chunk), how);
		u->job.first_chunk = u->chunk;
		u->job.end_chunk = u->chunk + 1;
		u->job.other_reader = u->job.alone = true;
		u->job.want_verdict = u->job.count_chunk_before = false;
		u->state = UNIT_WAITING;
	}
}

/* What kills or hangs is most likely an expression on a text that was made for it: once more without those, so that such a
 * text does not hide from rules that have none. */
static void
after_block_death(const struct run *run, struct unit *u, const char *how)
{
	char name[200] = "a script block";
	struct subject_part first = { .evidence = 0 };
	struct notice notice = { .kind = u->plain ? NOTICE_LOSS : NOTICE_LIMIT };
	struct err line = { 0 };

	if (joiner_name_block(buf_view(&u->payload), name, sizeof(name), &first))
		notice = (struct notice){ .kind = notice.kind, .input = first.evidence + 1, .has_offset = true, .offset = first.offset };
	err_set(&line, ERR_OK, 0, "%.160s: %s: %.80s", name, u->plain ? "could not be worked on" :
		run->options->rules ? "tried again without expressions" : "tried again", how);
	notice.reason = slice_from_text(line.text);
	unit_notice(u, &notice);
	u->state = u->plain ? UNIT_ENDED : UNIT_WAITING;
	u->plain = true;
}

static void
after_death(struct run *run, struct unit *u)
{
	const char *how = u->worker->death;
	struct err line = { 0 };

	unit_drop_pending(u);
	settle(u);
	u->deaths++;
	u->has_digest = false;
	switch (u->kind) {
	case UNIT_CHUNKS:
		after_chunk_death(run, u, how);
		break;
	case UNIT_HASH:
	case UNIT_END:
		err_set(&line, ERR_OK, 0, "it was hashed %s: %.150s", u->deaths > 1 ? "in vain" : "by another worker", how);
		tell(u, NOTICE_LOSS, &line);
		u->state = u->deaths > 1 ? UNIT_ENDED : UNIT_WAITING;
		break;
	case UNIT_BLOCK:
		after_block_death(run, u, how);
		break;
	case UNIT_FACTS:
		err_set(&line, ERR_OK, 0, "what the log says of itself could not be judged: %.150s", how);
		tell(u, NOTICE_LOSS, &line);
		u->state = UNIT_ENDED;
		break;
	case UNIT_RESIDUE:
		second_after_death(u, how);
		break;
	case UNIT_RESIDUE_END:
		break;
	}
	u->worker->unit = NULL;
	u->worker = NULL;
}

static void
after_end(struct run *run, struct unit *u)
{
	const char *reason = (const char *)u->reason.ptr;
	struct err line = { 0 };

	settle(u);
	if (u->worker->consumed < u->worker->in.len) /* it speaks without being asked */
		broker_kill(u->worker, "not trusted any more");
	u->worker->unit = NULL;
	u->worker = NULL;
	if (u->kind == UNIT_CHUNKS && u->job.other_reader) {
		bool failed = u->failed;

		u->failed = false;
		end_retry(run, u, failed ? reason : NULL);
		return;
	}
	if (u->kind == UNIT_CHUNKS && u->job.survey_alone) {
		u->failed = false; /* such a job has nothing to fail */
		end_survey_alone(run, u, NULL);
		return;
	}
	u->state = UNIT_ENDED;
	if (!u->failed)
		return;
	err_set(&line, ERR_OK, 0, "%s", reason);
	tell(u, NOTICE_LOSS, &line);
}

/* --- handing out --- */

static bool
send_job(struct run *run, struct broker *b, struct unit *u, struct err *err)
{
	static const enum frame_type types[] = { [UNIT_HASH] = FRAME_JOB_HASH, [UNIT_CHUNKS] = FRAME_JOB_FILE,
		[UNIT_END] = FRAME_JOB_HASH, [UNIT_BLOCK] = FRAME_JOB_BLOCK,
		[UNIT_FACTS] = FRAME_JOB_FACTS, [UNIT_RESIDUE] = FRAME_JOB_RESIDUE };
	bool ready = u->kind == UNIT_BLOCK || u->kind == UNIT_FACTS; /* the payload was planned */
	bool sent;

	if (!ready)
		buf_reset(&u->payload);
	if (u->kind == UNIT_CHUNKS)
		job_file_encode(&u->job, &u->payload);
	else if (u->kind == UNIT_RESIDUE)
		second_encode_job(u, &u->payload);
	else if (!ready)
		buf_u64le(&u->payload, u->evidence->file.size);
	u->state = UNIT_RUNNING;
	u->worker = b;
	b->unit = u;
	u->chunk_begun = u->has_end = false;
	unit_drop_pending(u);
	sent = broker_send(b, u->plain ? FRAME_JOB_BLOCK_PLAIN : types[u->kind], buf_view(&u->payload), u->evidence ? u->evidence->fd : -1, err);
	if (!sent && err->code == ERR_OK)
		after_death(run, u);
	return sent || err->code == ERR_OK;
}

static bool
for_clerk(const struct unit *u)
{
	return u->kind == UNIT_HASH || u->kind == UNIT_END;
}

/* The second hash is taken when everything before it is committed. */
static struct unit *
next_waiting(const struct run *run, bool clerk)
{
	for (struct unit *u = run->units.first; u; u = u->next)
		if (u->state == UNIT_WAITING && for_clerk(u) == clerk && (u->kind != UNIT_END || u == run->units.first))
			return u;
	return NULL;
}

static bool
has_work(const struct run *run, const struct unit *u)
{
	return u->kind != UNIT_END || (run->options->hash_inputs && u->evidence->file.has_sha256);
}

bool
work_hand_out(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->worker_count; i++) {
		struct broker *b = &run->workers[i];
		struct unit *u = b->unit ? NULL : next_waiting(run, i == run->clerk);

		if (!u)
			continue;
		if (!has_work(run, u))
			u->state = UNIT_ENDED;
		else if (!send_job(run, b, u, err))
			return false;
	}
	return true;
}

void
work_cancel(struct unit *u)
{
	if (u->worker) {
		broker_kill(u->worker, "not needed any more");
		u->worker->unit = NULL;
		u->worker = NULL;
	}
	buf_reset(&u->held);
	u->complete = 0;
	u->state = UNIT_ENDED;
}

/* --- receiving --- */

static bool
take_messages(struct run *run, struct broker *b, struct err *err)
{
	struct unit *u = b->unit;
	enum frame_type type;
	struct slice payload;
	int have = broker_read(b) ? 1 : -1;

	while (have > 0 && !u->has_end && (have = broker_next(b, &type, &payload)) > 0) {
		if (take_frame(run, u, type, payload, err))
			continue;
		if (err->code != ERR_FORMAT)
			return false;
		broker_kill(b, err->text);
		*err = (struct err){ 0 };
		have = -1;
	}
	if (have < 0)
		after_death(run, u);
	else if (u->has_end)
		after_end(run, u);
	return true;
}

uint64_t
work_milliseconds(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 : 0;
}

/* A worker far ahead of the one whose turn it is is not listened to while much waits. */
static bool
listen_to(const struct run *run, const struct broker *b, bool much_waits)
{
	return b->unit && (!much_waits || b->unit == run->units.first);
}

static bool
much_waits(const struct run *run)
{
	size_t sum = 0;

	for (const struct unit *u = run->units.first; u; u = u->next)
		sum += unit_waiting(u);
	return sum > LIMIT_HELD_MEMORY;
}

bool
work_receive(struct run *run, struct err *err)
{
	struct pollfd polled[LIMIT_WORKERS + 1];
	bool full = much_waits(run), any = false;
	uint64_t before = work_milliseconds(), passed;

	for (size_t i = 0; i < run->worker_count; i++) {
		bool listened = listen_to(run, &run->workers[i], full);

		polled[i] = (struct pollfd){ listened ? run->workers[i].fd : -1, POLLIN, 0 };
		any |= listened;
	}
	if (!any)
		return true;
	if (poll(polled, run->worker_count, TICK_MS) < 0)
		return true; /* a signal: the caller looks */
	passed = work_milliseconds() - before;
	for (size_t i = 0; i < run->worker_count; i++) {
		struct broker *b = &run->workers[i];

		if (polled[i].fd < 0)
			continue;
		if (polled[i].revents && !take_messages(run, b, err))
			return false;
		/* What passed while this process itself stood still is no silence of the worker's. */
		if (!polled[i].revents)
			broker_wait(b, passed < 2 * TICK_MS ? (unsigned)passed : TICK_MS);
	}
	return true;
}
