/* SPDX-License-Identifier: Apache-2.0 */
/* A correlation rule as its document has it (sigma.md section 8), and what the closing of the rule set makes of its
 * references.  window.h runs it. */
#ifndef SIGMA_CORRELATION_H
#define SIGMA_CORRELATION_H

#include "src/sigma/quantity.h"
#include "src/sigma/rule.h"

enum correlation_type {
	CORRELATION_EVENT_COUNT,
	CORRELATION_VALUE_COUNT,
	CORRELATION_TEMPORAL,
	CORRELATION_TEMPORAL_ORDERED,
	CORRELATION_VALUE_SUM,
	CORRELATION_VALUE_AVG,
	CORRELATION_VALUE_PERCENTILE,
	CORRELATION_VALUE_MEDIAN, /* of pySigma */
};

/* One operator of the condition with its number; all of them must hold. */
enum bound_kind { BOUND_EQ, BOUND_NEQ, BOUND_LT, BOUND_LTE, BOUND_GT, BOUND_GTE, BOUND_KINDS };

struct bound {
	enum bound_kind kind;
	quantity number;
};

/* A rule that the correlation refers to. */
struct correlation_member {
	struct slice reference; /* id or name, as written */
	uint32_t line;
	uint32_t rule;          /* index in the closed set */
};

/* A name of group-by or of condition.field, and the field it means in each member's events. */
struct correlation_field {
	struct slice name;
	const struct slice *by_member; /* member_count of them, in the closed set */
};

struct correlation_alias {
	struct slice name, reference, field;
	uint32_t line;
};

struct node;

struct correlation {
	enum correlation_type type;
	struct correlation_member *members;
	size_t member_count;
	struct correlation_field *group, *values;
	size_t group_count, value_count;
	const struct correlation_alias *aliases;
	size_t alias_count;
	uint64_t timespan;       /* FILETIME ticks */
	struct bound bounds[BOUND_KINDS];
	size_t bound_count;
	unsigned percentile;     /* 1 to 100 */
	/* temporal: and, or, not over the members, NULL for none.  A leaf has no item; its count is the member. */
	const struct node *expression;
	bool generate;           /* the members' own findings stay */
	uint32_t level;          /* how many correlations it rests on, one on another: 0 is on event rules alone */
};

/* True when more events can only help the condition: then the moment when it first held is known. */
bool correlation_is_rising(const struct correlation *c);

/* True for the types whose events count by a number, and for those whose events count by any value. */
bool correlation_needs_number(const struct correlation *c);
bool correlation_needs_value(const struct correlation *c);

const char *correlation_type_name(enum correlation_type type);

#endif
