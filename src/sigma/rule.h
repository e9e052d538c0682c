/* SPDX-License-Identifier: Apache-2.0 */
/* A rule as its file has it: what identifies and describes it, and the detection as a tree that evaluate.c walks.
 * The tree is private (tree.h); this header is what the rest of the program may know of a rule. */
#ifndef SIGMA_RULE_H
#define SIGMA_RULE_H

#include "base/slice.h"

enum rule_level {
	LEVEL_NONE, /* the rule names none: counts as informational */
	LEVEL_INFORMATIONAL,
	LEVEL_LOW,
	LEVEL_MEDIUM,
	LEVEL_HIGH,
	LEVEL_CRITICAL,
};

enum rule_state {
	RULE_READY,          /* runs */
	RULE_INVALID,        /* no YAML, no Sigma, an impossible expression, a duplicate id ...: a loss */
	RULE_UNSUPPORTED,    /* good Sigma that this version does not run: a limit */
	RULE_OTHER_PRODUCT,  /* for another operating system or application: neither */
	RULE_NOT_SELECTED,   /* would run, but the user chose others */
	RULE_CORRELATION,    /* runs, over what other rules find and not over events: it has no tree */
	RULE_FILTER,         /* is part of the conditions of the rules it fits: it has no tree of its own */
	RULE_STATES,
};

struct rule_list {
	const struct slice *items;
	size_t count;
};

/* Something about a rule that runs which its author should know. */
struct rule_notice {
	uint32_t line;
	struct slice text;
	struct rule_notice *next;
};

struct rule_tree;
struct correlation;
struct filter;

/* What stands in the document, whatever its state. */
enum rule_kind {
	RULE_OF_EVENTS,
	RULE_OF_CORRELATION,
	RULE_OF_FILTER,
};

/* A correlation that counts what a rule finds. */
struct rule_feed {
	uint32_t correlation; /* index in the closed set */
	uint32_t member;      /* which of the correlation's rules this one is */
};

/* All slices and lists live as long as the rule set.  A file or document that could not become a rule is a struct
 * rule as well, with its state and reason, so that no rule ever disappears. */
struct rule {
	enum rule_state state;
	char reason[240];     /* why it does not run: "unknown modifier 'containss'" */
	struct slice file;    /* as given or found; "builtin:execution/name.yml" for the shipped pack */
	uint32_t line;        /* of the reason, else of the document */
	struct slice title;
	enum rule_kind kind;
	struct slice id;      /* lower-case UUID text, may be empty */
	struct slice name;    /* for references, may be empty */
	struct slice status;
	struct slice description;
	struct slice author;
	struct slice date;
	struct slice category, product, service; /* the log source */
	struct rule_list tags, references, false_positives;
	struct slice note;    /* triage note: the custom key `evtriage_triage` */
	struct slice tactics, techniques; /* from the tags: "TA0011" / "T1059.001" items, each ended by a NUL */
	enum rule_level level;
	const struct rule_notice *notices; /* in the order of the file */
	uint8_t sha256[32];   /* of the file */
	const struct rule_tree *tree; /* NULL unless RULE_READY */
	const struct correlation *correlation; /* of a RULE_OF_CORRELATION that could be read, else NULL */
	const struct filter *filter;  /* of a RULE_OF_FILTER that could be read, else NULL */
	/* In a closed set: the running correlations it feeds, and whether its own findings are left out for them. */
	const struct rule_feed *feeds;
	size_t feed_count;
	bool silent;
};

/* "critical" ... "informational"; "" for LEVEL_NONE. */
const char *rule_level_name(enum rule_level level);
bool rule_level_parse(struct slice text, enum rule_level *level);

const char *rule_state_name(enum rule_state state);

/* "events", "correlation", "filter". */
const char *rule_kind_name(enum rule_kind kind);

/* True for the same rule in a copy of its file, as an export beside the shipped rules. */
bool rule_is_copy(const struct rule *rule, const struct rule *first);

#endif
