/* SPDX-License-Identifier: Apache-2.0 */
/* Events for correlations as a worker that was taken over would send them: counted inputs one behind the other, run
 * through windows as the parent does.  A finding that is made of them must be one that can be read back. */
#include "src/subject/correlated.h"
#include "src/subject/finding.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { ARENA = 64 * 1024 * 1024, HITS = 8, BYTES = 4096, RULES = 3 };

static const char rules_text[] =
	"title: a\nname: a\nlogsource: {product: windows}\ndetection: {s: {F: a}, condition: s}\n---\n"
	"title: b\nname: b\nlogsource: {product: windows}\ndetection: {s: {F: b}, condition: s}\n---\n"
	"title: c\ncorrelation: {type: event_count, rules: [a, b], group-by: [ProcessId, User], timespan: 1s, "
	"condition: {gte: 2}}\n---\n"
	"title: d\ncorrelation: {type: value_sum, rules: [a], timespan: 1h, condition: {field: F, neq: 0}}\n---\n"
	"title: e\ncorrelation: {type: temporal_ordered, rules: [a, b], group-by: EventID, timespan: 1d}\n";

struct state {
	const struct ruleset *rules;
	uint32_t rule;
};

static bool
on_fired(void *context, const struct window_fired *fired, struct err *err)
{
	const struct state *state = context;
	struct sigma_result result = { .rule = state->rule };
	struct subject subject;
	struct finding finding;
	struct arena arena;
	struct buf out;

	arena_init(&arena, ARENA);
	buf_init(&out, ARENA);
	if (correlated_subject(state->rules, state->rule, fired, &arena, &subject, &result.verdict, err) &&
		finding_encode(&subject, &result, state->rules, NULL, &out, err) &&
		!finding_decode(buf_view(&out), &arena, &finding, err) && err->code == ERR_FORMAT)
		abort();
	buf_fini(&out);
	arena_fini(&arena);
	return true;
}

/* The inputs for one correlation, in the order in which they stand and with times that do not fall. */
static void
run_windows(struct state *state, struct slice bytes)
{
	const struct window_listener listener = { state, on_fired };
	struct cursor in = cursor_over(bytes, 0);
	struct window *w = window_new(HITS, BYTES);
	struct correlated_input input;
	struct err err;
	uint64_t time = 0;

	if (!w || !window_begin(w, ruleset_rule(state->rules, state->rule)->correlation, &err))
		goto out;
	while (in.rest.len && !in.bad) {
		struct slice whole = in.rest, one = cursor_counted(&in);
		struct cursor rest = cursor_over(one, 0);
		struct window_hit hit;

		if (!correlated_input_decode(&rest, state->rules, &input) || input.feed.correlation != state->rule)
			continue;
		time = input.time > time ? input.time : time;
		hit = (struct window_hit){ .time = time, .member = input.feed.member };
		memcpy(hit.value, input.value, WINDOW_KEY);
		if (!window_add(w, &hit, slice_sub(whole, 0, one.len + 4), &listener, &err))
			goto out;
	}
	if (!window_end(w, &listener, &err))
		goto out;
out:
	window_free(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ruleset *set = ruleset_new();
	struct state state = { .rules = set };
	struct err err;

	if (set && ruleset_add_text(set, SLICE("fuzz.yml"), slice_from_text(rules_text), &err) && ruleset_close(set, &err))
		for (uint32_t i = 0; i < RULES; i++) {
			state.rule = (uint32_t)ruleset_count(set) - RULES + i;
			run_windows(&state, slice_from(bytes, len));
		}
	ruleset_free(set);
	return 0;
}
