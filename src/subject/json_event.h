/* SPDX-License-Identifier: Apache-2.0 */
/* An event as JSON text, in the shape that evtx_dump and `evtriage dump` write or as a flat object of fields, back to
 * a record with its fields.  For trying rules; it is no way to read evidence. */
#ifndef SUBJECT_JSON_EVENT_H
#define SUBJECT_JSON_EVENT_H

#include "evtx/record.h"

/* Everything in the arena; texts may be borrowed from `text`.  A flat object's EventID, Channel, Computer and the like
 * are taken for System's.  Errors: ERR_SYNTAX (no JSON, or no object; err->at is the offset), ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK bool json_event_read(struct slice text, struct arena *arena, struct record *record,
	struct record_field **fields, size_t *count, struct err *err);

#endif
