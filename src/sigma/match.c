/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/match.h"

#include "base/limits.h"
#include "src/sigma/match_state.h"

#include <stdlib.h>

static bool
marks_init(struct matcher *m)
{
	const struct plan *p = m->plan;

	m->marks = calloc(p->item_count + 1, sizeof(*m->marks));
	m->candidates = calloc(bit_words(m->set->count) + 1, sizeof(*m->candidates));
	m->memos = calloc(p->memo_count + 1, sizeof(*m->memos));
	m->visited = calloc(2 * p->node_count + 1, sizeof(*m->visited));
	m->sifted = calloc(p->field_count + 1, sizeof(*m->sifted));
	if (m->mode == MATCHER_PLAN)
		m->memory = memory_new();
	return probe_init(&m->probe, p->literals_most, p->item_count, p->atom_count) && m->marks && m->candidates && m->memos &&
		m->visited && m->sifted && (m->memory || m->mode != MATCHER_PLAN);
}

struct matcher *
matcher_new_mode(const struct ruleset *set, enum matcher_mode mode)
{
	struct matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->set = set;
	m->plan = set->plan;
	m->mode = mode;
	table_init(&m->table);
	buf_init(&m->key, 1 << 20);
	buf_init(&m->row, SIZE_MAX / 2);
	buf_init(&m->verdicts, SIZE_MAX / 2);
	buf_init(&m->words, SIZE_MAX / 2);
	if (!evaluator_init(&m->evaluator, set->fields.count) || !marks_init(m)) {
		matcher_free(m);
		return NULL;
	}
	return m;
}

struct matcher *
matcher_new(const struct ruleset *set)
{
	return matcher_new_mode(set, MATCHER_PLAN);
}

void
matcher_free(struct matcher *m)
{
	if (!m)
		return;
	class_forget_all(m);
	table_fini(&m->table);
	buf_fini(&m->key);
	buf_fini(&m->row);
	buf_fini(&m->verdicts);
	buf_fini(&m->words);
	evaluator_fini(&m->evaluator);
	probe_fini(&m->probe);
	memory_free(m->memory);
	layout_free(m->odd_layout);
	free(m->marks);
	free(m->candidates);
	free(m->memos);
	free(m->visited);
	free(m->sifted);
	free(m);
}

bool
matcher_wants(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct class *class = class_find(m, channel, provider, event_id);

	return !class || class->rule_count; /* without memory matcher_run tells */
}

bool
matcher_wants_words_alone(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct class *class = class_find(m, channel, provider, event_id);

	return class && class->words_alone;
}

bool
matcher_words_may(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id, struct slice texts)
{
	const struct class *class = class_find(m, channel, provider, event_id);
	bool shared = false, may = !class || !class->names_quiet;

	for (size_t i = 0; !may && i < class->keyword_count; i++) {
		const struct plan_field *f = &m->plan->fields[class->keywords[i]];

		shared |= class_hop(m->plan, class, f) == &m->plan->hop;
		may = class_hop(m->plan, class, f) == &f->index.hop && literal_hop_may(&f->index.hop, texts);
	}
	return may || (shared && literal_hop_may(&m->plan->hop, texts));
}

bool
matcher_rule_wants(struct matcher *m, size_t rule, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct class *class = class_find(m, channel, provider, event_id);

	return class && class->rule_count && rule < m->set->count && bit_is_set(class->active, rule);
}

bool
matcher_list_rules(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id, uint8_t *rules)
{
	const struct class *class = class_find(m, channel, provider, event_id);
	bool more = false;

	if (!class || class->rule_count == 0)
		return false;
	for (size_t word = 0; word < bit_words(m->set->count); word++)
		for (uint64_t bits = class->active[word]; bits; bits &= bits - 1) {
			uint8_t *rule = &rules[word * 64 + (size_t)__builtin_ctzll(bits)];

			more |= !*rule;
			*rule = true;
		}
	return more;
}

static bool
tell(struct matcher *m, const struct sigma_listener *listener, size_t rule, enum verdict verdict, struct err *err)
{
	struct evaluator *e = &m->evaluator;
	struct sigma_result result = { .rule = rule, .verdict = verdict, .hits = e->hits, .hit_count = e->hit_count };

	return listener->result(listener->context, &result, err);
}

/* Unknown: open because of an expression's limit, true without the unknown, or open because of a gap. */
static bool
run_unknown(struct matcher *m, size_t rule, const struct node *root, const struct sigma_listener *listener,
	size_t *open_verdicts, struct err *err)
{
	struct evaluator *e = &m->evaluator;

	if (e->limit)
		return listener->limit(listener->context, rule, e->limit, err);
	if (evaluator_run(e, root, true) == TRUTH_TRUE) {
		evaluator_collect(e, root, true);
		return tell(m, listener, rule, VERDICT_MATCH_ON_PARTIAL, err);
	}
	evaluator_collect(e, root, false);
	if (e->text_found)
		return tell(m, listener, rule, VERDICT_UNDECIDED, err);
	++*open_verdicts;
	return true;
}

static bool
run_rule(struct matcher *m, size_t rule, const struct sigma_listener *listener, size_t *open_verdicts,
	struct err *err)
{
	struct evaluator *e = &m->evaluator;
	const struct node *root = m->set->entries[rule].rule->tree->root;

	enum truth truth = evaluator_run(e, root, false);

	if (e->failed)
		return err_nomem(err);
	switch (truth) {
	case TRUTH_FALSE:
		return true;
	case TRUTH_TRUE:
		evaluator_collect(e, root, false);
		return tell(m, listener, rule, VERDICT_MATCH, err);
	case TRUTH_UNKNOWN:
		break;
	}
	return run_unknown(m, rule, root, listener, open_verdicts, err);
}

/* A rule that may hold, by marks.  Where an expression met its limit, the walk tells what came of it. */
static bool
run_doubtful(struct matcher *m, uint32_t rule, const struct sigma_listener *listener, size_t *open_verdicts,
	struct err *err)
{
	struct evaluator *e = &m->evaluator;
	const struct node *root = m->set->entries[rule].rule->tree->root;
	enum truth truth = judge(m, rule, JUDGE_FULL), bare;

	if (truth == TRUTH_FALSE)
		return true;
	if (truth == TRUTH_TRUE) {
		if (m->gapped)
			evaluator_collect(e, root, false);
		else
			collect_hits(m, rule);
		return tell(m, listener, rule, VERDICT_MATCH, err);
	}
	bare = judge(m, rule, JUDGE_UNKNOWN_IS_FALSE);
	if (m->limited || !m->gapped)
		return run_rule(m, rule, listener, open_verdicts, err);
	if (bare == TRUTH_TRUE) {
		evaluator_collect(e, root, true);
		return tell(m, listener, rule, VERDICT_MATCH_ON_PARTIAL, err);
	}
	e->text_found = false;
	if (judge_found(m, rule))
		evaluator_collect(e, root, false);
	if (e->text_found)
		return tell(m, listener, rule, VERDICT_UNDECIDED, err);
	++*open_verdicts;
	return true;
}

static bool
run_plan(struct matcher *m, const struct sigma_listener *listener, size_t *open_verdicts, struct err *err)
{
	struct evaluator *e = &m->evaluator;

	if (!marks_find(m))
		return err_nomem(err);
	for (size_t i = 0; i < m->verdicts.len / sizeof(uint32_t); i++) {
		uint32_t verdict = ((const uint32_t *)(const void *)m->verdicts.ptr)[i], rule = verdict >> 1;
		bool good;

		if (verdict & 1) {
			good = run_doubtful(m, rule, listener, open_verdicts, err);
		} else {
			if (m->gapped)
				evaluator_collect(e, m->set->entries[rule].rule->tree->root, false);
			else
				collect_hits(m, rule);
			good = tell(m, listener, rule, VERDICT_MATCH, err);
		}
		if (!good)
			return false;
	}
	return !e->failed || err_nomem(err);
}

static bool
run_walk(struct matcher *m, const struct sigma_listener *listener, size_t *open_verdicts, struct err *err)
{
	for (size_t i = 0; i < m->set->count; i++)
		if (bit_is_set(m->class->active, i) && !run_rule(m, i, listener, open_verdicts, err))
			return false;
	return true;
}

/* The layout of the event at hand: one that its class remembers, or a new one in the place of the oldest. */
static bool
find_layout(struct matcher *m, struct class *class)
{
	struct layout *made;

	for (unsigned i = 0, at = class->last_layout; i < CLASS_LAYOUTS; i++, at = (at + 1) % CLASS_LAYOUTS)
		if (class->layouts[at] && layout_fits(class->layouts[at], m->event)) {
			class->last_layout = at;
			m->layout = class->layouts[at];
			return true;
		}
	made = layout_new(m->plan, class->fields, class->field_count, m->event);
	if (!made)
		return false;
	m->layout = made;
	if (m->event->field_count + m->event->system_count > LIMIT_LAYOUT_FIELDS) {
		layout_free(m->odd_layout);
		m->odd_layout = made;
		return true;
	}
	layout_free(class->layouts[class->next_layout]);
	class->layouts[class->next_layout] = made;
	class->last_layout = class->next_layout;
	class->next_layout = (class->next_layout + 1) % CLASS_LAYOUTS;
	return true;
}

void
matcher_leave_out_expressions(struct matcher *m, const char *why)
{
	m->evaluator.no_expressions = why;
}

bool
matcher_run(struct matcher *m, const struct sigma_event *event, const struct sigma_listener *listener,
	size_t *open_verdicts, struct err *err)
{
	struct class *class = class_find(m, event->channel, event->provider, event->event_id);

	if (!class)
		return err_nomem(err);
	if (class->rule_count == 0)
		return true;
	m->event = event;
	m->class = class;
	m->gapped = event->gapped;
	m->limited = false;
	m->rowed = false;
	m->probe.failed = false;
	if (!evaluator_begin(&m->evaluator, event))
		return err_nomem(err);
	probe_begin(&m->probe);
	if (class->words_alone && m->mode != MATCHER_WALK && !m->gapped && !marks_words_may(m))
		return true;
	if (!find_layout(m, class))
		return err_nomem(err);
	if (m->mode == MATCHER_WALK)
		return run_walk(m, listener, open_verdicts, err);
	return run_plan(m, listener, open_verdicts, err);
}
