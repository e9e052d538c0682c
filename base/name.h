/* SPDX-License-Identifier: Apache-2.0 */
/* Names of fields as numbers, so that the same names need not be compared byte by byte for every record. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include "base/slice.h"

/* A hash with random keys of the process, which whoever chose the names cannot know: equal marks are equal names.  0 says
 * that nobody has worked it out, or that there are no random bytes: then the names themselves are to be compared.  Of use in this process alone. */
uint64_t name_mark(struct slice name);

#endif
