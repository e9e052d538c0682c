/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the matcher's ways of working against each other: the walk over every rule's tree, which is slow and obvious,
 * the compiled plan, and the plan with what it remembers.  All must tell the same of every event, to the byte. */
#ifndef TESTS_MATCH_COMPARE_H
#define TESTS_MATCH_COMPARE_H

#include "base/buf.h"
#include "base/plain.h"
#include "src/sigma/match.h"

#include <stdio.h>
#include <stdlib.h>

enum { COMPARE_MODES = 3 };

struct told {
	struct buf bytes; /* everything a matcher says of one event, as a text */
	size_t results;
};

struct contest {
	struct matcher *matchers[COMPARE_MODES];
	struct told told[COMPARE_MODES];
	size_t results; /* of the walk, in all */
	size_t spared;  /* events that need not have been built: matcher_words_may */
};

static inline bool
compare_on_result(void *context, const struct sigma_result *result, struct err *err)
{
	struct told *told = context;

	(void)err;
	told->results++;
	buf_printf(&told->bytes, "rule %zu verdict %d:", result->rule, (int)result->verdict);
	for (size_t i = 0; i < result->hit_count; i++)
		buf_printf(&told->bytes, " %d/%u %zu+%zu", result->hits[i].is_system, result->hits[i].field,
			result->hits[i].start, result->hits[i].len);
	buf_append_byte(&told->bytes, '\n');
	return true;
}

static inline bool
compare_on_limit(void *context, size_t rule, const char *limit, struct err *err)
{
	struct told *told = context;

	(void)err;
	buf_printf(&told->bytes, "rule %zu limit %s\n", rule, limit);
	return true;
}

static inline bool
contest_init(struct contest *c, const struct ruleset *set)
{
	*c = (struct contest){ .results = 0 };
	for (size_t i = 0; i < COMPARE_MODES; i++) {
		static const enum matcher_mode modes[COMPARE_MODES] = { MATCHER_WALK, MATCHER_NO_MEMORY, MATCHER_PLAN };

		buf_init(&c->told[i].bytes, 1u << 28);
		c->matchers[i] = matcher_new_mode(set, modes[i]);
		if (!c->matchers[i])
			return false;
	}
	return true;
}

static inline void
contest_fini(struct contest *c)
{
	for (size_t i = 0; i < COMPARE_MODES; i++) {
		buf_fini(&c->told[i].bytes);
		matcher_free(c->matchers[i]);
	}
}

/* What a worker asks before it makes an event, of its texts that may hold words. */
static inline bool
contest_spares(struct contest *c, const struct sigma_event *event)
{
	struct matcher *m = c->matchers[COMPARE_MODES - 1];
	const struct sigma_field *lists[] = { event->fields, event->system };
	size_t counts[] = { event->field_count, event->system_count };
	struct buf texts;
	bool spares = matcher_wants_words_alone(m, event->channel, event->provider, event->event_id);

	buf_init(&texts, 1u << 28);
	for (size_t k = 0; k < 2 && spares; k++)
		for (size_t i = 0; i < counts[k]; i++) {
			spares &= lists[k][i].gap_count == 0;
			if (plain_is(lists[k][i].text))
				continue;
			buf_append(&texts, lists[k][i].text);
			buf_append_byte(&texts, 0);
		}
	spares = spares && !matcher_words_may(m, event->channel, event->provider, event->event_id, buf_view(&texts));
	buf_fini(&texts);
	c->spared += spares;
	return spares;
}

/* An event must say that it has gaps: the plan believes it, while the walk sees for itself. */
static inline bool
contest_gaps_are_told(const struct sigma_event *event)
{
	size_t gaps = 0, in_system = 0;

	for (size_t i = 0; i < event->field_count; i++)
		gaps += event->fields[i].gap_count;
	for (size_t i = 0; i < event->system_count; i++)
		in_system += event->system[i].gap_count;
	return event->gapped == (gaps > 0) && in_system == 0;
}

/* True when all tell the same; else the first difference is in c->told. */
static inline bool
contest_run(struct contest *c, const struct sigma_event *event)
{
	if (!contest_gaps_are_told(event)) {
		buf_reset(&c->told[0].bytes);
		buf_append_text(&c->told[0].bytes, "what the event says of gaps is not so\n");
		return false;
	}
	for (size_t i = 0; i < COMPARE_MODES; i++) {
		const struct sigma_listener listener = { &c->told[i], compare_on_result, compare_on_limit };
		struct err err = { 0 };
		size_t open = 0;

		buf_reset(&c->told[i].bytes);
		c->told[i].results = 0;
		if (!matcher_run(c->matchers[i], event, &listener, &open, &err))
			return false;
		buf_printf(&c->told[i].bytes, "open %zu\n", open);
		if (c->told[i].bytes.failed)
			return false;
		/* Where the walk's expression met its limit, the plan may know that it cannot match. */
		if (!slice_eq(buf_view(&c->told[0].bytes), buf_view(&c->told[i].bytes)) &&
			slice_find(buf_view(&c->told[0].bytes), SLICE(" limit "), 0) == SIZE_MAX)
			return false;
	}
	c->results += c->told[0].results;
	return !contest_spares(c, event) || c->told[0].results == 0;
}

static inline void
contest_print(const struct contest *c)
{
	static const char *const names[COMPARE_MODES] = { "walk", "plan", "memory" };

	for (size_t i = 0; i < COMPARE_MODES; i++)
		fprintf(stderr, "%s says:\n%.*s", names[i], SLICE_ARGS(buf_view(&c->told[i].bytes)));
}

#endif
