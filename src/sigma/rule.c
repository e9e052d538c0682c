/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/rule.h"

#include "base/attr.h"

static const char *const level_names[] = {
	[LEVEL_NONE] = "",
	[LEVEL_INFORMATIONAL] = "informational",
	[LEVEL_LOW] = "low",
	[LEVEL_MEDIUM] = "medium",
	[LEVEL_HIGH] = "high",
	[LEVEL_CRITICAL] = "critical",
};

static const char *const state_names[] = {
	[RULE_READY] = "loaded",
	[RULE_INVALID] = "invalid",
	[RULE_UNSUPPORTED] = "not runnable",
	[RULE_OTHER_PRODUCT] = "other product",
	[RULE_NOT_SELECTED] = "not selected",
	[RULE_CORRELATION] = "correlation",
	[RULE_FILTER] = "filter",
};

static const char *const kind_names[] = {
	[RULE_OF_EVENTS] = "events",
	[RULE_OF_CORRELATION] = "correlation",
	[RULE_OF_FILTER] = "filter",
};

const char *
rule_level_name(enum rule_level level)
{
	return level_names[level];
}

bool
rule_level_parse(struct slice text, enum rule_level *level)
{
	for (size_t i = LEVEL_INFORMATIONAL; i < ARRAY_LEN(level_names); i++) {
		if (slice_eq(text, slice_from_text(level_names[i]))) {
			*level = (enum rule_level)i;
			return true;
		}
	}
	return false;
}

const char *
rule_state_name(enum rule_state state)
{
	return state_names[state];
}

const char *
rule_kind_name(enum rule_kind kind)
{
	return kind_names[kind];
}

bool
rule_is_copy(const struct rule *rule, const struct rule *first)
{
	return rule->id.len && slice_eq(rule->id, first->id) && !slice_eq(rule->file, first->file) &&
	       memcmp(rule->sha256, first->sha256, sizeof(rule->sha256)) == 0;
}
