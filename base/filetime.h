/* SPDX-License-Identifier: Apache-2.0 */
/* Windows FILETIME: 100 ns ticks since 1601-01-01 UTC, unsigned.  Text form 2024-01-02T03:04:05.1234567Z (design:
 * seven digits, always UTC); no time zone, no locale, no leap seconds, like Windows itself. */
#ifndef BASE_FILETIME_H
#define BASE_FILETIME_H

#include "base/slice.h"

#define FILETIME_SECOND UINT64_C(10000000)
#define FILETIME_DAY (FILETIME_SECOND * 86400)
#define FILETIME_END UINT64_C(2650467744000000000) /* 10000-01-01: from here on there is no text */

enum { FILETIME_TEXT = 40 }; /* room for the text of any value */

/* Writes the text of ticks to out (NUL-terminated) and returns its length.  Values past year 9999 (FILETIME_END) have no such text: they come as "0x" + 16 hex digits. */
size_t filetime_text(uint64_t ticks, char out[static FILETIME_TEXT]);

/* Reads 2024-01-02, 2024-01-02T03:04:05, with 1 to 9 digits behind the second, a blank for the T, with or without
 * Z.  Digits beyond the seventh are dropped.  False when it is not such a time or lies before 1601. */
bool filetime_parse(struct slice text, uint64_t *ticks);

#endif
