/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/select.h"

#include "base/limits.h"
#include "src/sigma/correlation.h"
#include "src/sigma/link.h"
#include "src/sigma/set.h"

#include <stdlib.h>

/* "rules/execution/name.yml" is known as "name.yml" and as "name". */
static bool
is_file_called(struct slice file, struct slice word)
{
	size_t at = file.len, end = file.len;

	while (at && file.ptr[at - 1] != '/' && file.ptr[at - 1] != ':')
		at--;
	for (size_t i = at; i < file.len; i++)
		if (file.ptr[i] == '.')
			end = i;
	return slice_eq_nocase(slice_sub(file, at, file.len - at), word) || slice_eq_nocase(slice_sub(file, at, end - at), word);
}

static bool
is_called(const struct rule *rule, struct slice word)
{
	return slice_eq_nocase(rule->id, word) || slice_eq_nocase(rule->title, word) || is_file_called(rule->file, word);
}

static bool
is_called_one_of(const struct rule *rule, const struct rule_list *words)
{
	for (size_t i = 0; i < words->count; i++)
		if (is_called(rule, words->items[i]))
			return true;
	return false;
}

/* The tag itself, or one of its parts behind a dot. */
static bool
tag_fits(struct slice tag, struct slice word)
{
	return slice_eq_nocase(slice_sub(tag, 0, word.len), word) && (tag.len == word.len || tag.ptr[word.len] == '.');
}

static bool
has_tag(const struct rule *rule, struct slice word)
{
	for (size_t i = 0; i < rule->tags.count; i++) {
		struct slice tag = rule->tags.items[i];

		if (tag_fits(tag, word) || (slice_starts_with(tag, SLICE("attack.")) && tag_fits(slice_sub(tag, 7, tag.len), word)))
			return true;
	}
	return false;
}

static bool
has_one_of(const struct rule *rule, const struct rule_list *words, bool (*has)(const struct rule *rule, struct slice word))
{
	for (size_t i = 0; i < words->count; i++)
		if (has(rule, words->items[i]))
			return true;
	return words->count == 0;
}

static bool
has_status(const struct rule *rule, struct slice word)
{
	return slice_eq_nocase(rule->status, word);
}

static bool
has_logsource(const struct rule *rule, struct slice word)
{
	return slice_eq_nocase(rule->category, word) || slice_eq_nocase(rule->service, word) ||
		slice_eq_nocase(rule->product, word);
}

static bool
is_selected(const struct rule *rule, const struct rule_selection *s)
{
	enum rule_level level = rule->level == LEVEL_NONE ? LEVEL_INFORMATIONAL : rule->level;

	return level >= s->min_level && has_one_of(rule, &s->statuses, has_status) && has_one_of(rule, &s->tags, has_tag) &&
		has_one_of(rule, &s->logsources, has_logsource) && has_one_of(rule, &s->ids, is_called) &&
		!is_called_one_of(rule, &s->excluded);
}

bool
ruleset_has(const struct ruleset *set, struct slice word)
{
	for (size_t i = 0; i < ruleset_count(set); i++)
		if (is_called(ruleset_rule(set, i), word))
			return true;
	return false;
}

static bool
is_choosable(const struct rule *rule)
{
	return rule->state == RULE_READY || rule->state == RULE_CORRELATION;
}

/* What a chosen correlation refers to runs as well; correlations it refers to may refer to others.  True when that
 * brought in another one. */
static bool
choose_members(const struct ruleset *set, const struct correlation *c, bool *chosen)
{
	bool more = false;

	for (size_t m = 0; m < c->member_count; m++) {
		for (size_t i = 0; i < set->count; i++) {
			const struct rule *rule = set->entries[i].rule;

			if (chosen[i] || !(slice_eq_nocase(rule->id, c->members[m].reference) ||
				slice_eq(rule->name, c->members[m].reference)))
				continue;
			chosen[i] = true;
			more = more || rule->state == RULE_CORRELATION;
		}
	}
	return more;
}

static void
choose_needed(const struct ruleset *set, bool *chosen)
{
	bool more = true;

	for (int round = 0; more && round <= LIMIT_CORRELATION_DEPTH; round++) {
		more = false;
		for (size_t i = 0; i < set->count; i++)
			if (chosen[i] && set->entries[i].rule->state == RULE_CORRELATION)
				more |= choose_members(set, set->entries[i].rule->correlation, chosen);
	}
}

/* A filter that is chosen by name has no findings of its own: what it can be part of is chosen. */
static void
choose_filtered(const struct ruleset *set, const struct rule_selection *selection, bool *chosen)
{
	for (size_t f = 0; f < set->count && selection->ids.count; f++) {
		const struct rule *filter = set->entries[f].rule;

		if (filter->state != RULE_FILTER || !is_called_one_of(filter, &selection->ids))
			continue;
		for (size_t i = 0; i < set->count; i++) {
			const struct rule *rule = set->entries[i].rule;

			chosen[i] |= rule->state == RULE_READY && filter_may_fit(filter, rule) &&
				!is_called_one_of(rule, &selection->excluded);
		}
	}
}

bool
ruleset_select(struct ruleset *set, const struct rule_selection *selection, struct err *err)
{
	bool *chosen = calloc(set->count + 1, sizeof(*chosen));

	for (size_t i = 0; chosen && i < selection->ids.count; i++) {
		if (ruleset_has(set, selection->ids.items[i]))
			continue;
		free(chosen);
		return err_set(err, ERR_SYNTAX, 0, "no rule has the id, title or file name '%.*s'",
			SHOWN(selection->ids.items[i]));
	}
	if (!chosen)
		return err_nomem(err);
	for (size_t i = 0; i < set->count; i++)
		chosen[i] = is_choosable(set->entries[i].rule) && is_selected(set->entries[i].rule, selection);
	choose_filtered(set, selection, chosen);
	choose_needed(set, chosen);
	for (size_t i = 0; i < set->count; i++) {
		struct rule *rule = set->entries[i].rule;

		if ((is_choosable(rule) && !chosen[i]) ||
			(rule->state == RULE_FILTER && is_called_one_of(rule, &selection->excluded)))
			rule->state = RULE_NOT_SELECTED;
	}
	free(chosen);
	return true;
}
