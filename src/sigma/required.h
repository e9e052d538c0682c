/* SPDX-License-Identifier: Apache-2.0 */
/* What every text that a regular expression matches must have in it, read off the expression without PCRE2: what the
 * compiled plan looks for before it runs the expression at all. */
#ifndef SIGMA_REQUIRED_H
#define SIGMA_REQUIRED_H

#include "base/buf.h"

/* A byte of the folded text that must occur so often: `\+.*\+.*\+` needs three.  Count 0: nothing is known. */
struct required {
	uint8_t byte;
	uint32_t count;
};

/* Appends the longest literal, folded, and returns the byte that must occur most often; nothing when nothing could be
 * told, which is always right to say. */
struct required required_of(struct slice expression, struct buf *out);

bool required_is_met(const struct required *r, struct slice folded);

#endif
