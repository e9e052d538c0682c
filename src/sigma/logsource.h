/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a rule's `logsource` stands for: one table from category and service to channel, provider and event
 * ids (sigma.md 11.2 and 11.3). */
#ifndef SIGMA_LOGSOURCE_H
#define SIGMA_LOGSOURCE_H

#include "base/err.h"
#include "base/slice.h"

struct logsource_row;

/* Rows of the table; both sets must fit where both are given, and none at all fits every Windows event. */
struct logsource {
	const struct logsource_row *category, *service;
	size_t category_count, service_count;
};

/* Empty slices for what the rule does not give.  Errors: ERR_UNSUPPORTED (nothing is known under that name). */
MUST_CHECK bool logsource_find(struct slice category, struct slice service, struct logsource *out, struct err *err);

/* The pseudo source of `evtriage search`: script blocks, module log, classic log, process creations. */
struct logsource logsource_for_search(void);

bool logsource_fits(const struct logsource *source, struct slice channel, struct slice provider, uint32_t event_id);

#endif
