/* SPDX-License-Identifier: Apache-2.0 */
/* The further names that a mapping gives to a record's fields, so that a rule written for one log holds on another. */
#ifndef SUBJECT_ALIAS_H
#define SUBJECT_ALIAS_H

#include "src/sigma/mapping.h"
#include "src/subject/draft.h"

/* Adds the fields of the sources of such a record; the draft has its System fields already. */
void alias_fields(struct draft *d, const struct event_kind *kind);

#endif
