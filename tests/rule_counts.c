/* SPDX-License-Identifier: Apache-2.0 */
/* Loads rule files and folders and prints one line a state ("ready 2842"), then each reason with how many rules it
 * has: for tests and for a look at a new rule set. */
#include "base/table.h"
#include "src/sigma/match.h"

#include <stdio.h>
#include <stdlib.h>

static int
fail(const char *text)
{
	fprintf(stderr, "rule_counts: %s\n", text);
	return 1;
}

static bool
print_reasons(const struct ruleset *set)
{
	struct table reasons;
	bool good = true;

	table_init(&reasons);
	for (size_t i = 0; i < ruleset_count(set) && good; i++) {
		const struct rule *rule = ruleset_rule(set, i);
		char line[400];
		struct table_entry *entry;

		if (rule->state == RULE_READY)
			continue;
		if (rule->state == RULE_INVALID)
			snprintf(line, sizeof(line), "invalid: %.*s:%u: %s", SLICE_ARGS(rule->file), rule->line, rule->reason);
		else
			snprintf(line, sizeof(line), "%s: %s", rule_state_name(rule->state), rule->reason);
		entry = table_add(&reasons, slice_from_text(line), 0, NULL);
		good = entry != NULL;
		if (entry)
			entry->value++;
	}
	for (size_t i = 0; i < reasons.count && good; i++)
		printf("%llu %.*s\n", (unsigned long long)reasons.entries[i].value, SLICE_ARGS(reasons.entries[i].key));
	table_fini(&reasons);
	return good;
}

int
main(int argc, char **argv)
{
	static const enum rule_state states[] = { RULE_READY, RULE_INVALID, RULE_UNSUPPORTED, RULE_OTHER_PRODUCT };
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	if (!set)
		return fail("out of memory");
	for (int i = 1; i < argc; i++)
		if (!ruleset_add_path(set, argv[i], &err))
			return fail(err.text);
	if (!ruleset_close(set, &err))
		return fail(err.text);
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		printf("%s %zu\n", rule_state_name(states[i]), ruleset_count_state(set, states[i]));
	if (!print_reasons(set))
		return fail("out of memory");
	ruleset_free(set);
	return 0;
}
