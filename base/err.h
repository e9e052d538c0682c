/* SPDX-License-Identifier: Apache-2.0 */
/* How a function tells why it failed: a code for the program, a position for the examiner, a sentence for both.
 * No heap and nothing to free.  A caller adds what it knows in front (err_wrap), so that the line reads from the
 * outside in: "Security.evtx: chunk 12 at 0xc1000: record 88123: size 9 is below the minimum 28". */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum err_code {
	ERR_OK,
	ERR_NOMEM,     /* memory ran out */
	ERR_IO,        /* the operating system refused: read, write, open ... */
	ERR_TRUNCATED, /* the bytes end before the structure does */
	ERR_FORMAT,    /* the bytes are not what the format asks for */
	ERR_LIMIT,     /* one of our own bounds (limits.h) was reached */
	ERR_SYNTAX,    /* a rule, a pattern or an option is not well formed */
	ERR_UNSUPPORTED, /* well formed, but beyond what this program does */
};

struct err {
	enum err_code code;
	uint64_t at; /* file offset, or line << 32 | column for texts; 0 when there is none */
	char text[256];
};

/* Nothing has failed.  Where one stands for each record, zeroing all of it would cost more than the rest. */
static inline void
err_clear(struct err *err)
{
	err->code = ERR_OK;
	err->at = 0;
	err->text[0] = '\0';
}

/* Sets *err (unless NULL) and returns false, so that failing is one line: return err_set(...). */
bool err_set(struct err *err, enum err_code code, uint64_t at, const char *format, ...) PRINTF_LIKE(4, 5);

/* Like err_set with ERR_IO, and ": " + the text of errno at the end. */
bool err_set_errno(struct err *err, uint64_t at, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts text in front of what *err says; returns false. */
bool err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Shorthand for the commonest failure; returns false. */
bool err_nomem(struct err *err);

#endif
