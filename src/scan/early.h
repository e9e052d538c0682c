/* SPDX-License-Identifier: Apache-2.0 */
/* Notices that come before the first log is read: what was left alone or could not be opened.  They come in the order in
 * which a file system lists its names, and are told in that of the names. */
#ifndef SCAN_EARLY_H
#define SCAN_EARLY_H

#include "base/arena.h"
#include "src/scan/scan.h"

struct early {
	struct notice *items;
	size_t count, capacity;
	struct arena texts;
};

void early_init(struct early *e);
void early_fini(struct early *e);

/* Keeps a copy.  Errors: ERR_NOMEM. */
MUST_CHECK bool early_add(struct early *e, const struct notice *notice, struct err *err);

void early_sort(struct early *e);

#endif
