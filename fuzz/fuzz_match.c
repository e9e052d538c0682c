/* SPDX-License-Identifier: Apache-2.0 */
/* Rule by record: the bytes choose rules and events out of a vocabulary that often meets, and the compiled plan must tell
 * what the walk over every tree tells. */
#include "tests/match_compare.h"
#include "tests/rule_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
compare_events(struct maker *m, const struct ruleset *set)
{
	enum { EVENTS = 20 };
	struct contest c;

	if (contest_init(&c, set))
		for (int i = 0; i < EVENTS; i++) {
			maker_event(m);
			if (contest_run(&c, &m->event))
				continue;
			contest_print(&c);
			abort();
		}
	contest_fini(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct ruleset *set = ruleset_new();
	struct buf text;
	struct err err;

	buf_init(&text, 1 << 20);
	if (m && set) {
		m->bytes = slice_from(data, size);
		m->state = size;
		for (int i = 0; i < 4; i++)
			maker_rule(m, &text);
		if (ruleset_add_text(set, SLICE("fuzz.yml"), buf_view(&text), &err) && ruleset_close(set, &err))
			compare_events(m, set);
	}
	buf_fini(&text);
	ruleset_free(set);
	free(m);
	return 0;
}
