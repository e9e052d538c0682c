/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of a run without any worker, for targets that feed it what others could send. */
#ifndef FUZZ_PARENT_H
#define FUZZ_PARENT_H

#include "base/limits.h"
#include "src/scan/partial.h"

#include <stdlib.h>
#include <string.h>

struct parent {
	struct scan_options options;
	struct scan_listener listener;
	struct scan_summary summary;
	struct run run;
};

static inline bool
parent_notice(void *context, const struct notice *notice, struct err *err)
{
	(void)context;
	(void)notice;
	(void)err;
	return true;
}

static inline const struct ruleset *
parent_rules(void)
{
	static struct ruleset *rules;
	struct err err = { 0 };

	if (rules)
		return rules;
	rules = ruleset_new();
	if (!rules || !ruleset_add_default(rules, &err) || !ruleset_close(rules, &err))
		abort();
	return rules;
}

static inline void
parent_init(struct parent *p, enum scan_mode mode)
{
	struct run *run = &p->run;

	*p = (struct parent){ .options = { .mode = mode, .rules = parent_rules(), .temp_folder = "/tmp" } };
	*run = (struct run){ .options = &p->options, .listener = &p->listener, .summary = &p->summary };
	run->counting.notice = parent_notice;
	p->summary.coverage = coverage_new();
	order_init(&run->order, LIMIT_FINDINGS_MEMORY, "/tmp");
	seen_init(&run->seen);
	residue_pool_init(&run->residue, "/tmp");
	template_store_init(&run->templates);
	opinions_init(&run->opinions, "/tmp");
	arena_init(&run->arena, 1 << 30);
	buf_init(&run->text, LIMIT_MESSAGE);
	run->probe = coverage_new();
	run->joiner = joiner_new("/tmp", LIMIT_WAITING_PARTS);
	run->correlate = mode == SCAN_FINDINGS ? correlate_new(parent_rules(), "/tmp") : NULL;
	run->rules_with_log = calloc(ruleset_count(parent_rules()) + 1, 1);
	if (!p->summary.coverage || !run->probe || !run->joiner || !run->rules_with_log)
		abort();
}

static inline void
parent_fini(struct parent *p)
{
	struct run *run = &p->run;

	if (run->planned)
		evidence_free(run->planned);
	while (run->units.first) {
		if (run->units.first->kind == UNIT_RESIDUE_END)
			evidence_free(run->units.first->evidence);
		unit_list_drop_first(&run->units);
	}
	joiner_free(run->joiner);
	correlate_free(run->correlate);
	order_fini(&run->order);
	seen_fini(&run->seen);
	residue_pool_fini(&run->residue);
	template_store_fini(&run->templates);
	opinions_fini(&run->opinions);
	merge_free(run->merge);
	arena_fini(&run->arena);
	buf_fini(&run->text);
	coverage_free(run->probe);
	coverage_free(p->summary.coverage);
	free(run->rules_with_log);
	inputs_fini(&run->inputs);
}

#endif
