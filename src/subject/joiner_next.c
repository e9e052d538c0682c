/* SPDX-License-Identifier: Apache-2.0 */
/* Of all the records that hold parts of a block, those that the block is made of: for each number one, if possible of the
 * process and thread that said most of the others.  Other texts of a number make variants; records with the same text are copies
 * and stand behind theirs.  Everything is decided by the order that joiner_close gave the records, not by their arrival. */
#include "src/subject/joiner_state.h"

#include "base/limits.h"
#include "src/subject/block.h"

#include <stdlib.h>

static int
compare_group(const struct instance *a, const struct instance *b)
{
	int order = compare_u64(a->process_id, b->process_id);

	if (order == 0)
		order = compare_u64(a->thread_id, b->thread_id);
	return order ? order : memcmp(&a->activity_id, &b->activity_id, sizeof(a->activity_id));
}

static int
compare_by_group(const void *left, const void *right, void *context)
{
	const struct instance *all = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	int order = compare_group(&all[a], &all[b]);

	return order ? order : compare_u64(a, b); /* then as they lie: by number */
}

struct group {
	size_t sample; /* an instance of it */
	size_t first;  /* its first record by time, record id, source */
	uint32_t numbers;
};

static bool
is_better_group(const struct instance *all, const struct group *a, const struct group *b)
{
	if (a->numbers != b->numbers)
		return a->numbers > b->numbers;
	return joiner_compare_records(&all[a->first], &all[b->first]) < 0;
}

/* The primary set: the parts that share process, thread and ActivityID and cover the most numbers; of several the
 * earliest.  Residual records do not vote unless there is nothing else. */
static bool
primary_group(const struct joiner *j, const struct block *b, size_t *sample)
{
	const struct instance *all = j->instances + b->start;
	uint32_t *order = reallocarray(NULL, b->count, sizeof(*order));
	struct group best = { 0 }, group = { 0 };
	size_t count = 0;

	if (!order)
		return false;
	for (size_t i = 0; i < b->count; i++)
		if (all[i].class == RECORD_LIVE)
			order[count++] = (uint32_t)i;
	for (size_t i = 0; count == 0 && i < b->count; i++)
		order[i] = (uint32_t)i;
	count = count ? count : b->count;
	qsort_r(order, count, sizeof(*order), compare_by_group, (void *)(uintptr_t)all);
	for (size_t i = 0; i < count; i++) {
		size_t at = order[i];

		if (i == 0 || compare_group(&all[at], &all[order[i - 1]]) != 0) {
			if (i && is_better_group(all, &group, &best))
				best = group;
			group = (struct group){ .sample = at, .first = at, .numbers = 1 };
			if (i == 0)
				best = group;
			continue;
		}
		group.numbers += all[at].record.number != all[order[i - 1]].record.number;
		if (joiner_compare_records(&all[at], &all[group.first]) < 0)
			group.first = at;
	}
	if (is_better_group(all, &group, &best))
		best = group;
	free(order);
	*sample = b->start + best.sample;
	return true;
}

static size_t
end_of_number(const struct joiner *j, const struct block *b, size_t at)
{
	size_t end = at;

	while (end < b->start + b->count && j->instances[end].record.number == j->instances[at].record.number)
		end++;
	return end;
}

/* Chooses the record for one number, and lists those with other texts. */
static void
choose_number(struct joiner *j, size_t at, size_t end, const struct instance *primary)
{
	bool live = j->instances[at].class == RECORD_LIVE, found = false;
	size_t chosen = at;

	for (size_t i = at; i < end && !found; i++) {
		if (live && j->instances[i].class != RECORD_LIVE)
			break;
		found = compare_group(&j->instances[i], primary) == 0;
		chosen = found ? i : chosen;
	}
	j->flags |= found ? 0 : live ? BLOCK_MIXED : 0;
	j->flags |= live ? 0 : BLOCK_RESIDUAL;
	j->choices[j->choice_count++] = (struct choice){ chosen, end };
	j->seen[j->instances[chosen].text] = 1;
	for (size_t i = at; i < end; i++) {
		const struct instance *other = &j->instances[i];

		if (j->seen[other->text] || (live && other->class != RECORD_LIVE))
			continue;
		j->seen[other->text] = 1;
		if (j->variant_count < LIMIT_BLOCK_VARIANTS)
			j->variants[j->variant_count++] = (struct choice){ i, end };
		else
			j->counts.dropped++;
		j->flags |= BLOCK_CONFLICT;
	}
}

/* Each variant is the whole text once more, and a row of each rule that holds for it. */
static void
bound_variants(struct joiner *j)
{
	size_t len = 1, most;

	for (size_t i = 0; i < j->choice_count; i++)
		len += j->texts[j->instances[j->choices[i].instance].text].len;
	most = 1 + (size_t)LIMIT_VARIANTS_TEXT / len;
	if (j->variant_count <= most)
		return;
	j->counts.dropped += j->variant_count - most;
	j->variant_count = most;
}

static bool
choose(struct joiner *j, const struct block *b)
{
	struct choice *choices = reallocarray(j->choices, b->count, sizeof(*choices));
	struct choice *variants = reallocarray(j->variants, LIMIT_BLOCK_VARIANTS, sizeof(*variants));
	size_t primary;

	j->choices = choices ? choices : j->choices;
	j->variants = variants ? variants : j->variants;
	if (!choices || !variants || !primary_group(j, b, &primary))
		return false;
	j->choice_count = j->variant_count = 0;
	j->flags = (uint8_t)((b->alone ? BLOCK_NOT_A_PART : 0) | (b->lent ? BLOCK_NO_COMPUTER : 0));
	for (size_t at = b->start, end; at < b->start + b->count; at = end) {
		end = end_of_number(j, b, at);
		choose_number(j, at, end, &j->instances[primary]);
	}
	bound_variants(j);
	return true;
}

static bool
put_head(struct joiner *j, const struct block *b, uint32_t variant, struct buf *out, struct err *err)
{
	const struct instance *first = &j->instances[j->choices[0].instance];
	struct block_head head = { .flags = j->flags, .level = first->level, .id = b->id, .total = b->total,
		.variant = variant, .activity_id = first->activity_id, .process_id = first->process_id,
		.thread_id = first->thread_id };
	struct cursor in;

	if (variant)
		head.flags |= BLOCK_VARIANT;
	buf_reset(&j->scratch);
	if (!spill_get(&j->spill, first->strings, &j->scratch, err))
		return false;
	in = cursor_over(buf_view(&j->scratch), 0);
	head.computer = cursor_counted(&in);
	head.channel = cursor_counted(&in);
	head.provider = cursor_counted(&in);
	head.user_sid = cursor_counted(&in);
	head.path = cursor_counted(&in);
	head.odd_id = cursor_counted(&in);
	block_head_encode(&head, out); /* the count is set in the end: it is the head's last field */
	return true;
}

/* The record of a choice and the copies of its text: other files, exports. */
static size_t
put_records(const struct joiner *j, const struct choice *c, struct buf *out)
{
	const struct instance *chosen = &j->instances[c->instance];
	size_t copies = 0, begin = c->instance;

	wire_put_part(out, &chosen->record);
	buf_u32le(out, j->texts[chosen->text].len);
	while (begin > 0 && j->instances[begin - 1].block == chosen->block &&
		j->instances[begin - 1].record.number == chosen->record.number)
		begin--;
	for (size_t i = begin; i < c->end && copies < LIMIT_BLOCK_SOURCES; i++) {
		if (i == c->instance || j->instances[i].text != chosen->text)
			continue;
		wire_put_part(out, &j->instances[i].record);
		buf_u32le(out, BLOCK_COPY);
		copies++;
	}
	return 1 + copies;
}

static const struct choice *
choice_at(const struct joiner *j, size_t index, const struct choice *variant)
{
	const struct choice *c = &j->choices[index];

	return variant && j->instances[variant->instance].record.number == j->instances[c->instance].record.number ?
		variant : c;
}

/* How many choices' texts fit. */
static size_t
count_fitting(const struct joiner *j, const struct choice *variant)
{
	size_t len = 0, i;

	for (i = 0; i < j->choice_count; i++) {
		len += j->texts[j->instances[choice_at(j, i, variant)->instance].text].len + (size_t)BLOCK_RECORD;
		if (len > LIMIT_BLOCK_TEXT)
			break;
	}
	return i;
}

static bool
put_block(struct joiner *j, const struct block *b, const struct choice *variant, struct buf *out, struct err *err)
{
	size_t fitting = count_fitting(j, variant), count = 0, count_at;

	if (fitting < j->choice_count) {
		j->counts.dropped += j->choice_count - fitting;
		j->flags |= BLOCK_CUT;
	}
	if (!put_head(j, b, variant ? j->instances[variant->instance].record.number : 0, out, err))
		return false;
	count_at = out->len - 4;
	for (size_t i = 0; i < fitting; i++)
		count += put_records(j, choice_at(j, i, variant), out);
	if (out->failed)
		return err_nomem(err);
	buf_patch_u32le(out, count_at, (uint32_t)count);
	for (size_t i = 0; i < fitting; i++)
		if (!spill_get(&j->spill, j->texts[j->instances[choice_at(j, i, variant)->instance].text], out, err))
			return false;
	return !out->failed || err_nomem(err);
}

bool
joiner_next(struct joiner *j, struct buf *out, struct err *err)
{
	const struct block *b;

	buf_reset(out);
	if (j->next_variant > 0 && j->next_variant > j->variant_count) {
		j->next_variant = 0;
		j->next_block++;
	}
	if (!j->order || j->order[j->next_block] == UINT32_MAX) {
		if (err)
			err->code = ERR_OK;
		return false;
	}
	b = &j->blocks[j->order[j->next_block]];
	if (j->next_variant == 0 && !choose(j, b))
		return err_nomem(err);
	/* 0: the primary set; n: the same with the n-th other text in its place. */
	j->next_variant++;
	return put_block(j, b, j->next_variant == 1 ? NULL : &j->variants[j->next_variant - 2], out, err);
}
