/* SPDX-License-Identifier: Apache-2.0 */
/* A joined script block, in the worker: matched like any other subject, and named when parts of it are nowhere. */
#include "src/scan/worker_state.h"

/* A variant is the same block with another text in one place: its gaps have been told. */
static bool
is_variant(const struct subject *s)
{
	for (size_t i = 0; i < s->flag_count; i++)
		if (slice_eq(s->flags[i], SLICE("variant")))
			return true;
	return false;
}

static bool
tell_missing(struct worker *w, const struct subject *s, struct err *err)
{
	struct notice notice = { .kind = NOTICE_LIMIT };

	if (!s->missing.len || !s->part_count || is_variant(s))
		return true;
	buf_reset(&w->scratch);
	buf_printf(&w->scratch, "script block %.*s of %.*s: %.*s parts, missing: %.*s",
		SLICE_ARGS(slice_sub(s->column[COLUMN_SCRIPT_BLOCK_ID], 0, 64)),
		SLICE_ARGS(slice_sub(s->column[COLUMN_COMPUTER], 0, 128)), SLICE_ARGS(s->column[COLUMN_PARTS]),
		SLICE_ARGS(slice_sub(s->missing, 0, 256)));
	if (w->scratch.failed)
		return err_nomem(err);
	notice.input = s->parts[0].evidence + 1;
	notice.has_offset = true;
	notice.offset = s->parts[0].offset;
	notice.reason = buf_view(&w->scratch);
	worker_notice(w, &notice);
	return true;
}

void
worker_do_block(struct worker *w, struct slice payload, bool plain)
{
	struct subject subject;
	struct err err = { 0 };
	bool done;

	w->counts = (struct job_counts){ 0 };
	arena_reset(&w->arena);
	if (w->matcher)
		matcher_leave_out_expressions(w->matcher, plain ? "a worker died over the script block, so its expressions were left out" : NULL);
	done = block_subject(payload, &w->arena, &subject, &err) && tell_missing(w, &subject, &err) &&
		worker_use_subject(w, &subject, &err);
	worker_send_end(w, done ? NULL : &err);
}
