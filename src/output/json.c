/* SPDX-License-Identifier: Apache-2.0 */
/* JSON holds everything: whole texts, every named field, what matched and where.  "jsonl" is one object a line,
 * "json" the same objects in one array; one writer serves both.  The same keys come in the same order (TextUtf16 only
 * where it says more than Text).
 * The encoding is strict (RFC 8259, valid Unicode), whatever the evidence holds. */
#include "src/output/sink.h"

#include "base/base64.h"
#include "base/escape.h"
#include "base/filetime.h"
#include "base/limits.h"
#include "base/utf.h"

#include <stdlib.h>

/* A row has some fifty keys and numbers, so they are not worth a printf each. */
static void
put_name(struct buf *out, const char *name)
{
	buf_append_byte(out, '"');
	buf_append_text(out, name);
	buf_append(out, SLICE("\":"));
}

static void
put_key(struct buf *out, const char *name)
{
	buf_append_byte(out, ',');
	put_name(out, name);
}

/* Numbers come as text; one that is none (evidence decides) stays the string it is. */
static void
put_number(struct buf *out, struct slice text)
{
	uint64_t value;

	if (text.len == 0)
		buf_append(out, SLICE("null"));
	else if (slice_to_u64(text, &value))
		escape_json_number(out, value);
	else
		escape_json_string(out, text);
}

static void
put_list(struct buf *out, struct slice list, enum column_kind kind)
{
	struct slice item;
	bool first = true;

	buf_append_byte(out, '[');
	for (; list.len && slice_split(&list, '\0', &item); first = false) {
		if (!first)
			buf_append_byte(out, ',');
		if (kind == COLUMN_KIND_NUMBERS)
			put_number(out, item);
		else
			escape_json_string(out, item);
	}
	buf_append_byte(out, ']');
}

/* Details is for reading, here as in CSV; a whole copy of Event's texts would double every line. */
static void
put_details(struct buf *out, struct slice text)
{
	struct slice fits = utf_clip(text, LIMIT_CSV_CELL - 1);

	buf_append_byte(out, '"');
	escape_json(out, fits);
	if (fits.len < text.len)
		buf_append(out, SLICE("\xE2\x80\xA6"));
	buf_append_byte(out, '"');
}

static void
put_column(struct buf *out, const struct finding *finding, enum column column)
{
	struct slice text = finding->column[column];

	if (column == COLUMN_DETAILS) {
		put_details(out, text);
		return;
	}
	switch (columns[column].kind) {
	case COLUMN_KIND_NUMBER:
		put_number(out, text);
		break;
	case COLUMN_KIND_LIST:
	case COLUMN_KIND_NUMBERS:
		put_list(out, text, columns[column].kind);
		break;
	case COLUMN_KIND_TEXT:
	case COLUMN_KIND_TIME:
		escape_json_string(out, text);
		break;
	}
}

/* Fields of one name become one key with an array: JSON readers keep only the last of equal keys. */
struct chain {
	size_t next;  /* the next field of the same name; SIZE_MAX: none */
	bool follows; /* not the first of its name */
};

static int
by_name(const void *a, const void *b, void *fields)
{
	const size_t *left = a, *right = b;
	const struct finding_field *field = fields;
	int order = slice_cmp(field[*left].name, field[*right].name);

	return order ? order : (*left > *right) - (*left < *right);
}

/* NULL when memory ran out. */
static struct chain *
chains_new(const struct finding *finding)
{
	struct chain *chains = calloc(finding->field_count, sizeof(*chains));
	size_t *sorted = calloc(finding->field_count, sizeof(*sorted));

	if (!chains || !sorted)
		goto fail;
	for (size_t i = 0; i < finding->field_count; i++) {
		chains[i].next = SIZE_MAX;
		sorted[i] = i;
	}
	qsort_r(sorted, finding->field_count, sizeof(*sorted), by_name, (void *)(uintptr_t)finding->fields);
	for (size_t i = 1; i < finding->field_count; i++) {
		if (!slice_eq(finding->fields[sorted[i - 1]].name, finding->fields[sorted[i]].name))
			continue;
		chains[sorted[i - 1]].next = sorted[i];
		chains[sorted[i]].follows = true;
	}
	free(sorted);
	return chains;
fail:
	free(chains);
	free(sorted);
	return NULL;
}

static void
put_field(struct buf *out, const struct finding_field *field)
{
	if (field->null)
		buf_append(out, SLICE("null"));
	else
		escape_json_string(out, field->text);
}

static void
put_event(struct buf *out, const struct finding *finding)
{
	struct chain *chains = finding->field_count ? chains_new(finding) : NULL;
	bool first = true;

	if (finding->field_count && !chains)
		out->failed = true;
	buf_append_byte(out, '{');
	for (size_t i = 0; chains && i < finding->field_count; i++) {
		bool several = chains[i].next != SIZE_MAX;

		if (chains[i].follows)
			continue;
		if (!first)
			buf_append_byte(out, ',');
		first = false;
		escape_json_string(out, finding->fields[i].name);
		buf_append(out, several ? SLICE(":[") : SLICE(":"));
		put_field(out, &finding->fields[i]);
		for (size_t k = chains[i].next; k != SIZE_MAX; k = chains[k].next) {
			buf_append_byte(out, ',');
			put_field(out, &finding->fields[k]);
		}
		if (several)
			buf_append_byte(out, ']');
	}
	buf_append_byte(out, '}');
	free(chains);
}

/* The text of an event is UTF-16, and not all of that is Unicode: the exact code units, for who needs them. */
static void
put_utf16(struct buf *out, const struct finding *finding)
{
	struct slice text = finding->column[COLUMN_TEXT];
	struct buf utf16;

	if (finding->text_field < finding->field_count)
		text = finding->fields[finding->text_field].text;
	buf_init(&utf16, SIZE_MAX / 2);
	utf_append_as_utf16le(&utf16, text);
	buf_append_byte(out, '"');
	base64_append(out, buf_view(&utf16));
	buf_append_byte(out, '"');
	if (utf16.failed)
		out->failed = true;
	buf_fini(&utf16);
}

static void
put_matches(struct buf *out, const struct finding *finding)
{
	buf_append_byte(out, '[');
	for (size_t i = 0; i < finding->hit_count; i++) {
		const struct finding_hit *hit = &finding->hits[i];
		struct slice name = hit->field < finding->field_count ? finding->fields[hit->field].name : hit->name;

		buf_append(out, i ? SLICE(",{\"Field\":") : SLICE("{\"Field\":"));
		escape_json_string(out, name);
		put_key(out, "Start");
		escape_json_number(out, hit->start);
		put_key(out, "Length");
		escape_json_number(out, hit->len);
		buf_append_byte(out, '}');
	}
	buf_append_byte(out, ']');
}

static void
put_records(struct buf *out, const struct finding *finding)
{
	char time[FILETIME_TEXT];

	buf_append_byte(out, '[');
	for (size_t i = 0; i < finding->part_count; i++) {
		const struct subject_part *part = &finding->parts[i];

		filetime_text(part->time, time);
		buf_append(out, i ? SLICE(",{\"RecordId\":") : SLICE("{\"RecordId\":"));
		escape_json_number(out, part->record_id);
		put_key(out, "Time");
		buf_append_byte(out, '"');
		buf_append_text(out, time);
		buf_append_byte(out, '"');
		put_key(out, "Offset");
		escape_json_number(out, part->offset);
		put_key(out, "Number");
		escape_json_number(out, part->number);
		buf_append_byte(out, '}');
	}
	buf_append_byte(out, ']');
}

static void
put_object(struct buf *out, const struct finding *finding)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		buf_append_byte(out, i ? ',' : '{');
		put_name(out, columns[i].name);
		put_column(out, finding, (enum column)i);
	}
	put_key(out, "Event");
	put_event(out, finding);
	if (!utf_is_strict(finding->column[COLUMN_EVIDENCE])) {
		put_key(out, "EvidenceBase64");
		buf_append_byte(out, '"');
		base64_append(out, finding->column[COLUMN_EVIDENCE]);
		buf_append_byte(out, '"');
	}
	if (finding->text_is_lossy) {
		put_key(out, "TextUtf16");
		put_utf16(out, finding);
	}
	put_key(out, "Matches");
	put_matches(out, finding);
	put_key(out, "Records");
	put_records(out, finding);
	buf_append_byte(out, '}');
}

static void
json_begin(const struct sink_options *options, struct buf *out)
{
	(void)options;
	buf_append_byte(out, '[');
}

static void
json_finding(const struct sink_options *options, const struct finding *finding, uint64_t row, struct buf *out)
{
	(void)options;
	buf_append(out, row ? SLICE(",\n") : SLICE("\n"));
	put_object(out, finding);
}

static void
json_end(const struct sink_options *options, uint64_t rows, struct buf *out)
{
	(void)options;
	(void)rows;
	buf_append(out, SLICE("\n]\n"));
}

static void
jsonl_begin(const struct sink_options *options, struct buf *out)
{
	(void)options;
	(void)out;
}

static void
jsonl_finding(const struct sink_options *options, const struct finding *finding, uint64_t row, struct buf *out)
{
	(void)options;
	(void)row;
	put_object(out, finding);
	buf_append_byte(out, '\n');
}

static void
jsonl_end(const struct sink_options *options, uint64_t rows, struct buf *out)
{
	(void)options;
	(void)rows;
	(void)out;
}

const struct sink_class sink_json = {
	.name = "json",
	.suffix = ".json",
	.summary = "one array of objects with whole texts",
	.begin = json_begin,
	.finding = json_finding,
	.end = json_end,
};

const struct sink_class sink_jsonl = {
	.name = "jsonl",
	.suffix = ".jsonl",
	.summary = "one object a line with whole texts, for jq and imports",
	.begin = jsonl_begin,
	.finding = jsonl_finding,
	.end = jsonl_end,
};
