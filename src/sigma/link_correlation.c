/* SPDX-License-Identifier: Apache-2.0 */
/* References of correlations.  A correlation runs when all rules it refers to run; those on correlations come behind
 * them, level by level, so a circle is what is left when no more levels can be given. */
#include "base/limits.h"
#include "src/sigma/correlation.h"
#include "src/sigma/link.h"

#include <stdlib.h>

enum { LEVEL_OPEN = -1, NEXT_NONE = -1, NEXT_SEEN = -2 };

struct linking {
	struct references *r;
	int32_t *levels;  /* by rule: LEVEL_OPEN for what has none (yet) */
	int64_t *next;    /* by rule without a level: the first member without one */
};

static struct rule *
rule_at(const struct linking *k, size_t i)
{
	return k->r->set->entries[i].rule;
}

/* The set is the owner of what it hands out as const. */
static struct correlation *
correlation_of(const struct rule *rule)
{
	return (struct correlation *)(uintptr_t)rule->correlation;
}

static bool
resolve(struct linking *k, struct rule *rule, struct slice reference, uint32_t line, uint32_t *out)
{
	int64_t index = references_find(k->r, reference);

	if (index == REFERENCE_NONE)
		link_refuse(rule, RULE_INVALID, line, "the correlation refers to '%.*s', which is no rule's id or name",
			SHOWN(reference));
	else if (index == REFERENCE_AMBIGUOUS)
		link_refuse(rule, RULE_INVALID, line, "the correlation refers to '%.*s', the name of several rules",
			SHOWN(reference));
	else if (rule_at(k, (size_t)index)->kind == RULE_OF_FILTER)
		link_refuse(rule, RULE_INVALID, line, "the correlation refers to '%.*s', which is a filter",
			SHOWN(reference));
	*out = index < 0 ? 0 : (uint32_t)index;
	return rule->state == RULE_CORRELATION;
}

static bool
resolve_members(struct linking *k, struct rule *rule)
{
	struct correlation *c = correlation_of(rule);

	for (size_t i = 0; i < c->member_count; i++) {
		struct correlation_member *m = &c->members[i];

		if (!resolve(k, rule, m->reference, m->line, &m->rule))
			return false;
		for (size_t j = 0; j < i; j++) {
			if (c->members[j].rule != m->rule)
				continue;
			link_refuse(rule, RULE_INVALID, m->line, "the correlation refers to '%.*s' twice",
				SHOWN(m->reference));
			return false;
		}
	}
	return true;
}

/* The field that each member calls by the alias; a member the alias leaves out has a field of that name itself. */
static bool
field_by_member(struct linking *k, struct correlation *c, struct correlation_field *field,
	const struct correlation_alias *alias, size_t member)
{
	struct slice *names = (struct slice *)(uintptr_t)field->by_member;

	if (!names) {
		names = ARENA_ARRAY(&k->r->set->keep, struct slice, c->member_count);
		if (!names)
			return false;
		for (size_t i = 0; i < c->member_count; i++)
			names[i] = field->name;
		field->by_member = names;
	}
	names[member] = alias->field;
	return true;
}

static bool
apply_alias(struct linking *k, struct correlation *c, const struct correlation_alias *alias, size_t member)
{
	for (size_t i = 0; i < c->group_count; i++)
		if (slice_eq(c->group[i].name, alias->name) && !field_by_member(k, c, &c->group[i], alias, member))
			return false;
	for (size_t i = 0; i < c->value_count; i++)
		if (slice_eq(c->values[i].name, alias->name) && !field_by_member(k, c, &c->values[i], alias, member))
			return false;
	return true;
}

/* False: out of memory. */
static bool
resolve_aliases(struct linking *k, struct rule *rule)
{
	struct correlation *c = correlation_of(rule);

	if (c->alias_count && (c->group_count + c->value_count) * c->member_count > LIMIT_CORRELATION_ALIASES) {
		link_refuse(rule, RULE_INVALID, 0, "aliases of more than %d fields and rules", LIMIT_CORRELATION_ALIASES);
		return true;
	}
	for (size_t i = 0; i < c->alias_count; i++) {
		const struct correlation_alias *alias = &c->aliases[i];
		size_t member = 0;
		uint32_t index;

		if (!resolve(k, rule, alias->reference, alias->line, &index))
			return true;
		while (member < c->member_count && c->members[member].rule != index)
			member++;
		if (member == c->member_count) {
			link_refuse(rule, RULE_INVALID, alias->line,
				"alias '%.*s' is for '%.*s', which is none of the correlation's rules", SHOWN(alias->name),
				SHOWN(alias->reference));
			return true;
		}
		if (!apply_alias(k, c, alias, member))
			return false;
	}
	return true;
}

/* ---- levels ---- */

/* One correlation: given a level, refused, or left as it is while a member still waits.  True when it changed. */
static bool
try_level(struct linking *k, size_t i)
{
	struct rule *rule = rule_at(k, i);
	struct correlation *c = correlation_of(rule);
	int32_t level = 0;

	for (size_t m = 0; m < c->member_count; m++) {
		const struct correlation_member *member = &c->members[m];
		const struct rule *base = rule_at(k, member->rule);

		if (base->state == RULE_CORRELATION && k->levels[member->rule] == LEVEL_OPEN) {
			k->next[i] = member->rule;
			return false;
		}
		if (base->state != RULE_READY && base->state != RULE_CORRELATION) {
			link_refuse(rule, base->state, member->line, "the correlation needs '%.*s', which does not run: %.120s",
				SHOWN(member->reference), base->reason);
			return true;
		}
		if (k->levels[member->rule] >= level && base->state == RULE_CORRELATION)
			level = k->levels[member->rule] + 1;
	}
	k->levels[i] = level;
	k->next[i] = NEXT_NONE;
	c->level = (uint32_t)level;
	return true;
}

static void
give_levels(struct linking *k)
{
	bool changed = true;

	for (int round = 0; round < LIMIT_CORRELATION_DEPTH && changed; round++) {
		changed = false;
		/* Backwards or forwards does not matter for what is found, and a level is given only to what rests on
		 * levels given before: depth is bounded by the value, not by the rounds. */
		for (size_t i = 0; i < k->r->set->count; i++)
			if (rule_at(k, i)->state == RULE_CORRELATION && k->levels[i] == LEVEL_OPEN)
				changed |= try_level(k, i);
	}
}

static bool
is_open(const struct linking *k, size_t i)
{
	return rule_at(k, i)->state == RULE_CORRELATION && k->levels[i] == LEVEL_OPEN;
}

/* From a rule without a level along the first members without one: back to a rule of this walk, the circle, or to
 * one that was refused before.  Each rule is walked once. */
static void
refuse_from(struct linking *k, size_t start)
{
	size_t i = start;

	while (is_open(k, i) && k->next[i] >= 0) {
		size_t next = (size_t)k->next[i];

		k->next[i] = NEXT_SEEN - 1 - (int64_t)next;
		i = next;
	}
	if (is_open(k, i) && k->next[i] < NEXT_SEEN) {
		/* A circle, from i to i. */
		size_t at = i;

		do {
			size_t next = (size_t)(NEXT_SEEN - 1 - k->next[at]);

			link_refuse(rule_at(k, at), RULE_INVALID, 0,
				"the correlation leads in a circle: it rests on '%.*s', and that in the end on this one",
				SHOWN(rule_at(k, next)->title));
			at = next;
		} while (at != i);
	}
	for (i = start; is_open(k, i);) {
		size_t next = k->next[i] < NEXT_SEEN ? (size_t)(NEXT_SEEN - 1 - k->next[i]) : i;

		link_refuse(rule_at(k, i), RULE_INVALID, 0,
			"the correlation rests on one that does not run: '%.*s'", SHOWN(rule_at(k, next)->title));
		i = next;
	}
}

static void
refuse_the_rest(struct linking *k)
{
	for (size_t i = 0; i < k->r->set->count; i++)
		if (is_open(k, i))
			(void)try_level(k, i); /* sets next[i], or refuses */
	for (size_t i = 0; i < k->r->set->count; i++)
		if (rule_at(k, i)->state == RULE_CORRELATION && k->levels[i] >= LIMIT_CORRELATION_DEPTH)
			link_refuse(rule_at(k, i), RULE_INVALID, 0, "more than %d correlations, one on another",
				LIMIT_CORRELATION_DEPTH);
	for (size_t i = 0; i < k->r->set->count; i++)
		if (is_open(k, i))
			refuse_from(k, i);
}

/* ---- feeds ---- */

/* True when all members run and can feed one correlation more. */
static bool
can_be_fed(struct linking *k, struct rule *rule)
{
	for (size_t m = 0; m < rule->correlation->member_count; m++) {
		const struct correlation_member *member = &rule->correlation->members[m];
		const struct rule *base = rule_at(k, member->rule);

		if (base->state != RULE_READY && base->state != RULE_CORRELATION)
			link_refuse(rule, base->state, member->line, "the correlation needs '%.*s', which does not run: %.120s",
				SHOWN(member->reference), base->reason);
		else if (base->feed_count == LIMIT_RULE_FEEDS)
			link_refuse(rule, RULE_INVALID, member->line, "more than %d correlations refer to '%.*s'",
				LIMIT_RULE_FEEDS, SHOWN(member->reference));
	}
	return rule->state == RULE_CORRELATION;
}

/* One correlation that wants the findings is enough for them to stay. */
static void
count_feeds(struct linking *k, const struct rule *rule)
{
	for (size_t m = 0; m < rule->correlation->member_count; m++) {
		struct rule *base = rule_at(k, rule->correlation->members[m].rule);
		bool first = base->feed_count++ == 0;

		base->silent = !rule->correlation->generate && (first || base->silent);
	}
}

/* Level by level, because what is refused here takes those that rest on it along. */
static void
choose_fed(struct linking *k)
{
	for (int32_t level = 0; level < LIMIT_CORRELATION_DEPTH; level++)
		for (size_t i = 0; i < k->r->set->count; i++)
			if (rule_at(k, i)->state == RULE_CORRELATION && k->levels[i] == level &&
				can_be_fed(k, rule_at(k, i)))
				count_feeds(k, rule_at(k, i));
}

static bool
put_feed(struct linking *k, struct rule *base, struct rule_feed feed)
{
	struct rule_feed *feeds = (struct rule_feed *)(uintptr_t)base->feeds;

	if (!feeds) {
		feeds = ARENA_ARRAY(&k->r->set->keep, struct rule_feed, base->feed_count);
		if (!feeds)
			return false;
		base->feeds = feeds;
		base->feed_count = 0;
	}
	feeds[base->feed_count++] = feed;
	return true;
}

/* In the order of the set. */
static bool
put_feeds(struct linking *k)
{
	for (size_t i = 0; i < k->r->set->count; i++) {
		const struct rule *rule = rule_at(k, i);

		for (size_t m = 0; rule->state == RULE_CORRELATION && m < rule->correlation->member_count; m++)
			if (!put_feed(k, rule_at(k, rule->correlation->members[m].rule),
				    (struct rule_feed){ (uint32_t)i, (uint32_t)m }))
				return false;
	}
	return true;
}

bool
link_correlations(struct references *r, struct err *err)
{
	struct linking k = { .r = r, .levels = calloc(r->set->count + 1, sizeof(*k.levels)),
		.next = calloc(r->set->count + 1, sizeof(*k.next)) };
	bool good = k.levels && k.next;

	for (size_t i = 0; i < r->set->count && good; i++) {
		k.levels[i] = LEVEL_OPEN;
		k.next[i] = NEXT_NONE;
		if (rule_at(&k, i)->state == RULE_CORRELATION && resolve_members(&k, rule_at(&k, i)))
			good = resolve_aliases(&k, rule_at(&k, i));
	}
	if (good) {
		give_levels(&k);
		refuse_the_rest(&k);
		choose_fed(&k);
		good = put_feeds(&k);
	}
	free(k.levels);
	free(k.next);
	return good || err_nomem(err);
}
