/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/scenario.h"

#include "base/filetime.h"
#include "tests/writer/scenario_state.h"
#include "tests/writer/words.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SCENARIO_ARENA = 1 << 30, TICKS_PER_SECOND = 10000000 };

bool
scenario_fail(struct scenario *s, const char *what, struct slice word)
{
	return err_set(s->err, ERR_SYNTAX, s->line_number << 32, "line %" PRIu64 ": %s: %.*s", s->line_number, what,
		SLICE_ARGS(slice_sub(word, 0, 80)));
}

bool
scenario_take_line(struct scenario *s, struct slice *line)
{
	if (s->rest.len == 0 || !slice_split(&s->rest, '\n', line))
		return false;
	s->line_number++;
	return true;
}

bool
scenario_line_continues(const struct scenario *s)
{
	return s->rest.len > 0 && (s->rest.ptr[0] == '\t' || s->rest.ptr[0] == ' ');
}

/* set KEY=VALUE... */
static bool
do_set(struct scenario *s, struct slice line)
{
	struct slice word, key, value;
	bool ok = true;

	while (words_next(&line, &word)) {
		if (!words_pair(&s->arena, word, &key, &value))
			return scenario_fail(s, "not KEY=VALUE", word);
		if (slice_eq(key, SLICE("step")))
			ok = words_duration(value, &s->step);
		else if (!scenario_key(s, &s->event, key, value, &ok))
			return scenario_fail(s, "no such key", key);
		if (!ok)
			return scenario_fail(s, "bad value", word);
	}
	return true;
}

/* at TIME, or at +DURATION */
static bool
do_at(struct scenario *s, struct slice line)
{
	struct slice text = slice_trim(line);
	uint64_t ticks;

	if (text.len && text.ptr[0] == '+') {
		if (!words_duration(slice_sub(text, 1, text.len), &ticks))
			return scenario_fail(s, "no duration", text);
		s->now += ticks;
		return true;
	}
	return filetime_parse(text, &s->now) || scenario_fail(s, "no time", text);
}

static const struct {
	const char *word;
	bool (*run)(struct scenario *s, struct slice line);
} directives[] = {
	{ "set", do_set },
	{ "at", do_at },
	{ "always", scenario_do_always },
	{ "text", scenario_do_text },
	{ "file", scenario_do_file },
	{ "copy", scenario_do_copy },
	{ "chunk", scenario_do_chunk },
	{ "hide", scenario_do_hide },
	{ "pad", scenario_do_pad },
	{ "residue", scenario_do_residue },
	{ "live", scenario_do_live },
	{ "event", scenario_do_event },
	{ "script", scenario_do_script },
};

static bool
run_line(struct scenario *s, struct slice line)
{
	struct slice word;

	if (!words_next(&line, &word) || word.ptr[0] == '#')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		if (slice_eq(word, slice_from_text(directives[i].word)))
			return directives[i].run(s, line);
	return scenario_fail(s, "no such directive", word);
}

bool
scenario_run(struct slice scenario, const struct scenario_sink *sink, struct err *err)
{
	struct scenario *s = calloc(1, sizeof(*s));
	struct slice line;
	bool ok = true;

	if (!s)
		return err_nomem(err);
	arena_init(&s->arena, SCENARIO_ARENA);
	s->sink = sink;
	s->err = err;
	s->rest = scenario;
	s->event = writer_event_blank();
	s->step = TICKS_PER_SECOND;
	s->current = SCENARIO_FILES;
	while (ok && scenario_take_line(s, &line))
		ok = run_line(s, line);
	ok = ok && scenario_deliver(s);
	for (size_t i = 0; i < s->file_count; i++)
		writer_log_free(s->files[i].log);
	arena_fini(&s->arena);
	free(s);
	return ok;
}
