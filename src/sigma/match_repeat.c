/* SPDX-License-Identifier: Apache-2.0 */
/* Events that come again and came to nothing before.  What rules make of an event hangs on its kind and on what they look
 * at: fields that they name, and texts in which keywords can stand.  Whoever can tell an event by these alone need not make
 * it to learn that there is nothing to be told of it.  The memory of such events is keyed and bounded as all of it. */
#include "src/sigma/match_state.h"

bool
matcher_may_repeat(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct class *class = m->memory ? class_find(m, channel, provider, event_id) : NULL;

	if (!class || class->rule_count == 0)
		return false;
	for (size_t i = 0; i < class->keyword_count; i++) {
		const struct plan_field *f = &m->plan->fields[class->keywords[i]];

		if (f->index.any.count + f->index.null.count || !f->index.hop.of_words || !class_hop(m->plan, class, f)->of_words)
			return false;
	}
	return true;
}

/* By the name of that number: in an item of the class's rules, or as what others are compared with, which few are, so that it
 * is not asked by which rule. */
static bool
is_asked(const struct matcher *m, const struct class *class, uint32_t number)
{
	bool asked = m->plan->compared[number];

	for (size_t i = 0; i < class->field_count && !asked; i++)
		asked = m->plan->fields[class->fields[i]].name.number == number;
	return asked;
}

/* Every way of event.c, good or not the best. */
bool
matcher_looks_at(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id, struct slice name)
{
	const struct class *class = class_find(m, channel, provider, event_id);
	const struct plan *p = m->plan;
	const struct table_entry *names = p->set->fields.entries;
	bool has_blanks = slice_find_byte(name, ' ', 0) != SIZE_MAX, asked = !class;

	for (uint32_t n = p->name_heads[plan_name_hash(name, p->name_bits)]; n && !asked; n = p->name_next[n - 1])
		asked = slice_eq_nocase(names[n - 1].key, name) && is_asked(m, class, n - 1);
	for (uint32_t n = 0; has_blanks && n < p->name_count && !asked; n++)
		asked = sigma_name_has_blanks(name, names[n].key) && is_asked(m, class, n);
	return asked;
}

bool
matcher_was_quiet(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id, struct slice bytes)
{
	const struct class *class = class_find(m, channel, provider, event_id);

	if (!class || !m->memory)
		return false;
	m->repeat = memory_hash(m->memory, class->serial, bytes);
	return memory_is_quiet(m->memory, &m->repeat);
}

void
matcher_keep_quiet(struct matcher *m)
{
	if (m->memory)
		memory_add_quiet(m->memory, &m->repeat);
}
