/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people read them: 1,234 records, 12.4 MiB.  No locale. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "base/buf.h"

void words_bytes(struct buf *out, uint64_t n);  /* 512 B, 12.4 MiB */

/* "1 record", "2 records", "no records". */
void words_count(struct buf *out, uint64_t n, const char *noun);

#endif
