/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 as zlib and event logs use it: reflected polynomial 0xEDB88320, start and final XOR 0xFFFFFFFF
 * (evtx-format.md 1.2). */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include "base/slice.h"

/* The checksum of what gave `crc` with bytes behind it; begin with 0.  crc32_extend(0, "123456789") is 0xCBF43926. */
uint32_t crc32_extend(uint32_t crc, struct slice bytes);

/* The same by tables alone, as it is done where the processor has no carry-less multiplication. */
uint32_t crc32_extend_slowly(uint32_t crc, struct slice bytes);

#endif
