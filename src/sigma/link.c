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

/* Of two rules with one id the second one was refused; of two with one name neither can be meant. */
static bool
add_references(struct references *r)
{
	for (size_t i = 0; i < r->set->count; i++) {
		const struct rule *rule = r->set->entries[i].rule;
		struct table_entry *entry;
		bool added;

		if (rule->id.len && !table_add(&r->ids, rule->id, i, NULL))
			return false;
		if (rule->name.len == 0)
			continue;
		entry = table_add(&r->names, rule->name, i, &added);
		if (!entry)
			return false;
		if (!added)
			entry->value = UINT64_MAX;
	}
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
