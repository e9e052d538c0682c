/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sorter.h"

#include "base/cursor.h"

#include <stdlib.h>

enum { HEAD = 8, READ_AHEAD = 64 * 1024, ITEMS_LEAST = 256, DIGITS = 256, WORTH_DIGITS = 512, RUN_LONG = 24,
	BYTES_AHEAD = 16 * 1024, /* of an entry that waits for its turn */
	KEEP = 1024 * 1024,      /* a longer buffer is given back */
};

struct sorter_item {
	const uint8_t *entry;
	uint64_t front; /* the key's first bytes as a number, which settles most comparisons without a look at the entries */
};

struct sorter_run {
	uint64_t begin;      /* of the whole run */
	uint64_t from, end;  /* what has not been read, in the spill */
	struct buf ahead;    /* what has */
	size_t at;           /* of the run's next entry in it */
	size_t len;          /* of that entry; 0 at the end */
	size_t front;        /* bytes of it up to the end of its key */
};

void
sorter_init(struct sorter *s, size_t limit, const char *folder)
{
	*s = (struct sorter){ .limit = limit };
	arena_init_large(&s->memory, SIZE_MAX / 4);
	spill_init(&s->spill, 0, folder);
}

void
sorter_fini(struct sorter *s)
{
	for (size_t i = 0; i < s->run_count; i++)
		buf_fini(&s->runs[i].ahead);
	free(s->runs);
	free(s->heap);
	free(s->items);
	arena_fini(&s->memory);
	spill_fini(&s->spill);
}

struct entry {
	struct slice key, bytes;
};

static struct entry
entry_at(const uint8_t *ptr)
{
	struct cursor c = cursor_over(slice_from(ptr, HEAD), 0);
	size_t key = cursor_u32le(&c), bytes = cursor_u32le(&c);

	return (struct entry){ slice_from(ptr + HEAD, key), slice_from(ptr + HEAD + key, bytes) };
}

static int
compare_entries(const uint8_t *a, const uint8_t *b)
{
	struct entry x = entry_at(a), y = entry_at(b);
	int order = slice_cmp(x.key, y.key);

	return order ? order : slice_cmp(x.bytes, y.bytes);
}

static int
compare_items(const void *a, const void *b)
{
	const struct sorter_item *x = a, *y = b;

	if (x->front != y->front)
		return x->front < y->front ? -1 : 1;
	return compare_entries(x->entry, y->entry);
}

/* A key that ends early goes on with zeros: it is not behind those that it begins, and the entries decide. */
static uint64_t
front_of(struct slice key)
{
	uint64_t front = 0;

	for (size_t i = 0; i < sizeof(front); i++)
		front = front << 8 | (i < key.len ? key.ptr[i] : 0);
	return front;
}

/* Items of one front; most are in order, because they came so. */
static void
sort_run(struct sorter_item *items, size_t count)
{
	if (count > RUN_LONG) {
		qsort(items, count, sizeof(*items), compare_items);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct sorter_item item = items[i];
		size_t k = i;

		for (; k > 0 && compare_entries(items[k - 1].entry, item.entry) > 0; k--)
			items[k] = items[k - 1];
		items[k] = item;
	}
}

/* One byte of the fronts: items go behind all with a smaller one, and stay in order among equals. */
static void
scatter(const struct sorter_item *from, struct sorter_item *to, size_t count, unsigned shift, size_t *places)
{
	for (size_t i = 0, at = 0; i < DIGITS; i++) {
		size_t here = places[i];

		places[i] = at;
		at += here;
	}
	for (size_t i = 0; i < count; i++)
		to[places[from[i].front >> shift & (DIGITS - 1)]++] = from[i];
}

/* By front, byte after byte from the last one on: no comparison, and bytes that are the same in all cost nothing. */
static bool
sort_fronts(struct sorter *s)
{
	struct sorter_item *other = reallocarray(NULL, s->count, sizeof(*other)), *swap;
	size_t (*places)[DIGITS] = calloc(sizeof(s->items->front), sizeof(*places));
	bool done = other && places;

	for (size_t i = 0; done && i < s->count; i++)
		for (unsigned byte = 0; byte < sizeof(s->items->front); byte++)
			places[byte][s->items[i].front >> (8 * byte) & (DIGITS - 1)]++;
	for (unsigned byte = 0; done && byte < sizeof(s->items->front); byte++) {
		if (places[byte][s->items[0].front >> (8 * byte) & (DIGITS - 1)] == s->count)
			continue;
		scatter(s->items, other, s->count, 8 * byte, places[byte]);
		swap = s->items;
		s->items = other;
		other = swap;
		s->capacity = s->count;
	}
	free(other);
	free(places);
	return done;
}

static void
sort_items(struct sorter *s)
{
	if (s->count < WORTH_DIGITS || !sort_fronts(s)) {
		if (s->count)
			qsort(s->items, s->count, sizeof(*s->items), compare_items);
		return;
	}
	for (size_t begin = 0, end; begin < s->count; begin = end) {
		for (end = begin + 1; end < s->count && s->items[end].front == s->items[begin].front; end++)
			;
		sort_run(s->items + begin, end - begin);
	}
}

static size_t
entry_len(const uint8_t *ptr)
{
	struct entry e = entry_at(ptr);

	return HEAD + e.key.len + e.bytes.len;
}

static bool
write_run(struct sorter *s, struct err *err)
{
	struct sorter_run run = { .from = UINT64_MAX };

	if (s->run_count == s->run_capacity) {
		size_t capacity = s->run_capacity ? s->run_capacity * 2 : 16;
		struct sorter_run *grown = reallocarray(s->runs, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		s->runs = grown;
		s->run_capacity = capacity;
	}
	sort_items(s);
	for (size_t i = 0; i < s->count; i++) {
		const uint8_t *entry = s->items[i].entry;
		struct spill_at at;

		if (!spill_add(&s->spill, slice_from(entry, entry_len(entry)), &at, err))
			return false;
		if (i == 0)
			run.from = at.offset;
		run.end = at.offset + at.len;
	}
	run.begin = run.from;
	buf_init(&run.ahead, SIZE_MAX / 4);
	s->runs[s->run_count++] = run;
	s->count = 0;
	arena_reset(&s->memory);
	return true;
}

static uint8_t *
put(uint8_t *room, struct slice bytes)
{
	if (bytes.len)
		memcpy(room, bytes.ptr, bytes.len);
	return room + bytes.len;
}

bool
sorter_add(struct sorter *s, struct slice key, struct slice bytes, struct err *err)
{
	size_t len = HEAD + key.len + bytes.len;
	uint8_t *entry;

	if (key.len > UINT32_MAX / 2 || bytes.len > UINT32_MAX / 2 - HEAD)
		return err_set(err, ERR_LIMIT, 0, "an entry of %zu bytes is too long to be sorted", bytes.len);
	if (s->count && s->memory.used + len > s->limit && !write_run(s, err))
		return false;
	if (s->count == s->capacity) {
		size_t capacity = s->capacity ? s->capacity * 2 : ITEMS_LEAST;
		struct sorter_item *grown = reallocarray(s->items, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		s->items = grown;
		s->capacity = capacity;
	}
	entry = arena_reserve(&s->memory, len);
	if (!entry)
		return err_nomem(err);
	arena_take(&s->memory, len);
	buf_put_le(entry, key.len, 4);
	buf_put_le(entry + 4, bytes.len, 4);
	put(put(entry + HEAD, key), bytes);
	s->items[s->count++] = (struct sorter_item){ entry, front_of(key) };
	return true;
}

/* ---- merging ---- */

/* At least `need` bytes behind run->at, as far as the run has them. */
static bool
read_ahead(struct sorter *s, struct sorter_run *run, size_t need, struct err *err)
{
	size_t have = run->ahead.len - run->at;
	uint64_t left = run->end - run->from, want = need > READ_AHEAD ? need : READ_AHEAD;

	if (have >= need || left == 0)
		return true;
	if (have) /* nothing is there before the first read */
		memmove(run->ahead.ptr, run->ahead.ptr + run->at, have);
	run->ahead.len = have;
	run->at = 0;
	want = want < left ? want : left;
	if (!spill_get(&s->spill, (struct spill_at){ run->from, (uint32_t)want }, &run->ahead, err))
		return false;
	run->from += want;
	return true;
}

static bool
load_front(struct sorter *s, struct sorter_run *run, size_t need, struct err *err)
{
	return read_ahead(s, run, need, err) && (run->ahead.len - run->at >= need ||
		err_set(err, ERR_IO, run->from, "the temporary file is not what was written to it"));
}

/* Brings the run's next entry into memory, of a long one the key and how what goes with it begins. */
static bool
load_entry(struct sorter *s, struct sorter_run *run, struct err *err)
{
	struct cursor c;
	size_t len;

	run->len = 0;
	if (!read_ahead(s, run, HEAD, err))
		return false;
	if (run->ahead.len - run->at < HEAD)
		return true;
	c = cursor_over(slice_from(run->ahead.ptr + run->at, HEAD), 0);
	run->front = HEAD + (size_t)cursor_u32le(&c);
	len = run->front + cursor_u32le(&c);
	if (!load_front(s, run, len < run->front + BYTES_AHEAD ? len : run->front, err))
		return false;
	run->len = len;
	return true;
}

/* All of an entry: what is handed out, or cannot be told apart by its key. */
static bool
load_rest(struct sorter *s, struct sorter_run *run, struct err *err)
{
	return load_front(s, run, run->len, err);
}

static const uint8_t *
head_of(const struct sorter *s, size_t run)
{
	return s->runs[run].ahead.ptr + s->runs[run].at;
}

static int
compare_heads(struct sorter *s, size_t a, size_t b)
{
	struct sorter_run *x = &s->runs[a], *y = &s->runs[b];
	int order = slice_cmp(slice_from(head_of(s, a) + HEAD, x->front - HEAD), slice_from(head_of(s, b) + HEAD, y->front - HEAD));

	if (order)
		return order;
	if (s->broken.code || !load_rest(s, x, &s->broken) || !load_rest(s, y, &s->broken))
		return 0;
	return slice_cmp(slice_from(head_of(s, a) + x->front, x->len - x->front), slice_from(head_of(s, b) + y->front, y->len - y->front));
}

static void
sift_down(struct sorter *s, size_t i)
{
	for (;;) {
		size_t least = i, child = 2 * i + 1, run = s->heap[i];

		for (size_t k = child; k < child + 2 && k < s->heap_count; k++)
			if (compare_heads(s, s->heap[k], s->heap[least]) < 0)
				least = k;
		if (least == i)
			return;
		s->heap[i] = s->heap[least];
		s->heap[least] = run;
		i = least;
	}
}

static bool
is_sound(const struct sorter *s, struct err *err)
{
	if (s->broken.code && err)
		*err = s->broken;
	return !s->broken.code;
}

/* The first entry of each run is there to be compared. */
static bool
begin_merge(struct sorter *s, struct err *err)
{
	for (size_t i = 0; i < s->run_count; i++) {
		if (!load_entry(s, &s->runs[i], err))
			return false;
		s->heap[s->heap_count++] = i;
	}
	for (size_t i = s->heap_count / 2; i-- > 0;)
		sift_down(s, i);
	return is_sound(s, err);
}

bool
sorter_sort(struct sorter *s, struct err *err)
{
	if (s->run_count == 0) {
		sort_items(s);
		return true;
	}
	if (s->count && !write_run(s, err))
		return false;
	arena_fini(&s->memory);
	s->heap = reallocarray(NULL, s->run_count, sizeof(*s->heap));
	return s->heap ? begin_merge(s, err) : err_nomem(err);
}

bool
sorter_rewind(struct sorter *s, struct err *err)
{
	s->next = 0;
	s->merging = false;
	s->heap_count = 0;
	for (size_t i = 0; i < s->run_count; i++) {
		struct sorter_run *run = &s->runs[i];

		run->from = run->begin;
		run->at = 0;
		buf_reset(&run->ahead);
	}
	return s->run_count == 0 || begin_merge(s, err);
}

/* What a long entry took is given back, but for what was read behind it. */
static bool
shrink(struct sorter_run *run)
{
	struct buf rest;

	if (run->ahead.capacity <= KEEP)
		return true;
	buf_init(&rest, SIZE_MAX / 4);
	buf_append(&rest, slice_sub(buf_view(&run->ahead), run->at, SIZE_MAX));
	buf_fini(&run->ahead);
	run->ahead = rest;
	run->at = 0;
	return !rest.failed;
}

/* The entry handed out last stays until now. */
static bool
advance(struct sorter *s, struct err *err)
{
	struct sorter_run *run = &s->runs[s->heap[0]];

	run->at += run->len;
	if (!shrink(run))
		return err_nomem(err);
	if (!load_entry(s, run, err))
		return false;
	if (run->len == 0)
		s->heap[0] = s->heap[--s->heap_count];
	if (s->heap_count)
		sift_down(s, 0);
	return is_sound(s, err);
}

bool
sorter_next(struct sorter *s, struct slice *key, struct slice *bytes, struct err *err)
{
	const uint8_t *ptr;
	struct entry entry;

	if (s->run_count == 0) {
		if (s->next == s->count)
			return false;
		ptr = s->items[s->next++].entry;
	} else {
		if (s->merging && !advance(s, err))
			return false;
		s->merging = s->heap_count > 0;
		if (!s->merging || !load_rest(s, &s->runs[s->heap[0]], err))
			return false;
		ptr = head_of(s, s->heap[0]);
	}
	entry = entry_at(ptr);
	*key = entry.key;
	*bytes = entry.bytes;
	return true;
}

size_t
sorter_memory_of(const struct sorter *s, size_t run)
{
	return s->runs[run].ahead.capacity;
}
