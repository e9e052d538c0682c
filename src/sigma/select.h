/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the loaded rules run: a choice by level, status, tag, log source and id.  What is left out stays in the set
 * with its state, so that it can be counted. */
#ifndef SIGMA_SELECT_H
#define SIGMA_SELECT_H

#include "src/sigma/ruleset.h"

/* Words of the user; an empty list asks for nothing.  A rule must answer to one word of each list that has any. */
struct rule_selection {
	enum rule_level min_level;
	struct rule_list statuses;
	struct rule_list tags;       /* attack.t1059 is also attack.t1059.001; "attack." may be left out */
	struct rule_list logsources; /* product, category or service */
	struct rule_list ids;        /* id, title, or name of the file without its folder and suffix */
	struct rule_list excluded;   /* the same: these do not run */
};

/* Marks the rules that would run but are not chosen; what a chosen correlation refers to is chosen with it.  Before the set is closed.  Errors: ERR_SYNTAX (a word of `ids`
 * names no rule that was loaded), ERR_NOMEM. */
MUST_CHECK bool ruleset_select(struct ruleset *set, const struct rule_selection *selection, struct err *err);

/* True when some rule of the set has that id, title or file name. */
bool ruleset_has(const struct ruleset *set, struct slice word);

#endif
