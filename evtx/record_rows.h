/* SPDX-License-Identifier: Apache-2.0 */
/* The table of System fields: where each is found and what it is.  record.c reads them from a tree, plan_system.c from
 * the slots of a plan. */
#ifndef EVTX_RECORD_ROWS_H
#define EVTX_RECORD_ROWS_H

#include "evtx/record.h"

enum record_row_kind { ROW_NUMBER, ROW_TIME, ROW_GUID, ROW_TEXT };

struct record_row {
	const char *element;
	const char *attribute; /* NULL: the element's own text */
	enum record_row_kind kind;
	uint8_t size;  /* of the field, for ROW_NUMBER */
	size_t field;  /* offsets in struct record_system */
	size_t has;    /* 0: not told */
};

enum { RECORD_ROWS = 16 };

extern const struct record_row record_rows[RECORD_ROWS];

/* What a row has when all its element or attribute holds is that value. */
MUST_CHECK bool record_set_row(struct record_system *system, const struct record_row *row, const struct value *value,
	struct arena *arena, struct err *err);

/* An attribute that carries data; those that name or declare something do not. */
bool record_is_payload_attribute(const struct node *attribute, bool is_data);

#endif
