/* SPDX-License-Identifier: Apache-2.0 */
/* The detection of one rule as parse made it and evaluate walks it: a condition of and/or/not over items, an item
 * (field, modifiers, values) of atoms.  Everything lives in the rule set's arena and is read-only.  plan.c
 * compiles all trees of a set into one plan. */
#ifndef SIGMA_TREE_H
#define SIGMA_TREE_H

#include "src/lib/regex.h"
#include "src/sigma/logsource.h"
#include "src/sigma/number.h"
#include "src/sigma/pattern.h"

enum atom_kind {
	ATOM_TEXT,
	ATOM_REGEX,
	ATOM_NUMBER, /* one of the comparisons below */
	ATOM_CIDR,
	ATOM_FIELDREF,
	ATOM_NULL,   /* no such field, or one without value */
	ATOM_EXISTS,
	ATOM_TIME,   /* a part of the field's time, against a number by `comparison` */
};

enum time_part {
	TIME_MINUTE,
	TIME_HOUR,
	TIME_DAY,
	TIME_WEEK, /* ISO 8601 */
	TIME_MONTH,
	TIME_YEAR,
};

/* UTC, like everything in an event log. */
struct time_match {
	enum time_part part;
	struct number number;
};

/* A field by its name and by its number among the names of the rule set. */
struct field_name {
	struct slice name;
	uint32_t number;
	bool is_event_id; /* EventID, in whatever case */
};

struct field_ref {
	struct field_name field;
	bool front, back; /* wildcards at the ends, as `contains` and the like add them */
	bool cased;
};

struct atom {
	enum atom_kind kind;
	enum comparison comparison;
	uint32_t sieve; /* the plan's number for it + 1, when a text that holds it holds a literal of it; else 0 */
	union {
		struct pattern pattern;
		const struct regex *regex;
		struct number number;
		struct cidr cidr;
		struct field_ref ref;
		bool exists;
		struct time_match time;
	} is;
};

/* One value of the rule: alternatives, because some modifiers make several atoms out of it. */
struct value {
	const struct atom *atoms;
	size_t count;
	struct slice source; /* as the rule has it, for explanations */
};

struct item {
	struct field_name field; /* empty name: keywords, looked for in every text of the event */
	bool all;                /* every value, not one of them */
	bool negated;            /* neq */
	const struct value *values;
	size_t count;
	struct slice source; /* "Field|contains|all", for explanations; empty for plain keywords */
	bool whole;     /* not negated, and whatever makes it true is the whole text of its field */
	bool of_source; /* a condition of the log source: the rule does not name it, so it is no hit */
};

enum node_kind {
	NODE_AND,
	NODE_OR,
	NODE_NOT, /* one child */
	NODE_ITEM,
};

struct node {
	enum node_kind kind;
	const struct item *item;
	const struct node **children; /* may be shared: `1 of x*` and a name lead to the same node */
	size_t count;
};

/* A search identifier of the rule, for explanations. */
struct named_node {
	struct slice name;
	const struct node *node;
};

struct rule_tree {
	struct logsource source;
	const struct node *root;
	const struct named_node *names; /* in the order of the rule */
	size_t name_count;
};

#endif
