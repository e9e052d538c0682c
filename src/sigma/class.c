/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/match_state.h"

#include "base/same.h"
#include "src/sigma/event_id.h"

#include <stdlib.h>
#include <string.h>

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
	memset(m->recent, 0, sizeof(m->recent));
	table_fini(&m->table);
	table_init(&m->table);
}

/* One block of memory for everything a class has. */
static bool
class_alloc(struct class *class, const struct plan *plan, size_t rules)
{
	size_t words = bit_words(rules), groups = bit_words(plan->group_count);

	class->active = calloc(1, (2 * words + groups) * sizeof(uint64_t) + 3 * plan->field_count * sizeof(uint32_t) + 1);
	if (!class->active)
		return false;
	class->always = class->active + words;
	class->groups = class->always + words;
	class->fields = (uint32_t *)(class->groups + groups);
	class->keywords = class->fields + plan->field_count;
	class->slots = class->keywords + plan->field_count;
	return true;
}

/* False only where the event id alone decides that the rule cannot hold. */
static bool
rule_applies(const struct matcher *m, uint32_t rule, uint32_t event_id)
{
	const struct plan_rule *r = &m->plan->rules[rule];
	const uint32_t *ids = m->plan->rule_ids + r->id_first;
	bool listed = r->id_count == 0;

	for (uint32_t i = 0; i < r->id_count && !listed; i++)
		listed = ids[i] == event_id;
	return !r->event_id || (listed &&
		tree_with_event_id(m->set->entries[rule].rule->tree->root, event_id) != TRUTH_FALSE);
}

/* The fields of the rules, each once: `slots` serves as the set of those that are listed, for a while. */
static void
list_fields(const struct matcher *m, struct class *class)
{
	const struct plan *p = m->plan;

	for (size_t word = 0; word < bit_words(m->set->count); word++)
		for (uint64_t bits = class->active[word]; bits; bits &= bits - 1) {
			const struct plan_rule *rule = &p->rules[word * 64 + (size_t)__builtin_ctzll(bits)];

			for (uint32_t i = 0; i < rule->field_count; i++)
				class->slots[p->rule_fields[rule->field_first + i]] = 1;
		}
	for (uint32_t field = 0; field < p->field_count; field++) {
		if (!class->slots[field])
			continue;
		class->slots[field] = 0;
		if (p->fields[field].name.name.len) {
			class->fields[class->field_count++] = field;
			class->slots[field] = (uint32_t)class->field_count;
		} else {
			class->keywords[class->keyword_count++] = field;
		}
	}
}

static bool
has_one_hop(const struct matcher *m, const struct class *class)
{
	bool one = class->keyword_count > 0;

	for (size_t i = 0; i < class->keyword_count; i++)
		one &= class_hop(m->plan, class, &m->plan->fields[class->keywords[i]]) ==
			class_hop(m->plan, class, &m->plan->fields[class->keywords[0]]);
	return one;
}

static bool
are_names_quiet(const struct matcher *m, const struct class *class, struct slice channel, struct slice provider)
{
	for (size_t i = 0; i < class->keyword_count; i++) {
		const struct literal_hop *hop = class_hop(m->plan, class, &m->plan->fields[class->keywords[i]]);

		if (literal_hop_may(hop, channel) || literal_hop_may(hop, provider))
			return false;
	}
	return true;
}

static void
add_group(const struct matcher *m, struct class *class, size_t group, uint32_t event_id)
{
	const struct plan *p = m->plan;

	bit_set(class->groups, group);
	for (uint32_t i = p->group_starts[group]; i < p->group_starts[group + 1]; i++) {
		uint32_t rule = p->group_rules[i];

		if (!rule_applies(m, rule, event_id))
			continue;
		class->rule_count++;
		bit_set(class->active, rule);
		if (!p->rules[rule].gated)
			bit_set(class->always, rule);
		class->words_alone &= p->rules[rule].of_words;
	}
}

static bool
class_fill(struct matcher *m, struct class *class, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct plan *p = m->plan;

	*class = (struct class){ .serial = ++m->class_serial, .words_alone = true };
	for (size_t i = 0; i < p->group_count; i++) {
		if (!logsource_fits(p->groups[i], channel, provider, event_id))
			continue;
		if (!class->active && !class_alloc(class, p, m->set->count))
			return false;
		add_group(m, class, i, event_id);
	}
	class->words_alone &= class->rule_count > 0;
	if (class->rule_count)
		list_fields(m, class);
	class->one_hop = has_one_hop(m, class);
	class->names_quiet = are_names_quiet(m, class, channel, provider);
	return true;
}

/* Not keyed, and need not be: what falls into one slot is looked up in the table, which is. */
static struct class **
slot_of(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	return &m->recent[sigma_source_hash(channel, provider, event_id) & (CLASS_SLOTS - 1)];
}

static bool
add_class(struct matcher *m, struct class *class, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct table_entry *entry;
	const uint8_t *key;

	if (!class_fill(m, class, channel, provider, event_id))
		return false;
	entry = table_add(&m->table, buf_view(&m->key), m->class_count, NULL);
	if (!entry) {
		class_fini(class);
		return false;
	}
	key = entry->key.ptr;
	class->event_id = event_id;
	class->channel = slice_from(key + sizeof(event_id), channel.len);
	class->provider = slice_from(key + sizeof(event_id) + channel.len, provider.len);
	m->class_count++;
	return true;
}

/* The number of classes a log can make is up to the log: past the limit all are forgotten. */
static struct class *
find_in_table(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct table_entry *entry;

	buf_reset(&m->key);
	buf_u32le(&m->key, event_id);
	buf_append(&m->key, channel);
	buf_append(&m->key, provider);
	buf_u32le(&m->key, (uint32_t)channel.len);
	if (m->key.failed)
		return NULL;
	entry = table_find(&m->table, buf_view(&m->key));
	if (entry)
		return &m->classes[entry->value];
	if (m->class_count == LIMIT_CLASSES)
		class_forget_all(m);
	return add_class(m, &m->classes[m->class_count], channel, provider, event_id) ? &m->classes[m->class_count - 1] : NULL;
}

struct class *
class_find(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	struct class **slot = slot_of(m, channel, provider, event_id), *class = *slot;

	if (class && class->event_id == event_id && same_slices(class->channel, channel) &&
		same_slices(class->provider, provider))
		return class;
	class = find_in_table(m, channel, provider, event_id);
	*slot = class;
	return class;
}
