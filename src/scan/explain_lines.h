/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of an explanation as text for a person, or as JSON for a program. */
#ifndef SCAN_EXPLAIN_LINES_H
#define SCAN_EXPLAIN_LINES_H

#include "src/scan/json.h"
#include "src/sigma/explain.h"

struct explain_lines {
	struct buf *out;
	bool jsonl;
	struct json json;
	size_t open; /* objects that wait for further parts */
};

/* As JSON: the items of an array, each `{"Truth", "Text", "Parts": [...]}` with what it is made of; a hit is
 * `{"Field", "Start", "Length", "Text"}`, a remark `{"Text"}`.  Hits are shown up to 160 bytes. */
void explain_lines_begin(struct explain_lines *l, bool jsonl, struct buf *out);
struct explain_listener explain_lines_listener(struct explain_lines *l);
void explain_lines_end(struct explain_lines *l);

#endif
