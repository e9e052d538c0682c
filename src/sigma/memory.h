/* SPDX-License-Identifier: Apache-2.0 */
/* What a matcher remembers of the texts it has seen.  A text yields a list of items; equal lists get one number, so
 * an event comes down to a few numbers, and what rules say of such a row of numbers is remembered as well.  Logs
 * repeat themselves: most events are answered without looking at a rule, many without looking into a text.  Keys are
 * hashes with random keys of the run, which whoever wrote the log cannot know (76 bits of them are kept); everything is bounded, and
 * dropped at once when a bound is reached. */
#ifndef SIGMA_MEMORY_H
#define SIGMA_MEMORY_H

#include "base/keyed.h"

#define MEMORY_NONE UINT32_MAX

/* A list of numbers, valid until memory_forget. */
struct memory_list {
	const uint32_t *numbers;
	size_t count;
};

struct memory;

struct memory *memory_new(void); /* NULL: out of memory */
void memory_free(struct memory *m); /* accepts NULL */
void memory_forget(struct memory *m);

/* Another one since the last memory_forget; never 0 (but once in 2^32 times, when it is 1 again). */
uint32_t memory_generation(const struct memory *m);

/* `what` (a number) goes into the key before the text does. */
struct keyed_hash memory_hash(const struct memory *m, uint64_t what, struct slice text);

/* The number of the list that a text yielded, or MEMORY_NONE; and remembering it.  `mark` is what memory_mark_value said of
 * the text last, and 0 before that. */
uint32_t memory_value(const struct memory *m, const struct keyed_hash *key, uint32_t *mark);
void memory_add_value(struct memory *m, const struct keyed_hash *key, uint32_t list);
void memory_mark_value(struct memory *m, const struct keyed_hash *key, uint32_t mark); /* if it is still remembered */

/* The number of that list, sorted by the caller; MEMORY_NONE when a bound is reached: go on without, then forget. */
uint32_t memory_intern(struct memory *m, const uint32_t *numbers, size_t count);
struct memory_list memory_list(const struct memory *m, uint32_t list);

/* What rules say of an event: false when it is not remembered. */
bool memory_event(struct memory *m, const struct keyed_hash *key, uint32_t *list);
void memory_add_event(struct memory *m, const struct keyed_hash *key, uint32_t list);

/* Events that came to nothing, known by bytes that tell them apart (match_repeat.c). */
bool memory_is_quiet(const struct memory *m, const struct keyed_hash *key);
void memory_add_quiet(struct memory *m, const struct keyed_hash *key);

/* What expressions say of a text: MEMORY_NONE, or the number that was given. */
uint32_t memory_answer(struct memory *m, const struct keyed_hash *key);
void memory_add_answer(struct memory *m, const struct keyed_hash *key, uint32_t answer);

#endif
