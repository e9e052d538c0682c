/* SPDX-License-Identifier: Apache-2.0 */
/* The literal that every text which a regular expression matches must have in it, read off the expression without
 * PCRE2: what the compiled plan looks for before it runs the expression at all. */
#ifndef SIGMA_REQUIRED_H
#define SIGMA_REQUIRED_H

#include "base/buf.h"

/* Appends the longest such literal, folded; nothing when none could be told, which is always right to say. */
void required_literal(struct slice expression, struct buf *out);

#endif
