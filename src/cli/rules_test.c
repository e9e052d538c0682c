/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage rules test RULE [FILE]: one rule against a text, events as JSON, or a log, with the reasons.  Without FILE,
 * how the rule was read.  Whatever FILE is, its bytes are looked into by a worker only. */
#include "base/buf.h"
#include "base/escape.h"
#include "base/limits.h"
#include "src/cli/rules.h"
#include "src/cli/rules_test.h"
#include "src/cli/session.h"
#include "src/cli/words.h"
#include "src/scan/aside.h"
#include "src/scan/worker_explain.h"
#include "src/sigma/reach.h"
#include "src/subject/events.h"
#include "src/subject/fields.h"
#include "src/subject/json_event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, MISSES_SHOWN = 3 };

/* ---- the rule ---- */

/* A file's rules, or those that are loaded and bear the name. */
static struct ruleset *
load_rule(const struct options *o, const char *word, struct err *err)
{
	struct options own = *o;
	const char *words[] = { word };
	struct stat st;

	if (stat(word, &st) == 0)
		own.rules = (struct text_list){ words, 1 };
	else
		own.rule_ids = (struct text_list){ words, 1 };
	own.min_level = LEVEL_NONE;
	return rules_load(&own, err);
}

static void
tell_broken(const struct test *t)
{
	for (size_t i = 0; i < ruleset_count(t->rules); i++) {
		const struct rule *rule = ruleset_rule(t->rules, i);
		bool runs = rule->state == RULE_READY || rule->state == RULE_CORRELATION || rule->state == RULE_FILTER;
		struct buf line;

		if ((runs && !rule->reason[0]) || rule->state == RULE_NOT_SELECTED)
			continue;
		buf_init(&line, 1 << 16);
		rules_line(rule, &line);
		console_say_text(t->call->console, buf_view(&line));
		buf_fini(&line);
	}
}

/* There is nothing to try. */
static enum exit_status
fail_without_rule(const struct test *t)
{
	bool filters = false, invalid = ruleset_count_state(t->rules, RULE_INVALID) > 0;

	for (size_t i = 0; i < ruleset_count(t->rules); i++)
		filters = filters || ruleset_rule(t->rules, i)->kind == RULE_OF_FILTER;
	if (filters)
		console_say(t->call->console, "a filter is tried on the rules it fits: give them with -r, and the filter by its "
			"id or title");
	else
		console_say(t->call->console, "there is no rule to try");
	return invalid ? STATUS_LOSSES : STATUS_FAILED;
}

/* ---- a text ---- */

/* What a text is the text of, where the user does not say: by category. */
static const struct {
	const char *category, *field;
} default_fields[] = {
	{ "ps_script", "ScriptBlockText" },  { "ps_module", "Payload" },
	{ "ps_classic_start", "Data" },      { "ps_classic_provider_start", "Data" },
	{ "ps_classic_script", "Data" },     { "process_creation", "CommandLine" },
	{ "dns_query", "QueryName" },        { "registry_set", "TargetObject" },
	{ "registry_event", "TargetObject" }, { "file_event", "TargetFilename" },
	{ "image_load", "ImageLoaded" },     { "network_connection", "DestinationHostname" },
	{ "pipe_created", "PipeName" },
};

static struct slice
field_of(const struct test *t, const struct rule *rule)
{
	if (t->call->options->field)
		return slice_from_text(t->call->options->field);
	for (size_t i = 0; i < ARRAY_LEN(default_fields); i++)
		if (slice_eq_nocase(rule->category, slice_from_text(default_fields[i].category)))
			return slice_from_text(default_fields[i].field);
	return SLICE("ScriptBlockText");
}

/* An event as the rule's first source would have it, with this one field. */
static bool
explain_text(const struct test *t, struct explainer *x, const struct rule *rule, struct buf *out, struct err *err)
{
	const struct mapping_source *source = reach_sources(rule) ? reach_of(rule, 0).source : NULL;
	const struct sigma_field field = { .name = field_of(t, rule), .text = t->input };
	struct sigma_field system = { .name = SLICE("EventID") };
	struct subject s = { .event = { .fields = &field, .field_count = 1, .system = &system } };
	enum verdict verdict;
	char id[16];

	if (source && source->channels.count)
		s.event.channel = source->channels.items[0];
	if (source && source->event_count) {
		s.event.event_id = source->events[0].first;
		snprintf(id, sizeof(id), "%u", s.event.event_id);
		system.text = slice_from_text(id);
		s.event.system_count = 1;
	}
	s.column[COLUMN_CHANNEL] = s.event.channel;
	return explain_subject(x, rule, &s, (struct explain_form){ .jsonl = t->jsonl }, &verdict, out, err);
}

/* ---- JSON ---- */

static bool
explain_json(const struct test *t, struct explainer *x, const struct rule *rule, struct slice line, struct arena *arena,
	struct buf *out, struct err *err)
{
	struct subject_context context = { .mapping = ruleset_mapping(t->rules) };
	struct explain_form form = { .jsonl = t->jsonl };
	struct record_field *fields;
	struct record record;
	struct subject subject;
	enum verdict verdict;
	size_t count;

	arena_reset(arena);
	if (!json_event_read(line, arena, &record, &fields, &count, err))
		return false;
	if (!subject_from_fields(&record, event_type_of(record.system.channel, record.system.provider, record.system.event_id),
			fields, count, &context, arena, &subject, err))
		return false;
	/* A part alone has no subject; here it is tried as it is. */
	if (subject.kind == SUBJECT_SCRIPT_PART &&
		!subject_from_fields(&record, NULL, fields, count, &context, arena, &subject, err))
		return false;
	if (!record.system.has.time)
		subject.column[COLUMN_TIMESTAMP] = SLICE_EMPTY;
	if (!record.system.has.record_id)
		subject.column[COLUMN_RECORD_IDS] = SLICE_EMPTY;
	form.other_source = !reach_fits(rule, record.system.channel, record.system.provider, record.system.event_id);
	return explain_subject(x, rule, &subject, form, &verdict, out, err);
}

/* One event, or one a line. */
static bool
explain_json_lines(const struct test *t, struct explainer *x, const struct rule *rule, struct buf *out, struct err *err)
{
	struct slice rest = t->input, line;
	struct arena arena;
	bool done = true;
	struct err whole = { 0 };
	size_t number = 0, before = out->len;

	arena_init(&arena, (size_t)LIMIT_TEST_TEXT * 8);
	if (!explain_json(t, x, rule, t->input, &arena, out, &whole)) {
		out->len = before;
		while (done && slice_split(&rest, '\n', &line)) {
			number++;
			if (slice_trim(line).len)
				done = explain_json(t, x, rule, line, &arena, out, err) || err_wrap(err, "line %zu", number);
		}
	}
	arena_fini(&arena);
	return done;
}

/* ---- in the worker ---- */

static bool
explain_input(void *context, struct buf *out, struct err *err)
{
	const struct test *t = context;
	struct slice begin = slice_trim(slice_sub(t->input, 0, READ_SIZE));
	bool json = !t->call->options->field && begin.len && begin.ptr[0] == '{';
	struct explainer *x = explainer_new(t->rules);
	bool done = x || err_nomem(err);

	for (size_t i = 0; done && i < ruleset_count(t->rules); i++) {
		const struct rule *rule = ruleset_rule(t->rules, i);

		if (rule->state == RULE_READY && rule->tree)
			done = json ? explain_json_lines(t, x, rule, out, err) : explain_text(t, x, rule, out, err);
	}
	explainer_free(x);
	return done;
}

static bool
test_input(struct test *t, struct err *err)
{
	struct err why = { 0 };
	struct buf out;
	bool done, said;

	buf_init(&out, TEST_OUTPUT);
	done = aside_run(explain_input, t, &out, err);
	said = tee_print(&out, !t->jsonl, &why); /* what came before it failed, too */
	buf_fini(&out);
	if (done && !said)
		*err = why;
	return done && said;
}

/* ---- a log ---- */

/* One event.  A log has thousands that do not match: after a few they are only counted, unless -v asks for all. */
static bool
on_explanation(void *context, struct slice bytes, struct err *err)
{
	struct session *s = context;
	struct test *t = s->command;
	struct buf text;
	bool done;

	if (!slice_starts_with(bytes, t->jsonl ? SLICE("{\"Verdict\":\"no match\"") : SLICE("no match:")))
		t->matches++;
	else if (t->misses++ >= MISSES_SHOWN && !s->console->verbose)
		return true;
	buf_init(&text, bytes.len + 1);
	buf_append(&text, bytes);
	done = tee_print(&text, !t->jsonl, err);
	buf_fini(&text);
	return done;
}

static enum exit_status
test_log(struct test *t, struct ruleset *rules, const char **path)
{
	const struct scan_listener own = { .dump = on_explanation };
	struct session s;

	if (!session_begin(&s, t->call, (struct text_list){ path, 1 })) {
		ruleset_free(rules);
		return session_end(&s);
	}
	s.rules = rules;
	s.command = t;
	if (session_run(&s, SCAN_EXPLAIN, false, &own) && !t->call->console->quiet)
		console_say(t->call->console, "events of the rule's log source: %llu; matches, also in part or undecided: %llu",
			(unsigned long long)(t->matches + t->misses), (unsigned long long)t->matches);
	return session_end(&s);
}

/* ---- the command ---- */

/* Folders and event logs are for the worker; only the first bytes are looked at, as a scan does. */
static bool
read_input(const char *path, struct buf *out, bool *is_log, struct err *err)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 1;
	struct stat st;

	if (fd < 0)
		return err_set_errno(err, 0, "%.160s", path);
	*is_log = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	while (!*is_log && n > 0) {
		uint8_t *room = buf_reserve(out, READ_SIZE);

		n = room ? read(fd, room, READ_SIZE) : 0;
		if (!room || (n < 0 && errno != EINTR))
			break;
		out->len += n > 0 ? (size_t)n : 0;
		n = n < 0 ? 1 : n;
		*is_log = slice_starts_with(buf_view(out), SLICE("ElfFile"));
	}
	close(fd);
	if (out->failed)
		return err_set(err, ERR_LIMIT, 0, "%.160s: more than %d bytes", path, LIMIT_TEST_TEXT);
	return n >= 0 || err_set_errno(err, 0, "%.160s", path);
}

static enum exit_status
test_file(struct test *t, struct ruleset *rules, const char **path)
{
	struct err err = { 0 };
	bool is_log = false, done, has_correlation = ruleset_count_state(rules, RULE_CORRELATION) > 0;
	struct buf input;

	buf_init(&input, LIMIT_TEST_TEXT + READ_SIZE);
	done = read_input(*path, &input, &is_log, &err);
	if (done && is_log) {
		buf_fini(&input);
		return has_correlation ? test_windows(t, rules, *path) : test_log(t, rules, path);
	}
	t->input = buf_view(&input);
	if (done && has_correlation)
		console_say(t->call->console, "a correlation is about the events of logs, and %.160s is none: what follows is about "
			"its rules alone", *path);
	done = done && test_input(t, &err);
	if (!done)
		console_say(t->call->console, "%s", err.text);
	buf_fini(&input);
	ruleset_free(rules);
	return done ? STATUS_OK : STATUS_FAILED;
}

enum exit_status
rules_test(const struct invocation *call)
{
	const struct text_list *words = &call->options->operands;
	struct err err = { 0 };
	struct ruleset *rules = load_rule(call->options, words->items[1], &err);
	struct test t = { .call = call, .rules = rules, .jsonl = strcmp(call->options->type, "jsonl") == 0 };
	enum exit_status status;
	size_t shown = 0;

	if (!rules) {
		console_say(call->console, "%s", err.text);
		return err.code == ERR_SYNTAX ? STATUS_USAGE : STATUS_FAILED;
	}
	tell_broken(&t);
	if (words->count > 2 && ruleset_count_state(rules, RULE_READY))
		return test_file(&t, rules, &words->items[2]);
	if (words->count > 2) {
		status = fail_without_rule(&t);
	} else if (!test_show(&t, &shown, &err)) {
		console_say(call->console, "%s", err.text);
		status = STATUS_FAILED;
	} else {
		status = shown ? STATUS_OK : ruleset_count_state(rules, RULE_INVALID) ? STATUS_LOSSES : STATUS_FAILED;
	}
	ruleset_free(rules);
	return status;
}
