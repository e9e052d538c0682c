/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage rules check: what becomes of every rule file: it runs, or why it does not; where a source has not all the
 * fields a rule asks for; and with --evidence, which rules have no log there. */
#include "base/escape.h"
#include "src/cli/rules.h"
#include "src/cli/rules_commands.h"
#include "src/cli/session.h"
#include "src/cli/words.h"
#include "src/sigma/reach.h"

struct check {
	const struct invocation *call;
	const struct ruleset *rules;
	bool has_evidence;
	struct table channels;     /* that its records name */
	struct buf text;
	struct buf reason;         /* of the rule at hand */
	size_t states[RULE_STATES], not_applicable;
	bool jsonl;
};

/* ---- what a rule is about ---- */

static bool
is_there(const struct check *c, const struct mapping_source *source)
{
	for (size_t i = 0; i < c->channels.count; i++)
		if (mapping_source_in_channel(source, c->channels.entries[i].key))
			return true;
	return !c->has_evidence;
}

static bool
list_channels(struct check *c, const struct coverage *coverage, struct err *err)
{
	c->has_evidence = true;
	for (size_t i = 0; i < coverage_count(coverage); i++)
		if (coverage_at(coverage, i)->records && !table_add(&c->channels, coverage_at(coverage, i)->channel, 0, NULL))
			return err_nomem(err);
	return true;
}

static void
add_list(struct buf *out, const struct slice *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_append_text(out, ", ");
		buf_append(out, items[i]);
	}
}

/* Why a rule that was loaded can find nothing: no log holds it, the evidence has none of its logs, or the logs lack
 * what it needs.  Left in c->reason; false when it can find something. */
static bool
is_not_applicable(struct check *c, const struct rule *rule)
{
	size_t sources = reach_sources(rule), there = 0, never = 0;
	struct slice about = SLICE_EMPTY;

	buf_reset(&c->reason);
	if (reach_no_log(rule, &about)) {
		buf_append(&c->reason, about.len ? about : SLICE("no event log holds it"));
		return true;
	}
	for (size_t i = 0; i < sources; i++) {
		struct source_reach r = reach_of(rule, i);

		if (!is_there(c, r.source))
			continue;
		there++;
		never += r.reach == REACH_NEVER;
	}
	if (sources == 0 || (there && never < there))
		return false;
	if (there) {
		buf_append_text(&c->reason, "none of its logs can hold what it needs");
		return true;
	}
	buf_append_text(&c->reason, "no record of ");
	for (size_t i = 0; i < sources; i++) {
		if (i)
			buf_append_text(&c->reason, ", ");
		add_list(&c->reason, reach_of(rule, i).source->channels.items, reach_of(rule, i).source->channels.count);
	}
	return true;
}

/* ---- as a table ---- */

static bool
runs(const struct rule *rule)
{
	return rule->state == RULE_READY || rule->state == RULE_CORRELATION || rule->state == RULE_FILTER;
}

static void
add_line(struct check *c, const struct rule *rule, const char *state, struct slice reason)
{
	struct buf line;

	buf_init(&line, 1 << 20);
	buf_append(&line, rule->file);
	if (rule->line && (!runs(rule) || rule->reason[0]))
		buf_printf(&line, ":%u", rule->line);
	buf_append_text(&line, ": ");
	buf_append(&line, reason.len ? reason : rule->title);
	rules_cell(&c->text, slice_from_text(state), 14);
	escape_terminal(&c->text, buf_view(&line));
	buf_append_byte(&c->text, '\n');
	buf_fini(&line);
}

/* What never holds is told; what holds in part only with -v, as every second rule for process creations does. */
static void
add_sources(struct check *c, const struct rule *rule)
{
	for (size_t i = 0; i < reach_sources(rule); i++) {
		struct source_reach r = reach_of(rule, i);

		if (r.reach == REACH_WHOLE || (r.reach == REACH_PART && !c->call->console->verbose) || !is_there(c, r.source))
			continue;
		rules_cell(&c->text, SLICE(" "), 14);
		escape_terminal(&c->text, r.source->name);
		buf_append_text(&c->text, r.reach == REACH_NEVER ? ": cannot hold, " : ": in part, ");
		buf_append_text(&c->text, r.missing_count ? "has no " : "its events have other ids");
		for (size_t k = 0; k < r.missing_count; k++) {
			buf_append_text(&c->text, k ? ", " : "");
			escape_terminal(&c->text, r.missing[k]);
		}
		buf_append_byte(&c->text, '\n');
	}
}

static void
add_notices(struct check *c, const struct rule *rule)
{
	for (const struct rule_notice *n = rule->notices; n; n = n->next) {
		rules_cell(&c->text, SLICE(" "), 14);
		buf_printf(&c->text, "notice, line %u: ", n->line);
		escape_terminal(&c->text, n->text);
		buf_append_byte(&c->text, '\n');
	}
}

/* ---- as JSON lines ---- */

static void
add_object(struct check *c, const struct rule *rule, const char *state, struct slice reason)
{
	struct json j = { .out = &c->text };

	json_begin(&j, NULL, '{');
	rules_json_members(&j, rule, state, reason);
	json_begin(&j, "Sources", '[');
	for (size_t i = 0; i < reach_sources(rule); i++) {
		struct source_reach r = reach_of(rule, i);

		json_begin(&j, NULL, '{');
		json_text(&j, "Source", r.source->name);
		json_text(&j, "Reach", slice_from_text(reach_name(r.reach)));
		if (c->has_evidence)
			json_bool(&j, "InEvidence", is_there(c, r.source));
		json_begin(&j, "Missing", '[');
		for (size_t k = 0; k < r.missing_count; k++)
			json_text(&j, NULL, r.missing[k]);
		json_end(&j, ']');
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_begin(&j, "Notices", '[');
	for (const struct rule_notice *n = rule->notices; n; n = n->next) {
		json_begin(&j, NULL, '{');
		json_number(&j, "Line", n->line);
		json_text(&j, "Text", n->text);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
	buf_append_byte(&c->text, '\n');
}

/* ---- the command ---- */

static void
check_rule(struct check *c, const struct rule *rule)
{
	bool idle = rule->state == RULE_READY && is_not_applicable(c, rule);
	const char *state = idle ? "not applicable" : rule_state_name(rule->state);
	struct slice reason = idle ? buf_view(&c->reason) : slice_from_text(rule->reason);

	if (idle)
		c->not_applicable++;
	else
		c->states[rule->state]++;
	if (c->jsonl) {
		add_object(c, rule, state, reason);
		return;
	}
	add_line(c, rule, state, reason);
	if (rule->state != RULE_READY)
		return;
	add_sources(c, rule);
	add_notices(c, rule);
}

static void
add_count(struct buf *line, size_t count, const char *state)
{
	if (count == 0)
		return;
	buf_append_text(line, ", ");
	buf_thousands(line, count);
	buf_printf(line, " %s", state);
}

static void
tell_states(const struct check *c)
{
	struct buf line;

	if (c->call->console->quiet)
		return;
	buf_init(&line, 1 << 10);
	words_count(&line, ruleset_count(c->rules), "rule");
	buf_append_text(&line, ": ");
	buf_thousands(&line, c->states[RULE_READY]);
	buf_printf(&line, " %s", rule_state_name(RULE_READY));
	for (int i = RULE_READY + 1; i < RULE_STATES; i++)
		add_count(&line, c->states[i], rule_state_name((enum rule_state)i));
	add_count(&line, c->not_applicable, "not applicable");
	console_say_text(c->call->console, buf_view(&line));
	buf_fini(&line);
}

static bool
check_all(struct check *c, struct err *err)
{
	for (size_t i = 0; i < ruleset_count(c->rules); i++)
		check_rule(c, ruleset_rule(c->rules, i));
	if (c->text.failed || c->reason.failed)
		return err_nomem(err);
	return tee_print(&c->text, !c->jsonl, err);
}

/* Reads the evidence only to know its channels; the session owns the rules from here on. */
static enum exit_status
check_with_evidence(struct check *c, struct ruleset *rules)
{
	const struct scan_listener own = { 0 };
	struct err err = { 0 };
	struct session s;

	if (!session_begin(&s, c->call, c->call->options->evidence)) {
		ruleset_free(rules);
		return session_end(&s);
	}
	s.rules = rules;
	s.outcome.losses = ruleset_count_state(rules, RULE_INVALID) > 0;
	if (session_run(&s, SCAN_INFO, false, &own)) {
		if (list_channels(c, s.summary.coverage, &err) && check_all(c, &err))
			tell_states(c);
		else
			session_fail(&s, &err);
	}
	return session_end(&s);
}

static enum exit_status
check_alone(struct check *c, struct ruleset *rules)
{
	bool invalid = ruleset_count_state(rules, RULE_INVALID) > 0;
	struct err err = { 0 };
	bool done = check_all(c, &err);

	if (done)
		tell_states(c);
	else
		console_say(c->call->console, "%s", err.text);
	ruleset_free(rules);
	return !done ? STATUS_FAILED : invalid ? STATUS_LOSSES : STATUS_OK;
}

enum exit_status
rules_check(const struct invocation *call)
{
	struct err err = { 0 };
	struct ruleset *rules = rules_load_to_look(call->options, &err);
	struct check c = { .call = call, .rules = rules, .jsonl = strcmp(call->options->type, "jsonl") == 0 };
	enum exit_status status;

	if (!rules) {
		console_say(call->console, "%s", err.text);
		return err.code == ERR_SYNTAX ? STATUS_USAGE : STATUS_FAILED;
	}
	rules_tell_excluded(call->options, rules, call->console);
	buf_init(&c.text, 1 << 30);
	buf_init(&c.reason, 1 << 20);
	table_init(&c.channels);
	status = call->options->evidence.count ? check_with_evidence(&c, rules) : check_alone(&c, rules);
	buf_fini(&c.text);
	buf_fini(&c.reason);
	table_fini(&c.channels);
	return status;
}
