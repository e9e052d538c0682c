/* SPDX-License-Identifier: Apache-2.0 */
/* Results in the order of evidence: the unit at the front of the list is taken as it comes, the next ones when their
 * turn has come.  Everything behind this point - joiner, order, coverage, manifest - sees the same sequence however the
 * work was shared. */
#include "base/limits.h"
#include "src/scan/partial.h"

static bool
tell(struct run *run, enum notice_kind kind, const char *reason, struct err *err)
{
	struct notice notice = { .kind = kind, .path = run->input ? run->input->path : SLICE_EMPTY,
		.reason = slice_from_text(reason) };

	return run_notice(run, &notice, err);
}

static void
show_progress(struct run *run, uint64_t file_bytes)
{
	struct scan_summary *s = run->summary;

	if (run->listener->progress)
		run->listener->progress(run->listener->context, s->files, run->inputs.count, run->bytes_before + file_bytes,
			run->bytes_total, run->rows);
}

/* What is written otherwise than as it comes: notices with their paths; which rules had their log source once for all
 * logs, since when a worker says so depends on what else it was given; each template once. */
static bool
goes_as_it_is(const struct run *run, enum frame_type type, struct slice payload)
{
	uint32_t input = (uint32_t)(run->input - run->inputs.items);

	return type != FRAME_NOTICE && type != FRAME_RULES &&
		!(type == FRAME_TEMPLATE && residue_pool_has_template(&run->residue, input, payload));
}

/* Where a partial result is written, nothing is joined or ordered: frames go there.  What sums up at once is collected as
 * well, for the summary of this run, and what its own second pass needs. */
static bool
take_one(struct run *run, enum frame_type type, struct slice payload, struct err *err)
{
	bool sums_up = type == FRAME_COVERAGE || type == FRAME_RULES || type == FRAME_NOTICE || type == FRAME_SURVEY ||
		type == FRAME_TEMPLATE;

	if (!run->listener->partial)
		return collect_frame(run, type, payload, err);
	if (goes_as_it_is(run, type, payload) &&
		(!partial_frame(run, type, payload, err) || !opinions_want(run, type, payload, err)))
		return false;
	return !sums_up || collect_frame(run, type, payload, err);
}

static bool
begin_log(struct run *run, struct evidence *e, struct err *err)
{
	if (!run->listener->partial || !e || e->told)
		return true;
	e->told = true;
	return (run->second_begun ? partial_behind : partial_log)(run, e, err);
}

static void
drop_taken(struct unit *u)
{
	size_t rest = u->held.len - u->complete;

	if (rest && u->complete)
		memmove(u->held.ptr, u->held.ptr + u->complete, rest);
	u->held.len = rest;
	u->complete = 0;
	if (!rest && u->held.capacity > LIMIT_CHUNK * 16) {
		buf_fini(&u->held);
		buf_init(&u->held, SIZE_MAX / 4);
	}
}

static bool
take_held(struct run *run, struct unit *u, struct err *err)
{
	struct cursor in = cursor_over(slice_sub(buf_view(&u->held), 0, u->complete), 0);
	bool taken = true;

	if (u->held.failed)
		return err_nomem(err);
	run->input = u->evidence ? u->evidence->input : NULL;
	if (!begin_log(run, u->evidence, err))
		return false;
	while (taken && in.rest.len) {
		uint32_t len = cursor_u32le(&in);
		enum frame_type type = cursor_u8(&in);

		taken = take_one(run, type, cursor_take(&in, len - 1), err);
	}
	drop_taken(u);
	return taken;
}

/* --- logs --- */

/* What was begun of it behind this unit is dropped, and no more is planned. */
static bool
give_up_rest(struct run *run, struct unit *front, const char *why, struct err *err)
{
	struct evidence *e = front->evidence;

	e->given_up = true;
	e->failures++;
	for (struct unit *u = front->next; u; u = u->next)
		if (u->evidence == e && u->kind == UNIT_CHUNKS)
			work_cancel(u);
	return !why || tell(run, NOTICE_LOSS, why, err);
}

static bool
end_chunks(struct run *run, struct unit *u, struct err *err)
{
	struct evidence *e = u->evidence;
	struct err line = { 0 };

	if (e->given_up)
		return true;
	reader_counts_add(&e->file.counts, &u->counts.reader);
	e->subjects += u->counts.subjects;
	e->open_verdicts += u->counts.open_verdicts;
	if (u->has_header && !e->file.has_header) {
		e->file.header = u->header;
		e->file.has_header = true;
	}
	e->verdict_lost |= u->verdict_lost || !u->verdict.asked;
	log_verdict_add(&e->verdict, &u->verdict);
	e->deaths += u->deaths;
	show_progress(run, u->end_chunk * unit_chunk_size(u));
	if (u->failed)
		return give_up_rest(run, u, NULL, err);
	if (u->given_up)
		return give_up_rest(run, u, u->given_up_why.text, err);
	if (e->deaths < LIMIT_DEATHS_PER_FILE || !u->end_chunk)
		return true;
	err_set(&line, ERR_OK, 0, "rest of the file, given up: %u workers did not survive what is in front of it", e->deaths);
	return give_up_rest(run, u, line.text, err);
}

static bool
end_hash(struct run *run, struct unit *u, struct err *err)
{
	struct evidence *e = u->evidence;

	(void)run;
	(void)err;
	e->file.has_sha256 = u->has_digest;
	memcpy(e->file.sha256, u->digest, sizeof(e->file.sha256));
	return true;
}

/* Whether the file is still what it was when it was first read. */
static bool
check_unchanged(struct run *run, struct unit *u, struct err *err)
{
	struct evidence *e = u->evidence;
	const struct stat *before = &e->before;
	struct stat now;

	if (fstat(e->fd, &now) != 0)
		return tell(run, NOTICE_LOSS, "cannot look at it again at the end", err);
	e->file.changed = now.st_size != before->st_size || now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
	if (u->has_digest && e->file.has_sha256)
		e->file.changed |= memcmp(u->digest, e->file.sha256, sizeof(u->digest)) != 0;
	return !e->file.changed || tell(run, NOTICE_LOSS, "the file changed while it was read", err);
}

bool
commit_file(struct run *run, struct file_summary *file, const struct log_totals *totals, struct err *err)
{
	struct scan_summary *s = run->summary;

	file->seen = file->counts.records + file->counts.lost;
	s->files++;
	s->files_failed += totals->failures;
	s->bytes += file->size;
	run->bytes_before += file->size;
	s->seen += file->seen;
	s->written += file->counts.records;
	s->lost += file->counts.lost;
	s->subjects += totals->subjects;
	s->open_verdicts += totals->open_verdicts;
	show_progress(run, 0);
	if (run->listener->partial && !partial_log_end(run, file, totals, err))
		return false;
	return !run->listener->file || run->listener->file(run->listener->context, file, err);
}

static bool
end_file(struct run *run, struct unit *u, struct err *err)
{
	struct evidence *e = u->evidence;
	struct file_summary *file = &e->file;
	struct log_totals totals;
	bool going;

	if (e->fd < 0) {
		e->failures++;
		going = tell(run, NOTICE_LOSS, e->why.text, err);
	} else {
		going = run_tell_shape(run, file, err) && check_unchanged(run, u, err);
	}
	file->has_verdict = file->has_header && e->verdict.asked && !e->verdict_lost && !e->given_up;
	if (file->has_verdict)
		log_verdict_finish(&e->verdict, &file->header, &file->verdict);
	totals = (struct log_totals){ e->subjects, e->open_verdicts, e->failures };
	going = going && commit_file(run, file, &totals, err);
	evidence_free(e);
	return going;
}

static bool
end_block(struct run *run, struct unit *u, struct err *err)
{
	(void)err;
	run->summary->subjects += u->counts.subjects;
	run->summary->open_verdicts += u->counts.open_verdicts;
	return true;
}

bool
commit_units(struct run *run, struct err *err)
{
	static bool (*const end[])(struct run *run, struct unit *u, struct err *err) = { [UNIT_HASH] = end_hash,
		[UNIT_CHUNKS] = end_chunks, [UNIT_END] = end_file, [UNIT_BLOCK] = end_block,
		[UNIT_FACTS] = second_end_facts, [UNIT_RESIDUE] = second_end_batch, [UNIT_RESIDUE_END] = second_end_input };

	while (run->units.first) {
		struct unit *u = run->units.first;
		bool ended = u->state == UNIT_ENDED;

		if (!take_held(run, u, err))
			return false;
		if (!ended)
			return true;
		if (!end[u->kind](run, u, err))
			return false;
		unit_list_drop_first(&run->units);
	}
	return true;
}
