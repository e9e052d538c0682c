/* SPDX-License-Identifier: Apache-2.0 */
/* Coverage in words: one line a computer, which begins with what decides whether silence means anything (script-block logging,
 * command lines) and goes on with the logs that rules look into, and those that were cleared.  It knows no more than what
 * coverage.h tells anyone. */
#include "src/subject/coverage.h"

#include "base/escape.h"
#include "base/filetime.h"
#include "src/subject/events.h"

static void
append_counted_noun(struct buf *out, uint64_t count, const char *noun)
{
	buf_thousands(out, count);
	buf_append_byte(out, ' ');
	buf_append_text(out, noun);
	if (count != 1)
		buf_append_byte(out, 's');
}

/* Sums over one computer's channels. */
struct sums {
	uint64_t warning, verbose, processes, with_command_line;
	bool operational; /* a log that script blocks go to is there */
	bool security;    /* one that process creations go to is */
};

static void
append_blocks(struct buf *out, const struct sums *s)
{
	if (s->verbose) {
		buf_append_text(out, "script-block logging on (");
		append_counted_noun(out, s->verbose + s->warning, "record");
		buf_append_text(out, ")");
	} else if (s->warning) {
		buf_append_text(out, "script-block logging by default only: what PowerShell found suspicious (");
		append_counted_noun(out, s->warning, "record");
		buf_append_text(out, ")");
	} else if (s->operational) {
		buf_append_text(out, "script-block logging off, or no script block left in the log");
	} else {
		buf_append_text(out, "no PowerShell/Operational log");
	}
}

static void
append_processes(struct buf *out, const struct sums *s)
{
	if (s->processes == 0) {
		buf_append_text(out, s->security ? "; no process creations (4688) in the Security log" : "; no Security log");
	} else if (s->with_command_line == 0) {
		buf_append_text(out, "; command lines not audited (");
		append_counted_noun(out, s->processes, "process creation");
		buf_append_text(out, ")");
	} else {
		buf_append_text(out, "; command lines audited (");
		buf_thousands(out, s->with_command_line);
		buf_append_text(out, " of ");
		append_counted_noun(out, s->processes, "process creation");
		buf_append_text(out, ")");
	}
}

static void
append_channel(struct buf *out, const struct channel_coverage *c)
{
	const struct event_log *log = event_log_of(c->channel);
	char text[FILETIME_TEXT];

	if (!log && c->cleared == 0 && !slice_eq(c->channel, SLICE(COVERAGE_OTHERS)))
		return;
	buf_append_text(out, "; ");
	if (log)
		buf_append_text(out, log->name);
	else
		escape_terminal(out, c->channel);
	if (c->last_time) {
		buf_append_byte(out, ' ');
		buf_append(out, slice_from(text, filetime_text(c->first_time, text)));
		buf_append_text(out, "\xE2\x80\x93");
		buf_append(out, slice_from(text, filetime_text(c->last_time, text)));
	}
	if (c->ids_scattered) {
		buf_append_text(out, ", record ids too scattered to count gaps");
	} else if (c->missing_ids) {
		buf_append_text(out, ", ");
		append_counted_noun(out, c->missing_ids, "id");
		buf_append_text(out, " missing");
	}
	if (c->cleared) {
		buf_append_text(out, ", cleared ");
		append_counted_noun(out, c->cleared, "time");
	}
}

static struct sums
sum_channels(const struct coverage *c, size_t from, size_t to)
{
	struct sums sums = { 0 };

	for (size_t i = from; i < to; i++) {
		const struct channel_coverage *one = coverage_at(c, i);

		sums.warning += one->blocks_warning;
		sums.verbose += one->blocks_verbose;
		sums.processes += one->processes;
		sums.with_command_line += one->processes_with_command_line;
		sums.operational |= one->records && event_type_of(one->channel, SLICE_EMPTY, 4104) != NULL;
		sums.security |= one->records && event_type_of(one->channel, SLICE_EMPTY, 4688) != NULL;
	}
	return sums;
}

bool
coverage_lines(const struct coverage *c, struct buf *out, struct err *err)
{
	size_t count = coverage_count(c), end;

	for (size_t from = 0; from < count; from = end) {
		struct slice computer = coverage_at(c, from)->computer;
		struct sums sums;

		end = from + 1;
		while (end < count && slice_eq_nocase(coverage_at(c, end)->computer, computer))
			end++;
		sums = sum_channels(c, from, end);
		escape_terminal(out, computer.len ? computer : SLICE("(no computer)"));
		buf_append_text(out, ": ");
		append_blocks(out, &sums);
		append_processes(out, &sums);
		for (size_t i = from; i < end; i++)
			append_channel(out, coverage_at(c, i));
		buf_append_byte(out, '\n');
	}
	return !out->failed || err_nomem(err);
}
