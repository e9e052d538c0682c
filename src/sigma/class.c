/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/match_state.h"

#include <stdlib.h>

static void
class_fini(struct class *class)
{
	free(class->active); /* holds all bitmaps and lists */
	for (size_t i = 0; i < CLASS_LAYOUTS; i++)
		layout_free(class->layouts[i]);
}

void
class_forget_all(struct matcher *m)
{
	for (size_t i = 0; i < m->class_count; i++)
		class_fini(&m->classes[i]);
	m->class_count = 0;
	m->last = NULL;
	table_fini(&m->table);
	table_init(&m->table);
}

/* One block of memory for everything a class has. */
static bool
class_alloc(struct class *class, const struct plan *plan, size_t rules)
{
	size_t words = bit_words(rules), groups = bit_words(plan->group_count);

	class->active = calloc(1, (2 * words + groups) * sizeof(uint64_t) + 2 * plan->field_count * sizeof(uint32_t) + 1);
	if (!class->active)
		return false;
	class->always = class->active + words;
	class->groups = class->always + words;
	class->fields = (uint32_t *)(class->groups + groups);
	class->keywords = class->fields + plan->field_count;
	return true;
}

static bool
any_group(const struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	for (size_t i = 0; i < m->plan->group_count; i++)
		if (logsource_fits(m->plan->groups[i], channel, provider, event_id))
			return true;
	return false;
}

static bool
rule_applies(const struct matcher *m, const struct class *class, size_t rule, uint32_t event_id)
{
	const struct plan_rule *r = &m->plan->rules[rule];

	return r->root != PLAN_NONE && bit_is_set(class->groups, r->group) &&
		!(r->event_id && tree_with_event_id(m->set->entries[rule].rule->tree->root, event_id) == TRUTH_FALSE);
}

/* The fields of the rules, each once: `fields` serves as the set of those that are listed, for a while. */
static void
list_fields(const struct matcher *m, struct class *class)
{
	const struct plan *p = m->plan;

	for (size_t rule = 0; rule < m->set->count; rule++)
		if (bit_is_set(class->active, rule))
			for (uint32_t i = 0; i < p->rules[rule].field_count; i++)
				class->fields[p->rule_fields[p->rules[rule].field_first + i]] = 1;
	for (uint32_t field = 0; field < p->field_count; field++) {
		if (!class->fields[field])
			continue;
		if (p->fields[field].name.name.len)
			class->fields[class->field_count++] = field;
		else
			class->keywords[class->keyword_count++] = field;
	}
}

static bool
class_fill(struct matcher *m, struct class *class, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct plan *p = m->plan;

	*class = (struct class){ .serial = ++m->class_serial };
	if (!any_group(m, channel, provider, event_id))
		return true;
	if (!class_alloc(class, p, m->set->count))
		return false;
	for (size_t i = 0; i < p->group_count; i++)
		if (logsource_fits(p->groups[i], channel, provider, event_id))
			bit_set(class->groups, i);
	for (size_t i = 0; i < m->set->count; i++) {
		if (!rule_applies(m, class, i, event_id))
			continue;
		class->rule_count++;
		bit_set(class->active, i);
		if (!p->rules[i].gated)
			bit_set(class->always, i);
	}
	list_fields(m, class);
	return true;
}

/* Neighbours in a log are often of one kind: no look into the table then. */
static struct class *
remember(struct matcher *m, struct class *class, struct slice channel, struct slice provider, uint32_t event_id)
{
	buf_reset(&m->last_channel);
	buf_reset(&m->last_provider);
	buf_append(&m->last_channel, channel);
	buf_append(&m->last_provider, provider);
	m->last_id = event_id;
	m->last = m->last_channel.failed || m->last_provider.failed ? NULL : class;
	return class;
}

/* The number of classes a log can make is up to the log: past the limit all are forgotten. */
struct class *
class_find(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct table_entry *entry;

	if (m->last && m->last_id == event_id && slice_eq(buf_view(&m->last_channel), channel) &&
		slice_eq(buf_view(&m->last_provider), provider))
		return m->last;
	buf_reset(&m->key);
	buf_counted(&m->key, channel);
	buf_counted(&m->key, provider);
	buf_u32le(&m->key, event_id);
	if (m->key.failed)
		return NULL;
	entry = table_find(&m->table, buf_view(&m->key));
	if (entry)
		return remember(m, &m->classes[entry->value], channel, provider, event_id);
	if (m->class_count == LIMIT_CLASSES)
		class_forget_all(m);
	if (!class_fill(m, &m->classes[m->class_count], channel, provider, event_id))
		return NULL;
	if (!table_add(&m->table, buf_view(&m->key), m->class_count, NULL)) {
		class_fini(&m->classes[m->class_count]);
		return NULL;
	}
	return remember(m, &m->classes[m->class_count++], channel, provider, event_id);
}
