/* SPDX-License-Identifier: Apache-2.0 */
/* CSV is for reading, in a spreadsheet or with grep: one finding, one line, ended by LF (RFC 4180 says CR LF; LF is
 * what the tools of a Unix pipe expect, and spreadsheets take both).  Long texts are cut around what matched, and no
 * cell is longer than a spreadsheet can hold.  Whoever needs everything takes JSON. */
#include "src/output/sink.h"

#include "base/escape.h"
#include "base/limits.h"
#include "base/utf.h"
#include "src/output/excerpt.h"

enum { DETAILS_ROOM = 4096 }; /* nearly all of them need less: their cell does not grow bit by bit */

#define ELLIPSIS SLICE("\xE2\x80\xA6")
#define BAR SLICE("\xC2\xA6")
#define BETWEEN SLICE(" \xC2\xA6 ")

/* An upper bound of what escape_csv_cell makes of a code point, in UTF-16 units, which spreadsheets count. */
static size_t
weight(uint32_t code)
{
	if (code >= 0x10000)
		return 2;
	if ((code >= 0x80 && code < 0xA0) || code == 0x061C || (code >= 0x2000 && code < 0x2070))
		return sizeof("<U+0000>") - 1;
	return 1;
}

/* The start of text that fits into one cell, with room for the guard and the ellipsis. */
static struct slice
clip_cell(struct slice text)
{
	size_t used = 2, at = 0;

	if (text.len <= LIMIT_CSV_CELL / 8)
		return text;
	while (at < text.len) {
		size_t next = at;

		used += weight(utf_next(text, &next));
		if (used > LIMIT_CSV_CELL)
			break;
		at = next;
	}
	return slice_sub(text, 0, at);
}

static void
put_cell(const struct sink_options *options, struct slice text, struct buf *scratch, struct buf *out)
{
	struct slice fits = clip_cell(text);

	if (fits.len < text.len) {
		/* `text` may be what scratch holds: fits points into it, so only the tail is touched. */
		if (text.ptr != scratch->ptr) {
			buf_reset(scratch);
			buf_append(scratch, fits);
		}
		scratch->len = fits.len;
		buf_append(scratch, ELLIPSIS);
		text = buf_view(scratch);
	}
	escape_csv_cell(out, text, options->csv_raw ? ESCAPE_CSV_RAW : (enum escape_csv_flags)0);
	if (scratch->failed)
		out->failed = true;
}

/* An item of a joined cell.  A bar in it is doubled, so that no text can pass for two items. */
static void
put_item(struct buf *scratch, struct slice item)
{
	size_t at = 0, bar;

	while ((bar = slice_find(item, BAR, at)) != SIZE_MAX) {
		buf_append(scratch, slice_sub(item, at, bar - at));
		buf_append(scratch, BAR);
		buf_append(scratch, BAR);
		at = bar + BAR.len;
	}
	buf_append(scratch, slice_sub(item, at, item.len));
}

static struct slice
join_list(struct slice list, struct buf *scratch)
{
	struct slice item;

	buf_reset(scratch);
	while (list.len && slice_split(&list, '\0', &item)) {
		if (scratch->len)
			buf_append(scratch, BETWEEN);
		put_item(scratch, item);
		if (scratch->len > LIMIT_CSV_CELL * 4)
			break;
	}
	return buf_view(scratch);
}

static struct slice
join_details(const struct finding *finding, struct buf *scratch)
{
	buf_reset(scratch);
	for (size_t i = 0; i < finding->field_count && scratch->len <= LIMIT_CSV_CELL * 4; i++) {
		const struct finding_field *field = &finding->fields[i];
		struct slice value = utf_clip(field->text, LIMIT_CSV_VALUE);

		if (i)
			buf_append(scratch, BETWEEN);
		put_item(scratch, utf_clip(field->name, LIMIT_CSV_VALUE));
		buf_append(scratch, SLICE(": "));
		put_item(scratch, value);
		if (value.len < field->text.len)
			buf_append(scratch, ELLIPSIS);
	}
	return buf_view(scratch);
}

static struct slice
cut_text(const struct finding *finding, struct buf *scratch)
{
	const struct finding_hit *hit = excerpt_first_hit(finding, finding->text_field);
	struct slice text = finding->column[COLUMN_TEXT];
	struct excerpt e;

	if (text.len <= LIMIT_CSV_TEXT)
		return text;
	e = excerpt_around(text, 0, 0, LIMIT_CSV_TEXT);
	if (e.cut_back) /* room for an ellipsis on both sides */
		e = excerpt_around(text, hit ? hit->start : 0, hit ? hit->len : 0, LIMIT_CSV_TEXT - 2);
	buf_reset(scratch);
	if (e.cut_front)
		buf_append(scratch, ELLIPSIS);
	buf_append(scratch, e.text);
	if (e.cut_back)
		buf_append(scratch, ELLIPSIS);
	return buf_view(scratch);
}

static struct slice
cell_text(const struct finding *finding, enum column column, struct buf *scratch)
{
	enum column_kind kind = columns[column].kind;

	if (column == COLUMN_TEXT)
		return cut_text(finding, scratch);
	if (column == COLUMN_DETAILS && finding->field_count)
		return join_details(finding, scratch);
	if (kind == COLUMN_KIND_LIST || kind == COLUMN_KIND_NUMBERS)
		return join_list(finding->column[column], scratch);
	return finding->column[column];
}

static void
csv_begin(const struct sink_options *options, struct buf *out)
{
	if (options->bom)
		buf_append(out, SLICE("\xEF\xBB\xBF"));
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (i)
			buf_append_byte(out, ',');
		buf_append_text(out, columns[i].name);
	}
	buf_append_byte(out, '\n');
}

static void
csv_finding(const struct sink_options *options, const struct finding *finding, uint64_t row, struct buf *out)
{
	struct buf scratch;

	(void)row;
	buf_init(&scratch, SIZE_MAX / 2);
	buf_reserve(&scratch, DETAILS_ROOM);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (i)
			buf_append_byte(out, ',');
		put_cell(options, cell_text(finding, (enum column)i, &scratch), &scratch, out);
	}
	buf_append_byte(out, '\n');
	buf_fini(&scratch);
}

static void
csv_end(const struct sink_options *options, uint64_t rows, struct buf *out)
{
	(void)options;
	(void)rows;
	(void)out;
}

const struct sink_class sink_csv = {
	.name = "csv",
	.suffix = ".csv",
	.summary = "one line a finding, for spreadsheets and grep",
	.begin = csv_begin,
	.finding = csv_finding,
	.end = csv_end,
};
