/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule can do on the records of one source, by the fields these can have: a rule that needs OriginalFileName
 * never holds on Security 4688, one that has it as an alternative loses that alternative. */
#ifndef SIGMA_REACH_H
#define SIGMA_REACH_H

#include "src/sigma/ruleset.h"

enum reach {
	REACH_WHOLE, /* every field it asks for can be there */
	REACH_PART,  /* it can hold, but some field it asks for is never there */
	REACH_NEVER, /* it cannot hold */
};

enum { REACH_FIELDS = 16 };

struct source_reach {
	const struct mapping_source *source;
	enum reach reach;
	struct slice missing[REACH_FIELDS]; /* fields that are never there, in the order of the rule */
	size_t missing_count;               /* of those that are listed */
};

/* How many sources a rule that has a tree asks for; by category where it has one, else by service. */
size_t reach_sources(const struct rule *rule);

/* Source `index` of them. */
struct source_reach reach_of(const struct rule *rule, size_t index);

/* Whether the rule's log source has such events. */
bool reach_fits(const struct rule *rule, struct slice channel, struct slice provider, uint32_t event_id);

const char *reach_name(enum reach reach); /* "whole", "part", "never" */

/* Why no event log can have what the rule asks for; false when one can. */
bool reach_no_log(const struct rule *rule, struct slice *about);

#endif
