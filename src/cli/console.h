/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error: the only place that prints to it.  Every line goes through escape_terminal, since paths, reasons
 * and rule texts may come from an attacker.  A progress line gives way to every other line. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "base/attr.h"
#include "base/slice.h"

struct console {
	bool quiet, verbose;
	bool terminal;         /* standard error is one: progress may be shown */
	bool progress_shown;
	uint64_t progress_due; /* milliseconds of the monotonic clock */
};

void console_init(struct console *c, bool quiet, bool verbose);

/* "evtriage: " and the text, as one line. */
void console_say(struct console *c, const char *format, ...) PRINTF_LIKE(2, 3);

/* The same of a text that may be long or hold anything. */
void console_say_text(struct console *c, struct slice text);

/* Progress on a terminal, at most ten times a second. */
void console_progress(struct console *c, uint64_t files, uint64_t files_total, uint64_t bytes, uint64_t bytes_total,
	uint64_t findings);

/* Takes the progress line away. */
void console_clear(struct console *c);

/* Columns of the terminal behind that descriptor; 0 when it is none. */
unsigned console_width(int fd);

/* Whether colours are wanted on that descriptor: a terminal, NO_COLOR not set, TERM not "dumb". */
bool console_colors(int fd);

#endif
