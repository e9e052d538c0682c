/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/link.h"

#include "base/guid.h"

#include <stdarg.h>
#include <stdio.h>

void
link_refuse(struct rule *rule, enum rule_state state, uint32_t line, const char *format, ...)
{
	va_list args;

	rule->state = state;
	rule->line = line ? line : rule->line;
	va_start(args, format);
	vsnprintf(rule->reason, sizeof(rule->reason), format, args);
	va_end(args);
}

int64_t
references_find(const struct references *r, struct slice text)
{
	const struct table_entry *entry = NULL;
	struct guid guid;
	char id[GUID_TEXT];

	if (text.len == GUID_TEXT - 1 && guid_parse(text, &guid)) {
		guid_text(&guid, id);
		entry = table_find(&r->ids, slice_from_text(id));
	}
	if (!entry)
		entry = table_find(&r->names, text);
	if (!entry)
		return REFERENCE_NONE;
	return entry->value == UINT64_MAX ? REFERENCE_AMBIGUOUS : (int64_t)entry->value;
}

/* Of two rules with one id the second one was refused, or is a copy of which one was chosen: that one is meant. */
static bool
add_id(struct references *r, size_t at)
{
	const struct rule *rule = r->set->entries[at].rule;
	struct table_entry *entry;
	bool added;

	if (rule->id.len == 0)
		return true;
	entry = table_add(&r->ids, rule->id, at, &added);
	if (entry && !added && r->set->entries[entry->value].rule->state == RULE_NOT_SELECTED && rule->state != RULE_INVALID)
		entry->value = at;
	return entry != NULL;
}

/* Of two rules with one name neither can be meant, but for copies, which have one id. */
static bool
add_name(struct references *r, size_t at)
{
	const struct rule *rule = r->set->entries[at].rule;
	struct table_entry *entry;
	bool added;

	if (rule->name.len == 0)
		return true;
	entry = table_add(&r->names, rule->name, at, &added);
	if (!entry)
		return false;
	if (added || entry->value == UINT64_MAX)
		return true;
	if (!rule_is_copy(rule, r->set->entries[entry->value].rule))
		entry->value = UINT64_MAX;
	else if (r->set->entries[entry->value].rule->state == RULE_NOT_SELECTED)
		entry->value = at;
	return true;
}

static bool
add_references(struct references *r)
{
	for (size_t i = 0; i < r->set->count; i++)
		if (!add_id(r, i) || !add_name(r, i))
			return false;
	return true;
}

/* Most sets have neither correlations nor filters. */
static bool
is_needed(const struct ruleset *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->entries[i].rule->state == RULE_CORRELATION || set->entries[i].rule->state == RULE_FILTER)
			return true;
	return false;
}

bool
link_rules(struct ruleset *set, struct err *err)
{
	struct references r = { .set = set };
	bool good;

	if (!is_needed(set))
		return true;
	table_init(&r.ids);
	table_init(&r.names);
	good = add_references(&r) || err_nomem(err);
	good = good && link_filters(&r, err) && link_correlations(&r, err);
	table_fini(&r.ids);
	table_fini(&r.names);
	return good;
}
