/* SPDX-License-Identifier: Apache-2.0 */
/* A record's tree as text: one JSON object in the shape of evtx_dump -o jsonl, so that people's jq programs work,
 * or the event as Windows' own XML view has it. */
#ifndef EVTX_RENDER_H
#define EVTX_RENDER_H

#include "evtx/record.h"

/* One line without the line end.  Errors: ERR_LIMIT (LIMIT_RECORD_OUTPUT), ERR_NOMEM. */
MUST_CHECK bool render_json(const struct record *record, struct buf *out, struct err *err);
MUST_CHECK bool render_xml(const struct record *record, struct buf *out, struct err *err);

#endif
