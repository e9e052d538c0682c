/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions by PCRE2, against texts an attacker wrote: every match runs under limits, and meeting one is
 * a third result, never "no match".  An expression is compiled once (JIT code as well, so that a jail may forbid
 * executable memory later) and read-only from then on; what a match writes to is scratch of the worker. */
#ifndef LIB_REGEX_H
#define LIB_REGEX_H

#include "base/err.h"
#include "base/slice.h"

enum regex_flags {
	REGEX_CASELESS = 1,
	REGEX_MULTILINE = 2, /* ^ and $ at every line */
	REGEX_DOTALL = 4,    /* . matches line ends */
};

/* Where the text is only a part of another: there no ^ or $ holds. */
enum regex_edges {
	REGEX_NOT_START = 1,
	REGEX_NOT_END = 2,
};

enum regex_result {
	REGEX_NO_MATCH,
	REGEX_MATCH,
	REGEX_LIMIT, /* undecided */
};

struct regex_range {
	size_t start, len;
};

struct regex;
struct regex_scratch;

/* NULL on failure.  Errors: ERR_SYNTAX (what PCRE2 says of the expression, with the position), ERR_NOMEM. */
struct regex *regex_new(struct slice expression, enum regex_flags flags, struct err *err);
void regex_free(struct regex *r); /* accepts NULL */

/* The expression as it was given, and the least number of bytes that a text which matches has. */
struct slice regex_expression(const struct regex *r);
enum regex_flags regex_flags(const struct regex *r);
size_t regex_least(const struct regex *r);

struct regex_scratch *regex_scratch_new(void); /* NULL: out of memory */
void regex_scratch_free(struct regex_scratch *s); /* accepts NULL */

/* Searches text (WTF-8; bytes that are no UTF-8 match nothing) for the expression.  *range is set on REGEX_MATCH,
 * *limit on REGEX_LIMIT: a constant text that names the limit. */
enum regex_result regex_search(const struct regex *r, struct regex_scratch *s, struct slice text,
	enum regex_edges edges, struct regex_range *range, const char **limit);

#endif
