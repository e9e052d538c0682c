/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this module: a record's payload fields once they are read, so that making subjects and parts of them can
 * be tested without a log. */
#ifndef SUBJECT_FIELDS_H
#define SUBJECT_FIELDS_H

#include "base/utf.h"
#include "src/subject/part.h"

struct event_type;

struct slice fields_text(const struct record_field *fields, size_t count, const char *name);

/* UINT32_MAX when the field is missing or no number; negative ones as two's complement. */
uint32_t fields_number(const struct record_field *fields, size_t count, const char *name);

struct subject_part part_of_record(const struct record *record, const struct subject_context *context,
	uint32_t number);

/* What subject_from_record does with the fields.  `type` may be NULL.  Errors: ERR_NOMEM. */
MUST_CHECK bool subject_from_fields(const struct record *record, const struct event_type *type,
	const struct record_field *fields, size_t count, const struct subject_context *context, struct arena *arena,
	struct subject *subject, struct err *err);

#endif
