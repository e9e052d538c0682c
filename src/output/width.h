/* SPDX-License-Identifier: Apache-2.0 */
/* How many columns of a terminal a text takes, by a small table of our own: wcwidth(3) would depend on the locale,
 * and output must not. */
#ifndef OUTPUT_WIDTH_H
#define OUTPUT_WIDTH_H

#include "base/buf.h"

/* 2 for East Asian wide and emoji, 0 for combining marks, 1 for the rest. */
unsigned width_of_code(uint32_t code);

/* Appends text through escape_terminal, at most `columns` wide and never a part of a character or of its escape, and
 * returns how many of its bytes that took; *used is raised by the columns.  Runs of blanks become one blank, or one
 * U+240A where a line ended. */
size_t width_append(struct buf *out, struct slice text, unsigned columns, unsigned *used);

#endif
