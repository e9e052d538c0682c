/* SPDX-License-Identifier: Apache-2.0 */
/* What only the whole set can tell: which rules a filter fits, which rules a correlation refers to, and whether
 * correlations rest on one another in a circle. */
#ifndef SIGMA_LINK_H
#define SIGMA_LINK_H

#include "src/sigma/set.h"

/* Over the sorted entries, once: puts filters into the trees of the rules they fit, resolves correlations, gives
 * rules their feeds.  A document that cannot be linked gets its state and reason.  Errors: ERR_NOMEM. */
MUST_CHECK bool link_rules(struct ruleset *set, struct err *err);

/* The filter is for rules with this one's log source, and names it or any. */
bool filter_may_fit(const struct rule *filter, const struct rule *rule);

/* Inside this step: references by id or name. */
struct references {
	struct ruleset *set;
	struct table ids, names;
};

enum { REFERENCE_NONE = -1, REFERENCE_AMBIGUOUS = -2 };

/* Index of the rule with that id or name, or one of the above. */
int64_t references_find(const struct references *r, struct slice text);

/* The rule does not take part, for that reason; the line is that of the reference, 0 for that of the document. */
void link_refuse(struct rule *rule, enum rule_state state, uint32_t line, const char *format, ...) PRINTF_LIKE(4, 5);

MUST_CHECK bool link_filters(struct references *r, struct err *err);
MUST_CHECK bool link_correlations(struct references *r, struct err *err);

#endif
