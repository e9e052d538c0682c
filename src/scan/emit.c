/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in their final order, with the columns that only the parent knows: where the evidence lies and where else
 * the same event was found. */
#include "src/scan/run.h"

#include <stdlib.h>

enum { SOURCES_LISTED = ORDER_SOURCES };

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

/* Sets Evidence, Offset and Sources; their bytes lie in run->text. */
static bool
fill_places(struct run *run, const struct order_row *row, const struct subject_part *parts, size_t part_count,
	struct slice *column, struct err *err)
{
	size_t max = part_count + row->source_count + 1, count, offset_at, sources_at;
	struct order_place *places;

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
	if (run->text.failed)
		return err_nomem(err);
	column[COLUMN_EVIDENCE] = slice_sub(buf_view(&run->text), 0, offset_at);
	column[COLUMN_OFFSET] = slice_sub(buf_view(&run->text), offset_at, sources_at - offset_at);
	column[COLUMN_SOURCES] = slice_sub(buf_view(&run->text), sources_at, SIZE_MAX);
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

static bool
emit_finding(struct run *run, const struct order_row *row, struct err *err)
{
	struct finding finding;

	if (!finding_decode(row->bytes, &run->arena, &finding, err))
		return false;
	count_finding(run, &finding);
	if (!row_is_wanted(run, &finding))
		return true;
	if (!finding_complete(&finding, run->options->rules, &run->arena, &run->details, err) ||
		!fill_places(run, row, finding.parts, finding.part_count, finding.column, err))
		return false;
	finding.column[COLUMN_READER] = reader_of(run, &finding);
	if (!opinions_columns(run, &finding, err) || !exhibits_note(run, &finding, err))
		return false;
	return !run->listener->finding || run->listener->finding(run->listener->context, &finding, err);
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

bool
emit_rows(struct run *run, struct err *err)
{
	bool (*const emit)(struct run *run, const struct order_row *row, struct err *err) =
		run->options->mode == SCAN_BLOCKS ? emit_block : emit_finding;
	struct order_row row;

	if (!tell_dropped(run, err))
		return false;
	while (order_next(&run->order, &row, err)) {
		if (run_stop_asked(run))
			return true;
		arena_reset(&run->arena);
		if (!emit(run, &row, err))
			return false;
	}
	return err->code == ERR_OK;
}
