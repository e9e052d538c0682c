/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/timeline.h"

#include "src/cli/session.h"
#include "src/output/sink.h"

#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_AT = 256 * 1024 };

struct timeline {
	struct channel {
		const struct sink_class *sink;
		struct sink_options options;
		struct buf text;
	} *channels;
	struct tee *files; /* beside them: the manifest wants an array of these */
	size_t count;
};

/* Which format an output has: its suffix decides, then -t; standard output has one of its own. */
static const struct sink_class *
choose_sink(const struct options *o, const char *path, struct err *err)
{
	bool is_stdout = strcmp(path, "-") == 0;
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
	struct channel *channel = &t->channels[t->count];
	bool is_stdout = strcmp(path, "-") == 0, is_table;

	channel->sink = choose_sink(s->options, path, err);
	if (!channel->sink)
		return false;
	is_table = channel->sink == &sink_table;
	channel->options = (struct sink_options){ .csv_raw = s->options->csv_raw, .bom = s->options->bom };
	if (is_stdout && is_table) {
		channel->options.width = console_width(STDOUT_FILENO);
		channel->options.color = !s->options->no_color && console_colors(STDOUT_FILENO);
	}
	buf_init(&channel->text, 1 << 30);
	t->count++;
	return tee_open(&t->files[t->count - 1], path, &s->guard, s->options->force, is_table, err) &&
	       session_accept_output(s, &t->files[t->count - 1], t->files, t->count - 1, err);
}

static bool
flush(struct timeline *t, size_t i, struct err *err)
{
	struct channel *channel = &t->channels[i];
	bool done = channel->text.failed ? err_nomem(err) : tee_write(&t->files[i], buf_view(&channel->text), err);

	buf_reset(&channel->text);
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
	for (size_t i = 0; i < t->count; i++) {
		tee_abandon(&t->files[i]);
		buf_fini(&t->channels[i].text);
	}
	free(t->channels);
	free(t->files);
}

static enum rule_level
level_of(const struct session *s, const struct finding *finding)
{
	size_t count = ruleset_count(s->rules);
	enum rule_level level = finding->rule < count ? ruleset_rule(s->rules, finding->rule)->level : LEVEL_NONE;

	return level == LEVEL_NONE ? LEVEL_INFORMATIONAL : level;
}

static bool
on_finding(void *context, const struct finding *finding, struct err *err)
{
	struct session *s = context;
	struct timeline *t = s->command;
	enum rule_level level = level_of(s, finding);

	if (finding->verdict == VERDICT_UNDECIDED)
		s->findings.undecided++;
	else
		s->findings.by_level[level]++;
	if (finding->verdict != VERDICT_UNDECIDED && s->options->fail_on && level >= s->options->fail_on)
		s->outcome.findings = true;
	if (level < s->options->min_level) {
		s->findings.below_min_level++;
		return true;
	}
	for (size_t i = 0; i < t->count; i++) {
		struct channel *channel = &t->channels[i];

		channel->sink->finding(&channel->options, finding, t->files[i].told.rows++, &channel->text);
		if (channel->text.len >= FLUSH_AT && !flush(t, i, err))
			return false;
	}
	return true;
}

/* Standard output last: once it is written, nothing can be taken back any more. */
static bool
commit(struct timeline *t, struct err *err)
{
	for (size_t i = 0; i < t->count; i++) {
		struct channel *channel = &t->channels[i];

		channel->sink->end(&channel->options, t->files[i].told.rows, &channel->text);
		if (!flush(t, i, err))
			return false;
	}
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < t->count; i++)
			if ((strcmp(t->files[i].path, "-") == 0) == (round == 1) && !tee_commit(&t->files[i], err))
				return false;
	return true;
}

static bool
run(struct session *s, struct timeline *t, struct err *err)
{
	const struct scan_listener own = { .finding = on_finding };

	if (!timeline_open(s, t, err))
		return session_fail(s, err);
	for (size_t i = 0; i < t->count; i++)
		t->channels[i].sink->begin(&t->channels[i].options, &t->channels[i].text);
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
	for (size_t i = 0; i < timeline.count; i++)
		tee_abandon(&timeline.files[i]);
	status = session_end(&s);
	timeline_free(&timeline);
	return status;
}
