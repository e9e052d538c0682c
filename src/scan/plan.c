/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done, in order: each log cut into runs of chunks, then each joined script block. */
#include "base/limits.h"
#include "evtx/carve.h"
#include "src/scan/run.h"

#include <stdlib.h>
#include <unistd.h>

static bool
add_unit(struct run *run, enum unit_kind kind, struct evidence *evidence, struct unit **unit, struct err *err)
{
	*unit = unit_new(kind, evidence);
	if (!*unit)
		return err_nomem(err);
	unit_list_add(&run->units, *unit);
	return true;
}

void
evidence_free(struct evidence *e)
{
	if (e->fd >= 0)
		close(e->fd);
	buf_fini(&e->chunks);
	free(e->ranges);
	free(e);
}

static bool
open_evidence(struct run *run, struct err *err)
{
	const struct input *input = &run->inputs.items[run->next_input];
	struct evidence *e = calloc(1, sizeof(*e));
	struct unit *unit;

	if (!e)
		return err_nomem(err);
	e->input = input;
	e->index = (uint32_t)run->next_input++;
	e->file = (struct file_summary){ .path = input->path, .size = input->size };
	e->fd = input_open(input, &e->why);
	if (e->fd >= 0 && fstat(e->fd, &e->before) == 0)
		e->file.size = (uint64_t)e->before.st_size;
	run->planned = e;
	run->next_chunk = 0;
	return e->fd < 0 || !run->options->hash_inputs || add_unit(run, UNIT_HASH, e, &unit, err);
}

/* The next run of chunks, or the end of the log.  The last run has no end: it reads whatever there is. */
static bool
plan_chunks(struct run *run, struct err *err)
{
	struct evidence *e = run->planned;
	uint64_t slots = e->file.size / (e->input->carve ? CARVE_WINDOW_SIZE : LIMIT_CHUNK) + 1;
	struct unit *unit;

	if (e->fd < 0 || e->given_up || (run->next_chunk && run->next_chunk >= slots)) {
		if (!add_unit(run, UNIT_END, e, &unit, err))
			return false;
		run->planned = NULL;
		return true;
	}
	if (!add_unit(run, UNIT_CHUNKS, e, &unit, err))
		return false;
	unit->job = (struct job_file){ .input = e->index, .size = e->file.size, .first_chunk = run->next_chunk,
		.want_verdict = run->options->reader != SCAN_READER_DIRECT && !e->input->carve, .carve = e->input->carve };
	run->next_chunk += LIMIT_UNIT_CHUNKS;
	if (run->next_chunk < slots)
		unit->job.end_chunk = run->next_chunk;
	unit->end_chunk = unit->job.end_chunk;
	return true;
}

static bool
needs_blocks(const struct run *run)
{
	return !run->listener->partial && (run->options->mode == SCAN_FINDINGS || run->options->mode == SCAN_BLOCKS ||
		run->options->mode == SCAN_EXPLAIN);
}

static size_t
waiting_payloads(const struct run *run)
{
	size_t sum = 0;

	for (const struct unit *u = run->units.first; u; u = u->next)
		sum += u->payload.len;
	return sum;
}

/* Joined blocks come when every part is there: after the last log was committed. */
static bool
plan_block(struct run *run, bool *added, struct err *err)
{
	struct unit *unit = unit_new(UNIT_BLOCK, NULL);

	*added = false;
	if (!unit)
		return err_nomem(err);
	if (!joiner_next(run->joiner, &unit->payload, err)) {
		unit_free(unit);
		return err->code == ERR_OK;
	}
	*added = true;
	unit_list_add(&run->units, unit);
	return true;
}

static bool
plan_blocks(struct run *run, struct err *err)
{
	bool more = true;

	run->blocks_done |= !needs_blocks(run);
	if (run->blocks_done || (!run->blocks_begun && run->units.count))
		return true;
	if (!run->blocks_begun && !joiner_close(run->joiner, err))
		return false;
	run->blocks_begun = true;
	while (more && run->units.count < run->most_units && waiting_payloads(run) < LIMIT_HELD_MEMORY)
		if (!plan_block(run, &more, err))
			return false;
	run->blocks_done = !more;
	return true;
}

/* Logs, then the second pass over them, then blocks: each begins when all before it is committed. */
bool
plan_more(struct run *run, struct err *err)
{
	while (run->units.count < run->most_units) {
		bool more;

		if (!run->second_begun && (run->planned || run->next_input < run->inputs.count)) {
			if (!(run->planned ? plan_chunks : open_evidence)(run, err))
				return false;
			continue;
		}
		if (!second_plan(run, &more, err))
			return false;
		if (!more)
			return !second_is_done(run) || plan_blocks(run, err);
	}
	return true;
}

bool
plan_is_done(const struct run *run)
{
	return run->units.count == 0 && run->blocks_done;
}
