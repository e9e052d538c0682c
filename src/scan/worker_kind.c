/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of events: what their channel, provider and id decide, and a worker remembers of them. */
#include "src/scan/worker_state.h"

#include "base/limits.h"

#include <stdlib.h>

enum { KINDS = 4096, KIND_MEMORY = 64 * 1024 * 1024 };

void
worker_kinds_init(struct worker *w)
{
	table_init(&w->kinds.table);
	buf_init(&w->kinds.key, 4 * LIMIT_CHUNK);
	arena_init(&w->kinds.arena, KIND_MEMORY);
	arena_init(&w->kinds.passing_arena, KIND_MEMORY);
	w->kinds.list = calloc(KINDS, sizeof(*w->kinds.list));
	if (!w->kinds.list)
		worker_give_up(WORKER_NO_MEMORY);
}

static void
look_up(struct worker *w, const struct record_system *s, struct arena *arena, struct worker_kind *kind)
{
	const struct ruleset *rules = w->options->rules;

	*kind = (struct worker_kind){ .event_id = s->event_id };
	if (!event_kind_make(&kind->kind, rules ? ruleset_mapping(rules) : NULL, s->channel, s->provider, s->event_id, arena) ||
		!arena_copy(arena, s->channel, &kind->channel) || !arena_copy(arena, s->provider, &kind->provider))
		worker_give_up(WORKER_NO_MEMORY);
	kind->known = kind->kind.type != NULL;
	if (!w->matcher || !matcher_wants(w->matcher, s->channel, s->provider, s->event_id))
		return;
	kind->wanted = true;
	kind->words_alone = worker_kind_is_bare(kind) &&
		matcher_wants_words_alone(w->matcher, s->channel, s->provider, s->event_id);
	w->rules_changed |= matcher_list_rules(w->matcher, s->channel, s->provider, s->event_id, w->rules_with_log);
}

/* Evidence may hold any number of kinds: those past the cap are looked up each time. */
static struct worker_kind *
find_in_table(struct worker *w, const struct record_system *s)
{
	struct table_entry *entry;
	struct worker_kind *kind;

	buf_reset(&w->kinds.key);
	buf_u32le(&w->kinds.key, s->event_id);
	buf_counted(&w->kinds.key, s->channel);
	buf_append(&w->kinds.key, s->provider);
	if (w->kinds.key.failed)
		worker_give_up(WORKER_NO_MEMORY);
	entry = table_find(&w->kinds.table, buf_view(&w->kinds.key));
	if (entry)
		return w->kinds.list[entry->value];
	if (w->kinds.table.count == KINDS) {
		arena_reset(&w->kinds.passing_arena);
		look_up(w, s, &w->kinds.passing_arena, &w->kinds.passing);
		return &w->kinds.passing;
	}
	kind = ARENA_NEW(&w->kinds.arena, struct worker_kind);
	if (!kind)
		worker_give_up(WORKER_NO_MEMORY);
	look_up(w, s, &w->kinds.arena, kind);
	if (kind->wanted) /* and kept: of one that passes nothing would be known again */
		kind->repeats = worker_repeats_of(w, kind, s, &w->kinds.arena);
	w->kinds.list[w->kinds.table.count] = kind;
	if (!table_add(&w->kinds.table, buf_view(&w->kinds.key), w->kinds.table.count, NULL))
		worker_give_up(WORKER_NO_MEMORY);
	return kind;
}

/* Not keyed, and need not be: what falls into one place is looked up in the table, which is. */
const struct worker_kind *
worker_kind_of(struct worker *w, const struct record_system *s)
{
	uint32_t hash = sigma_source_hash(s->channel, s->provider, s->event_id);
	struct worker_kind **recent = &w->kinds.recent[hash & (RECENT_KINDS - 1)];
	struct worker_kind *kind = *recent;

	if (kind && kind->event_id == s->event_id && slice_eq(kind->channel, s->channel) && slice_eq(kind->provider, s->provider))
		return kind;
	kind = find_in_table(w, s);
	*recent = kind == &w->kinds.passing ? NULL : kind;
	return kind;
}
