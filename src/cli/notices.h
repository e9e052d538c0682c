/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, limits and skipped files as lines on standard error: the first few of each file and of each kind, then a
 * count, so that one ruined log does not bury the rest. */
#ifndef CLI_NOTICES_H
#define CLI_NOTICES_H

#include "src/cli/console.h"
#include "src/scan/scan.h"

enum { NOTICE_KINDS = NOTICE_SKIPPED + 1 };

struct notices {
	uint64_t shown[NOTICE_KINDS], held_back[NOTICE_KINDS];
	char file[4096];       /* path of the last notice, cut when longer */
	size_t file_len;
	uint64_t in_file[NOTICE_KINDS];
};

void notices_add(struct notices *n, struct console *console, const struct notice *notice);

/* "not shown: 12 losses" */
void notices_end(struct notices *n, struct console *console, const char *manifest);

/* The line itself, without the program's name: "loss: FILE: record 12 at 0x1200: reason". */
void notice_line(const struct notice *notice, struct buf *out);

#endif
