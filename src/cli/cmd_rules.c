/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage rules: what would run (list), what would not and why (check), why a rule holds or not (test), and the shipped
 * pack as files (export). */
#include "base/escape.h"
#include "src/cli/commands.h"
#include "src/cli/folder.h"
#include "src/cli/rules.h"
#include "src/cli/rules_commands.h"
#include "src/cli/tee.h"
#include "src/cli/words.h"

#include <stdlib.h>

/* ---- list ---- */

struct listed {
	const struct rule *rule;
	size_t index; /* in the rule set: keeps rules of one title in order */
};

static bool
runs(const struct rule *rule)
{
	return rule->state == RULE_READY || rule->state == RULE_CORRELATION || rule->state == RULE_FILTER;
}

static int
compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int by_level = (int)y->rule->level - (int)x->rule->level;
	int by_title = slice_cmp(x->rule->title, y->rule->title);

	if (by_level || by_title)
		return by_level ? by_level : by_title;
	return x->index < y->index ? -1 : 1;
}

static void
add_log(struct buf *out, const struct rule *rule)
{
	const struct slice parts[] = { rule->product, rule->category, rule->service };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (i)
			buf_append_byte(out, '/');
		escape_terminal(out, parts[i].len ? parts[i] : SLICE("*"));
	}
}

static void
add_logsource(struct buf *out, const struct rule *rule)
{
	if (rule->kind == RULE_OF_CORRELATION) {
		buf_append_text(out, "correlation");
		return;
	}
	add_log(out, rule);
	if (rule->kind == RULE_OF_FILTER)
		buf_append_text(out, " (filter)");
}

void
rules_cell(struct buf *out, struct slice text, size_t width)
{
	size_t begin = out->len;

	escape_terminal(out, text.len ? text : SLICE("-"));
	while (out->len < begin + width && !out->failed)
		buf_append_byte(out, ' ');
	buf_append_text(out, "  ");
}

static void
rule_as_text(struct buf *out, const struct rule *rule)
{
	rules_cell(out, rule->id, 36);
	rules_cell(out, slice_from_text(rule_level_name(rule->level)), 13);
	rules_cell(out, rule->status, 12);
	add_logsource(out, rule);
	buf_append_text(out, "  ");
	escape_terminal(out, rule->title);
	buf_append_byte(out, '\n');
}

void
rules_json_members(struct json *j, const struct rule *rule, const char *state, struct slice reason)
{
	json_text(j, "Id", rule->id);
	json_text(j, "Name", rule->name);
	json_text(j, "Title", rule->title);
	json_text(j, "Kind", slice_from_text(rule_kind_name(rule->kind)));
	json_text(j, "Level", slice_from_text(rule_level_name(rule->level)));
	json_text(j, "Status", rule->status);
	json_text(j, "Product", rule->product);
	json_text(j, "Category", rule->category);
	json_text(j, "Service", rule->service);
	json_text(j, "State", slice_from_text(state));
	if (reason.len)
		json_text(j, "Reason", reason);
	json_path(j, "File", rule->file);
	json_number(j, "Line", rule->line);
	json_digest(j, "Sha256", rule->sha256);
}

static void
rule_as_json(struct buf *out, const struct rule *rule)
{
	struct json j = { .out = out };

	json_begin(&j, NULL, '{');
	rules_json_members(&j, rule, rule_state_name(rule->state), slice_from_text(rule->reason));
	json_end(&j, '}');
	buf_append_byte(out, '\n');
}

static bool
list_rules(const struct ruleset *rules, bool jsonl, struct buf *out)
{
	size_t count = ruleset_count(rules), used = 0;
	struct listed *listed = calloc(count + 1, sizeof(*listed));

	if (!listed)
		return false;
	for (size_t i = 0; i < count; i++)
		if (runs(ruleset_rule(rules, i)))
			listed[used++] = (struct listed){ ruleset_rule(rules, i), i };
	if (used)
		qsort(listed, used, sizeof(*listed), compare_listed);
	for (size_t i = 0; i < used; i++)
		(jsonl ? rule_as_json : rule_as_text)(out, listed[i].rule);
	free(listed);
	return true;
}

static enum exit_status
rules_list(const struct invocation *call)
{
	struct err err = { 0 };
	struct ruleset *rules = rules_load_to_look(call->options, &err);
	bool jsonl = strcmp(call->options->type, "jsonl") == 0, invalid = false, done;
	struct buf text;

	buf_init(&text, 1 << 30);
	done = rules && (list_rules(rules, jsonl, &text) || err_nomem(&err)) && tee_print(&text, !jsonl, &err);
	if (done) {
		invalid = ruleset_count_state(rules, RULE_INVALID) > 0;
		rules_tell_excluded(call->options, rules, call->console);
		rules_tell(rules, call->console);
	} else {
		console_say(call->console, "%s", err.text);
	}
	buf_fini(&text);
	ruleset_free(rules);
	return !done ? err.code == ERR_SYNTAX ? STATUS_USAGE : STATUS_FAILED : invalid ? STATUS_LOSSES : STATUS_OK;
}

/* ---- export ---- */

static bool
export_pack(const struct invocation *call, const char *path, size_t *count, struct err *err)
{
	struct slice name, text;
	struct folder folder;
	char file[256];
	bool done = folder_begin(&folder, path, NULL, call->options->force, err);

	for (*count = 0; done && ruleset_pack_file(*count, &name, &text); ++*count) {
		done = name.len < sizeof(file) || err_set(err, ERR_LIMIT, 0, "a rule file's name is too long");
		if (!done)
			break;
		memcpy(file, name.ptr, name.len);
		file[name.len] = '\0';
		done = folder_write(&folder, file, text, err);
	}
	done = done && folder_commit(&folder, err);
	folder_end(&folder);
	return done;
}

static enum exit_status
export(const struct invocation *call)
{
	struct err err = { 0 };
	size_t count;

	if (!export_pack(call, call->options->operands.items[1], &count, &err)) {
		console_say(call->console, "%s", err.text);
		return STATUS_FAILED;
	}
	if (!call->console->quiet)
		console_say(call->console, "rule files written to %s: %zu", call->options->operands.items[1], count);
	return STATUS_OK;
}

enum exit_status
cmd_rules(const struct invocation *call)
{
	const struct text_list *words = &call->options->operands;
	const char *what = words->items[0];

	if (strcmp(what, "list") == 0 && words->count == 1)
		return rules_list(call);
	if (strcmp(what, "check") == 0 && words->count == 1)
		return rules_check(call);
	if (strcmp(what, "test") == 0 && (words->count == 2 || words->count == 3))
		return rules_test(call);
	if (strcmp(what, "export") == 0 && words->count == 2)
		return export(call);
	console_say(call->console, "usage: evtriage rules list|check [-r RULES]..., evtriage rules test RULE [FILE], "
		"or: evtriage rules export DIR");
	return STATUS_USAGE;
}
