/* SPDX-License-Identifier: Apache-2.0 */
/* The further names that a mapping gives to a record's fields, so that a rule written for one log holds on another. */
#ifndef SUBJECT_ALIAS_H
#define SUBJECT_ALIAS_H

#include "src/sigma/mapping.h"
#include "src/subject/draft.h"

/* Adds the fields of the mapping's sources that such a record belongs to, once each; the draft has its System fields
 * already. */
void alias_fields(struct draft *d, const struct mapping *mapping);

#endif
