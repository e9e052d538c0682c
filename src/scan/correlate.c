/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/correlate.h"

#include "base/limits.h"
#include "base/sort_key.h"
#include "base/sorter.h"
#include "src/scan/run.h"
#include "src/subject/correlated.h"

#include <stdlib.h>

enum { COPIES_KEPT = LIMIT_BLOCK_SOURCES, LATER_MEMORY = LIMIT_CORRELATION_MEMORY / 4, FINDING_ARENA = 1 << 30 };

struct correlate {
	const struct ruleset *rules;
	struct sorter levels[LIMIT_CORRELATION_DEPTH];
	bool used[LIMIT_CORRELATION_DEPTH];
	struct window *window;
	struct buf key;
	struct arena arena;        /* of the finding at hand */
	struct buf frame;
	/* while a level is walked */
	struct run *run;
	uint32_t rule;             /* the correlation at hand; UINT32_MAX: none yet */
	uint8_t group[WINDOW_KEY];
	struct window_hit hit;     /* the event at hand, until no more copies of it come */
	struct buf hit_bytes, hit_key;
	size_t copies;
	bool has_hit, has_value;
	uint64_t cuts_before, valueless;
};

struct correlate *
correlate_new(const struct ruleset *rules, const char *temp_folder)
{
	struct correlate *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->rules = rules;
	for (size_t i = 0; i < LIMIT_CORRELATION_DEPTH; i++)
		sorter_init(&c->levels[i], i ? LATER_MEMORY : LIMIT_CORRELATION_MEMORY, temp_folder);
	buf_init(&c->key, LIMIT_MESSAGE);
	buf_init(&c->frame, LIMIT_MESSAGE);
	buf_init(&c->hit_bytes, LIMIT_MESSAGE);
	buf_init(&c->hit_key, LIMIT_MESSAGE);
	arena_init(&c->arena, FINDING_ARENA);
	c->window = window_new(LIMIT_WINDOW_HITS, LIMIT_WINDOW_BYTES);
	if (c->window)
		return c;
	correlate_free(c);
	return NULL;
}

void
correlate_free(struct correlate *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < LIMIT_CORRELATION_DEPTH; i++)
		sorter_fini(&c->levels[i]);
	buf_fini(&c->key);
	buf_fini(&c->frame);
	buf_fini(&c->hit_bytes);
	buf_fini(&c->hit_key);
	arena_fini(&c->arena);
	window_free(c->window);
	free(c);
}

/* ---- inputs ---- */

static uint64_t
earliest(const struct subject *s)
{
	uint64_t first = s->part_count ? UINT64_MAX : 0;

	for (size_t i = 0; i < s->part_count; i++)
		first = s->parts[i].time < first ? s->parts[i].time : first;
	return first;
}

bool
correlate_send(const struct subject *subject, const struct sigma_result *result, const struct ruleset *rules,
	struct buf *scratch, struct buf *out, struct err *err)
{
	const struct rule *rule = ruleset_rule(rules, result->rule);

	if (result->verdict != VERDICT_MATCH && result->verdict != VERDICT_MATCH_ON_PARTIAL)
		return true;
	for (size_t i = 0; i < rule->feed_count; i++) {
		size_t begin = frame_begin(out, FRAME_CORRELATION);

		if (!correlated_input_encode(subject, rule->feeds[i], earliest(subject), result->verdict, NULL, rules, scratch,
			    out, err))
			return false;
		frame_end(out, begin);
	}
	return true;
}

/* Correlation, group, time, computer, channel, record, rule: then it is the same event.  Behind it the place, so that
 * the copy named first is the smallest. */
static size_t
make_key(struct buf *key, const struct correlated_input *input)
{
	struct subject_part part = correlated_input_part(input, 0);
	size_t identity;

	buf_reset(key);
	sort_key_number(key, input->feed.correlation, 4);
	buf_append(key, slice_from(input->group, WINDOW_KEY));
	sort_key_number(key, input->time, 8);
	sort_key_text(key, input->computer);
	sort_key_text(key, input->channel);
	sort_key_number(key, part.record_id, 8);
	sort_key_number(key, input->feed.member, 4);
	buf_append(key, slice_from(input->origin, WINDOW_KEY));
	identity = key->len;
	sort_key_number(key, part.evidence, 4);
	sort_key_number(key, part.offset, 8);
	return identity;
}

static bool
keep_input(struct correlate *c, struct slice bytes, struct err *err)
{
	struct cursor in = cursor_over(bytes, 0);
	struct correlated_input input;
	uint32_t level;

	if (!correlated_input_decode(&in, c->rules, &input) || in.rest.len)
		return err_set(err, ERR_FORMAT, 0, "the worker sent an event for a correlation that is not well formed");
	level = ruleset_rule(c->rules, input.feed.correlation)->correlation->level;
	make_key(&c->key, &input);
	if (c->key.failed)
		return err_nomem(err);
	c->used[level] = true;
	return sorter_add(&c->levels[level], buf_view(&c->key), bytes, err);
}

bool
correlate_check(const struct run *run, struct slice payload)
{
	struct cursor in = cursor_over(payload, 0);
	struct correlated_input input;

	if (!correlated_input_decode(&in, run->correlate->rules, &input) || in.rest.len)
		return false;
	for (size_t i = 0; i < input.part_count; i++)
		if (correlated_input_part(&input, i).evidence >= run->inputs.count)
			return false;
	return true;
}

bool
correlate_take(struct run *run, struct slice payload, struct err *err)
{
	return keep_input(run->correlate, payload, err);
}

/* ---- windows ---- */

static bool
feed_next_levels(struct correlate *c, const struct subject *subject, uint64_t time, enum verdict verdict,
	struct err *err)
{
	const struct rule *rule = ruleset_rule(c->rules, c->rule);

	for (size_t i = 0; i < rule->feed_count; i++) {
		buf_reset(&c->frame);
		if (!correlated_input_encode(subject, rule->feeds[i], time, verdict, c->group, c->rules, &c->key, &c->frame,
			    err) ||
			!keep_input(c, buf_view(&c->frame), err))
			return false;
	}
	return true;
}

static bool
on_fired(void *context, const struct window_fired *fired, struct err *err)
{
	struct correlate *c = context;
	struct sigma_result result = { .rule = c->rule };
	struct subject subject;

	arena_reset(&c->arena);
	if (!correlated_subject(c->rules, c->rule, fired, &c->arena, &subject, &result.verdict, err) ||
		!feed_next_levels(c, &subject, fired->reached, result.verdict, err))
		return false;
	if (ruleset_rule(c->rules, c->rule)->silent)
		return true;
	buf_reset(&c->frame);
	return finding_encode(&subject, &result, c->rules, NULL, &c->frame, err) &&
		collect_frame(c->run, FRAME_FINDING, buf_view(&c->frame), err);
}

static bool
tell(struct correlate *c, uint64_t count, const char *what, struct err *err)
{
	const struct rule *rule = ruleset_rule(c->rules, c->rule);
	struct notice notice = { .kind = NOTICE_LIMIT };
	struct buf text;
	bool told;

	if (count == 0)
		return true;
	buf_init(&text, 1 << 16);
	buf_printf(&text, "correlation '%.*s' (", (int)(rule->title.len < 200 ? rule->title.len : 200),
		(const char *)rule->title.ptr);
	buf_append(&text, rule->file);
	buf_printf(&text, "): %llu %s", (unsigned long long)count, what);
	notice.reason = buf_view(&text);
	told = text.failed ? err_nomem(err) : run_notice(c->run, &notice, err);
	buf_fini(&text);
	return told;
}

/* The event at hand is complete: no more copies of it. */
static bool
flush_hit(struct correlate *c, struct err *err)
{
	const struct window_listener listener = { c, on_fired };

	if (!c->has_hit)
		return true;
	c->has_hit = false;
	if (c->has_value)
		return window_add(c->window, &c->hit, buf_view(&c->hit_bytes), &listener, err);
	c->valueless++;
	return true;
}

static bool
end_group(struct correlate *c, struct err *err)
{
	const struct window_listener listener = { c, on_fired };

	return flush_hit(c, err) && (c->rule == UINT32_MAX || window_end(c->window, &listener, err));
}

static bool
end_rule(struct correlate *c, struct err *err)
{
	uint64_t cuts = window_cuts(c->window) - c->cuts_before;

	if (!end_group(c, err) || c->rule == UINT32_MAX)
		return c->rule == UINT32_MAX;
	c->cuts_before += cuts;
	if (!tell(c, cuts, "events came to a window that was full: it was cut there", err))
		return false;
	return tell(c, c->valueless, "events do not have the field it looks at, or no number there: they do not count",
		err);
}

static bool
begin_group(struct correlate *c, const struct correlated_input *input, struct err *err)
{
	bool other_rule = c->rule != input->feed.correlation;

	if (!other_rule && memcmp(c->group, input->group, WINDOW_KEY) == 0)
		return true;
	if (!(other_rule ? end_rule : end_group)(c, err))
		return false;
	if (other_rule)
		c->valueless = 0;
	c->rule = input->feed.correlation;
	memcpy(c->group, input->group, WINDOW_KEY);
	return window_begin(c->window, ruleset_rule(c->rules, c->rule)->correlation, err);
}

static bool
begin_hit(struct correlate *c, const struct correlated_input *input, struct slice identity, struct err *err)
{
	if (!flush_hit(c, err) || !begin_group(c, input, err))
		return false;
	c->hit = (struct window_hit){ .time = input->time, .member = input->feed.member };
	memcpy(c->hit.value, input->value, WINDOW_KEY);
	c->has_hit = true;
	c->has_value = input->has_value;
	c->copies = 0;
	buf_reset(&c->hit_bytes);
	buf_reset(&c->hit_key);
	buf_append(&c->hit_key, identity);
	return true;
}

static bool
walk_entry(struct correlate *c, struct slice key, struct slice bytes, struct err *err)
{
	struct cursor in = cursor_over(bytes, 0);
	struct correlated_input input;
	struct slice identity;

	if (!correlated_input_decode(&in, c->rules, &input))
		return err_set(err, ERR_IO, 0, "the temporary file is not what was written to it");
	identity = slice_sub(key, 0, make_key(&c->key, &input));
	if (!(c->has_hit && slice_eq(buf_view(&c->hit_key), identity)) && !begin_hit(c, &input, identity, err))
		return false;
	if (c->copies++ < COPIES_KEPT)
		buf_counted(&c->hit_bytes, bytes);
	return !(c->hit_bytes.failed || c->hit_key.failed) || err_nomem(err);
}

static bool
run_level(struct correlate *c, struct sorter *sorter, struct err *err)
{
	struct slice key, bytes;
	bool good = sorter_sort(sorter, err);

	c->rule = UINT32_MAX;
	c->valueless = 0;
	while (good && !run_stop_asked(c->run) && sorter_next(sorter, &key, &bytes, err))
		good = walk_entry(c, key, bytes, err);
	if (good && c->run->summary->interrupted)
		return true;
	return good && err->code == ERR_OK && end_rule(c, err);
}

bool
correlate_run(struct run *run, struct err *err)
{
	struct correlate *c = run->correlate;

	c->run = run;
	for (size_t i = 0; i < LIMIT_CORRELATION_DEPTH; i++) {
		if (c->used[i] && !run_level(c, &c->levels[i], err))
			return false;
		sorter_fini(&c->levels[i]);
		sorter_init(&c->levels[i], 0, run->options->temp_folder);
	}
	return true;
}
