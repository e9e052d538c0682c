/* SPDX-License-Identifier: Apache-2.0 */
/* rules test over a log with correlations among the rules: they are about many events, so what explains them are the
 * windows that held, and how much their rules found for them. */
#include "base/escape.h"
#include "src/cli/rules_test.h"
#include "src/cli/session.h"
#include "src/cli/words.h"
#include "src/sigma/correlation.h"

#include <stdlib.h>

enum { ITEMS_SHOWN = 20, WINDOW_TEXT = 1 << 30 };

/* The first items of a list column. */
static void
add_items(struct buf *out, const char *what, struct slice list)
{
	struct slice item;
	size_t count = 0;

	buf_printf(out, "  %s:", what);
	while (list.len && slice_split(&list, '\0', &item)) {
		if (count++ >= ITEMS_SHOWN)
			continue;
		buf_append_text(out, count > 1 ? ", " : " ");
		escape_terminal(out, item);
	}
	if (count > ITEMS_SHOWN)
		buf_printf(out, " ... and %zu more", count - ITEMS_SHOWN);
	buf_append_byte(out, '\n');
}

static void
window_as_text(struct buf *out, const struct rule *rule, const struct finding *f)
{
	buf_printf(out, "%s: ", verdict_name(f->verdict));
	escape_terminal(out, f->column[COLUMN_TIMESTAMP]);
	buf_append_text(out, " to ");
	escape_terminal(out, f->column[f->column[COLUMN_END_TIME].len ? COLUMN_END_TIME : COLUMN_TIMESTAMP]);
	buf_append_text(out, ": ");
	escape_terminal(out, rule->title);
	buf_append_byte(out, '\n');
	for (size_t i = 0; i < f->field_count; i++) {
		buf_append_text(out, "  ");
		escape_terminal(out, f->fields[i].name);
		buf_append_text(out, ": ");
		escape_terminal(out, f->fields[i].null ? SLICE("(the events have no such field)") : f->fields[i].text);
		buf_append_byte(out, '\n');
	}
	add_items(out, "records", f->column[COLUMN_RECORD_IDS]);
	buf_append_text(out, "  evidence: ");
	escape_terminal(out, f->column[COLUMN_EVIDENCE]);
	buf_append_byte(out, '@');
	buf_append(out, f->column[COLUMN_OFFSET]);
	buf_append_byte(out, '\n');
	if (f->column[COLUMN_SOURCES].len)
		add_items(out, "sources", f->column[COLUMN_SOURCES]);
}

static void
window_as_json(struct buf *out, const struct rule *rule, const struct finding *f)
{
	static const enum column shown[] = { COLUMN_TIMESTAMP, COLUMN_END_TIME, COLUMN_COMPUTER, COLUMN_RECORD_IDS,
		COLUMN_EVIDENCE, COLUMN_OFFSET, COLUMN_SOURCES };
	struct json j = { .out = out };

	json_begin(&j, NULL, '{');
	json_text(&j, "Verdict", slice_from_text(verdict_name(f->verdict)));
	json_text(&j, "RuleTitle", rule->title);
	json_text(&j, "RuleId", rule->id);
	json_path(&j, "RuleFile", rule->file);
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		json_column(&j, shown[i], f->column[shown[i]]);
	json_begin(&j, "Window", '[');
	for (size_t i = 0; i < f->field_count; i++) {
		json_begin(&j, NULL, '{');
		json_text(&j, "Field", f->fields[i].name);
		if (f->fields[i].null)
			json_null(&j, "Text");
		else
			json_text(&j, "Text", f->fields[i].text);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
	buf_append_byte(out, '\n');
}

static bool
on_finding(void *context, const struct finding *f, struct err *err)
{
	struct session *s = context;
	struct test *t = s->command;
	const struct rule *rule;
	struct buf text;
	bool done;

	if (f->rule >= ruleset_count(s->rules))
		return true;
	rule = ruleset_rule(s->rules, f->rule);
	t->found[f->rule] += f->verdict != VERDICT_UNDECIDED;
	if (rule->kind != RULE_OF_CORRELATION)
		return true;
	buf_init(&text, WINDOW_TEXT);
	(t->jsonl ? window_as_json : window_as_text)(&text, rule, f);
	done = tee_print(&text, !t->jsonl, err);
	buf_fini(&text);
	return done;
}

static bool
on_findings(void *context, const struct finding *list, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!on_finding(context, &list[i], err))
			return false;
	return true;
}

/* "Guessing: 2 windows hold; its rules found: Logon failed 6, Logon 1". */
static void
tell_rule(const struct session *s, size_t index)
{
	const struct rule *rule = ruleset_rule(s->rules, index);
	const struct correlation *c = rule->correlation;
	const struct test *t = s->command;
	struct buf line;

	buf_init(&line, 1 << 20);
	buf_append(&line, rule->title);
	buf_append_text(&line, ": ");
	words_count(&line, t->found[index], "window");
	buf_append_text(&line, t->found[index] == 1 ? " holds" : " hold");
	for (size_t i = 0; i < c->member_count; i++) {
		buf_append_text(&line, i ? ", " : "; its rules found: ");
		buf_append(&line, ruleset_rule(s->rules, c->members[i].rule)->title);
		buf_append_byte(&line, ' ');
		buf_thousands(&line, t->found[c->members[i].rule]);
	}
	console_say_text(s->console, buf_view(&line));
	buf_fini(&line);
}

enum exit_status
test_windows(struct test *t, struct ruleset *rules, const char *path)
{
	const struct scan_listener own = { .findings = on_findings };
	enum exit_status status;
	struct session s;

	ruleset_keep_all(rules);
	t->found = calloc(ruleset_count(rules) + 1, sizeof(*t->found));
	if (!session_begin(&s, t->call, (struct text_list){ &path, 1 }) || !t->found) {
		ruleset_free(rules);
		if (!t->found)
			session_fail(&s, &(struct err){ .code = ERR_NOMEM, .text = "out of memory" });
		free(t->found);
		return session_end(&s);
	}
	s.rules = rules;
	s.command = t;
	if (session_run(&s, SCAN_FINDINGS, false, &own) && !t->call->console->quiet)
		for (size_t i = 0; i < ruleset_count(rules); i++)
			if (ruleset_rule(rules, i)->state == RULE_CORRELATION)
				tell_rule(&s, i);
	status = session_end(&s);
	free(t->found);
	return status;
}
