/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/timeline.h"

#include "src/cli/row_writer.h"
#include "src/cli/session.h"

#include <stdlib.h>
#include <unistd.h>

struct timeline {
	struct row_channel *channels;
	struct tee *files; /* beside them: the manifest wants an array of these */
	size_t count;
	struct row_writer *writer;
	bool begun; /* what stands in front of the rows is written */
};

/* Which format an output has: its suffix decides, then -t; standard output has one of its own. */
static const struct sink_class *
choose_sink(const struct options *o, const char *path, struct err *err)
{
	bool is_stdout = output_is_stdout(path);
	const struct sink_class *sink = is_stdout ? NULL : sink_for_file(path);

	if (!sink && o->type)
		sink = sink_named(o->type);
	if (!sink && is_stdout)
		sink = sink_named(isatty(STDOUT_FILENO) == 1 ? "table" : "csv");
	if (!sink)
		err_set(err, ERR_SYNTAX, 0, "%.160s: no known suffix (.csv, .json, .jsonl, .txt) and no -t", path);
	return sink;
}

static bool
open_channel(struct session *s, struct timeline *t, const char *path, struct err *err)
{
	struct row_channel *channel = &t->channels[t->count];
	bool is_stdout = output_is_stdout(path), is_table;

	channel->sink = choose_sink(s->options, path, err);
	if (!channel->sink)
		return false;
	is_table = channel->sink == &sink_table;
	channel->options = (struct sink_options){ .csv_raw = s->options->csv_raw, .bom = s->options->bom };
	if (is_stdout && is_table) {
		channel->options.width = console_width(STDOUT_FILENO);
		channel->options.color = !s->options->no_color && console_colors(STDOUT_FILENO);
	}
	channel->file = &t->files[t->count];
	t->count++;
	return tee_open(&t->files[t->count - 1], path, &s->guard, s->options->force, is_table, err) &&
	       session_accept_output(s, &t->files[t->count - 1], t->files, t->count - 1, err);
}

/* What stands in front of all rows, or behind them. */
static bool
write_edge(struct timeline *t, bool at_end, struct err *err)
{
	bool done = true;
	struct buf text;

	buf_init(&text, 1 << 20);
	for (size_t i = 0; done && i < t->count; i++) {
		const struct row_channel *channel = &t->channels[i];

		buf_reset(&text);
		if (at_end)
			channel->sink->end(&channel->options, t->files[i].told.rows, &text);
		else
			channel->sink->begin(&channel->options, &text);
		done = text.failed ? err_nomem(err) : tee_write(&t->files[i], buf_view(&text), err);
	}
	buf_fini(&text);
	return done;
}

static bool
timeline_open(struct session *s, struct timeline *t, struct err *err)
{
	static const char *const to_stdout[] = { "-" };
	const struct text_list *outputs = &s->options->outputs;
	const char *const *paths = outputs->count ? outputs->items : to_stdout;
	size_t count = outputs->count ? outputs->count : 1;

	t->channels = calloc(count, sizeof(*t->channels));
	t->files = calloc(count, sizeof(*t->files));
	if (!t->channels || !t->files)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		if (!open_channel(s, t, paths[i], err))
			return false;
	return true;
}

static void
timeline_free(struct timeline *t)
{
	free(t->channels);
	free(t->files);
}

static bool
begin_once(struct timeline *t, struct err *err)
{
	bool begun = t->begun;

	t->begun = true;
	return begun || write_edge(t, false, err);
}

static enum rule_level
level_of(const struct session *s, const struct finding *finding)
{
	size_t count = ruleset_count(s->rules);
	enum rule_level level = finding->rule < count ? ruleset_rule(s->rules, finding->rule)->level : LEVEL_NONE;

	return level == LEVEL_NONE ? LEVEL_INFORMATIONAL : level;
}

/* Counts a finding.  True when it becomes a row. */
static bool
is_shown(struct session *s, const struct finding *finding)
{
	enum rule_level level = level_of(s, finding);

	if (finding->verdict == VERDICT_UNDECIDED)
		s->findings.undecided++;
	else
		s->findings.by_level[level]++;
	if (finding->verdict != VERDICT_UNDECIDED && s->options->fail_on && level >= s->options->fail_on)
		s->outcome.findings = true;
	s->findings.below_min_level += level < s->options->min_level;
	return level >= s->options->min_level;
}

static bool
on_findings(void *context, const struct finding *list, size_t count, struct err *err)
{
	struct session *s = context;
	struct timeline *t = s->command;
	const struct finding **rows = calloc(count, sizeof(*rows));
	size_t shown = 0;
	bool done;

	if (!rows)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		if (is_shown(s, &list[i]))
			rows[shown++] = &list[i];
	done = begin_once(t, err) && row_writer_put(t->writer, rows, shown, err);
	free(rows);
	for (size_t i = 0; i < t->count; i++)
		t->files[i].told.rows += shown;
	return done;
}

/* Standard output last: once it is written, nothing can be taken back any more. */
static bool
commit(struct timeline *t, struct err *err)
{
	if (!begin_once(t, err) || !row_writer_end(t->writer, err) || !write_edge(t, true, err))
		return false;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < t->count; i++)
			if (output_is_stdout(t->files[i].path) == (round == 1) && !tee_commit(&t->files[i], err))
				return false;
	return true;
}

static bool
run(struct session *s, struct timeline *t, struct err *err)
{
	const struct scan_listener own = { .findings = on_findings };

	if (!timeline_open(s, t, err))
		return session_fail(s, err);
	t->writer = row_writer_new(t->channels, t->count, s->options->threads);
	if (!t->writer) {
		err_nomem(err);
		return session_fail(s, err);
	}
	s->command = t;
	s->outputs = t->files;
	s->output_count = t->count;
	if (!session_run(s, SCAN_FINDINGS, false, &own))
		return false;
	return commit(t, err) || session_fail(s, err);
}

enum exit_status
timeline_run(const struct invocation *call, struct text_list paths, struct ruleset *rules)
{
	struct timeline timeline = { 0 };
	enum exit_status status;
	struct err err = { 0 };
	struct session s;

	if (session_begin(&s, call, paths)) {
		s.rules = rules;
		s.outcome.losses = ruleset_count_state(rules, RULE_INVALID) > 0;
		if (!run(&s, &timeline, &err) && err.code == ERR_SYNTAX)
			s.outcome.usage = true;
	} else {
		ruleset_free(rules);
	}
	row_writer_free(timeline.writer);
	for (size_t i = 0; i < timeline.count; i++)
		tee_abandon(&timeline.files[i]);
	status = session_end(&s);
	timeline_free(&timeline);
	return status;
}
