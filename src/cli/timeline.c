/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/timeline.h"

#include "src/cli/session.h"
#include "src/output/sink.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_AT = 256 * 1024, WORTH_A_THREAD = 8 };

struct timeline {
	struct channel {
		const struct sink_class *sink;
		struct sink_options options;
		struct buf text;
		struct buf behind; /* what the second thread writes */
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
	buf_init(&channel->behind, 1 << 30);
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
		buf_fini(&t->channels[i].behind);
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

/* Rows that go to all channels; `second`: behind those that another thread writes meanwhile. */
struct share {
	struct timeline *timeline;
	const struct finding *const *rows;
	size_t begin, end;
	bool second;
};

static void *
write_share(void *context)
{
	const struct share *share = context;
	struct timeline *t = share->timeline;

	for (size_t i = 0; i < t->count; i++) {
		struct channel *channel = &t->channels[i];

		for (size_t k = share->begin; k < share->end; k++)
			channel->sink->finding(&channel->options, share->rows[k], t->files[i].told.rows + k,
				share->second ? &channel->behind : &channel->text);
	}
	return NULL;
}

/* Signals are for the thread that was there before. */
static bool
start_second(pthread_t *thread, struct share *share)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	if (pthread_sigmask(SIG_BLOCK, &all, &before) != 0)
		return false;
	started = pthread_create(thread, NULL, write_share, share) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

/* By now all workers have ended, and writing rows is all that is left: a second thread takes half of them. */
static void
write_rows(const struct session *s, struct timeline *t, const struct finding *const *rows, size_t count)
{
	size_t middle = s->options->threads == 1 || count < WORTH_A_THREAD ? count : count / 2;
	struct share first = { t, rows, 0, middle, false }, second = { t, rows, middle, count, true };
	pthread_t thread;
	bool shared = middle < count && start_second(&thread, &second);

	write_share(&first);
	if (shared)
		pthread_join(thread, NULL);
	else
		write_share(&second);
	for (size_t i = 0; i < t->count; i++) {
		struct channel *channel = &t->channels[i];

		buf_append(&channel->text, buf_view(&channel->behind));
		channel->text.failed |= channel->behind.failed;
		buf_reset(&channel->behind);
		t->files[i].told.rows += count;
	}
}

static bool
on_findings(void *context, const struct finding *list, size_t count, struct err *err)
{
	struct session *s = context;
	struct timeline *t = s->command;
	const struct finding **rows = calloc(count, sizeof(*rows));
	size_t shown = 0;

	if (!rows)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		if (is_shown(s, &list[i]))
			rows[shown++] = &list[i];
	write_rows(s, t, rows, shown);
	free(rows);
	for (size_t i = 0; i < t->count; i++)
		if (t->channels[i].text.len >= FLUSH_AT && !flush(t, i, err))
			return false;
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
	const struct scan_listener own = { .findings = on_findings };

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
