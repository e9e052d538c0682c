/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/match.h"

#include "base/buf.h"
#include "base/limits.h"
#include "src/sigma/evaluate.h"
#include "src/sigma/set.h"

#include <stdlib.h>

/* The rules that apply to one (channel, provider, event id). */
struct class {
	uint32_t *rules;
	size_t count;
};

struct matcher {
	const struct ruleset *set;
	struct evaluator evaluator;
	struct table table; /* counted channel, counted provider, event id -> index in classes */
	struct class classes[LIMIT_CLASSES];
	size_t class_count;
	struct buf key;
};

struct matcher *
matcher_new(const struct ruleset *set)
{
	struct matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->set = set;
	table_init(&m->table);
	buf_init(&m->key, 1 << 20);
	if (!evaluator_init(&m->evaluator, set->fields.count)) {
		matcher_free(m);
		return NULL;
	}
	return m;
}

static void
forget_classes(struct matcher *m)
{
	for (size_t i = 0; i < m->class_count; i++)
		free(m->classes[i].rules);
	m->class_count = 0;
	table_fini(&m->table);
	table_init(&m->table);
}

void
matcher_free(struct matcher *m)
{
	if (!m)
		return;
	forget_classes(m);
	table_fini(&m->table);
	buf_fini(&m->key);
	evaluator_fini(&m->evaluator);
	free(m);
}

static bool
rule_wants(const struct rule *rule, struct slice channel, struct slice provider, uint32_t event_id)
{
	return rule->state == RULE_READY && logsource_fits(&rule->tree->source, channel, provider, event_id) &&
		tree_with_event_id(rule->tree->root, event_id) != TRUTH_FALSE;
}

static bool
fill_class(const struct matcher *m, struct class *class, struct slice channel, struct slice provider,
	uint32_t event_id)
{
	uint32_t *rules = calloc(m->set->count ? m->set->count : 1, sizeof(*rules)), *shrunk;
	size_t n = 0;

	if (!rules)
		return false;
	for (size_t i = 0; i < m->set->count; i++)
		if (rule_wants(m->set->entries[i].rule, channel, provider, event_id))
			rules[n++] = (uint32_t)i;
	shrunk = reallocarray(rules, n ? n : 1, sizeof(*rules));
	*class = (struct class){ shrunk ? shrunk : rules, n };
	return true;
}

/* The number of classes a log can make is up to the log: past the limit all are forgotten. */
static const struct class *
find_class(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct table_entry *entry;

	buf_reset(&m->key);
	buf_counted(&m->key, channel);
	buf_counted(&m->key, provider);
	buf_u32le(&m->key, event_id);
	if (m->key.failed)
		return NULL;
	entry = table_find(&m->table, buf_view(&m->key));
	if (entry)
		return &m->classes[entry->value];
	if (m->class_count == LIMIT_CLASSES)
		forget_classes(m);
	if (!fill_class(m, &m->classes[m->class_count], channel, provider, event_id))
		return NULL;
	if (!table_add(&m->table, buf_view(&m->key), m->class_count, NULL)) {
		free(m->classes[m->class_count].rules);
		return NULL;
	}
	return &m->classes[m->class_count++];
}

bool
matcher_wants(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id)
{
	const struct class *class = find_class(m, channel, provider, event_id);

	return !class || class->count; /* without memory matcher_run tells */
}

bool
matcher_rule_wants(struct matcher *m, size_t rule, struct slice channel, struct slice provider, uint32_t event_id)
{
	return rule < m->set->count && rule_wants(m->set->entries[rule].rule, channel, provider, event_id);
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

bool
matcher_run(struct matcher *m, const struct sigma_event *event, const struct sigma_listener *listener,
	size_t *open_verdicts, struct err *err)
{
	const struct class *class = find_class(m, event->channel, event->provider, event->event_id);

	if (!class || !evaluator_begin(&m->evaluator, event))
		return err_nomem(err);
	for (size_t i = 0; i < class->count; i++)
		if (!run_rule(m, class->rules[i], listener, open_verdicts, err))
			return false;
	return true;
}
