/* SPDX-License-Identifier: Apache-2.0 */
/* Placeholders, `%name%` under the modifier `expand` (sigma.md 6.1): a name stands for the lines of a file that
 * whoever runs the rules has written.  Values are Sigma values: wildcards and escapes hold in them. */
#ifndef SIGMA_EXPAND_H
#define SIGMA_EXPAND_H

#include "base/arena.h"
#include "base/err.h"

struct placeholder {
	struct slice name;
	const struct slice *values;
	size_t count;
	const struct placeholder *next;
};

/* How a placeholder's value is put into the text around it. */
enum expand_context {
	EXPAND_TEXT,  /* a Sigma text: as it is; `\%` is a percent sign */
	EXPAND_REGEX, /* every character of the value means itself */
	EXPAND_PLAIN, /* as it is */
};

/* NAME and the text of its file: one value a line, lines that are blank or begin with # left out, CR and blanks at the
 * ends as well.  The texts are copied.  Errors: ERR_SYNTAX (the name is none, or no line has a value), ERR_LIMIT,
 * ERR_NOMEM. */
MUST_CHECK bool placeholder_add(const struct placeholder **list, struct slice name, struct slice text,
	struct arena *arena, struct err *err);

/* All texts that `text` can stand for, in the order of the values, in the arena.  *found tells whether there was a
 * placeholder at all.  Errors: ERR_UNSUPPORTED (one has no values: names it), ERR_LIMIT (more than `most`),
 * ERR_NOMEM; with `at` as place. */
MUST_CHECK bool expand_value(const struct placeholder *list, struct slice text, enum expand_context context,
	size_t most, struct arena *arena, struct slice **out, size_t *count, bool *found, uint64_t at, struct err *err);

#endif
