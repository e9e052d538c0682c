/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/joiner_state.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "base/sort_key.h"
#include "src/lib/digest.h"

#include <stdlib.h>

enum { KEY_NUMBER = 4, NAME_MAX_KEPT = 256 }; /* longest computer name and odd id in a key; longer ones by their digest */

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

/* A name without case; a long one as the digest of that, so that no record makes the keys large. */
static bool
key_name(struct buf *key, struct slice name)
{
	size_t begin = key->len;
	uint8_t digest[DIGEST_LEN];

	for (size_t i = 0; i < name.len; i++)
		buf_append_byte(key, ascii_lower(name.ptr[i]));
	if (name.len > NAME_MAX_KEPT) {
		if (key->failed || !digest_sha256(slice_sub(buf_view(key), begin, name.len), digest))
			return false;
		key->len = begin;
		buf_append(key, slice_from(digest, sizeof(digest)));
	}
	buf_append_byte(key, 0);
	return true;
}

/* *id_at tells where the id begins.  Names and ids may hold any byte, also the one between them: the place at the end keeps
 * keys apart, and stands there so that their order is that of names. */
static bool
block_key(struct joiner *j, const struct script_part *p, size_t *id_at)
{
	char id[GUID_TEXT];

	buf_reset(&j->key);
	guid_text(&p->block, id);
	if (!key_name(&j->key, p->computer))
		return false;
	*id_at = j->key.len;
	if (!key_name(&j->key, p->odd_id.len ? p->odd_id : slice_from(id, GUID_TEXT - 1)))
		return false;
	sort_key_number(&j->key, p->total, KEY_NUMBER);
	buf_u8(&j->key, p->odd_id.len != 0);
	if (!is_part(p)) {
		sort_key_number(&j->key, p->number, KEY_NUMBER);
		buf_append(&j->key, slice_from(p->digest, sizeof(p->digest)));
	}
	sort_key_number(&j->key, (uint32_t)*id_at, KEY_NUMBER);
	return !j->key.failed;
}

static bool
find_block(struct joiner *j, const struct script_part *p, uint32_t *index)
{
	struct table_entry *entry;
	size_t id_at;
	bool added;

	if (!block_key(j, p, &id_at) || !grow(&j->blocks, &j->block_room, j->block_keys.count, sizeof(*j->blocks)))
		return false;
	entry = table_add(&j->block_keys, buf_view(&j->key), j->block_keys.count, &added);
	if (!entry)
		return false;
	*index = (uint32_t)entry->value;
	if (added)
		j->blocks[*index] = (struct block){ .key = entry->key, .id_at = id_at, .id = p->block, .total = p->total,
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

/* A part's text in another block: the one that the same text has there, if there is one. */
static bool
lend_text(struct joiner *j, struct instance *instance, uint32_t block)
{
	struct slice own = j->text_keys.entries[instance->text].key;
	struct spill_at at = j->texts[instance->text];
	struct table_entry *entry;
	bool added;

	buf_reset(&j->key);
	buf_u32le(&j->key, block);
	buf_append(&j->key, slice_sub(own, sizeof(block), own.len));
	if (j->key.failed || !grow(&j->texts, &j->text_room, j->text_keys.count, sizeof(*j->texts)))
		return false;
	entry = table_add(&j->text_keys, buf_view(&j->key), j->text_keys.count, &added);
	if (!entry)
		return false;
	instance->text = (uint32_t)entry->value;
	if (added)
		j->texts[instance->text] = at;
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
			struct slice id = slice_sub(b->key, b->id_at, b->key.len - b->id_at - KEY_NUMBER);

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
		if (!lend_text(j, &j->instances[i], from->rank))
			return false;
		j->instances[i].block = from->rank;
		j->blocks[from->rank].count++;
		j->blocks[from->rank].lent = true;
		from->count--;
	}
	return true;
}

static int
compare_blocks(const void *left, const void *right, void *context)
{
	const struct joiner *j = context;
	const struct block *a = &j->blocks[*(const uint32_t *)left], *b = &j->blocks[*(const uint32_t *)right];
	int by_time = compare_u64(a->first_time, b->first_time);

	return by_time ? by_time : slice_cmp(a->key, b->key);
}

int
joiner_compare_records(const struct instance *a, const struct instance *b)
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
		order = joiner_compare_records(a, b);
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

/* Texts that were lent may have become copies. */
static bool
count_parts(struct joiner *j)
{
	j->seen = calloc(j->text_keys.count + 1, sizeof(*j->seen));
	if (!j->seen)
		return false;
	j->counts.parts = 0;
	for (size_t i = 0; i < j->count; i++) {
		j->counts.parts += !j->seen[j->instances[i].text];
		j->seen[j->instances[i].text] = 1;
	}
	j->counts.duplicates = j->count - j->counts.parts;
	memset(j->seen, 0, j->text_keys.count * sizeof(*j->seen));
	return true;
}

bool
joiner_close(struct joiner *j, struct err *err)
{
	size_t blocks = j->block_keys.count, kept = 0, start = 0;

	j->order = reallocarray(NULL, blocks + 1, sizeof(*j->order));
	if (!j->order || !lend_nameless(j) || !count_parts(j))
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

struct joiner_counts
joiner_counts(const struct joiner *j)
{
	return j->counts;
}
