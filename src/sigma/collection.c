/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/collection.h"

#include "base/limits.h"
#include "base/table.h"
#include "src/sigma/load.h"

/* Only the word itself is looked for: a key that spells it with escapes finds nothing to repeat, and is told so. */
bool
collection_may_be(struct slice text)
{
	return slice_find(text, SLICE("action"), 0) != SIZE_MAX;
}

/* The depth of a tree is bounded by the reader. */
static size_t
count_nodes(const struct yaml_node *node)
{
	size_t count = 1;

	for (const struct yaml_node *member = node->first; member; member = member->next)
		count += count_nodes(member);
	return count;
}

/* A map in the making. */
struct merging {
	struct arena *arena;
	struct yaml_node *map;
	const struct yaml_node **end;
	struct table keys; /* of the map on top, with the addresses of its members */
};

static bool
append(struct merging *m, const struct yaml_node *member)
{
	struct yaml_node *copy = ARENA_NEW(m->arena, struct yaml_node);

	if (!copy)
		return false;
	*copy = *member;
	copy->next = NULL;
	*m->end = copy;
	m->end = &copy->next;
	m->map->count++;
	return true;
}

static const struct yaml_node *merge(struct arena *arena, const struct yaml_node *below,
	const struct yaml_node *top);

/* What stands under one key: the one on top, or both where both are maps. */
static bool
append_both(struct merging *m, const struct yaml_node *below, const struct yaml_node *top)
{
	const struct yaml_node *both = top;

	if (below->kind == YAML_MAP && top->kind == YAML_MAP)
		both = merge(m->arena, below, top);
	return both && append(m, both);
}

static bool
append_all(struct merging *m, const struct yaml_node *below, const struct yaml_node *top)
{
	struct table_entry *entry;
	bool fine = true;

	for (const struct yaml_node *member = top->first; member && fine; member = member->next)
		fine = table_add(&m->keys, member->key, (uint64_t)(uintptr_t)member, NULL) != NULL;
	for (const struct yaml_node *member = below->first; member && fine; member = member->next) {
		entry = table_find(&m->keys, member->key);
		fine = entry && entry->value
			? append_both(m, member, (const struct yaml_node *)(uintptr_t)entry->value) : append(m, member);
		if (entry)
			entry->value = 0;
	}
	for (const struct yaml_node *member = top->first; member && fine; member = member->next) {
		entry = table_find(&m->keys, member->key);
		fine = !entry || !entry->value || append(m, member);
	}
	return fine;
}

/* A map with the keys of both, those of `top` before those of `below`.  NULL: out of memory. */
static const struct yaml_node *
merge(struct arena *arena, const struct yaml_node *below, const struct yaml_node *top)
{
	struct merging m = { .arena = arena, .map = ARENA_NEW(arena, struct yaml_node) };
	bool fine;

	if (!m.map)
		return NULL;
	*m.map = *top;
	m.map->first = NULL;
	m.map->count = 0;
	m.end = &m.map->first;
	table_init(&m.keys);
	fine = append_all(&m, below, top);
	table_fini(&m.keys);
	return fine ? m.map : NULL;
}

/* The map without some of its keys.  NULL: out of memory. */
static const struct yaml_node *
without(struct arena *arena, const struct yaml_node *map, const char *const *keys)
{
	struct merging m = { .arena = arena, .map = ARENA_NEW(arena, struct yaml_node) };

	if (!m.map)
		return NULL;
	*m.map = *map;
	m.map->first = NULL;
	m.map->count = 0;
	m.end = &m.map->first;
	for (const struct yaml_node *member = map->first; member; member = member->next) {
		bool left_out = false;

		for (size_t i = 0; keys[i]; i++)
			left_out = left_out || slice_eq(member->key, slice_from_text(keys[i]));
		if (!left_out && !append(&m, member))
			return NULL;
	}
	return m.map;
}

static const char *const only_action[] = { "action", NULL };
/* What names one rule cannot be another's as well. */
static const char *const identity[] = { "id", "name", NULL };

static bool
join(struct collection *c, struct arena *arena, const struct yaml_node *below, const struct yaml_node *top,
	uint32_t line, const struct yaml_node **rule, struct err *err)
{
	struct yaml_node *placed = ARENA_NEW(arena, struct yaml_node);
	const struct yaml_node *merged;

	c->nodes += count_nodes(below) + count_nodes(top);
	if (c->nodes > LIMIT_COLLECTION_NODES)
		return err_set(err, ERR_LIMIT, (uint64_t)line << 32 | 1,
			"the collection of this file makes more than %d YAML nodes", LIMIT_COLLECTION_NODES);
	merged = merge(arena, below, top);
	if (!placed || !merged)
		return err_nomem(err);
	*placed = *merged;
	placed->line = line;
	*rule = c->previous = placed;
	return true;
}

static bool
take_plain(struct collection *c, struct arena *arena, const struct yaml_node *document,
	const struct yaml_node **rule, struct err *err)
{
	const struct yaml_node *template = c->global;

	*rule = document;
	if (yaml_get(document, SLICE("correlation")) || yaml_get(document, SLICE("filter")))
		return true;
	c->previous = document;
	if (!template)
		return true;
	if (c->id_taken)
		template = without(arena, template, identity);
	if (!template)
		return err_nomem(err);
	c->id_taken = true;
	return join(c, arena, document, template, document->line, rule, err);
}

static bool
take_repeat(struct collection *c, struct arena *arena, const struct yaml_node *document,
	const struct yaml_node **rule, struct err *err)
{
	const struct yaml_node *below, *top;

	if (!c->previous)
		return err_set(err, ERR_SYNTAX, AT_NODE(document), "'action: repeat' has no rule in front of it");
	below = without(arena, c->previous, identity);
	top = without(arena, document, only_action);
	if (!below || !top)
		return err_nomem(err);
	return join(c, arena, below, top, document->line, rule, err);
}

bool
collection_take(struct collection *c, struct arena *arena, const struct yaml_node *document,
	const struct yaml_node **rule, struct err *err)
{
	const struct yaml_node *action = yaml_get(document, SLICE("action"));
	struct slice what;

	if (!action)
		return take_plain(c, arena, document, rule, err);
	*rule = NULL;
	what = action->kind == YAML_SCALAR ? action->text : SLICE_EMPTY;
	if (slice_eq(what, SLICE("repeat")))
		return take_repeat(c, arena, document, rule, err);
	if (slice_eq(what, SLICE("reset"))) {
		c->global = NULL;
		return true;
	}
	if (!slice_eq(what, SLICE("global")))
		return err_set(err, ERR_SYNTAX, AT_NODE(action), "unknown action '%.*s': global, reset and repeat are known",
			SHOWN(what));
	c->global = without(arena, document, only_action);
	c->id_taken = false;
	return c->global || err_nomem(err);
}
