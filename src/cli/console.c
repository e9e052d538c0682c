/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/console.h"

#include "base/escape.h"
#include "base/io.h"
#include "src/cli/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 64 * 1024, PROGRESS_EVERY_MS = 100 };

/* Standard error has nobody to tell when it cannot be written. */
static void
put(struct slice text)
{
	bool ignored = io_write_all(STDERR_FILENO, text);

	(void)ignored;
}

void
console_init(struct console *c, bool quiet, bool verbose)
{
	*c = (struct console){ .quiet = quiet, .verbose = verbose, .terminal = isatty(STDERR_FILENO) == 1 };
}

void
console_clear(struct console *c)
{
	struct buf line;

	if (!c->progress_shown)
		return;
	c->progress_shown = false;
	buf_init(&line, 16);
	buf_append_text(&line, "\r\033[K");
	put(buf_view(&line));
	buf_fini(&line);
}

void
console_say_text(struct console *c, struct slice text)
{
	struct buf line;

	console_clear(c);
	buf_init(&line, 16 * (size_t)LINE_MAX_BYTES);
	buf_append_text(&line, "evtriage: ");
	escape_terminal(&line, slice_sub(text, 0, LINE_MAX_BYTES));
	buf_append_byte(&line, '\n');
	put(line.failed ? SLICE("evtriage: out of memory, even for what was to be said here\n") : buf_view(&line));
	buf_fini(&line);
}

void
console_say(struct console *c, const char *format, ...)
{
	char text[2048];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n >= 0)
		console_say_text(c, slice_from_text(text));
}

static uint64_t
milliseconds(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
console_progress(struct console *c, uint64_t files, uint64_t files_total, uint64_t bytes, uint64_t bytes_total,
	uint64_t findings)
{
	uint64_t now;
	struct buf line;

	if (!c->terminal || c->quiet)
		return;
	now = milliseconds();
	if (now < c->progress_due)
		return;
	c->progress_due = now + PROGRESS_EVERY_MS;
	buf_init(&line, 512);
	buf_append_text(&line, "\r");
	buf_thousands(&line, files);
	buf_append_text(&line, " of ");
	words_count(&line, files_total, "file");
	buf_append_text(&line, ", ");
	words_bytes(&line, bytes);
	buf_append_text(&line, " of ");
	words_bytes(&line, bytes_total);
	buf_append_text(&line, ", ");
	words_count(&line, findings, "row");
	buf_append_text(&line, "\033[K");
	put(buf_view(&line));
	buf_fini(&line);
	c->progress_shown = true;
}

unsigned
console_width(int fd)
{
	struct winsize size;

	if (isatty(fd) != 1)
		return 0;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

bool
console_colors(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) == 1 && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}
