/* SPDX-License-Identifier: Apache-2.0 */
/* A rule's nodes over the marks of the event.  Items without a mark are false; only where the event has a gap it is
 * asked whether the gap could hold what was not found.  Slow atoms are evaluated when nothing else decides. */
#include "src/sigma/match_state.h"

enum { WORTH_ATOMS = 6, WORTH_TEXT = 256 };

/* A stretch of a layout's places. */
struct places {
	uint32_t at, end;
};

/* Where the texts of a field stand in m->layout->places; none for keywords. */
static struct places
places_of(const struct matcher *m, uint32_t field)
{
	uint32_t slot = m->class->slots[field];
	const uint32_t *starts = slot ? &m->layout->starts[slot - 1] : NULL;

	return starts ? (struct places){ starts[0], starts[1] } : (struct places){ 0, 0 };
}

void
judge_locate(struct matcher *m, uint32_t item)
{
	uint32_t number = m->plan->items[item].field;
	const struct field_name *name = &m->plan->fields[number].name;
	struct places places = places_of(m, number);

	if (name->name.len && places.end - places.at <= 1)
		evaluator_located(&m->evaluator, name, places.at == places.end ? NULL
			: layout_field(m->event, m->layout->places[places.at]));
}

/* The atoms of an item none of whose quick atoms is true. */
static enum truth
evaluate_item(struct matcher *m, const struct plan_item *item, bool slow)
{
	const struct plan *p = m->plan;
	const struct field_name *name = &p->fields[item->field].name;
	struct evaluator *e = &m->evaluator;
	enum truth truth = TRUTH_FALSE;

	for (uint32_t i = 0; i < item->atom_count && truth != TRUTH_TRUE; i++) {
		const struct atom *atom = p->atoms[p->item_atoms[item->atom_first + i]].atom;
		enum truth one = TRUTH_FALSE;

		if (slow && !plan_atom_is_quick(atom)) {
			one = evaluator_atom(e, name, atom);
			m->limited |= e->limit != NULL;
		} else if (m->gapped && atom->kind != ATOM_NULL && atom->kind != ATOM_EXISTS) {
			one = evaluator_missing(e, name, atom);
		}
		truth = one > truth ? one : truth;
	}
	return truth;
}

/* A key of the item and of all texts it is about. */
static struct keyed_hash
key_of_item(const struct matcher *m, uint32_t number)
{
	uint32_t field = m->plan->items[number].field;
	struct places places = places_of(m, field);
	struct keyed_hash key = memory_hash(m->memory, number, SLICE_EMPTY);

	for (; places.at < places.end; places.at++) {
		struct keyed_hash pair[] = { key, text_key(m, field, places.at) };

		key = memory_hash(m->memory, layout_field(m->event, m->layout->places[places.at])->null, slice_from(pair, sizeof(pair)));
	}
	return key;
}

/* Expressions are slow, and logs repeat themselves: what they said of the same texts is remembered. */
static enum truth
evaluate_slow(struct matcher *m, uint32_t number)
{
	const struct plan_item *item = &m->plan->items[number];
	struct keyed_hash key;
	enum truth truth;
	uint32_t answer;

	if (!m->memory || m->gapped || !item->expressions) {
		judge_locate(m, number);
		return evaluate_item(m, item, true);
	}
	key = key_of_item(m, number);
	answer = memory_answer(m->memory, &key);
	if (answer != MEMORY_NONE)
		return (enum truth)answer;
	judge_locate(m, number);
	truth = evaluate_item(m, item, true);
	if (truth != TRUTH_UNKNOWN)
		memory_add_answer(m->memory, &key, truth);
	return truth;
}

static enum truth
item_truth(struct matcher *m, uint32_t number, enum judge_mode mode)
{
	enum mark mark = mark_of(m, number);
	enum truth truth;

	switch (mark) {
	case MARK_TRUE:
	case MARK_SLOW_TRUE:
		return TRUTH_TRUE;
	case MARK_FALSE:
	case MARK_SLOW_FALSE:
		return TRUTH_FALSE;
	case MARK_UNKNOWN:
	case MARK_SLOW_UNKNOWN:
		return mode == JUDGE_UNKNOWN_IS_FALSE ? TRUTH_FALSE : TRUTH_UNKNOWN;
	case MARK_MAYBE:
		if (mode == JUDGE_QUICK)
			return TRUTH_UNKNOWN;
		break;
	case MARK_NONE:
		if (!m->gapped)
			return TRUTH_FALSE;
		break;
	}
	truth = mark == MARK_MAYBE ? evaluate_slow(m, number) : evaluate_item(m, &m->plan->items[number], false);
	if (mark == MARK_MAYBE)
		mark = truth == TRUTH_TRUE ? MARK_SLOW_TRUE : truth == TRUTH_FALSE ? MARK_SLOW_FALSE : MARK_SLOW_UNKNOWN;
	else
		mark = truth == TRUTH_FALSE ? MARK_FALSE : MARK_UNKNOWN;
	m->marks[number] = m->mark_round << MARK_BITS | mark;
	return truth == TRUTH_UNKNOWN && mode == JUDGE_UNKNOWN_IS_FALSE ? TRUTH_FALSE : truth;
}

static enum truth judge_node(struct matcher *m, uint32_t number, enum judge_mode mode);

static enum truth
judge_children(struct matcher *m, const struct plan_node *node, enum judge_mode mode)
{
	bool and = node->kind == PLAN_AND;
	enum truth truth = and ? TRUTH_TRUE : TRUTH_FALSE, end = and ? TRUTH_FALSE : TRUTH_TRUE;

	for (uint32_t i = 0; i < node->count && truth != end; i++) {
		uint32_t step = m->plan->steps[node->first + i];
		enum truth one = step & PLAN_STEP_ITEM ? item_truth(m, step & ~PLAN_STEP_ITEM, mode) : judge_node(m, step, mode);

		if (and ? one < truth : one > truth)
			truth = one;
	}
	return truth;
}

/* The depth is that of condition and YAML.  A node with several parents is judged once an event and mode. */
static enum truth
judge_node(struct matcher *m, uint32_t number, enum judge_mode mode)
{
	const struct plan_node *node = &m->plan->nodes[number];
	uint64_t *memo = node->memo == PLAN_NONE ? NULL : &m->memos[node->memo];
	uint64_t round = m->round * JUDGE_MODES + (uint64_t)mode;
	enum truth truth;

	if (memo && *memo >> MEMO_BITS == round)
		return (enum truth)(*memo & ((1u << MEMO_BITS) - 1));
	if (node->kind == PLAN_ITEM)
		return item_truth(m, node->first, mode);
	if (node->kind == PLAN_NOT)
		truth = (enum truth)(TRUTH_TRUE - judge_node(m, m->plan->children[node->first], mode));
	else
		truth = judge_children(m, node, mode);
	if (memo)
		*memo = round << MEMO_BITS | truth;
	return truth;
}

enum truth
judge(struct matcher *m, uint32_t rule, enum judge_mode mode)
{
	return judge_node(m, m->plan->rules[rule].root, mode);
}

static bool
may_be_found(struct matcher *m, uint32_t number, bool negative)
{
	const struct plan *p = m->plan;
	const struct plan_node *node = &p->nodes[number];
	uint64_t *visited = &m->visited[2 * (size_t)number + negative];

	if (*visited == m->visit)
		return false;
	*visited = m->visit;
	if (node->kind == PLAN_ITEM) {
		enum mark mark = mark_of(m, node->first);

		return !negative && p->items[node->first].texts && mark != MARK_NONE && mark != MARK_UNKNOWN && mark != MARK_FALSE;
	}
	for (uint32_t i = 0; i < node->count; i++)
		if (may_be_found(m, p->children[node->first + i], negative ^ (node->kind == PLAN_NOT)))
			return true;
	return false;
}

bool
judge_found(struct matcher *m, uint32_t rule)
{
	m->visit++;
	return may_be_found(m, m->plan->rules[rule].root, false);
}

/* Where a field's texts are long, or all texts are asked, one walk over them tells which of a list's many texts may stand
 * there at all; asked once an event, or once more where rules take turns with their fields. */
static bool
sift(struct matcher *m, uint32_t field)
{
	const struct plan_field *f = &m->plan->fields[field];
	struct places places = places_of(m, field);
	size_t end = f->name.name.len ? places.end - places.at : m->event->field_count + m->event->system_count;
	bool good = true;

	if (m->sifted[field] == m->evaluator.round)
		return true;
	m->sifted[field] = m->evaluator.round;
	for (size_t i = 0; i < end && good; i++) {
		uint32_t place = f->name.name.len ? m->layout->places[places.at + i] : (uint32_t)i;

		good = field_index_sift(&f->index, &m->probe, layout_field(m->event, place)->text);
	}
	m->probe.failed |= !good;
	return good;
}

static bool
is_worth_sifting(const struct matcher *m, const struct item *item, uint32_t field)
{
	struct places places = places_of(m, field);

	if (item->count < WORTH_ATOMS)
		return false;
	if (item->field.name.len == 0)
		return true;
	for (; places.at < places.end; places.at++)
		if (layout_field(m->event, m->layout->places[places.at])->text.len >= WORTH_TEXT)
			return true;
	return false;
}

static void
collect_from(struct matcher *m, const struct item *item, uint32_t field)
{
	struct evaluator *e = &m->evaluator;

	if (is_worth_sifting(m, item, field) && sift(m, field)) {
		e->sieve = m->probe.stamps;
		e->stamp = m->probe.stamp;
	}
	evaluator_collect_item(e, item);
	e->sieve = NULL;
}

static enum truth
collect_item(struct matcher *m, const struct node *node, uint32_t number)
{
	const struct plan_node *p = &m->plan->nodes[number];
	enum truth truth = judge_node(m, number, JUDGE_FULL);

	if (truth == TRUTH_FALSE || node->item->of_source)
		return truth;
	while (p->kind != PLAN_ITEM && p->count)
		p = &m->plan->nodes[m->plan->children[p->first]];
	if (p->kind == PLAN_ITEM && node->item->whole && truth == TRUTH_TRUE) {
		struct places places = places_of(m, m->plan->items[p->first].field);

		if (places.end - places.at == 1) {
			evaluator_collect_whole(&m->evaluator, layout_field(m->event, m->layout->places[places.at]));
			return truth;
		}
	}
	if (p->kind == PLAN_ITEM) {
		judge_locate(m, p->first);
		collect_from(m, node->item, m->plan->items[p->first].field);
	} else {
		evaluator_collect_item(&m->evaluator, node->item);
	}
	return truth;
}

/* The walk of evaluator_collect, but items that the marks know to be false are not looked at.  The plan's node
 * has the children of the tree's node in their order.  The depth is that of condition and YAML. */
static enum truth
collect_node(struct matcher *m, const struct node *node, uint32_t number)
{
	const struct plan_node *p = &m->plan->nodes[number];
	struct evaluator *e = &m->evaluator;
	bool and = node->kind == NODE_AND;
	enum truth truth = and ? TRUTH_TRUE : TRUTH_FALSE;
	size_t hits = e->hit_count;

	if (node->kind == NODE_ITEM) {
		truth = collect_item(m, node, number);
	} else if (node->kind == NODE_NOT) {
		/* Hits below it count only where neither it nor its child is false. */
		truth = judge_node(m, number, JUDGE_FULL);
		if (truth == TRUTH_UNKNOWN) {
			e->negative = !e->negative;
			collect_node(m, node->children[0], m->plan->children[p->first]);
			e->negative = !e->negative;
		}
	} else {
		for (uint32_t i = 0; i < node->count; i++) {
			enum truth one = collect_node(m, node->children[i], m->plan->children[p->first + i]);

			if (and ? one < truth : one > truth)
				truth = one;
		}
	}
	if (truth == TRUTH_FALSE)
		e->hit_count = hits;
	return truth;
}

void
collect_hits(struct matcher *m, uint32_t rule)
{
	evaluator_collect_begin(&m->evaluator, false);
	collect_node(m, m->set->entries[rule].rule->tree->root, m->plan->rules[rule].root);
	evaluator_collect_end(&m->evaluator);
}
