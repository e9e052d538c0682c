/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a rule's `logsource` stands for (sigma.md 11), by the sources of a mapping. */
#ifndef SIGMA_LOGSOURCE_H
#define SIGMA_LOGSOURCE_H

#include "base/table.h"
#include "src/sigma/mapping.h"

struct source_list {
	const struct mapping_source *const *items;
	size_t count;
};

/* The sources a rule asks for by category and by service; both must fit where both are given, and none at all fits
 * every event. */
struct logsource {
	struct source_list category, service;
};

struct logsource_finder {
	const struct mapping *mapping;
	struct table *known; /* what was found before; to be emptied when the mapping changes */
	struct arena *arena; /* of what is found */
};

/* Empty slices for what the rule does not give.  Errors: ERR_UNSUPPORTED (nothing is known under that name), ERR_NOMEM. */
MUST_CHECK bool logsource_find(const struct logsource_finder *f, struct slice product, struct slice category,
	struct slice service, struct logsource *out, struct err *err);

bool logsource_fits(const struct logsource *source, struct slice channel, struct slice provider, uint32_t event_id);

/* False when no event log can have what the rule asks for; *about then tells why. */
bool logsource_has_log(const struct logsource *source, struct slice *about);

/* The category of the pseudo source of `evtriage search`: script blocks, module log, classic log, process creations. */
#define LOGSOURCE_SEARCH "evtriage_search"

#endif
