/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that PowerShell itself composes from several facts: the ContextInfo and Payload of module log entries and the
 * detail lines of the classic log (evtx-format.md 8.4, 8.5). */
#ifndef TESTS_WRITER_COMPOSE_H
#define TESTS_WRITER_COMPOSE_H

#include "tests/writer/presets.h"

enum { COMPOSE_FIELDS = 64 };

/* A field as the scenario gives it, before its value has its final form. */
struct draft {
	struct slice name;
	uint8_t type;
	struct slice text; /* WTF-8 */
	struct writer_value value; /* when `encoded` */
	bool encoded, absent;
};

struct drafts {
	struct draft items[COMPOSE_FIELDS];
	size_t count;
	struct draft parameters[COMPOSE_FIELDS]; /* "+Name = value": bindings of the command */
	size_t parameter_count;
};

/* Turns drafts into the event's fields as the shape asks; false when a value is none of its type (*bad names it)
 * or memory ran out. */
bool compose_fields(struct arena *a, enum preset_shape shape, const struct drafts *drafts, struct writer_event *event,
	struct slice *bad) MUST_CHECK;

#endif
