/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/joiner.h"

#include "base/limits.h"
#include "base/table.h"
#include "src/lib/digest.h"
#include "src/subject/block.h"

#include <stdlib.h>

enum { NAME_MAX_KEPT = 256 }; /* longest computer name and odd id in a key; longer ones by their digest */

/* One record that holds a part. */
struct instance {
	struct subject_part record;
	struct spill_at strings; /* computer, channel, provider, user_sid, path, odd_id: six counted slices */
	struct guid activity_id;
	uint32_t process_id, thread_id;
	uint32_t block;          /* index in blocks */
	uint32_t text;           /* index in texts: the same block, number and digest */
	uint8_t level;
	uint8_t class;
};

struct block {
	struct slice key; /* owned by the table: computer, id, total; odd single records also number and digest */
	struct guid id;
	uint32_t total;
	uint32_t rank;    /* place in the final order */
	uint64_t first_time;
	size_t count, start; /* instances; from joiner_close on the block's own stretch of them */
	bool alone;       /* a record whose number makes no sense */
	bool nameless;    /* only residual parts without a Computer */
	bool lent;        /* has got such parts */
};

/* A part of the block being given out: the record it stands on; its copies follow it in the order of instances. */
struct choice {
	size_t instance, end; /* end: behind the last instance of that number */
};

struct joiner {
	struct spill spill;
	struct table block_keys, text_keys;
	struct block *blocks;
	size_t block_room;
	struct spill_at *texts; /* by text index */
	size_t text_room;
	struct instance *instances;
	size_t count, room, most;
	struct buf key, strings, scratch;
	struct spill_at strings_at; /* of what `strings` holds */
	struct joiner_counts counts;
	/* giving out */
	uint32_t *order;        /* blocks in final order */
	uint32_t *seen;         /* by text index: already met in the block being given out */
	struct choice *choices; /* of the block at hand, ascending by number */
	size_t choice_count;
	struct choice *variants;
	size_t variant_count;
	size_t next_block, next_variant;
	uint8_t flags;
};

struct joiner *
joiner_new(const char *temp_folder, size_t most_parts)
{
	struct joiner *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->most = most_parts;
	spill_init(&j->spill, LIMIT_WAITING_MEMORY, temp_folder);
	table_init(&j->block_keys);
	table_init(&j->text_keys);
	buf_init(&j->key, LIMIT_MESSAGE);
	buf_init(&j->strings, LIMIT_MESSAGE);
	buf_init(&j->scratch, LIMIT_MESSAGE);
	return j;
}

void
joiner_free(struct joiner *j)
{
	if (!j)
		return;
	spill_fini(&j->spill);
	table_fini(&j->block_keys);
	table_fini(&j->text_keys);
	buf_fini(&j->key);
	buf_fini(&j->strings);
	buf_fini(&j->scratch);
	free(j->blocks);
	free(j->texts);
	free(j->instances);
	free(j->order);
	free(j->seen);
	free(j->choices);
	free(j->variants);
	free(j);
}

/* Room for one more item in an array; doubles. */
static bool
grow(void *array, size_t *room, size_t count, size_t size)
{
	size_t want = *room ? *room * 2 : 64;
	void *old, *grown;

	if (count < *room)
		return true;
	memcpy(&old, array, sizeof(old));
	grown = reallocarray(old, want, size);
	if (!grown)
		return false;
	memcpy(array, &grown, sizeof(grown));
	*room = want;
	return true;
}

static bool
is_part(const struct script_part *p)
{
	return p->total >= 2 && p->total <= INT32_MAX && p->number >= 1 && p->number <= p->total;
}

/* A name without case; a long one as its digest, so that no record makes the keys large. */
static bool
key_name(struct buf *key, struct slice name)
{
	uint8_t digest[DIGEST_LEN];

	if (name.len > NAME_MAX_KEPT) {
		if (!digest_sha256(name, digest))
			return false;
		name = slice_from(digest, sizeof(digest));
	}
	for (size_t i = 0; i < name.len; i++)
		buf_append_byte(key, name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] | 0x20 : name.ptr[i]);
	buf_append_byte(key, 0);
	return true;
}

static void
key_number(struct buf *key, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8) /* so that bytewise order is the order of numbers */
		buf_u8(key, (uint8_t)(number >> shift));
}

static bool
block_key(struct joiner *j, const struct script_part *p)
{
	char id[GUID_TEXT];

	buf_reset(&j->key);
	guid_text(&p->block, id);
	if (!key_name(&j->key, p->computer) ||
		!key_name(&j->key, p->odd_id.len ? p->odd_id : slice_from(id, GUID_TEXT - 1)))
		return false;
	key_number(&j->key, p->total);
	buf_u8(&j->key, p->odd_id.len != 0);
	if (!is_part(p)) {
		key_number(&j->key, p->number);
		buf_append(&j->key, slice_from(p->digest, sizeof(p->digest)));
	}
	return !j->key.failed;
}

static bool
find_block(struct joiner *j, const struct script_part *p, uint32_t *index)
{
	struct table_entry *entry;
	bool added;

	if (!block_key(j, p) || !grow(&j->blocks, &j->block_room, j->block_keys.count, sizeof(*j->blocks)))
		return false;
	entry = table_add(&j->block_keys, buf_view(&j->key), j->block_keys.count, &added);
	if (!entry)
		return false;
	*index = (uint32_t)entry->value;
	if (added)
		j->blocks[*index] = (struct block){ .key = entry->key, .id = p->block, .total = p->total,
			.first_time = UINT64_MAX, .alone = !is_part(p), .nameless = true };
	return true;
}

/* Of two texts with one digest (they differ in line ends at most) the longer one is kept, CR LF being what was run;
 * of two equally long ones the smaller: what is kept must not depend on which came first. */
static bool
keep_better(struct joiner *j, struct spill_at *kept, struct slice text, struct err *err)
{
	if (text.len < kept->len)
		return true;
	if (text.len == kept->len) {
		buf_reset(&j->scratch);
		if (!spill_get(&j->spill, *kept, &j->scratch, err))
			return false;
		if (slice_cmp(text, buf_view(&j->scratch)) >= 0)
			return true;
	}
	return spill_add(&j->spill, text, kept, err);
}

static bool
find_text(struct joiner *j, const struct script_part *p, uint32_t block, uint32_t *index, struct err *err)
{
	struct table_entry *entry;
	struct spill_at at;
	bool added;

	buf_reset(&j->key);
	buf_u32le(&j->key, block);
	buf_u32le(&j->key, p->number);
	buf_append(&j->key, slice_from(p->digest, sizeof(p->digest)));
	if (j->key.failed || !grow(&j->texts, &j->text_room, j->text_keys.count, sizeof(*j->texts)))
		return err_nomem(err);
	entry = table_find(&j->text_keys, buf_view(&j->key));
	if (entry) {
		*index = (uint32_t)entry->value;
		j->counts.duplicates++;
		return keep_better(j, &j->texts[*index], p->text, err);
	}
	if (!spill_add(&j->spill, p->text, &at, err))
		return false;
	entry = table_add(&j->text_keys, buf_view(&j->key), j->text_keys.count, &added);
	if (!entry)
		return err_nomem(err);
	*index = (uint32_t)entry->value;
	j->texts[*index] = at;
	j->counts.parts++;
	return true;
}

/* Mostly what the record before had: then it is kept once. */
static bool
keep_strings(struct joiner *j, const struct script_part *p, struct spill_at *at, struct err *err)
{
	struct buf *s = &j->scratch;

	buf_reset(s);
	buf_counted(s, p->computer);
	buf_counted(s, p->channel);
	buf_counted(s, p->provider);
	buf_counted(s, p->user_sid);
	buf_counted(s, p->path);
	buf_counted(s, p->odd_id);
	if (s->failed)
		return err_nomem(err);
	if (!slice_eq(buf_view(s), buf_view(&j->strings))) {
		if (!spill_add(&j->spill, buf_view(s), &j->strings_at, err))
			return false;
		buf_reset(&j->strings);
		buf_append(&j->strings, buf_view(s));
		if (j->strings.failed)
			return err_nomem(err);
	}
	*at = j->strings_at;
	return true;
}

bool
joiner_add(struct joiner *j, struct slice encoded, struct err *err)
{
	struct cursor in = cursor_over(encoded, 0);
	struct script_part p;
	struct instance *instance;
	struct block *block;
	uint32_t index;

	if (!part_decode(&in, &p) || in.rest.len || p.record.number != p.number)
		return err_set(err, ERR_FORMAT, in.at, "no part of a script block");
	if (j->count >= j->most) {
		j->counts.dropped++;
		return true;
	}
	if (!find_block(j, &p, &index) || !grow(&j->instances, &j->room, j->count, sizeof(*j->instances)))
		return err_nomem(err);
	block = &j->blocks[index];
	if (block->count >= LIMIT_BLOCK_PARTS) {
		j->counts.dropped++;
		return true;
	}
	instance = &j->instances[j->count];
	*instance = (struct instance){ .record = p.record, .activity_id = p.activity_id, .process_id = p.process_id,
		.thread_id = p.thread_id, .block = index, .level = p.level, .class = (uint8_t)p.class };
	if (!find_text(j, &p, index, &instance->text, err) || !keep_strings(j, &p, &instance->strings, err))
		return false;
	j->count++;
	j->counts.not_parts += block->alone;
	block->count++;
	block->nameless &= p.class != RECORD_LIVE && p.computer.len == 0 && !block->alone;
	if (p.record.time < block->first_time)
		block->first_time = p.record.time;
	return true;
}

/* Residual parts that have lost their Computer go to the block with their id and total, where there is just one. */
static bool
lend_nameless(struct joiner *j)
{
	struct table by_id;
	struct table_entry *entry;
	bool fine = true, added;

	table_init(&by_id);
	for (size_t pass = 0; pass < 2 && fine; pass++) {
		for (size_t i = 0; i < j->block_keys.count && fine; i++) {
			struct block *b = &j->blocks[i];
			size_t name = slice_find_byte(b->key, 0, 0);
			struct slice id = slice_sub(b->key, name + 1, b->key.len);

			if (b->alone || b->nameless != (pass == 1))
				continue;
			if (pass == 0) {
				entry = table_add(&by_id, id, i, &added);
				fine = entry != NULL;
				if (entry && !added)
					entry->value = UINT64_MAX; /* more than one: nobody can say which */
				continue;
			}
			entry = table_find(&by_id, id);
			b->rank = entry && entry->value != UINT64_MAX ? (uint32_t)entry->value : (uint32_t)i;
		}
	}
	table_fini(&by_id);
	if (!fine)
		return false;
	for (size_t i = 0; i < j->count; i++) {
		struct block *from = &j->blocks[j->instances[i].block];

		if (!from->nameless || from->rank == j->instances[i].block)
			continue;
		j->instances[i].block = from->rank;
		j->blocks[from->rank].count++;
		j->blocks[from->rank].lent = true;
		from->count--;
	}
	return true;
}

static int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_blocks(const void *left, const void *right, void *context)
{
	const struct joiner *j = context;
	const struct block *a = &j->blocks[*(const uint32_t *)left], *b = &j->blocks[*(const uint32_t *)right];
	int by_time = compare_u64(a->first_time, b->first_time);

	return by_time ? by_time : slice_cmp(a->key, b->key);
}

/* What stands first among records of one number: live before residual, then time, record id, source. */
static int
compare_records(const struct instance *a, const struct instance *b)
{
	const uint64_t keys[][2] = {
		{ a->class != RECORD_LIVE, b->class != RECORD_LIVE },
		{ a->record.time, b->record.time },
		{ a->record.record_id, b->record.record_id },
		{ a->record.evidence, b->record.evidence },
		{ a->record.offset, b->record.offset },
		{ a->process_id, b->process_id },
		{ a->thread_id, b->thread_id },
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return memcmp(&a->activity_id, &b->activity_id, sizeof(a->activity_id));
}

static int
compare_instances(const void *left, const void *right, void *context)
{
	const struct joiner *j = context;
	const struct instance *a = left, *b = right;
	int order = compare_u64(j->blocks[a->block].rank, j->blocks[b->block].rank);

	if (order == 0)
		order = compare_u64(a->record.number, b->record.number);
	if (order == 0)
		order = compare_records(a, b);
	/* The same place twice with other texts: no real log does that; the digest still orders them. */
	return order ? order : slice_cmp(j->text_keys.entries[a->text].key, j->text_keys.entries[b->text].key);
}

static void
count_block(struct joiner *j, const struct block *b)
{
	const struct instance *in = j->instances + b->start;
	bool conflict = false;
	uint32_t numbers = 0;

	if (b->alone)
		return;
	for (size_t i = 0; i < b->count; i++) {
		bool same_number = i && in[i].record.number == in[i - 1].record.number;

		numbers += !same_number;
		conflict |= same_number && in[i].class == RECORD_LIVE && in[i].text != in[i - 1].text;
	}
	j->counts.conflicts += conflict;
	if (numbers == b->total)
		j->counts.whole++;
	else
		j->counts.partial++;
}

bool
joiner_close(struct joiner *j, struct err *err)
{
	size_t blocks = j->block_keys.count, kept = 0, start = 0;

	j->order = reallocarray(NULL, blocks + 1, sizeof(*j->order));
	j->seen = calloc(j->text_keys.count + 1, sizeof(*j->seen));
	if (!j->order || !j->seen || !lend_nameless(j))
		return err_nomem(err);
	for (size_t i = 0; i < blocks; i++)
		if (j->blocks[i].count)
			j->order[kept++] = (uint32_t)i;
	qsort_r(j->order, kept, sizeof(*j->order), compare_blocks, j);
	for (size_t i = 0; i < kept; i++) {
		struct block *b = &j->blocks[j->order[i]];

		b->rank = (uint32_t)i;
		b->start = start;
		start += b->count;
	}
	if (j->count)
		qsort_r(j->instances, j->count, sizeof(*j->instances), compare_instances, j);
	for (size_t i = 0; i < kept; i++)
		count_block(j, &j->blocks[j->order[i]]);
	j->order[kept] = UINT32_MAX;
	return true;
}

/* --- giving a block out --- */

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
	return compare_records(&all[a->first], &all[b->first]) < 0;
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
		if (compare_records(&all[at], &all[group.first]) < 0)
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
	for (size_t i = 0; i < 4; i++)
		out->ptr[count_at + i] = (uint8_t)(count >> (8 * i));
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

struct joiner_counts
joiner_counts(const struct joiner *j)
{
	return j->counts;
}
