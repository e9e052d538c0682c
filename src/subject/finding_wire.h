/* SPDX-License-Identifier: Apache-2.0 */
/* What who writes a finding and who reads it must agree on, besides the order of things (finding_encode.c, finding.c). */
#ifndef SUBJECT_FINDING_WIRE_H
#define SUBJECT_FINDING_WIRE_H

#include "src/subject/columns.h"

#include <assert.h>
#include <stdbool.h>

enum { FINDING_MAGIC = 'F', ID_LEN = 16, FIELD_LEAST = 9, HIT_LEAST = 24 };

static_assert(COLUMN_COUNT <= 64, "a bit a column");

#define ELLIPSIS "\xE2\x80\xA6"

/* What the parent can tell from the rest is not sent: a worker makes many findings that are copies of one row. */
static inline bool
is_made_later(enum column column)
{
	static const bool later[COLUMN_COUNT] = { [COLUMN_TIMESTAMP] = true, [COLUMN_END_TIME] = true, [COLUMN_LEVEL] = true,
		[COLUMN_VERDICT] = true, [COLUMN_RULE_TITLE] = true, [COLUMN_RULE_ID] = true, [COLUMN_RULE_FILE] = true,
		[COLUMN_TACTICS] = true, [COLUMN_TECHNIQUES] = true, [COLUMN_VIEW] = true, [COLUMN_FINDING_ID] = true,
		[COLUMN_COMPUTER] = true, [COLUMN_CHANNEL] = true, [COLUMN_RECORD_IDS] = true, [COLUMN_DETAILS] = true,
		[COLUMN_EVIDENCE] = true, [COLUMN_OFFSET] = true, [COLUMN_SOURCES] = true, [COLUMN_READER] = true };

	return later[column];
}

#endif
