/* SPDX-License-Identifier: Apache-2.0 */
/* A program for as long as its plan lives, once it is compiled. */
#include "evtx/plan_json_make.h"

#include "base/limits.h"

static size_t
count_nodes(const struct node *nodes)
{
	size_t count = 0;

	for (; nodes; nodes = nodes->next)
		count += 1 + count_nodes(nodes->children) + count_nodes(nodes->attributes);
	return count;
}

static bool
any_embed(const struct compiler *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->steps[i].kind == JSON_EMBED)
			return true;
	}
	return false;
}

static size_t
times_shown(const struct compiler *c)
{
	size_t times[PLAN_SLOTS] = { 0 }, most = 1;

	for (size_t i = 0; i < c->count; i++) {
		size_t *slot = c->steps[i].slot < PLAN_SLOTS ? &times[c->steps[i].slot] : NULL;

		if (slot && ++*slot > most)
			most = *slot;
	}
	return most;
}

/* A slot is looked up in every step, needed or not; what has none has the first. */
static void
point_somewhere(struct json_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (steps[i].slot == NODE_NO_SLOT && steps[i].kind != JSON_ITEM)
			steps[i].slot = 0;
	}
}

static bool
keep(struct compiler *c, struct plan_json *json, struct arena *memory)
{
	uint8_t *literals = ARENA_ARRAY(memory, uint8_t, c->literals.len + JSON_LITERAL_STEP);
	struct json_step *steps = ARENA_ARRAY(memory, struct json_step, c->count);

	if (!literals || !steps)
		return false;
	if (c->literals.len)
		memcpy(literals, c->literals.ptr, c->literals.len);
	memcpy(steps, c->steps, c->count * sizeof(*steps));
	point_somewhere(steps, c->count);
	*json = (struct plan_json){ .steps = steps, .count = c->count, .embeds = any_embed(c), .shown = times_shown(c),
		.literals = slice_from(literals, c->literals.len + JSON_LITERAL_STEP) };
	return true;
}

static struct plan_json *
compile(const struct plan *plan, struct arena *memory, struct arena *scratch)
{
	struct plan_json *json = ARENA_NEW(memory, struct plan_json);
	struct compiler c = { .count = 0 };

	if (!json)
		return NULL;
	arena_reset(scratch);
	c.steps = ARENA_ARRAY(scratch, struct json_step, STEPS_A_NODE * count_nodes(plan->root) + 4);
	buf_init(&c.literals, LIMIT_RECORD_OUTPUT);
	if (c.steps && plan_json_program(&c, plan)) {
		plan_json_flush(&c);
		if (!c.failed && !c.literals.failed)
			keep(&c, json, memory);
	}
	buf_fini(&c.literals);
	return json;
}

const struct plan_json *
plan_json_of(struct plan_record *r, struct plan *plan)
{
	if (!plan->json)
		plan->json = compile(plan, plan_store_memory(r->store), plan_store_scratch(r->store));
	return plan->json && plan->json->steps ? plan->json : NULL;
}
