/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/block.h"

#include "base/limits.h"
#include "base/utf.h"
#include "src/subject/draft.h"
#include "src/subject/joiner.h"

#include <stdio.h>

enum { BLOCK_MAGIC = 'B', MISSING_TEXT = 4096, PIECE = 8192 };

void
block_head_encode(const struct block_head *h, struct buf *out)
{
	buf_u8(out, BLOCK_MAGIC);
	buf_u8(out, h->flags);
	buf_u8(out, h->level);
	wire_put_guid(out, &h->id);
	buf_u32le(out, h->total);
	buf_u32le(out, h->variant);
	wire_put_guid(out, &h->activity_id);
	buf_u32le(out, h->process_id);
	buf_u32le(out, h->thread_id);
	buf_counted(out, h->odd_id);
	buf_counted(out, h->computer);
	buf_counted(out, h->channel);
	buf_counted(out, h->provider);
	buf_counted(out, h->user_sid);
	buf_counted(out, h->path);
	buf_u32le(out, (uint32_t)h->count);
}

bool
block_head_decode(struct cursor *in, struct block_head *h)
{
	bool ours = cursor_u8(in) == BLOCK_MAGIC;

	h->flags = cursor_u8(in);
	h->level = cursor_u8(in);
	h->id = wire_take_guid(in);
	h->total = cursor_u32le(in);
	h->variant = cursor_u32le(in);
	h->activity_id = wire_take_guid(in);
	h->process_id = cursor_u32le(in);
	h->thread_id = cursor_u32le(in);
	h->odd_id = cursor_counted(in);
	h->computer = cursor_counted(in);
	h->channel = cursor_counted(in);
	h->provider = cursor_counted(in);
	h->user_sid = cursor_counted(in);
	h->path = cursor_counted(in);
	return wire_take_count(in, BLOCK_RECORD, &h->count) && ours && h->count > 0;
}

/* A run of parts whose numbers follow each other: one stretch of text. */
struct run {
	uint32_t first, last; /* part numbers */
	size_t start, len;    /* of its UTF-16, in the texts */
};

struct block {
	struct block_head head;
	struct subject_part *parts;
	struct run *runs;
	size_t run_count;
	uint32_t present;     /* distinct numbers */
	struct slice texts;   /* UTF-16LE of all parts, in order */
	uint64_t part_len;    /* bytes of every part but the last; 0: none there, or they differ */
	bool uneven;
};

static void
note_length(struct block *b, uint32_t number, uint32_t len)
{
	if (number >= b->head.total)
		return;
	if (b->part_len == 0 && !b->uneven)
		b->part_len = len;
	b->uneven |= b->part_len != len;
}

/* A part joins the run before it when its number is the next. */
static void
add_to_runs(struct block *b, uint32_t number, size_t start, uint32_t len)
{
	struct run *last = b->run_count ? &b->runs[b->run_count - 1] : NULL;

	if (last && number == last->last + 1) {
		last->last = number;
		last->len += len;
	} else {
		b->runs[b->run_count++] = (struct run){ number, number, start, len };
	}
	b->present++;
}

static bool
read_parts(struct block *b, struct cursor *in)
{
	bool alone = b->head.flags & BLOCK_NOT_A_PART;
	uint32_t previous = 0;
	size_t at = 0;

	for (size_t i = 0; i < b->head.count; i++) {
		uint32_t number, len;

		b->parts[i] = wire_take_part(in);
		number = b->parts[i].number;
		len = cursor_u32le(in);
		if (len == BLOCK_COPY) {
			if (i == 0 || number != previous)
				return false;
			continue;
		}
		if ((alone ? i > 0 : number <= previous || number > b->head.total) || len % 2)
			return false;
		add_to_runs(b, number, at, len);
		note_length(b, number, len);
		previous = number;
		at += len;
	}
	b->texts = in->rest;
	return !in->bad && at == b->texts.len;
}

static bool
read_block(struct slice encoded, struct arena *arena, struct block *b, struct err *err)
{
	struct cursor in = cursor_over(encoded, 0);

	*b = (struct block){ 0 };
	if (!block_head_decode(&in, &b->head))
		return err_set(err, ERR_FORMAT, in.at, "no script block: its head is damaged");
	b->parts = ARENA_ARRAY(arena, struct subject_part, b->head.count);
	b->runs = ARENA_ARRAY(arena, struct run, b->head.count);
	if (!b->parts || !b->runs)
		return err_nomem(err);
	if (!read_parts(b, &in))
		return err_set(err, ERR_FORMAT, in.at, "no script block: its parts do not fit their texts");
	return true;
}

bool
joiner_name_block(struct slice encoded, char *name, size_t size, struct subject_part *first)
{
	struct cursor in = cursor_over(encoded, 0);
	struct block_head head;
	char id[GUID_TEXT];

	if (!block_head_decode(&in, &head))
		return false;
	*first = wire_take_part(&in);
	guid_text(&head.id, id);
	snprintf(name, size, "script block %.*s of %.*s", SLICE_ARGS(head.odd_id.len ? slice_sub(head.odd_id, 0, 64) : slice_from(id, GUID_TEXT - 1)),
		SLICE_ARGS(slice_sub(head.computer, 0, 100)));
	return !in.bad;
}

/* The run's text as WTF-8, piece by piece and no pair of surrogates between two of them.  False when no memory. */
static bool
append_run(struct buf *out, struct slice units)
{
	while (units.len && !out->failed) {
		size_t len = units.len < PIECE ? units.len : PIECE;

		if (len < units.len && (units.ptr[len - 1] & 0xFC) == 0xD8)
			len -= 2;
		utf_append_utf16le(out, slice_sub(units, 0, len));
		units = slice_sub(units, len, units.len);
	}
	return !out->failed;
}

/* The joined text and where in it something is missing. */
struct joined {
	struct slice text, utf16;
	size_t *gap_at;
	size_t gap_count;
	bool cut;
};

static void
add_gap(struct joined *j, size_t at)
{
	if (j->gap_count == 0 || j->gap_at[j->gap_count - 1] != at)
		j->gap_at[j->gap_count++] = at;
}

/* WTF-8 is up to half as long again as UTF-16, so the limit is asked here, too: what lies beyond it is missing. */
static bool
join_runs(const struct block *b, struct buf *out, struct joined *j)
{
	bool alone = b->head.flags & BLOCK_NOT_A_PART;
	size_t used = 0;

	if (!alone && b->runs[0].first > 1)
		add_gap(j, 0);
	for (size_t i = 0; i < b->run_count && !j->cut; i++) {
		const struct run *run = &b->runs[i];
		size_t room = (LIMIT_BLOCK_TEXT - out->len) / 3 * 2;

		if (i)
			add_gap(j, out->len);
		j->cut = run->len > room;
		used = run->start + (j->cut ? room & ~(size_t)1 : run->len);
		if (!append_run(out, slice_sub(b->texts, run->start, used - run->start)))
			return false;
	}
	if (j->cut || (!alone && b->runs[b->run_count - 1].last < b->head.total))
		add_gap(j, out->len);
	j->utf16 = slice_sub(b->texts, 0, used);
	return true;
}

static bool
join_texts(const struct block *b, struct arena *arena, struct joined *j, struct err *err)
{
	struct buf out;
	bool fine;

	*j = (struct joined){ .gap_at = ARENA_ARRAY(arena, size_t, b->run_count + 2) };
	buf_init(&out, (size_t)LIMIT_BLOCK_TEXT + 3 * PIECE);
	fine = j->gap_at && join_runs(b, &out, j) && arena_copy(arena, buf_view(&out), &j->text);
	buf_fini(&out);
	return fine || err_nomem(err);
}

static void
append_range(struct buf *out, uint32_t first, uint32_t last)
{
	if (out->len)
		buf_append_byte(out, ',');
	if (first == last)
		buf_printf(out, "%u", first);
	else
		buf_printf(out, "%u-%u", first, last);
}

/* "2-3,7"; a block full of holes has more of them than anyone reads, so the list ends somewhere: ",...". */
static bool
missing_numbers(const struct block *b, struct arena *arena, struct slice *missing)
{
	uint32_t next = 1;
	struct buf out;
	bool fine;

	buf_init(&out, MISSING_TEXT + 64);
	for (size_t i = 0; i < b->run_count && out.len < MISSING_TEXT; i++) {
		if (b->runs[i].first > next)
			append_range(&out, next, b->runs[i].first - 1);
		next = b->runs[i].last + 1;
	}
	if (out.len >= MISSING_TEXT)
		buf_append(&out, SLICE(",..."));
	else if (next && next <= b->head.total)
		append_range(&out, next, b->head.total);
	fine = !out.failed && arena_copy(arena, buf_view(&out), missing);
	buf_fini(&out);
	return fine;
}

/* PowerShell cuts all parts but the last to one length, so the size of a gap is known where one of them is there. */
static void
flag_missing(struct draft *d, const struct block *b)
{
	uint32_t last = b->runs[b->run_count - 1].last, missing = b->head.total - b->present;
	bool no_last = last < b->head.total;

	draft_flag(d, SLICE("partial"));
	if (b->uneven || b->part_len == 0 || missing - no_last == 0)
		return;
	draft_flag(d, draft_join(d, SLICE("missing-units:"),
		draft_number(d, (uint64_t)(missing - no_last) * (b->part_len / 2)), no_last ? SLICE("+") : SLICE_EMPTY));
}

static void
block_flag_texts(struct draft *d, const struct block *b, const struct joined *j)
{
	static const struct {
		unsigned flag;
		const char *text;
	} texts[] = {
		{ BLOCK_CONFLICT, "conflict" },
		{ BLOCK_VARIANT, "variant" },
		{ BLOCK_RESIDUAL, "residual" },
		{ BLOCK_NOT_A_PART, "not-a-part" },
		{ BLOCK_MIXED, "mixed-process" },
		{ BLOCK_CUT, "text-cut" },
		{ BLOCK_NO_COMPUTER, "joined-without-computer" },
	};
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (b->head.flags & texts[i].flag)
			draft_flag(d, slice_from_text(texts[i].text));
	if (b->head.variant)
		draft_flag(d, draft_join(d, SLICE("variant-part:"), draft_number(d, b->head.variant), SLICE_EMPTY));
	if (j->cut)
		draft_flag(d, SLICE("text-cut"));
	if (slice_find(slice_sub(j->text, 0, 64), SLICE("-----BEGIN CMS-----"), 0) == 0)
		draft_flag(d, SLICE("encrypted"));
	for (size_t i = 0; i < b->head.count; i++)
		all |= b->parts[i].flags;
	draft_record_flags(d, all);
}

static struct slice
block_id(struct draft *d, const struct block *b)
{
	char text[GUID_TEXT];

	if (b->head.odd_id.len)
		return b->head.odd_id;
	guid_text(&b->head.id, text);
	return draft_join(d, slice_from(text, GUID_TEXT - 1), SLICE_EMPTY, SLICE_EMPTY);
}

static void
block_fields(struct draft *d, const struct block *b, const struct joined *j)
{
	bool alone = b->head.flags & BLOCK_NOT_A_PART;
	struct subject *s = d->subject;

	/* A block is not one of its messages: only the odd single record keeps its number. */
	if (alone)
		draft_add(d, SLICE("MessageNumber"), draft_number(d, b->parts[0].number));
	draft_add(d, SLICE("MessageTotal"), draft_number(d, b->head.total));
	if (d->count < d->room) {
		struct sigma_field *text = &d->fields[d->count++];

		*text = (struct sigma_field){ .name = SLICE("ScriptBlockText"), .text = j->text };
		sigma_event_gaps(&s->event, text, j->gap_at, j->gap_count);
	}
	s->text_field = (uint32_t)d->count - 1;
	draft_add(d, SLICE("ScriptBlockId"), block_id(d, b));
	draft_add(d, SLICE("Path"), b->head.path);
	s->text_utf16 = j->utf16;
	s->column[COLUMN_TEXT] = j->text;
	s->column[COLUMN_PARTS] = draft_join(d, draft_number(d, alone ? 0 : b->present), SLICE("/"),
		draft_number(d, b->head.total));
}

static struct record_system
block_system(const struct block *b)
{
	static const struct guid none;
	const struct block_head *h = &b->head;

	return (struct record_system){ .provider = h->provider, .channel = h->channel, .computer = h->computer,
		.user_sid = h->user_sid, .time = b->parts[0].time, .record_id = b->parts[0].record_id,
		.activity_id = h->activity_id, .event_id = 4104, .process_id = h->process_id,
		.thread_id = h->thread_id, .level = h->level, .has = { .time = true, .record_id = true,
		.event_id = true, .process_id = h->process_id != 0, .thread_id = h->thread_id != 0, .level = true,
		.activity_id = memcmp(&h->activity_id, &none, sizeof(none)) != 0 } };
}

bool
block_subject(struct slice encoded, struct arena *arena, struct subject *subject, struct err *err)
{
	struct record_system system;
	struct joined joined;
	struct block block;
	struct draft d;

	if (!read_block(encoded, arena, &block, err) || !join_texts(&block, arena, &joined, err))
		return false;
	system = block_system(&block);
	draft_init(&d, arena, subject, NULL, 0);
	if (d.failed)
		return err_nomem(err);
	subject->kind = SUBJECT_SCRIPT_BLOCK;
	subject->parts = block.parts;
	subject->part_count = block.head.count;
	draft_system(&d, &system, true);
	if (!(block.head.flags & BLOCK_NOT_A_PART) && block.present < block.head.total) {
		if (!missing_numbers(&block, arena, &subject->missing))
			return err_nomem(err);
		flag_missing(&d, &block);
	}
	block_fields(&d, &block, &joined);
	block_flag_texts(&d, &block, &joined);
	return draft_finish(&d, err);
}
