/* SPDX-License-Identifier: Apache-2.0 */
/* A rule file from a stranger: loaded, and where it became rules, run over one event with a gap in its text, explained
 * and shown. */
#include "src/scan/explain_lines.h"
#include "src/sigma/reach.h"
#include "src/sigma/show.h"
#include "src/sigma/window.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
ignore_result(void *context, const struct sigma_result *result, struct err *err)
{
	const struct sigma_field *fields = context;

	(void)err;
	for (size_t i = 0; i < result->hit_count; i++)
		if (!result->hits[i].is_system &&
			result->hits[i].start + result->hits[i].len > fields[result->hits[i].field].text.len)
			abort();
	return true;
}

static bool
ignore_limit(void *context, size_t rule, const char *limit, struct err *err)
{
	(void)context;
	(void)rule;
	(void)limit;
	(void)err;
	return true;
}

/* What people are shown: the same answer, and nothing outside the texts. */
static void
explain_rules(const struct ruleset *set, const struct sigma_event *event)
{
	struct explainer *x = explainer_new(set);
	struct buf out;
	struct err err;

	buf_init(&out, 16 << 20);
	for (size_t i = 0; x && i < ruleset_count(set); i++) {
		const struct rule *rule = ruleset_rule(set, i);
		struct explain_listener listener;
		struct explain_lines lines;
		enum verdict verdict;

		buf_reset(&out);
		if (rule->state != RULE_READY || !rule->tree) {
			show_document(set, rule, &out);
			continue;
		}
		show_document(set, rule, &out);
		buf_reset(&out);
		explain_lines_begin(&lines, i % 2, &out);
		listener = explain_lines_listener(&lines);
		if (!explain_event(x, rule, event, &listener, &verdict, &err))
			break;
		explain_lines_end(&lines);
		for (size_t k = 0; k < reach_sources(rule); k++)
			reach_of(rule, k);
	}
	buf_fini(&out);
	explainer_free(x);
}

static void
run_rules(const struct ruleset *set)
{
	static const size_t gaps[] = { 9 };
	struct sigma_field fields[] = {
		{ .name = { (const uint8_t *)"ScriptBlockText", 15 }, .text = { (const uint8_t *)"Write-A \xE2\x84\xAAX -Enc", 17 } },
		{ .name = { (const uint8_t *)"CommandLine", 11 }, .text = { (const uint8_t *)"cmd.exe /c \xFF", 12 } },
		{ .name = { (const uint8_t *)"F", 1 }, .null = true },
	};
	struct sigma_event event = { .channel = SLICE("Microsoft-Windows-PowerShell/Operational"), .event_id = 4104,
		.fields = fields, .field_count = sizeof(fields) / sizeof(fields[0]) };
	const struct sigma_listener listener = { fields, ignore_result, ignore_limit };
	struct matcher *m = matcher_new(set);
	struct err err;
	size_t open = 0;

	sigma_event_gaps(&event, &fields[0], gaps, 1);
	if (m && !matcher_run(m, &event, &listener, &open, &err))
		open = 0; /* out of memory */
	matcher_free(m);
	explain_rules(set, &event);
}

static bool
ignore_fired(void *context, const struct window_fired *fired, struct err *err)
{
	const struct correlation *c = context;

	(void)err;
	for (size_t i = 0; i < fired->count; i++)
		if (fired->hits[i].member >= c->member_count || fired->hits[i].time < fired->hits[0].time)
			abort();
	return true;
}

/* Events of all members in turn, with values, ties and gaps. */
static void
run_window(const struct correlation *c)
{
	void *context = (void *)(uintptr_t)c;
	const struct window_listener listener = { context, ignore_fired };
	struct window *w = window_new(12, 4096);
	struct err err;
	bool good = w && window_begin(w, c, &err);

	for (uint64_t i = 0; good && i < 40; i++) {
		struct window_hit hit = { .time = i / 2 * (c->timespan / 7), .member = (uint32_t)(i * i % c->member_count) };

		quantity_encode((quantity)(i % 5) * QUANTITY_ONE, hit.value);
		good = window_add(w, &hit, SLICE("bytes"), &listener, &err);
	}
	if (good && !window_end(w, &listener, &err))
		abort();
	window_free(w);
}

static void
run_correlations(const struct ruleset *set)
{
	for (size_t i = 0; i < ruleset_count(set); i++)
		if (ruleset_rule(set, i)->state == RULE_CORRELATION)
			run_window(ruleset_rule(set, i)->correlation);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset *set = ruleset_new();
	struct err err;

	if (!set)
		return 0;
	if (ruleset_add_text(set, SLICE("fuzz.yml"), slice_from(data, size), &err) && ruleset_close(set, &err)) {
		run_rules(set);
		run_correlations(set);
	}
	ruleset_free(set);
	return 0;
}
