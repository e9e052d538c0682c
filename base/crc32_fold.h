/* SPDX-License-Identifier: Apache-2.0 */
/* The fast part of crc32.c, where the processor has it. */
#ifndef BASE_CRC32_FOLD_H
#define BASE_CRC32_FOLD_H

#include "base/slice.h"

enum { CRC32_LAST = 16, CRC32_FOLDERS = 4 };

struct crc32_folder {
	size_t least;      /* bytes that it needs; 0 ends the list */
	bool (*can)(void); /* the processor has what it takes */
	/* Folds all bytes but those that are returned (fewer than CRC32_LAST) into `last`: its checksum, begun with
	 * state 0, is the state behind them. */
	struct slice (*fold)(uint32_t state, struct slice bytes, uint8_t last[static CRC32_LAST]);
};

/* The fastest first. */
extern const struct crc32_folder crc32_folders[CRC32_FOLDERS];

/* crc32_extend by one of them, by tables alone where it cannot (crc32.c). */
uint32_t crc32_extend_folded(uint32_t crc, struct slice bytes, const struct crc32_folder *folder);

#endif
