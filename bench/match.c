/* SPDX-License-Identifier: Apache-2.0 */
/* Times matching alone: decodes the subjects of logs into memory once, then runs all rules over them.
 * usage: match [-m plan|no-memory|walk] [-n RUNS] [-u] -r RULES... LOG...
 * -u makes every text of every event unique first (a number is put behind it): what caches cost when nothing repeats.
 * Prints one line of facts and one a run. */
#include "tests/log_events.h"

#include <time.h>

struct counts {
	size_t match, partial, undecided, open, limits;
};

static double
seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double
cpu_seconds(void)
{
	return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

/* What asking for the time costs. */
static double
clock_cost(void)
{
	enum { TIMES = 10000 };
	double start = cpu_seconds();

	for (int i = 0; i < TIMES; i++)
		(void)cpu_seconds();
	return (cpu_seconds() - start) / TIMES;
}

static int
fail(const char *what)
{
	fprintf(stderr, "match: %s\n", what);
	return EXIT_FAILURE;
}

static bool
on_result(void *context, const struct sigma_result *result, struct err *err)
{
	struct counts *counts = context;

	(void)err;
	counts->match += result->verdict == VERDICT_MATCH;
	counts->partial += result->verdict == VERDICT_MATCH_ON_PARTIAL;
	counts->undecided += result->verdict == VERDICT_UNDECIDED;
	return true;
}

static bool
on_limit(void *context, size_t rule, const char *limit, struct err *err)
{
	struct counts *counts = context;

	(void)rule;
	(void)limit;
	(void)err;
	counts->limits++;
	return true;
}

enum { BATCH = 32 };

/* In a subject, what says the same by its nature is one text: the names of channel and provider, Computer twice. */
static bool
copy_text(const struct sigma_event *event, const struct sigma_field *before, struct slice text, struct arena *arena,
	struct slice *out)
{
	const struct slice same[] = { event->channel, event->provider, before ? before->text : SLICE_EMPTY };

	for (size_t i = 0; i < 3; i++)
		if (text.len && slice_eq(text, same[i])) {
			*out = same[i];
			return true;
		}
	return arena_copy(arena, text, out);
}

static bool
copy_event(const struct sigma_event *event, struct arena *arena, struct sigma_event *out)
{
	const struct sigma_field *from[] = { event->fields, event->system };
	size_t counts[] = { event->field_count, event->system_count };

	*out = *event;
	for (size_t k = 0; k < 2; k++) {
		struct sigma_field *fields = ARENA_ARRAY(arena, struct sigma_field, counts[k]);

		for (size_t i = 0; fields && i < counts[k]; i++) {
			fields[i] = from[k][i];
			if (!copy_text(event, k && i ? &fields[i - 1] : NULL, from[k][i].text, arena, &fields[i].text))
				return false;
		}
		if (!fields)
			return false;
		*(k ? &out->system : &out->fields) = fields;
	}
	return true;
}

static bool
is_same(struct slice a, struct slice b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

/* The texts of the event that may hold words, as a worker has them of a record (record_read_words, and Computer). */
static bool
words_of(const struct sigma_event *event, struct arena *arena, struct slice *words)
{
	const struct sigma_field *lists[] = { event->fields, event->system };
	size_t counts[] = { event->field_count, event->system_count }, room = 0, len = 0;
	struct slice last = SLICE_EMPTY;
	uint8_t *out;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < counts[k]; i++)
			room += lists[k][i].text.len + 1;
	out = arena_alloc(arena, room + 1, 1);
	for (size_t k = 0; k < 2 && out; k++)
		for (size_t i = 0; i < counts[k]; i++) {
			struct slice text = lists[k][i].text;

			if (text.len == 0 || lists[k][i].plain || is_same(text, last) || is_same(text, event->channel) ||
				is_same(text, event->provider))
				continue;
			last = text;
			memcpy(out + len, text.ptr, text.len);
			len += text.len + 1; /* the arena gave zeros */
		}
	*words = slice_from(out, len);
	return out != NULL;
}

/* What a worker does with a record, but for reading it. */
static bool
match(struct matcher *m, const struct sigma_event *e, struct slice words, const struct sigma_listener *listener,
	struct counts *counts, struct err *err)
{
	if (matcher_wants_words_alone(m, e->channel, e->provider, e->event_id) &&
		!matcher_words_may(m, e->channel, e->provider, e->event_id, words))
		return true;
	return matcher_run(m, e, listener, &counts->open, err);
}

/* Copies a few events at a time into memory that is used over and over, off the clock: in a scan an event has just
 * been made, and reading it costs no trip to main memory. */
static bool
run(struct matcher *m, const struct log_events *l, struct counts *counts, double *seconds)
{
	const struct sigma_listener listener = { counts, on_result, on_limit };
	struct sigma_event batch[BATCH];
	struct slice words[BATCH];
	struct err err = { 0 };
	struct arena arena;
	bool good = true;
	double clock = clock_cost();

	*seconds = 0;
	arena_init(&arena, SIZE_MAX / 2);
	for (size_t i = 0; i < l->count && good; i += BATCH) {
		size_t count = l->count - i < BATCH ? l->count - i : BATCH;
		double start;

		arena_reset(&arena);
		for (size_t k = 0; k < count; k++)
			good &= copy_event(&l->events[i + k], &arena, &batch[k]) && words_of(&batch[k], &arena, &words[k]);
		start = cpu_seconds();
		for (size_t k = 0; k < count && good; k++)
			good = match(m, &batch[k], words[k], &listener, counts, &err);
		*seconds += cpu_seconds() - start - clock;
	}
	arena_fini(&arena);
	return good;
}

static bool
make_unique(struct log_events *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; k < l->events[i].field_count; k++) {
			struct sigma_field *field = (struct sigma_field *)(uintptr_t)&l->events[i].fields[k];
			uint8_t *longer = arena_alloc(&l->arena, field->text.len + 16, 1);

			if (!longer)
				return false;
			if (field->text.len)
				memcpy(longer, field->text.ptr, field->text.len);
			field->text = slice_from(longer, field->text.len +
				(size_t)snprintf((char *)longer + field->text.len, 16, " %zu", n++));
		}
	return true;
}

static int
measure(const struct ruleset *set, const struct log_events *l, enum matcher_mode mode, int runs)
{
	for (int i = 0; i < runs; i++) {
		struct counts counts = { 0 };
		struct matcher *m = matcher_new_mode(set, mode);
		double seconds;

		if (!m || !run(m, l, &counts, &seconds))
			return fail("out of memory");
		printf("%.4f s  %zu matches, %zu on partial, %zu undecided, %zu open, %zu limits\n", seconds,
			counts.match, counts.partial, counts.undecided, counts.open, counts.limits);
		matcher_free(m);
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	enum matcher_mode mode = MATCHER_PLAN;
	struct ruleset *set = ruleset_new();
	struct log_events l;
	struct err err = { 0 };
	int option, runs = 5;
	struct plan_facts facts;
	bool unique = false;
	double start = cpu_seconds(), loaded, closed, wall = seconds_of(CLOCK_MONOTONIC);

	if (!set)
		return fail("out of memory");
	while ((option = getopt(argc, argv, "m:n:ur:")) != -1) {
		if (option == 'm')
			mode = strcmp(optarg, "walk") == 0 ? MATCHER_WALK
				: strcmp(optarg, "no-memory") == 0 ? MATCHER_NO_MEMORY : MATCHER_PLAN;
		else if (option == 'n')
			runs = (int)strtol(optarg, NULL, 10);
		else if (option == 'u')
			unique = true;
		else if (option != 'r' || !ruleset_add_path(set, optarg, &err))
			return fail(err.text);
	}
	loaded = cpu_seconds();
	if (!ruleset_close(set, &err))
		return fail(err.text);
	closed = cpu_seconds();
	wall = seconds_of(CLOCK_MONOTONIC) - wall;
	if (!log_events_init(&l, set, false))
		return fail("out of memory");
	for (int i = optind; i < argc; i++)
		if (!log_events_read(&l, argv[i], &err))
			return fail(err.text);
	if (!log_events_join(&l, &err) || (unique && !make_unique(&l)))
		return fail(err.text);
	ruleset_plan_facts(set, &facts);
	printf("%zu rules, %zu items, %zu atoms, %zu fields; loaded in %.0f ms, compiled in %.0f ms of CPU, both in %.0f ms, plan %.1f MiB; "
		"%zu records, %zu subjects, %.1f MB of text\n", facts.rules, facts.items, facts.atoms, facts.fields,
		(loaded - start) * 1e3, (closed - loaded) * 1e3, wall * 1e3, (double)facts.bytes / 1048576, l.records, l.count,
		(double)l.text_bytes / 1e6);
	option = measure(set, &l, mode, runs);
	log_events_fini(&l);
	ruleset_free(set);
	return option;
}
