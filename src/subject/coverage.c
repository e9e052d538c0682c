/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/coverage.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "src/subject/clear_set.h"
#include "src/subject/events.h"

#include <stdlib.h>

enum { COUNTERS = 5, COVERAGE_MAGIC = 'C', NAME_KEPT = 256, ENTRY_LEAST = 92, RUNS_KEPT = 4096 };

/* Consecutive record ids that came. */
struct id_run {
	uint64_t first, last;
};

struct entry {
	struct channel_coverage c;
	struct slice name; /* the table's key: computer in small letters, NUL, channel */
	struct id_run *runs; /* ascending, with holes between */
	size_t run_count, run_room;
	struct clear_set clears;
	bool scattered;    /* too many runs to keep: missing ids are not known */
};

struct coverage {
	struct table keys;
	struct entry *entries; /* by the table's value */
	size_t room;
	size_t runs;           /* over all entries */
	uint32_t *order;       /* sorted, by coverage_close */
	struct buf key;
	size_t last;           /* entry of the record before */
};

struct coverage *
coverage_new(void)
{
	struct coverage *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	table_init(&c->keys);
	buf_init(&c->key, 4 * NAME_KEPT);
	return c;
}

static void
free_entries(struct coverage *c)
{
	for (size_t i = 0; i < c->keys.count; i++) {
		struct entry *e = &c->entries[i];

		free((void *)(uintptr_t)e->c.computer.ptr);
		free((void *)(uintptr_t)e->c.channel.ptr);
		free(e->runs);
		clear_set_fini(&e->clears);
	}
}

void
coverage_free(struct coverage *c)
{
	if (!c)
		return;
	free_entries(c);
	table_fini(&c->keys);
	free(c->entries);
	free(c->order);
	buf_fini(&c->key);
	free(c);
}

void
coverage_reset(struct coverage *c)
{
	free_entries(c);
	table_reset(&c->keys);
	c->runs = 0;
	c->last = 0;
}

static bool
copy_text(struct slice text, struct slice *copy)
{
	uint8_t *bytes = malloc(text.len + 1);

	if (!bytes)
		return false;
	if (text.len)
		memcpy(bytes, text.ptr, text.len);
	*copy = slice_from(bytes, text.len);
	return true;
}

static bool
make_entry(struct coverage *c, struct slice computer, struct slice channel, size_t *index)
{
	struct entry *e;
	bool added;

	if (c->keys.count == c->room) {
		size_t room = c->room ? c->room * 2 : 16;

		e = reallocarray(c->entries, room, sizeof(*e));
		if (!e)
			return false;
		c->entries = e;
		c->room = room;
	}
	e = &c->entries[c->keys.count];
	*e = (struct entry){ 0 };
	if (!copy_text(computer, &e->c.computer))
		return false;
	if (copy_text(channel, &e->c.channel)) {
		struct table_entry *t = table_add(&c->keys, buf_view(&c->key), c->keys.count, &added);

		if (t) {
			e->name = t->key;
			*index = (size_t)t->value;
			return true;
		}
		free((void *)(uintptr_t)e->c.channel.ptr);
	}
	free((void *)(uintptr_t)e->c.computer.ptr);
	return false;
}

static void
make_key(struct coverage *c, struct slice computer, struct slice channel)
{
	buf_reset(&c->key);
	for (size_t i = 0; i < computer.len; i++)
		buf_append_byte(&c->key, ascii_lower(computer.ptr[i]));
	buf_append_byte(&c->key, 0);
	buf_append(&c->key, channel);
}

/* The entry of a pair; past the limit all new ones share one, so that evidence cannot make the list grow. */
static bool
find_entry(struct coverage *c, struct slice computer, struct slice channel, struct entry **entry)
{
	struct table_entry *t;
	size_t index;

	computer = slice_sub(computer, 0, NAME_KEPT);
	channel = slice_sub(channel, 0, NAME_KEPT);
	make_key(c, computer, channel);
	t = table_find(&c->keys, buf_view(&c->key));
	if (!t && c->keys.count >= LIMIT_COVERAGE_KEYS) {
		computer = SLICE(COVERAGE_OTHERS);
		channel = SLICE(COVERAGE_OTHERS);
		make_key(c, computer, channel);
		t = table_find(&c->keys, buf_view(&c->key));
	}
	if (t)
		index = (size_t)t->value;
	else if (c->key.failed || !make_entry(c, computer, channel, &index))
		return false;
	*entry = &c->entries[index];
	c->last = index;
	/* Records spell a computer as they like; which spelling is shown must not depend on which came first. */
	if (computer.len && computer.len == (*entry)->c.computer.len &&
		memcmp(computer.ptr, (*entry)->c.computer.ptr, computer.len) < 0)
		memcpy((void *)(uintptr_t)(*entry)->c.computer.ptr, computer.ptr, computer.len);
	return true;
}

static bool
insert_run(struct coverage *c, struct entry *e, size_t at, struct id_run run)
{
	if (c->runs >= LIMIT_COVERAGE_RUNS || e->run_count >= RUNS_KEPT) {
		c->runs -= e->run_count;
		e->run_count = 0;
		e->scattered = true;
		return true;
	}
	if (e->run_count == e->run_room) {
		size_t room = e->run_room ? e->run_room * 2 : 4;
		struct id_run *grown = reallocarray(e->runs, room, sizeof(*grown));

		if (!grown)
			return false;
		e->runs = grown;
		e->run_room = room;
	}
	memmove(e->runs + at + 1, e->runs + at, (e->run_count - at) * sizeof(*e->runs));
	e->runs[at] = run;
	e->run_count++;
	c->runs++;
	return true;
}

/* The first run that ends at or behind `id` - 1: the one to extend, or the place for a new one. */
static size_t
find_run(const struct entry *e, uint64_t id)
{
	size_t low = 0, high = e->run_count;

	if (high && e->runs[high - 1].first <= id && (high < 2 || e->runs[high - 2].last < id - (id > 0)))
		return e->runs[high - 1].last >= id - (id > 0) ? high - 1 : high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->runs[middle].last < id - (id > 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Takes a run in, whatever order they come in and however they overlap. */
static bool
add_run(struct coverage *c, struct entry *e, struct id_run run)
{
	size_t at, end;

	if (e->scattered)
		return true;
	at = find_run(e, run.first);
	if (at == e->run_count || (run.last != UINT64_MAX && e->runs[at].first > run.last + 1))
		return insert_run(c, e, at, run);
	if (run.first < e->runs[at].first)
		e->runs[at].first = run.first;
	for (end = at; end < e->run_count && (run.last == UINT64_MAX || e->runs[end].first <= run.last + 1); end++)
		if (e->runs[end].last > run.last)
			run.last = e->runs[end].last;
	e->runs[at].last = run.last;
	if (end > at + 1) {
		memmove(e->runs + at + 1, e->runs + end, (e->run_count - end) * sizeof(*e->runs));
		e->run_count -= end - at - 1;
		c->runs -= end - at - 1;
	}
	return true;
}

static void
add_span(struct entry *e, bool has_id, uint64_t first_time, uint64_t last_time, uint64_t first_id, uint64_t last_id)
{
	struct channel_coverage *c = &e->c;

	if (last_time) { /* 0: no record said when */
		if (c->last_time == 0 || first_time < c->first_time)
			c->first_time = first_time;
		if (last_time > c->last_time)
			c->last_time = last_time;
	}
	if (!has_id)
		return;
	if (!e->c.has_id || first_id < c->first_id)
		c->first_id = first_id;
	if (!e->c.has_id || last_id > c->last_id)
		c->last_id = last_id;
	e->c.has_id = true;
}

/* 1102 in Security tells of that log, 104 in System of others; both by the provider Eventlog. */
static bool
tells_of_clear(const struct record_system *s)
{
	return (s->event_id == 1102 || s->event_id == 104) &&
		slice_eq_nocase(s->provider, SLICE("Microsoft-Windows-Eventlog"));
}

/* 104 names the log that was cleared in UserData/LogFileCleared/Channel: that one has a hole. */
static bool
add_clear(struct coverage *c, const struct record *record)
{
	const struct record_system *s = &record->system;
	struct slice channel = s->channel;
	struct record_field *fields;
	struct entry *e = NULL;
	struct arena arena;
	struct err ignored;
	size_t count;
	bool done;

	arena_init(&arena, LIMIT_RECORD_ARENA);
	if (s->event_id == 104 && record_read_fields(record, &arena, &fields, &count, &ignored))
		for (size_t i = 0; i < count; i++)
			if (slice_eq(fields[i].name, SLICE("Channel")) && fields[i].text.len)
				channel = fields[i].text;
	done = find_entry(c, s->computer, channel, &e) && clear_set_add(&e->clears, (struct clear_event){ s->time, s->record_id });
	arena_fini(&arena);
	return done;
}

static void
count_types(struct channel_coverage *c, const struct record *record)
{
	const struct record_system *s = &record->system;
	const struct event_type *type;

	if (s->event_id != 4104 && s->event_id != 4688)
		return;
	type = event_type_of(s->channel, s->provider, s->event_id);
	if (!type)
		return;
	if (type->is_script_block) {
		bool warning = record_whole_system(record).level == 3;

		c->blocks_warning += warning;
		c->blocks_verbose += !warning;
	} else {
		c->processes++;
		c->processes_with_command_line += record_has_data(record, "CommandLine");
	}
}

static bool
is_entry_of(const struct entry *e, const struct record_system *s)
{
	return slice_eq(e->c.computer, s->computer) && slice_eq(e->c.channel, s->channel);
}

bool
coverage_add(struct coverage *c, const struct record *record, struct err *err)
{
	const struct record_system *s = &record->system;
	struct entry *e = NULL;

	if (c->keys.count && is_entry_of(&c->entries[c->last], s))
		e = &c->entries[c->last];
	else if (!find_entry(c, s->computer, s->channel, &e))
		return err_nomem(err);
	e->c.records++;
	add_span(e, s->has.record_id, s->has.time ? s->time : 0, s->has.time ? s->time : 0, s->record_id, s->record_id);
	count_types(&e->c, record);
	if (s->has.record_id && !add_run(c, e, (struct id_run){ s->record_id, s->record_id }))
		return err_nomem(err);
	return !tells_of_clear(s) || add_clear(c, record) || err_nomem(err);
}

static void
counters_of(struct channel_coverage *c, uint64_t *list[COUNTERS])
{
	list[0] = &c->records;
	list[1] = &c->blocks_warning;
	list[2] = &c->blocks_verbose;
	list[3] = &c->processes;
	list[4] = &c->processes_with_command_line;
}

bool
coverage_encode(const struct coverage *c, struct buf *out, struct err *err)
{
	buf_u8(out, COVERAGE_MAGIC);
	buf_u32le(out, (uint32_t)c->keys.count);
	for (size_t i = 0; i < c->keys.count; i++) {
		struct entry *e = &c->entries[i];
		uint64_t *list[COUNTERS];

		buf_counted(out, e->c.computer);
		buf_counted(out, e->c.channel);
		counters_of(&e->c, list);
		for (size_t k = 0; k < ARRAY_LEN(list); k++)
			buf_u64le(out, *list[k]);
		buf_u64le(out, e->c.first_time);
		buf_u64le(out, e->c.last_time);
		buf_u64le(out, e->c.first_id);
		buf_u64le(out, e->c.last_id);
		buf_u8(out, (uint8_t)(e->c.has_id | e->scattered << 1));
		buf_u32le(out, (uint32_t)e->run_count);
		for (size_t k = 0; k < e->run_count; k++) {
			buf_u64le(out, e->runs[k].first);
			buf_u64le(out, e->runs[k].last);
		}
		clear_set_encode(&e->clears, out);
	}
	return !out->failed || err_nomem(err);
}

/* Sums that a lying worker could make run over stay at the top. */
static void
add_counts(struct channel_coverage *to, struct cursor *in)
{
	uint64_t *list[COUNTERS];

	counters_of(to, list);
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		uint64_t more = cursor_u64le(in);

		*list[i] = *list[i] > UINT64_MAX - more ? UINT64_MAX : *list[i] + more;
	}
}

/* False: not ours, or *nomem. */
static bool
merge_entry(struct coverage *c, struct cursor *in, bool *nomem)
{
	struct slice computer = cursor_counted(in), channel = cursor_counted(in);
	uint64_t times[2], ids[2];
	struct entry *e = NULL;
	uint8_t flags;
	uint32_t runs;

	if (in->bad || !find_entry(c, computer, channel, &e)) {
		*nomem = !in->bad;
		return false;
	}
	add_counts(&e->c, in);
	times[0] = cursor_u64le(in);
	times[1] = cursor_u64le(in);
	ids[0] = cursor_u64le(in);
	ids[1] = cursor_u64le(in);
	flags = cursor_u8(in);
	runs = cursor_u32le(in);
	if (in->bad || runs > in->rest.len / 16 || times[0] > times[1] || ids[0] > ids[1])
		return false;
	add_span(e, flags & 1, times[0], times[1], ids[0], ids[1]);
	if (flags & 2) {
		c->runs -= e->run_count;
		e->run_count = 0;
		e->scattered = true;
	}
	for (uint32_t i = 0; i < runs; i++) {
		struct id_run run = { cursor_u64le(in), 0 };

		run.last = cursor_u64le(in);
		if (run.first > run.last || run.first < e->c.first_id || run.last > e->c.last_id)
			return false;
		if (!add_run(c, e, run)) {
			*nomem = true;
			return false;
		}
	}
	if (clear_set_merge(&e->clears, in))
		return true;
	*nomem = !in->bad;
	return false;
}

bool
coverage_merge(struct coverage *c, struct slice encoded, struct err *err)
{
	struct cursor in = cursor_over(encoded, 0);
	bool ours = cursor_u8(&in) == COVERAGE_MAGIC, nomem = false;
	uint32_t count = cursor_u32le(&in);

	if (!ours || in.bad || count > in.rest.len / ENTRY_LEAST)
		return err_set(err, ERR_FORMAT, in.at, "no coverage: the worker's message is damaged");
	for (uint32_t i = 0; i < count; i++) {
		if (merge_entry(c, &in, &nomem))
			continue;
		if (nomem)
			return err_nomem(err);
		return err_set(err, ERR_FORMAT, in.at, "no coverage: the worker's message is damaged");
	}
	if (in.rest.len)
		return err_set(err, ERR_FORMAT, in.at, "no coverage: the worker's message is too long");
	return true;
}

static int
compare_entries(const void *left, const void *right, void *context)
{
	const struct coverage *c = context;

	return slice_cmp(c->entries[*(const uint32_t *)left].name, c->entries[*(const uint32_t *)right].name);
}

static void
count_missing(struct entry *e)
{
	e->c.missing_ids = e->c.different_ids = 0;
	for (size_t i = 0; i < e->run_count; i++) {
		e->c.missing_ids += i ? e->runs[i].first - e->runs[i - 1].last - 1 : 0;
		e->c.different_ids += e->runs[i].last - e->runs[i].first + 1; /* all 2^64 would be 0: no log has them */
	}
	e->c.ids_scattered = e->scattered;
	e->c.cleared = clear_set_count(&e->clears);
}

bool
coverage_close(struct coverage *c, struct err *err)
{
	uint32_t *order = reallocarray(c->order, c->keys.count + 1, sizeof(*order));

	if (!order)
		return err_nomem(err);
	c->order = order;
	for (size_t i = 0; i < c->keys.count; i++) {
		count_missing(&c->entries[i]);
		order[i] = (uint32_t)i;
	}
	qsort_r(order, c->keys.count, sizeof(*order), compare_entries, c);
	return true;
}

size_t
coverage_count(const struct coverage *c)
{
	return c->keys.count;
}

const struct channel_coverage *
coverage_at(const struct coverage *c, size_t index)
{
	return &c->entries[c->order[index]].c;
}
