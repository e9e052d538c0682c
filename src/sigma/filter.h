/* SPDX-License-Identifier: Apache-2.0 */
/* A Sigma filter (sigma.md section 9): a condition that joins, by AND and as written, the condition of every rule
 * it names whose log source is the filter's or a narrower one. */
#ifndef SIGMA_FILTER_H
#define SIGMA_FILTER_H

#include "src/sigma/rule.h"
#include "src/sigma/tree.h"

struct filter_reference {
	struct slice text; /* id or name */
	uint32_t line;
};

struct filter {
	struct rule_tree tree; /* without a source */
	const struct filter_reference *references;
	size_t reference_count; /* 0: every rule of the log source */
};

#endif
