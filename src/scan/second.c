/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass of a run, as units on the same list as the first: input after input, what its log says of itself,
 * then the residue in it that no live record repeats.  It begins when everything of the first is committed.  Its workers
 * are new ones, forked when the template store is complete, so that they have it without a message. */
#include "src/scan/partial.h"

#include "base/limits.h"
#include "evtx/residue.h"

#include <stdlib.h>

enum { PLACE = 8 };

static bool
tell(struct run *run, const struct evidence *e, enum notice_kind kind, const char *reason, struct err *err)
{
	struct notice notice = { .kind = kind, .path = e->input->path, .reason = slice_from_text(reason) };

	return run_notice(run, &notice, err);
}

/* ---- planning ---- */

static bool
add_unit(struct run *run, enum unit_kind kind, struct evidence *e, struct unit **unit, struct err *err)
{
	*unit = unit_new(kind, e);
	if (!*unit)
		return err_nomem(err);
	unit_list_add(&run->units, *unit);
	return true;
}

static bool
begin(struct run *run, struct err *err)
{
	bool decodes = run->residue.count && !run->listener->partial; /* else the merge does, which knows all templates */

	run->second_begun = true;
	if (run->listener->partial && !partial_rules_seen(run, false, err))
		return false;
	if (decodes)
		broker_let_go(run->workers, run->clerk);
	if (!residue_pool_close(&run->residue, err))
		return false;
	if (!decodes)
		return true;
	if (!residue_pool_store(&run->residue, &run->templates, err))
		return false;
	for (size_t i = 0; i < run->worker_count; i++)
		run->workers[i].templates = &run->templates;
	broker_kill_all(run->workers, run->clerk);
	return true;
}

static bool
open_again(struct run *run, uint32_t index, struct err *err)
{
	struct evidence *e = calloc(1, sizeof(*e));

	if (!e)
		return err_nomem(err);
	e->input = &run->inputs.items[index];
	e->index = index;
	e->file = (struct file_summary){ .path = e->input->path, .size = e->input->size };
	e->residue.path = e->input->path;
	buf_init(&e->chunks, (size_t)LIMIT_RESIDUE * PLACE);
	e->fd = -1;
	run->planned = e;
	if (run->merge)
		return merge_open_again(run, e, err);
	e->fd = input_open(e->input, &e->why);
	return true;
}

static bool
plan_facts(struct run *run, struct evidence *e, struct err *err)
{
	uint32_t count;
	struct unit *unit;

	if (!run->options->facts || e->fd < 0)
		return true;
	if (!add_unit(run, UNIT_FACTS, e, &unit, err))
		return false;
	if (run->merge) { /* they were judged where the log is */
		unit->state = UNIT_ENDED;
		return true;
	}
	buf_u32le(&unit->payload, e->index);
	buf_u64le(&unit->payload, e->file.size);
	if (!residue_pool_spans(&run->residue, &unit->payload, &count, err))
		return false;
	if (!count)
		unit->state = UNIT_ENDED;
	return true;
}

static bool
plan_batch(struct run *run, struct evidence *e, struct err *err)
{
	struct pool_counts counts = { 0 };
	struct unit *unit;
	uint32_t count;

	if (!add_unit(run, UNIT_RESIDUE, e, &unit, err) ||
		!residue_pool_batch(&run->residue, &unit->records, &count, &counts, err))
		return false;
	unit->job.end_chunk = unit->end_chunk = count;
	e->residue.found += counts.found;
	e->residue.copies += counts.copies;
	e->residue.left_out += counts.left_out;
	if (run->merge && !merge_places(e, buf_view(&unit->records), &unit->places, err))
		return false;
	if (!count || e->fd < 0 || run->listener->partial)
		unit->state = UNIT_ENDED;
	return true;
}

bool
second_plan(struct run *run, bool *more, struct err *err)
{
	struct unit *unit;
	uint32_t index;

	*more = false;
	if (!run->second_begun && run->units.count)
		return true;
	if (!run->second_begun && !begin(run, err))
		return false;
	if (!run->planned && !residue_pool_input(&run->residue, &index))
		return true;
	*more = true;
	if (!run->planned) {
		if (index >= run->inputs.count)
			return err_set(err, ERR_FORMAT, 0, "residue of an input that is not there");
		return open_again(run, index, err) && plan_facts(run, run->planned, err);
	}
	if (residue_pool_input(&run->residue, &index) && index == run->planned->index)
		return plan_batch(run, run->planned, err);
	if (!add_unit(run, UNIT_RESIDUE_END, run->planned, &unit, err))
		return false;
	unit->state = UNIT_ENDED;
	run->planned = NULL;
	return true;
}

bool
second_is_done(const struct run *run)
{
	uint32_t index;

	return run->second_begun && !run->planned && !residue_pool_input(&run->residue, &index);
}

/* ---- working ---- */

void
second_encode_job(const struct unit *u, struct buf *out)
{
	uint64_t at = u->job.first_chunk;

	buf_u32le(out, u->evidence->index);
	buf_u64le(out, u->evidence->file.size);
	buf_u32le(out, (uint32_t)at);
	buf_u8(out, u->evidence->input->carve);
	buf_counted(out, slice_sub(buf_view(&u->records), (size_t)at * RESIDUE_WIRE, u->records.len));
	buf_append(out, slice_sub(buf_view(&u->places), (size_t)at * RESIDUE_PLACE, u->places.len));
}

void
second_after_death(struct unit *u, const char *how)
{
	uint64_t at = u->chunk_begun ? u->chunk : u->job.first_chunk, next = at + 1;
	struct cursor in = cursor_over(slice_sub(buf_view(&u->records), (size_t)at * RESIDUE_WIRE, u->records.len), 0);
	struct residue first = { 0 }, other;
	struct err line = { 0 };
	struct notice notice = { .kind = NOTICE_LOSS };

	if (residue_decode(&in, &first))
		while (residue_decode(&in, &other) && other.chunk == first.chunk)
			next++;
	if (u->deaths >= LIMIT_DEATHS_PER_FILE)
		next = u->end_chunk;
	err_set(&line, ERR_OK, 0, "%llu residual records, the first at offset %llu, given up: %.120s",
		(unsigned long long)(next - at), (unsigned long long)first.offset, how);
	notice.reason = slice_from_text(line.text);
	unit_notice(u, &notice);
	u->residue_given_up += next - at;
	u->job.first_chunk = next;
	u->state = next >= u->end_chunk ? UNIT_ENDED : UNIT_WAITING;
}

/* ---- committing ---- */

/* Facts are no subjects of the evidence: these are counted alone. */
bool
second_end_facts(struct run *run, struct unit *u, struct err *err)
{
	struct evidence *e = u->evidence;

	if (run->merge && !merge_take_facts(run, e, err))
		return false;
	e->open_verdicts += u->counts.open_verdicts;
	run->summary->open_verdicts += run->merge ? e->open_verdicts : u->counts.open_verdicts;
	return true;
}

/* Of a partial result: where the residue lies. */
static void
note_chunks(struct evidence *e, struct slice records)
{
	struct cursor in = cursor_over(records, 0);
	struct residue residue;
	uint64_t last = UINT64_MAX;

	for (; residue_decode(&in, &residue); last = residue.chunk)
		if (residue.chunk != last)
			buf_u64le(&e->chunks, residue.chunk);
}

bool
second_end_batch(struct run *run, struct unit *u, struct err *err)
{
	struct evidence *e = u->evidence;

	(void)err;
	if (run->listener->partial)
		note_chunks(e, buf_view(&u->records));
	e->residue.read += u->counts.residual;
	e->residue.undecoded += u->counts.residue_left;
	e->residue.given_up += u->residue_given_up;
	run->summary->subjects += u->counts.subjects;
	run->summary->open_verdicts += u->counts.open_verdicts;
	return true;
}

/* What was found is told where all of it is: residue that a share counts may be a copy of what another one has. */
static bool
end_share(struct run *run, struct evidence *e, struct err *err)
{
	struct notice notice = { .kind = NOTICE_LOSS, .path = e->input->path, .reason = slice_from_text(e->why.text) };

	return partial_behind_end(run, e, err) &&
		(e->why.code == ERR_OK || run->counting.notice(run->counting.context, &notice, err));
}

/* What could not be decoded is one limit for each input, whatever its number. */
static bool
end_input(struct run *run, struct evidence *e, struct err *err)
{
	const struct residue_summary *r = &e->residue;
	struct err line = { 0 };
	bool going = e->why.code == ERR_OK || tell(run, e, NOTICE_LOSS, e->why.text, err);

	run->summary->residue_found += r->found;
	run->summary->residue_copies += r->copies;
	run->summary->residual += r->read;
	run->summary->residue_undecoded += r->undecoded;
	run->summary->residue_left_out += r->left_out;
	run->summary->residue_given_up += r->given_up;
	if (going && r->undecoded) {
		err_set(&line, ERR_OK, 0, "%llu residual records cannot be decoded: their templates are gone or written over",
			(unsigned long long)r->undecoded);
		going = tell(run, e, NOTICE_LIMIT, line.text, err);
	}
	if (going && r->left_out) {
		err_set(&line, ERR_OK, 0, "%llu residual records not looked at: more than %d in this run",
			(unsigned long long)r->left_out, LIMIT_RESIDUE);
		going = tell(run, e, NOTICE_LIMIT, line.text, err);
	}
	if (going && r->found && run->listener->residue)
		going = run->listener->residue(run->listener->context, r, err);
	return going;
}

bool
second_end_input(struct run *run, struct unit *u, struct err *err)
{
	bool going = (run->listener->partial ? end_share : end_input)(run, u->evidence, err);

	evidence_free(u->evidence);
	return going;
}
