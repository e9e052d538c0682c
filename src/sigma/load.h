/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML to a rule, in steps that each have a file: the document (document.c), its detection (detection.c), one
 * item with its modifiers (item.c), the condition (condition.c).  A step fails with the code that decides what
 * becomes of the rule: ERR_SYNTAX and ERR_LIMIT make it invalid, ERR_UNSUPPORTED unsupported, ERR_NOMEM ends the
 * loading; err->at is line << 32 | column in the rule's file. */
#ifndef SIGMA_LOAD_H
#define SIGMA_LOAD_H

#include "base/table.h"
#include "base/attr.h"
#include "src/lib/yaml.h"
#include "src/sigma/expand.h"
#include "src/sigma/rule.h"
#include "src/sigma/tree.h"

/* Compiled expressions, to be freed with the rule set. */
struct regex_link {
	struct regex *regex;
	struct regex_link *next;
};

struct loader {
	struct arena *keep;         /* lives as long as the rule set */
	struct arena *scratch;      /* dies with the document */
	struct table *fields;       /* field name to number */
	struct regex_link **regexes;
	const struct mapping *mapping;
	struct table *sources;      /* of the mapping, found before */
	const struct placeholder *placeholders;
	struct rule_notice *notices; /* of the rule at hand */
	size_t values;              /* of the rule at hand, against LIMIT_RULE_VALUES */
	size_t condition_len;       /* of its conditions, against LIMIT_CONDITION_LENGTH */
};

/* Legal, but worth a word in `rules check`: appended to the rule's notices.  Errors: ERR_NOMEM. */
MUST_CHECK bool rule_notice(struct loader *l, uint32_t line, struct err *err, const char *format, ...)
	PRINTF_LIKE(4, 5);

/* A named part of a detection. */
struct identifier {
	struct slice name;
	const struct node *node;
	struct identifier *next;
};

#define AT_NODE(n) ((uint64_t)(n)->line << 32 | (n)->column)
/* For "%.*s" in a reason: user text, cut short. */
#define SHOWN(s) (int)((s).len < 60 ? (s).len : 60), (const char *)(s).ptr

/* Makes *rule of a document: never fails on account of the document, which then is in rule->state and reason.
 * rule->file is set by the caller.  Errors: ERR_NOMEM. */
MUST_CHECK bool document_load(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err);

/* Fills in everything of the tree but its source. */
MUST_CHECK bool detection_load(struct loader *l, const struct yaml_node *detection, struct rule_tree *tree,
	struct err *err);

/* "field|modifiers" with its value or values. */
MUST_CHECK bool item_load(struct loader *l, const struct yaml_node *member, const struct item **out, struct err *err);

/* A list of scalars or one scalar without a field. */
MUST_CHECK bool item_load_keywords(struct loader *l, const struct yaml_node *node, const struct item **out,
	struct err *err);

/* Field has one of these texts, every character itself, case aside. */
MUST_CHECK bool item_of_texts(struct loader *l, struct slice field, const struct slice *texts, size_t count,
	const struct item **out, struct err *err);

/* The item of a search: one keyword, every character itself, or one expression. */
MUST_CHECK bool item_for_search(struct loader *l, struct slice pattern, bool is_regex, const struct item **out,
	struct err *err);

/* Adds to the tree what its sources ask of their records beyond channel and event id. */
MUST_CHECK bool gate_load(struct loader *l, struct rule_tree *tree, struct err *err);

/* A condition over the identifiers. */
MUST_CHECK bool condition_load(struct loader *l, const struct yaml_node *condition,
	const struct identifier *identifiers, const struct node **root, struct err *err);

/* What stands under `correlation` and `filter`; their references are resolved when the set is closed. */
MUST_CHECK bool correlation_load(struct loader *l, const struct yaml_node *map, const struct correlation **out,
	struct err *err);
MUST_CHECK bool filter_load(struct loader *l, const struct yaml_node *map, const struct filter **out, struct err *err);

/* tag list to "TA0002\0..." and "T1059.001\0..."; false: memory ran out. */
bool tags_load(struct arena *arena, const struct rule_list *tags, struct slice *tactics, struct slice *techniques);

/* A node with room for `count` children; NULL: memory ran out. */
struct node *node_new(struct loader *l, enum node_kind kind, size_t count);

#endif
