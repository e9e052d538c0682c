/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in their final order, with the columns that only the parent knows: where the evidence lies and where else
 * the same event was found. */
#include "src/scan/run.h"

#include <stdlib.h>

enum { SOURCES_LISTED = 64 };

static struct slice
path_of(const struct run *run, uint32_t evidence)
{
	return evidence < run->inputs.count ? run->inputs.items[evidence].path : SLICE_EMPTY;
}

struct place {
	uint32_t evidence;
	uint64_t offset;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->evidence != y->evidence)
		return x->evidence < y->evidence ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* All places of a row but its own: the other parts' and those of copies of it. */
static size_t
other_places(const struct run *run, const struct order_row *row, const struct subject_part *parts, size_t count,
	struct place *places, size_t max)
{
	size_t used = 0;

	for (size_t i = 0; i < count && used < max; i++)
		if (parts[i].evidence != row->key.evidence || parts[i].offset != row->key.offset)
			places[used++] = (struct place){ parts[i].evidence, parts[i].offset };
	for (uint32_t i = row->sources; i && used < max; i = run->order.sources[i - 1].next)
		places[used++] = (struct place){ run->order.sources[i - 1].evidence, run->order.sources[i - 1].offset };
	if (used)
		qsort(places, used, sizeof(*places), compare_places);
	return used;
}

/* Sets Evidence, Offset and Sources; their bytes lie in run->text. */
static bool
fill_places(struct run *run, const struct order_row *row, const struct subject_part *parts, size_t part_count,
	struct slice *column, struct err *err)
{
	size_t max = part_count + 1, count, offset_at, sources_at;
	struct place *places;

	for (uint32_t i = row->sources; i; i = run->order.sources[i - 1].next)
		max++;
	places = ARENA_ARRAY(&run->arena, struct place, max);
	if (!places)
		return err_nomem(err);
	count = other_places(run, row, parts, part_count, places, max);
	buf_reset(&run->text);
	buf_append(&run->text, path_of(run, row->key.evidence));
	offset_at = run->text.len;
	buf_printf(&run->text, "%llu", (unsigned long long)row->key.offset);
	sources_at = run->text.len;
	for (size_t i = 0, listed = 0; i < count && listed < SOURCES_LISTED; i++) {
		if (i && compare_places(&places[i - 1], &places[i]) == 0)
			continue;
		buf_append(&run->text, path_of(run, places[i].evidence));
		buf_printf(&run->text, "@%llu", (unsigned long long)places[i].offset);
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

static bool
emit_finding(struct run *run, const struct order_row *row, struct slice bytes, struct err *err)
{
	struct finding finding;

	if (!finding_decode(bytes, &run->arena, &finding, err) ||
	    !fill_places(run, row, finding.parts, finding.part_count, finding.column, err))
		return false;
	if (!opinions_columns(run, &finding, err))
		return false;
	return !run->listener->finding || run->listener->finding(run->listener->context, &finding, err);
}

static bool
emit_block(struct run *run, const struct order_row *row, struct slice bytes, struct err *err)
{
	struct block_text block;

	if (!block_text_decode(bytes, &run->arena, &block))
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
	err_set(&line, ERR_OK, 0, "%llu parts or variants of script blocks beyond the bounds of a block were left out",
		(unsigned long long)joiner_counts(run->joiner).dropped);
	notice.reason = slice_from_text(line.text);
	return run_notice(run, &notice, err);
}

bool
row_is_wanted(const struct run *run, const struct order_row *row)
{
	static const char digits[] = "0123456789abcdef";
	struct slice wanted = run->options->cite;

	for (size_t i = 0; i < wanted.len; i++) {
		unsigned nibble = i / 2 < sizeof(row->key.id) ? row->key.id[i / 2] >> (i % 2 ? 0 : 4) & 15u : 0;

		if (i / 2 >= sizeof(row->key.id) || wanted.ptr[i] != (uint8_t)digits[nibble])
			return false;
	}
	return true;
}

bool
emit_rows(struct run *run, struct err *err)
{
	if (!tell_dropped(run, err))
		return false;
	for (size_t i = 0; i < run->order.count; i++) {
		const struct order_row *row = &run->order.rows[i];
		struct slice bytes;

		if (!row_is_wanted(run, row))
			continue;
		if (run_stop_asked(run))
			return true;
		arena_reset(&run->arena);
		if (!order_get(&run->order, i, &bytes, err))
			return false;
		if (!(run->options->mode == SCAN_BLOCKS ? emit_block : emit_finding)(run, row, bytes, err))
			return false;
	}
	return true;
}
