/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a scenario line: key=value pairs, quoted texts, escapes, durations. */
#ifndef TESTS_WRITER_WORDS_H
#define TESTS_WRITER_WORDS_H

#include "base/arena.h"
#include "base/slice.h"

/* Replaces \\ \" \n \r \t \0 \xHH (a byte) \uXXXX (also a lone surrogate) \U{XXXXXX}; false on any other escape or
 * lack of memory. */
bool words_unescape(struct arena *a, struct slice text, struct slice *plain);

/* The next word of the line, up to a blank that is outside of quotation marks; false at the end. */
bool words_next(struct slice *line, struct slice *word);

/* Divides KEY=VALUE; a value in quotation marks is unescaped.  False when there is no '=' or a bad escape. */
bool words_pair(struct arena *a, struct slice word, struct slice *key, struct slice *value);

/* 250ms, 3s, 1.5s, 2m30s, 4h, 1d: in ticks of 100 ns. */
bool words_duration(struct slice text, uint64_t *ticks);

#endif
