/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of opinions as a whole: how many records of a log libevtx gave none on, for each reason, and where it reads
 * something else.  The first differences by place are kept, whatever the order in which workers found them. */
#include "src/scan/opinion.h"

#include "base/limits.h"
#include "src/scan/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { REFUSAL_HEAD = 5 };

struct kept_difference {
	uint64_t offset, record_id;
	uint32_t evidence;
	struct difference texts;
};

bool
opinion_count_refusal(struct opinions *o, uint32_t evidence, enum refusal_unit unit, struct slice words, uint64_t n, struct err *err)
{
	uint8_t room[REFUSAL_HEAD + OPINION_REASON];
	struct table_entry *entry;

	for (size_t i = 0; i < 4; i++)
		room[i] = (uint8_t)(evidence >> (24 - 8 * i)); /* big-endian: sorts by evidence */
	room[4] = (uint8_t)unit;
	words = slice_sub(words, 0, OPINION_REASON);
	memcpy(room + REFUSAL_HEAD, words.ptr, words.len);
	entry = table_add(&o->refusals, slice_from(room, REFUSAL_HEAD + words.len), 0, NULL);
	if (!entry)
		return err_nomem(err);
	entry->value += n;
	return true;
}

static int
compare_differences(const void *a, const void *b)
{
	const struct kept_difference *x = a, *y = b;

	return opinion_compare_places(x->evidence, x->offset, y->evidence, y->offset);
}

/* The first by place, whatever the order of arrival. */
static void
trim_differences(struct opinions *o)
{
	if (o->difference_count)
		qsort(o->differences, o->difference_count, sizeof(*o->differences), compare_differences);
	if (o->difference_count > LIMIT_DIFFERENCES)
		o->difference_count = LIMIT_DIFFERENCES;
}

bool
opinion_keep_difference(struct opinions *o, uint32_t evidence, const struct opinion_entry *entry, struct err *err)
{
	struct kept_difference *d;

	if (!o->differences)
		o->differences = calloc(2 * LIMIT_DIFFERENCES, sizeof(*o->differences));
	if (!o->differences)
		return err_nomem(err);
	if (o->difference_count == 2 * LIMIT_DIFFERENCES)
		trim_differences(o);
	o->difference_total++;
	d = &o->differences[o->difference_count++];
	*d = (struct kept_difference){ .offset = entry->offset, .record_id = entry->record_id, .evidence = evidence };
	snprintf(d->texts.path, sizeof(d->texts.path), "%.*s", SLICE_ARGS(slice_sub(entry->path, 0, DIFFERENCE_PATH - 1)));
	snprintf(d->texts.ours, sizeof(d->texts.ours), "%.*s", SLICE_ARGS(slice_sub(entry->ours, 0, DIFFERENCE_TEXT - 1)));
	snprintf(d->texts.theirs, sizeof(d->texts.theirs), "%.*s",
		SLICE_ARGS(slice_sub(entry->theirs, 0, DIFFERENCE_TEXT - 1)));
	return true;
}

/* --- telling --- */

static int
compare_refusals(const void *a, const void *b)
{
	const struct table_entry *const *x = a, *const *y = b;

	return slice_cmp((*x)->key, (*y)->key);
}

static bool
tell_refusal(struct run *run, const struct table_entry *entry, struct err *err)
{
	struct slice words = slice_sub(entry->key, REFUSAL_HEAD, SIZE_MAX);
	const char *unit = entry->key.ptr[4] == OF_CHUNKS ? "chunk" : "record", *plural = entry->value == 1 ? "" : "s";
	struct notice notice = { .kind = NOTICE_LIMIT };
	uint32_t evidence = 0;
	struct err line = { 0 };

	for (size_t i = 0; i < 4; i++)
		evidence = evidence << 8 | entry->key.ptr[i];
	if (slice_eq(words, SLICE("differs")))
		err_set(&line, ERR_OK, 0, "libevtx reads something else in %" PRIu64 " %s%s: the manifest names the places",
			entry->value, unit, plural);
	else
		err_set(&line, ERR_OK, 0, "libevtx gives no second opinion on %" PRIu64 " %s%s: %.*s", entry->value, unit, plural,
			SLICE_ARGS(words));
	notice.path = run->inputs.items[evidence].path;
	notice.reason = slice_from_text(line.text);
	return run_notice(run, &notice, err);
}

/* By file and words, so that the order of jobs does not show. */
static bool
tell_refusals(struct run *run, struct err *err)
{
	const struct table *t = &run->opinions.refusals;
	const struct table_entry **sorted = calloc(t->count + 1, sizeof(*sorted));
	bool going = true;

	if (!sorted)
		return err_nomem(err);
	for (size_t i = 0; i < t->count; i++)
		sorted[i] = &t->entries[i];
	qsort(sorted, t->count, sizeof(*sorted), compare_refusals);
	for (size_t i = 0; going && i < t->count; i++)
		going = tell_refusal(run, sorted[i], err);
	free(sorted);
	return going;
}

static bool
tell_differences(struct run *run, struct err *err)
{
	struct opinions *o = &run->opinions;

	trim_differences(o);
	run->summary->differences_left_out = o->difference_total - o->difference_count;
	for (size_t i = 0; run->listener->difference && i < o->difference_count; i++) {
		const struct kept_difference *d = &o->differences[i];
		struct opinion_difference told = { .evidence = run->inputs.items[d->evidence].path, .offset = d->offset,
			.record_id = d->record_id, .path = slice_from_text(d->texts.path),
			.ours = slice_from_text(d->texts.ours), .theirs = slice_from_text(d->texts.theirs) };

		if (!run->listener->difference(run->listener->context, &told, err))
			return false;
	}
	return true;
}
bool
opinion_tell_sums(struct run *run, struct err *err)
{
	return tell_refusals(run, err) && tell_differences(run, err);
}
