/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of event types this program knows more about than their names: where they are logged, what is read
 * out of them beyond their own fields, and which field the timeline shows as their text.  A new type is a row. */
#ifndef SUBJECT_EVENTS_H
#define SUBJECT_EVENTS_H

#include "src/subject/draft.h"

struct event_log {
	const char *name; /* short, for the coverage lines */
	const char *channel, *provider;
};

struct event_type {
	const struct event_log *log;
	uint32_t first, last; /* event ids */
	bool is_script_block;
	void (*derive)(struct draft *d); /* adds fields; NULL: the record's own are all there is */
	const char *texts[2];            /* the first of these fields that is not empty is the text */
};

/* The row for such a record, or NULL.  The channel decides, and where a collector has changed it, the provider:
 * other providers reuse the numbers (CAPI2 4100, Winlogon 4104). */
const struct event_type *event_type_of(struct slice channel, struct slice provider, uint32_t event_id);

/* The log with that channel, or NULL. */
const struct event_log *event_log_of(struct slice channel);

/* Fills the columns that payload fields answer, by their names, whatever the type. */
void event_columns(struct draft *d);

/* The rows' functions, a file for each family. */
void derive_powershell(struct draft *d); /* powershell.c: 4100 to 4103 */
void derive_classic(struct draft *d);    /* classic.c: the log Windows PowerShell */

#endif
