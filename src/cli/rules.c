/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/rules.h"

#include "src/cli/words.h"
#include "src/sigma/select.h"

#include <stdlib.h>

enum { RULES_TOLD = 5 };

static bool
add_rules(const struct options *options, struct ruleset *rules, struct err *err)
{
	if (!options->rules.count)
		return ruleset_add_default(rules, err);
	for (size_t i = 0; i < options->rules.count; i++) {
		const char *path = options->rules.items[i];

		if (!(strcmp(path, "default") == 0 ? ruleset_add_default(rules, err) :
			ruleset_add_path(rules, path, err)))
			return err_wrap(err, "rules");
	}
	return true;
}

static bool
add_settings(const struct options *o, struct ruleset *rules, struct err *err)
{
	for (size_t i = 0; i < o->mappings.count; i++)
		if (!ruleset_add_mapping_file(rules, o->mappings.items[i], err))
			return err_wrap(err, "mapping");
	for (size_t i = 0; i < o->placeholders.count; i++) {
		const char *pair = o->placeholders.items[i], *equals = strchr(pair, '=');

		if (!ruleset_add_placeholder_file(rules, slice_from(pair, (size_t)(equals - pair)), equals + 1, err))
			return err_wrap(err, "expand");
	}
	return true;
}

enum { LISTS = 5 };

/* The words of the lists as slices in one array, which the caller frees. */
static struct slice *
words_of(const struct text_list *const *lists, struct rule_list *const *out)
{
	struct slice *items;
	size_t count = 0, n = 0;

	for (size_t i = 0; i < LISTS; i++)
		count += lists[i]->count;
	items = calloc(count + 1, sizeof(*items));
	for (size_t i = 0; items && i < LISTS; i++) {
		*out[i] = (struct rule_list){ items + n, lists[i]->count };
		for (size_t k = 0; k < lists[i]->count; k++)
			items[n++] = slice_from_text(lists[i]->items[k]);
	}
	return items;
}

/* scan's --min-level is about what is written: its rules run, so that --fail-on counts what they find. */
static bool
select_rules(const struct options *o, struct ruleset *rules, struct err *err)
{
	struct rule_selection s = { .min_level = o->command == COMMAND_RULES ? o->min_level : LEVEL_NONE };
	const struct text_list *const lists[LISTS] = { &o->statuses, &o->tags, &o->logsources, &o->rule_ids,
		&o->excluded_rules };
	struct rule_list *const out[LISTS] = { &s.statuses, &s.tags, &s.logsources, &s.ids, &s.excluded };
	struct slice *words = words_of(lists, out);
	bool done = words ? ruleset_select(rules, &s, err) : err_nomem(err);

	free(words);
	return done;
}

static struct ruleset *
load(const struct options *options, bool (*finish)(struct ruleset *rules, struct err *err), struct err *err)
{
	struct ruleset *rules = ruleset_new();

	if (!rules) {
		err_nomem(err);
		return NULL;
	}
	if (add_settings(options, rules, err) && add_rules(options, rules, err) && select_rules(options, rules, err) &&
		finish(rules, err))
		return rules;
	ruleset_free(rules);
	return NULL;
}

struct ruleset *
rules_load(const struct options *options, struct err *err)
{
	return load(options, ruleset_close, err);
}

struct ruleset *
rules_load_to_look(const struct options *options, struct err *err)
{
	return load(options, ruleset_link, err);
}

void
rules_line(const struct rule *rule, struct buf *out)
{
	buf_append(out, rule->file);
	if (rule->line)
		buf_printf(out, ":%u", rule->line);
	buf_printf(out, ": %s", rule->reason[0] ? rule->reason : rule_state_name(rule->state));
}

static bool
is_invalid(const struct rule *rule)
{
	return rule->state == RULE_INVALID;
}

/* A filter that fits nothing, or not all it names: what was to be left out is not. */
static bool
is_idle_filter(const struct rule *rule)
{
	return rule->kind == RULE_OF_FILTER && rule->reason[0] &&
		(rule->state == RULE_FILTER || rule->state == RULE_UNSUPPORTED);
}

static bool
is_unsupported(const struct rule *rule)
{
	return rule->state == RULE_UNSUPPORTED && !is_idle_filter(rule);
}

static void
tell_rules(const struct ruleset *rules, bool (*is_meant)(const struct rule *rule), const char *what,
	const char *noun, struct console *console)
{
	size_t left = 0, told = 0;
	struct buf line;

	for (size_t i = 0; i < ruleset_count(rules); i++)
		left += is_meant(ruleset_rule(rules, i));
	buf_init(&line, 1 << 20);
	for (size_t i = 0; left && i < ruleset_count(rules) && (console->verbose || told < RULES_TOLD); i++) {
		const struct rule *rule = ruleset_rule(rules, i);

		if (!is_meant(rule))
			continue;
		buf_reset(&line);
		buf_printf(&line, "%s%s: ", what, noun);
		rules_line(rule, &line);
		console_say_text(console, buf_view(&line));
		told++;
		left--;
	}
	if (left) {
		buf_reset(&line);
		buf_append_text(&line, "... and ");
		buf_thousands(&line, left);
		buf_printf(&line, " more %s (-v or 'evtriage rules check' shows them)", what);
		console_say_text(console, buf_view(&line));
	}
	buf_fini(&line);
}

void
rules_tell_excluded(const struct options *options, const struct ruleset *rules, struct console *console)
{
	for (size_t i = 0; i < options->excluded_rules.count; i++)
		if (!ruleset_has(rules, slice_from_text(options->excluded_rules.items[i])))
			console_say(console, "--exclude-rule %.100s: there is no such rule", options->excluded_rules.items[i]);
}

void
rules_tell(const struct ruleset *rules, struct console *console)
{
	tell_rules(rules, is_invalid, "invalid", " rule", console);
	tell_rules(rules, is_idle_filter, "idle filter", "", console);
	if (console->verbose)
		tell_rules(rules, is_unsupported, "unsupported", " rule", console);
}
