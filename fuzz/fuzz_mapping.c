/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping from a stranger: read, then asked what it says of a rule's log source and its fields. */
#include "src/sigma/reach.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rule[] = "title: t\nlogsource: {category: process_creation}\n"
		"detection: {s: {Image: a, OriginalFileName: b}, condition: s}\n";
	struct ruleset *set = ruleset_new();
	struct err err;

	if (!set)
		return 0;
	if (ruleset_add_mapping(set, SLICE("fuzz.map"), slice_from(data, size), &err) &&
		ruleset_add_text(set, SLICE("t.yml"), slice_from_text(rule), &err) && ruleset_close(set, &err))
		for (size_t i = 0; i < reach_sources(ruleset_rule(set, 0)); i++)
			reach_of(ruleset_rule(set, 0), i);
	ruleset_free(set);
	return 0;
}
