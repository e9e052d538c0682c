/* SPDX-License-Identifier: Apache-2.0 */
/* The fast part of crc32.c, where the processor has it. */
#ifndef BASE_CRC32_FOLD_H
#define BASE_CRC32_FOLD_H

#include "base/slice.h"

enum { CRC32_LAST = 16, CRC32_FOLD_LEAST = 64 };

bool crc32_can_fold(void);

/* Folds at least CRC32_FOLD_LEAST bytes into `last`: its checksum, begun with state 0, is the state behind all bytes but
 * those that are returned (fewer than CRC32_LAST). */
struct slice crc32_fold(uint32_t state, struct slice bytes, uint8_t last[static CRC32_LAST]);

#endif
