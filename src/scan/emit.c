/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in their final order, with the columns that only the parent knows: where the evidence lies and where else
 * the same event was found. */
#include "src/scan/run.h"

#include <stdlib.h>

enum { SOURCES_LISTED = ORDER_SOURCES, BATCH_ROWS = 256, BATCH_BYTES = 1 << 20 };

static struct slice
path_of(const struct run *run, uint32_t evidence)
{
	return evidence < run->inputs.count ? run->inputs.items[evidence].path : SLICE_EMPTY;
}

static int
compare_places(const void *a, const void *b)
{
	const struct order_place *x = a, *y = b;

	if (x->evidence != y->evidence)
		return x->evidence < y->evidence ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* All places of a row but its own: the other parts' and those of copies of it. */
static size_t
other_places(const struct order_row *row, const struct subject_part *parts, size_t count,
	struct order_place *places, size_t max)
{
	size_t used = 0;

	for (size_t i = 0; i < count && used < max; i++)
		if (parts[i].evidence != row->place.evidence || parts[i].offset != row->place.offset)
			places[used++] = (struct order_place){ parts[i].evidence, parts[i].offset };
	for (size_t i = 0; i < row->source_count && used < max; i++)
		places[used++] = row->sources[i];
	if (used)
		qsort(places, used, sizeof(*places), compare_places);
	return used;
}

/* Sets Evidence, Offset and Sources, made in the arena. */
static bool
fill_places(struct run *run, const struct order_row *row, const struct subject_part *parts, size_t part_count,
	struct slice *column, struct err *err)
{
	size_t max = part_count + row->source_count + 1, count, offset_at, sources_at;
	struct order_place *places;
	struct slice text;

	places = ARENA_ARRAY(&run->arena, struct order_place, max);
	if (!places)
		return err_nomem(err);
	count = other_places(row, parts, part_count, places, max);
	buf_reset(&run->text);
	buf_append(&run->text, path_of(run, row->place.evidence));
	offset_at = run->text.len;
	buf_decimal(&run->text, row->place.offset);
	sources_at = run->text.len;
	for (size_t i = 0, listed = 0; i < count && listed < SOURCES_LISTED; i++) {
		if (i && compare_places(&places[i - 1], &places[i]) == 0)
			continue;
		buf_append(&run->text, path_of(run, places[i].evidence));
		buf_append_byte(&run->text, '@');
		buf_decimal(&run->text, places[i].offset);
		buf_append_byte(&run->text, 0);
		listed++;
	}
	if (run->text.failed || !arena_copy(&run->arena, buf_view(&run->text), &text))
		return err_nomem(err);
	column[COLUMN_EVIDENCE] = slice_sub(text, 0, offset_at);
	column[COLUMN_OFFSET] = slice_sub(text, offset_at, sources_at - offset_at);
	column[COLUMN_SOURCES] = slice_sub(text, sources_at, SIZE_MAX);
	return true;
}

/* Who read it; of a block, its first part.  What no log counts is nothing that libevtx could have read. */
static struct slice
reader_of(const struct run *run, const struct finding *finding)
{
	unsigned flags = finding->part_count ? finding->parts[0].flags : 0;
	bool libevtx = run->options->reader == SCAN_READER_LIBEVTX && !(flags & RECORD_NOT_COUNTED);
	bool other = flags & RECORD_OTHER_READER;

	return libevtx != other ? SLICE("libevtx") : SLICE("direct");
}

bool
row_is_wanted(const struct run *run, const struct finding *finding)
{
	static const char digits[] = "0123456789abcdef";
	struct slice wanted = run->options->cite;

	for (size_t i = 0; i < wanted.len; i++) {
		unsigned nibble = i / 2 < sizeof(finding->id) ? finding->id[i / 2] >> (i % 2 ? 0 : 4) & 15u : 0;

		if (i / 2 >= sizeof(finding->id) || wanted.ptr[i] != (uint8_t)digits[nibble])
			return false;
	}
	return true;
}

static void
count_finding(struct run *run, const struct finding *finding)
{
	struct scan_summary *s = run->summary;

	s->findings++;
	s->findings_by_level[ruleset_rule(run->options->rules, finding->rule)->level]++;
	s->undecided += finding->verdict == VERDICT_UNDECIDED;
}

/* Findings go to the listener some at a time, so that it can share them out.  What they are made of is in the arena. */
struct batch {
	struct finding *items; /* BATCH_ROWS */
	size_t count;
};

static bool
hand_over(struct run *run, struct batch *b, struct err *err)
{
	bool done = !b->count || !run->listener->findings ||
		run->listener->findings(run->listener->context, b->items, b->count, err);

	b->count = 0;
	arena_reset(&run->arena);
	return done;
}

/* Leaves out what is not wanted. */
static bool
take_finding(struct run *run, const struct order_row *row, struct batch *b, struct err *err)
{
	struct finding *f = &b->items[b->count];
	struct slice bytes;

	if (!arena_copy(&run->arena, row->bytes, &bytes))
		return err_nomem(err);
	if (!finding_decode(bytes, &run->arena, f, err))
		return false;
	count_finding(run, f);
	if (!row_is_wanted(run, f))
		return true;
	if (!finding_complete(f, run->options->rules, &run->arena, &run->text, err) ||
		!fill_places(run, row, f->parts, f->part_count, f->column, err))
		return false;
	f->column[COLUMN_READER] = reader_of(run, f);
	b->count++;
	return opinions_columns(run, f, err) && exhibits_note(run, f, err);
}

static bool
emit_findings(struct run *run, struct batch *b, struct err *err)
{
	struct order_row row;

	while (order_next(&run->order, &row, err)) {
		if (run_stop_asked(run))
			return true;
		if (!take_finding(run, &row, b, err))
			return false;
		if ((b->count == BATCH_ROWS || run->arena.used >= BATCH_BYTES) && !hand_over(run, b, err))
			return false;
	}
	return err->code == ERR_OK && hand_over(run, b, err);
}

static bool
emit_block(struct run *run, const struct order_row *row, struct err *err)
{
	struct block_text block;

	if (!block_text_decode(row->bytes, &run->arena, &block))
		return err_set(err, ERR_FORMAT, 0, "a script block cannot be read back");
	if (!fill_places(run, row, block.parts, block.part_count, block.column, err))
		return false;
	return !run->listener->block || run->listener->block(run->listener->context, &block, err);
}

/* Parts and variants beyond a bound of the joiner (base/limits.h). */
static bool
tell_dropped(struct run *run, struct err *err)
{
	struct err line = { 0 };
	struct notice notice = { .kind = NOTICE_LOSS };

	if (!joiner_counts(run->joiner).dropped)
		return true;
	err_set(&line, ERR_OK, 0, "%llu parts or variants of script blocks beyond what is kept were left out",
		(unsigned long long)joiner_counts(run->joiner).dropped);
	notice.reason = slice_from_text(line.text);
	return run_notice(run, &notice, err);
}

static bool
emit_blocks(struct run *run, struct err *err)
{
	struct order_row row;

	while (order_next(&run->order, &row, err)) {
		if (run_stop_asked(run))
			return true;
		arena_reset(&run->arena);
		if (!emit_block(run, &row, err))
			return false;
	}
	return err->code == ERR_OK;
}

bool
emit_rows(struct run *run, struct err *err)
{
	struct batch batch = { .items = NULL };
	bool done;

	if (!tell_dropped(run, err))
		return false;
	if (run->options->mode == SCAN_BLOCKS)
		return emit_blocks(run, err);
	batch.items = calloc(BATCH_ROWS, sizeof(*batch.items));
	arena_reset(&run->arena);
	done = batch.items ? emit_findings(run, &batch, err) : err_nomem(err);
	free(batch.items);
	return done;
}
