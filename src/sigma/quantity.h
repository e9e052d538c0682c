/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that correlations add up and compare: fixed point with six digits behind the point in 128 bits, so that
 * a sum is exact and the same whatever machine adds it in whatever order.  A window of LIMIT_WINDOW_HITS values of
 * 64 bits cannot overflow it. */
#ifndef SIGMA_QUANTITY_H
#define SIGMA_QUANTITY_H

#include "base/slice.h"

/* Millionths. */
__extension__ typedef __int128 quantity;

enum { QUANTITY_ONE = 1000000, QUANTITY_LEN = 16, QUANTITY_TEXT = 48 };

/* Decimal or 0x hexadecimal with or without sign, or a decimal fraction below 10^15; false when it is none. */
bool quantity_parse(struct slice text, quantity *q);

/* Decimal text without idle zeros, NUL-terminated; returns its length. */
size_t quantity_text(quantity q, char out[static QUANTITY_TEXT]);

/* Bytes whose order is that of the numbers. */
void quantity_encode(quantity q, uint8_t out[static QUANTITY_LEN]);

/* Such bytes may come out of a file that somebody else made: a number that quantity_parse cannot give becomes the nearest
 * that it can, so that sums hold it. */
quantity quantity_decode(const uint8_t bytes[static QUANTITY_LEN]);

#endif
