/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle over real evidence: all rules over all records of logs, by the walk and by the plan, which must agree on
 * every one.  usage: plan_corpus RULES LOG...; prints what was compared. */
#include "tests/log_events.h"
#include "tests/match_compare.h"

static int
fail(const char *what)
{
	fprintf(stderr, "plan_corpus: %s\n", what);
	return EXIT_FAILURE;
}

static bool
compare_all(struct contest *c, const struct log_events *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!contest_run(c, &l->events[i])) {
			fprintf(stderr, "event %zu (id %u of %.*s):\n", i, l->events[i].event_id,
				SLICE_ARGS(l->events[i].channel));
			contest_print(c);
			return false;
		}
	return true;
}

int
main(int argc, char **argv)
{
	struct ruleset *set = ruleset_new();
	struct contest c;
	struct log_events l;
	struct err err = { 0 };

	if (argc < 2 || !set)
		return fail("usage: plan_corpus RULES LOG...");
	if (!ruleset_add_path(set, argv[1], &err) || !ruleset_close(set, &err))
		return fail(err.text);
	if (!contest_init(&c, set) || !log_events_init(&l, set, true))
		return fail("out of memory");
	for (int i = 2; i < argc; i++)
		if (!log_events_read(&l, argv[i], &err))
			return fail(err.text);
	if (!log_events_join(&l, &err))
		return fail(err.text);
	if (!compare_all(&c, &l))
		return fail("plan and walk differ");
	printf("%zu rules, %zu records, %zu events, %zu results, %zu events spared\n", ruleset_count_state(set, RULE_READY), l.records,
		l.count, c.results, c.spared);
	contest_fini(&c);
	log_events_fini(&l);
	ruleset_free(set);
	return EXIT_SUCCESS;
}
