/* SPDX-License-Identifier: Apache-2.0 */
/* Records that say what one before them said, and that came to nothing: logons of services, tasks that run every five
 * minutes.  Three of four records are such.  They are known by their bytes as they stand in the log, so that no field is
 * read, no subject made and no rule asked; a record of which a rule had anything to say is always looked at in full. */
#include "src/scan/worker_state.h"

#include "evtx/repeat.h"

enum {
	SHAPES = 4,     /* of one kind: versions of an event have templates of their own */
	TRIED = 1024,   /* records of a shape, before it is left alone if fewer of them than one of WORTH were known */
	WORTH = 5,
};

struct shape {
	struct repeat_shape shape;
	uint64_t serial; /* in the keys: never used twice; 0: none here */
	uint32_t asked, known;
};

struct worker_repeats {
	struct shape shapes[SHAPES];
	unsigned next;
};

/* Kinds with further names or texts of their own making are left alone: what goes into those is not told by names. */
struct worker_repeats *
worker_repeats_of(struct worker *w, const struct worker_kind *kind, const struct record_system *s, struct arena *arena)
{
	struct worker_repeats *repeats;

	if (w->options->mode != SCAN_FINDINGS || !worker_kind_is_bare(kind) ||
		!matcher_may_repeat(w->matcher, s->channel, s->provider, s->event_id))
		return NULL;
	for (size_t i = 0; subject_varying_name(i).len; i++)
		if (matcher_looks_at(w->matcher, s->channel, s->provider, s->event_id, subject_varying_name(i)))
			return NULL;
	repeats = ARENA_NEW(arena, struct worker_repeats);
	if (!repeats)
		worker_give_up(WORKER_NO_MEMORY);
	return repeats;
}

struct asking {
	struct worker *worker;
	const struct worker_kind *kind;
};

static bool
is_looked_at(void *context, struct slice name)
{
	const struct asking *a = context;

	return matcher_looks_at(a->worker->matcher, a->kind->channel, a->kind->provider, a->kind->event_id, name);
}

static struct shape *
shape_of(struct worker *w, const struct worker_kind *kind, const struct record *record)
{
	struct worker_repeats *r = kind->repeats;
	struct asking asking = { w, kind };
	struct shape *shape;

	for (size_t i = 0; i < SHAPES; i++)
		if (r->shapes[i].serial && repeat_shape_is_for(&r->shapes[i].shape, record))
			return &r->shapes[i];
	shape = &r->shapes[r->next++ % SHAPES];
	*shape = (struct shape){ .serial = ++w->shape_serial };
	repeat_shape_make(&shape->shape, record, is_looked_at, &asking);
	return shape;
}

bool
worker_is_repeat(struct worker *w, const struct worker_kind *kind, const struct record *record, bool *keep)
{
	struct shape *shape;

	*keep = false;
	if (!kind->repeats || !record->plan)
		return false;
	shape = shape_of(w, kind, record);
	if (shape->asked >= TRIED && shape->known < shape->asked / WORTH)
		return false;
	buf_reset(&w->scratch);
	buf_u64le(&w->scratch, shape->serial);
	if (!repeat_append(&shape->shape, record, &w->scratch) || w->scratch.failed)
		return false;
	shape->asked++;
	if (matcher_was_quiet(w->matcher, kind->channel, kind->provider, kind->event_id, buf_view(&w->scratch))) {
		shape->known++;
		return true;
	}
	*keep = true;
	return false;
}
