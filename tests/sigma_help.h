/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of src/sigma share: a rule out of a few lines of YAML, an event out of a table row, and what the
 * matcher says of the two. */
#ifndef TESTS_SIGMA_HELP_H
#define TESTS_SIGMA_HELP_H

#include "base/attr.h"
#include "base/limits.h"
#include "src/sigma/match.h"
#include "src/sigma/ruleset.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { HELP_FIELDS = 6, HELP_GAPS = 4, HELP_TEXT = 512 };

/* One field of a test event.  \1 in the text stands for a gap; a text of NULL is a field without value. */
struct help_field {
	const char *name;
	const char *text;
};

struct help_event {
	struct sigma_event event;
	struct sigma_field fields[HELP_FIELDS], system[2];
	size_t gaps[HELP_FIELDS][HELP_GAPS];
	uint8_t texts[HELP_FIELDS][HELP_TEXT];
};

struct help_outcome {
	enum verdict verdict; /* of the last rule told */
	size_t told, open;
	char limit[64];
	struct sigma_hit hits[LIMIT_MATCHES];
	size_t hit_count;
};

static inline void
help_event_make(struct help_event *e, const struct help_field *fields, const char *channel, uint32_t event_id)
{
	static const char computer[] = "pc1.example.org";
	static char id[16];

	*e = (struct help_event){ 0 };
	snprintf(id, sizeof(id), "%u", event_id);
	for (size_t i = 0; i < HELP_FIELDS && fields[i].name; i++) {
		const char *from = fields[i].text ? fields[i].text : "";
		struct sigma_field *field = &e->fields[i];
		size_t len = 0, gaps = 0;

		for (; *from; from++) {
			if (*from == '\1')
				e->gaps[i][gaps++] = len;
			else
				e->texts[i][len++] = (uint8_t)*from;
		}
		field->name = slice_from_text(fields[i].name);
		field->text = slice_from(e->texts[i], len);
		field->null = !fields[i].text;
		sigma_event_gaps(&e->event, field, e->gaps[i], gaps);
		e->event.field_count++;
	}
	e->system[0] = (struct sigma_field){ .name = SLICE("EventID"), .text = slice_from_text(id) };
	e->system[1] = (struct sigma_field){ .name = SLICE("Computer"), .text = slice_from_text(computer) };
	e->event.channel = slice_from_text(channel);
	e->event.event_id = event_id;
	e->event.fields = e->fields;
	e->event.system = e->system;
	e->event.system_count = 2;
}

static inline bool
help_result(void *context, const struct sigma_result *result, struct err *err)
{
	struct help_outcome *out = context;

	(void)err;
	out->verdict = result->verdict;
	out->told++;
	out->hit_count = result->hit_count;
	memcpy(out->hits, result->hits, result->hit_count * sizeof(*out->hits));
	return true;
}

static inline bool
help_limit(void *context, size_t rule, const char *limit, struct err *err)
{
	struct help_outcome *out = context;

	(void)rule;
	(void)err;
	snprintf(out->limit, sizeof(out->limit), "%s", limit);
	return true;
}

/* A closed set with the rule that has this detection (lines indented by four blanks). */
static inline struct ruleset *
help_rules(const char *detection, const char *logsource)
{
	static char text[16384];
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };
	int len = snprintf(text, sizeof(text), "title: t\nlogsource:\n%s\ndetection:\n%s\n", logsource, detection);

	ck_assert_ptr_nonnull(set);
	ck_assert_int_lt(len, (int)sizeof(text));
	ck_assert_msg(ruleset_add_text(set, SLICE("t.yml"), slice_from(text, (size_t)len), &err), "%s", err.text);
	ck_assert_msg(ruleset_close(set, &err), "%s", err.text);
	return set;
}

static inline struct help_outcome
help_run(const struct ruleset *set, const struct sigma_event *event)
{
	struct help_outcome out = { 0 };
	const struct sigma_listener listener = { &out, help_result, help_limit };
	struct matcher *m = matcher_new(set);
	struct err err = { 0 };

	ck_assert_ptr_nonnull(m);
	ck_assert_msg(matcher_run(m, event, &listener, &out.open, &err), "%s", err.text);
	matcher_free(m);
	return out;
}

/* Detection against fields, in a script block event. */
static inline struct help_outcome
help_try(const char *name, const char *detection, const struct help_field *fields)
{
	struct ruleset *set = help_rules(detection, "    product: windows");
	struct help_event e;
	struct help_outcome out;
	const struct rule *rule = ruleset_rule(set, 0);

	ck_assert_msg(rule->state == RULE_READY, "%s: line %u: %s", name, rule->line, rule->reason);
	help_event_make(&e, fields, "Microsoft-Windows-PowerShell/Operational", 4104);
	out = help_run(set, &e.event);
	ruleset_free(set);
	return out;
}

static inline int
help_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#endif
