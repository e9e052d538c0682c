/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/logspan.h"

#include "base/attr.h"

enum { PADDING = 8 };

static void
add_fact(struct log_span *span, struct log_fact fact)
{
	fact.chunk = span->chunk;
	if (span->fact_count < LOG_SPAN_FACTS)
		span->facts[span->fact_count++] = fact;
	else
		span->facts_left_out++;
}

void
log_span_begin(struct log_span *span, uint64_t chunk)
{
	*span = (struct log_span){ .chunk = chunk };
}

static void
compare_with_last(struct log_span *span, const struct survey_item *item)
{
	uint64_t number = item->peek.number, written = item->peek.written;
	struct log_fact fact = { .offset = item->residue.offset, .number = number, .expected = span->last + 1,
		.found = number };

	if (number != span->last + 1 && !span->loss_at_end) {
		fact.kind = number > span->last ? LOG_GAP : LOG_REPEAT;
		add_fact(span, fact);
	}
	if (!written || written >= span->last_written)
		return;
	fact.kind = LOG_TIME_BACKWARDS;
	fact.expected = span->last_written;
	fact.found = written;
	add_fact(span, fact);
}

/* In a log that Windows wrote both numbers are one; an export counts anew, so that nearly all differ. */
static void
compare_ids(struct log_span *span, const struct survey_item *item)
{
	bool same = item->peek.record_id == item->peek.number;

	if (!item->peek.has_system)
		return;
	if (!same && span->other_id == 0) {
		span->odd_offset = item->residue.offset;
		span->odd_number = item->peek.number;
		span->odd_id = item->peek.record_id;
	}
	span->same_id += same;
	span->other_id += !same;
}

void
log_span_add(struct log_span *span, const struct survey_item *item)
{
	uint64_t number = item->peek.number;

	if (span->count == 0) {
		span->first = number;
		span->first_offset = item->residue.offset;
		span->first_written = item->peek.written;
	} else {
		compare_with_last(span, item);
	}
	if (!span->first_written)
		span->first_written = item->peek.written;
	if (item->spare >= PADDING)
		add_fact(span, (struct log_fact){ .kind = LOG_HIDDEN, .offset = item->residue.offset, .number = number,
			.bytes = item->spare });
	compare_ids(span, item);
	span->loss_at_end = 0;
	span->count++;
	span->last = number;
	span->last_offset = item->residue.offset;
	if (item->peek.written)
		span->last_written = item->peek.written;
}

void
log_span_add_loss(struct log_span *span)
{
	span->losses++;
	span->loss_at_end = 1;
}

void
log_span_add_hidden(struct log_span *span, const struct survey_item *item)
{
	struct log_fact *last = span->fact_count ? &span->facts[span->fact_count - 1] : NULL;

	if (last && last->kind == LOG_HIDDEN && last->number == span->last && !last->found)
		last->found = item->peek.number;
}

/* A log that was not closed, or whose header cannot be trusted, has headers older than its records. */
void
log_span_end(struct log_span *span, const struct chunk_header *header, unsigned bad_checksums, bool closed)
{
	if (!closed || !header->plausible)
		return;
	if (bad_checksums)
		add_fact(span, (struct log_fact){ .kind = LOG_CHECKSUM, .offset = span->chunk, .number = span->first,
			.found = bad_checksums });
	if (!span->count || span->losses || bad_checksums & CHUNK_HEADER_CHECKSUM_BAD)
		return;
	if (header->first_id != span->first)
		add_fact(span, (struct log_fact){ .kind = LOG_HEADER_RANGE, .offset = span->first_offset,
			.number = span->first, .expected = header->first_id, .found = span->first });
	if (header->last_id != span->last)
		add_fact(span, (struct log_fact){ .kind = LOG_HEADER_RANGE, .offset = span->last_offset,
			.number = span->last, .expected = header->last_id, .found = span->last });
}

/* ---- on the wire: numbers in the order of the struct ---- */

static void
put_numbers(struct buf *out, const uint64_t *const *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_u64le(out, *numbers[i]);
}

void
log_span_encode(const struct log_span *s, struct buf *out)
{
	const uint64_t *const numbers[] = { &s->chunk, &s->count, &s->first, &s->last, &s->first_offset, &s->last_offset,
		&s->first_written, &s->last_written, &s->same_id, &s->other_id, &s->odd_offset, &s->odd_number, &s->odd_id,
		&s->facts_left_out, &s->losses, &s->loss_at_end };

	put_numbers(out, numbers, ARRAY_LEN(numbers));
	buf_u32le(out, s->fact_count);
	for (size_t i = 0; i < s->fact_count; i++) {
		const struct log_fact *f = &s->facts[i];
		const uint64_t *const parts[] = { &f->offset, &f->chunk, &f->expected, &f->found, &f->number, &f->bytes };

		buf_u32le(out, f->kind);
		put_numbers(out, parts, ARRAY_LEN(parts));
	}
}

static void
take_numbers(struct cursor *in, uint64_t *const *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*numbers[i] = cursor_u64le(in);
}

bool
log_span_decode(struct cursor *in, struct log_span *s)
{
	uint64_t *const numbers[] = { &s->chunk, &s->count, &s->first, &s->last, &s->first_offset, &s->last_offset,
		&s->first_written, &s->last_written, &s->same_id, &s->other_id, &s->odd_offset, &s->odd_number, &s->odd_id,
		&s->facts_left_out, &s->losses, &s->loss_at_end };

	take_numbers(in, numbers, ARRAY_LEN(numbers));
	s->fact_count = cursor_u32le(in);
	if (in->bad || s->fact_count > LOG_SPAN_FACTS)
		return false;
	for (size_t i = 0; i < s->fact_count; i++) {
		struct log_fact *f = &s->facts[i];
		uint64_t *const parts[] = { &f->offset, &f->chunk, &f->expected, &f->found, &f->number, &f->bytes };

		f->kind = cursor_u32le(in);
		take_numbers(in, parts, ARRAY_LEN(parts));
		if (f->kind >= LOG_FACT_KINDS)
			return false;
	}
	return !in->bad;
}
