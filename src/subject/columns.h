/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of the timeline: names, order and kind, in one table that sinks, manual and tests loop over.
 * evtriage-timeline(5) documents each; names are stable. */
#ifndef SUBJECT_COLUMNS_H
#define SUBJECT_COLUMNS_H

#include "base/slice.h"

enum column {
	COLUMN_TIMESTAMP,
	COLUMN_END_TIME,
	COLUMN_LEVEL,
	COLUMN_VERDICT,
	COLUMN_RULE_TITLE,
	COLUMN_RULE_ID,
	COLUMN_RULE_FILE,
	COLUMN_TACTICS,
	COLUMN_TECHNIQUES,
	COLUMN_FINDING_ID,
	COLUMN_INCIDENT_ID,
	COLUMN_COMPUTER,
	COLUMN_USER,
	COLUMN_USER_SID,
	COLUMN_LOGON_ID,
	COLUMN_INTEGRITY_LEVEL,
	COLUMN_CHANNEL,
	COLUMN_PROVIDER,
	COLUMN_EVENT_ID,
	COLUMN_RECORD_IDS,
	COLUMN_PROCESS_ID,
	COLUMN_THREAD_ID,
	COLUMN_ACTIVITY_ID,
	COLUMN_SCRIPT_BLOCK_ID,
	COLUMN_PARTS,
	COLUMN_PATH,
	COLUMN_IMAGE,
	COLUMN_COMMAND_LINE,
	COLUMN_PARENT_IMAGE,
	COLUMN_PARENT_COMMAND_LINE,
	COLUMN_PARENT_PROCESS_ID,
	COLUMN_TEXT,
	COLUMN_MATCHED,
	COLUMN_VIEW,
	COLUMN_ENDPOINTS,
	COLUMN_SCRIPT_SHA256,
	COLUMN_DETAILS,
	COLUMN_EVIDENCE,
	COLUMN_OFFSET,
	COLUMN_SOURCES,
	COLUMN_READER,
	COLUMN_FLAGS,
	COLUMN_COUNT,
};

enum column_kind {
	COLUMN_KIND_TEXT,
	COLUMN_KIND_NUMBER, /* decimal text; a JSON number */
	COLUMN_KIND_TIME,   /* design's time text */
	COLUMN_KIND_LIST,   /* items, each ended by a NUL byte; a JSON array; " ¦ " between in CSV */
	COLUMN_KIND_NUMBERS, /* list of decimal numbers: a JSON array of numbers */
};

struct column_info {
	const char *name;
	enum column_kind kind;
};

extern const struct column_info columns[COLUMN_COUNT];

#endif
