/* SPDX-License-Identifier: Apache-2.0 */
/* A set of rules: loaded from files, folders and the pack compiled into the program, then closed, after which it is
 * read-only and may be shared by forked workers.  Order is by file name and document, whatever the file system
 * says, and duplicates of an id are refused: the first in that order stays. */
#ifndef SIGMA_RULESET_H
#define SIGMA_RULESET_H

#include "base/err.h"
#include "src/sigma/mapping.h"
#include "src/sigma/rule.h"

struct ruleset;

struct ruleset *ruleset_new(void); /* NULL: out of memory */
void ruleset_free(struct ruleset *set); /* accepts NULL */

/* Sources of a mapping beside the built-in ones, or in their place where names are the same; `file` is for messages.
 * Before the rules.  Errors: ERR_SYNTAX and ERR_LIMIT ("FILE:LINE: why"), ERR_NOMEM. */
MUST_CHECK bool ruleset_add_mapping(struct ruleset *set, struct slice file, struct slice text, struct err *err);

/* Both from a file.  Errors: those, and ERR_IO; the path stands in front. */
MUST_CHECK bool ruleset_add_mapping_file(struct ruleset *set, const char *path, struct err *err);
MUST_CHECK bool ruleset_add_placeholder_file(struct ruleset *set, struct slice name, const char *path, struct err *err);

/* The mapping in force; lives as long as the set. */
const struct mapping *ruleset_mapping(const struct ruleset *set);

/* What %name% stands for under the modifier `expand`: the lines of text.  Before the rules.  Errors: ERR_SYNTAX,
 * ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK bool ruleset_add_placeholder(struct ruleset *set, struct slice name, struct slice text, struct err *err);

/* SHA-256 over the mappings and placeholders that were added, in order: names and contents, not paths. */
const uint8_t *ruleset_settings(const struct ruleset *set);

/* A rule file, or a folder with all *.yml and *.yaml below it (links not followed).  A file that is no rule becomes
 * an entry with its reason, not an error.  Errors: ERR_IO (the path itself cannot be read), ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK bool ruleset_add_path(struct ruleset *set, const char *path, struct err *err);

/* Rules from memory under that file name.  Errors: ERR_NOMEM. */
MUST_CHECK bool ruleset_add_text(struct ruleset *set, struct slice file, struct slice text, struct err *err);

/* The pack compiled into the program.  Errors: ERR_NOMEM. */
MUST_CHECK bool ruleset_add_default(struct ruleset *set, struct err *err);

/* A rule made of one search: pattern as a keyword (plain text, without wildcards) or, with is_regex, an expression
 * over every text of script blocks, module log, classic log and process creations.  Errors: ERR_SYNTAX (bad
 * expression), ERR_NOMEM. */
MUST_CHECK bool ruleset_add_search(struct ruleset *set, struct slice pattern, bool is_regex, struct err *err);

/* Sorts, refuses duplicate ids, joins filters and correlations to what they name: for those who look at rules only.  No rule can
 * be added after it.  Errors: ERR_NOMEM. */
MUST_CHECK bool ruleset_link(struct ruleset *set, struct err *err);

/* The same, and compiles, so that the rules can run. */
MUST_CHECK bool ruleset_close(struct ruleset *set, struct err *err);

size_t ruleset_count(const struct ruleset *set);
const struct rule *ruleset_rule(const struct ruleset *set, size_t index);

/* How many rules have that state. */
size_t ruleset_count_state(const struct ruleset *set, enum rule_state state);

/* From now on the findings of rules that correlations refer to are kept, whatever these say. */
void ruleset_keep_all(struct ruleset *set);

/* How big the compiled plan of a closed set is. */
struct plan_facts {
	size_t rules;  /* that are ready */
	size_t items;  /* distinct (field, values) */
	size_t atoms;  /* distinct (field, value) */
	size_t fields;
	size_t bytes;
};
void ruleset_plan_facts(const struct ruleset *set, struct plan_facts *facts);

/* The shipped pack itself, for `rules export`: file name below rules/ and text; false past the end. */
bool ruleset_pack_file(size_t index, struct slice *name, struct slice *text);

#endif
