/* SPDX-License-Identifier: Apache-2.0 */
/* The survey of a chunk or window, for the second pass: which events are live, where residue lies, which template
 * definitions there are, what does not fit together.  Nothing is decoded here; the parent keeps it all as opaque bytes
 * until every file was seen (residue_pool.h). */
#include "src/scan/worker_state.h"

#include "base/limits.h"
#include "evtx/slots.h"
#include "src/subject/logspan.h"

#include <stdlib.h>

void
worker_survey_begin(struct worker *w)
{
	table_fini(&w->survey.templates);
	table_init(&w->survey.templates);
}

/* What a chunk or slot may cost is bounded, since definitions that are made up may lie over one another.  False: not
 * looked at, or not to its end. */
static bool
is_sound(struct worker *w, struct slice chunk, size_t offset, size_t *left, struct guid *guid, bool *looked_at)
{
	struct cursor body;

	*looked_at = *left >= TEMPLATE_HEADER;
	if (!*looked_at)
		return false;
	*left -= TEMPLATE_HEADER;
	if (!template_at(chunk, offset, guid, &body) || body.rest.len > LIMIT_TEMPLATE ||
	    table_find(&w->survey.templates, slice_from(guid->bytes, sizeof(guid->bytes))))
		return false;
	buf_reset(&w->scratch);
	if (template_check_within(chunk, body, &w->scratch, left))
		return true;
	*looked_at = *left > 0;
	return false;
}

/* Each definition once a job, from where it is met first, so that the first in the evidence does not depend on how
 * jobs were cut.  False when it could not be looked at any more. */
static bool
send_template(struct worker *w, struct slice chunk, uint64_t slot, size_t offset, size_t *left)
{
	struct guid guid;
	bool looked_at;
	size_t begin;

	if (!is_sound(w, chunk, offset, left, &guid, &looked_at))
		return looked_at;
	if (!table_add(&w->survey.templates, slice_from(guid.bytes, sizeof(guid.bytes)), 0, NULL))
		worker_give_up(WORKER_NO_MEMORY);
	begin = frame_begin(&w->out, FRAME_TEMPLATE);
	buf_u64le(&w->out, slot);
	buf_u32le(&w->out, (uint32_t)offset);
	buf_append(&w->out, slice_from(guid.bytes, sizeof(guid.bytes)));
	buf_append(&w->out, buf_view(&w->scratch));
	frame_end(&w->out, begin);
	return true;
}

void
worker_survey_templates(struct worker *w, struct slice chunk, uint64_t slot)
{
	struct survey_templates at = { 0 };
	size_t offset;

	while (survey_next_template(chunk, &at, &offset))
		if (!send_template(w, chunk, slot, offset, &w->survey.left_of_tables)) {
			w->survey.tables_cut++;
			return;
		}
}

/* A record of residue may bring its own definition, which the chunk's table does not know. */
void
worker_survey_residue(struct worker *w, struct slice chunk, uint64_t slot, const struct residue *residue,
	const struct record_peek *peek)
{
	size_t at = (size_t)(residue->offset - residue->chunk), *left = &w->survey.left_of_records;
	bool all = true;

	residue_encode(residue, &w->survey.residue);
	w->survey.residue_count++;
	if (peek->definition)
		all = send_template(w, chunk, slot, at + peek->definition, left);
	if (peek->data_definition)
		all = send_template(w, chunk, slot, at + peek->data_definition, left) && all;
	w->survey.records_cut += !all;
}

/* What had to be left out is said once for all that is surveyed together. */
void
worker_survey_tell_cuts(struct worker *w, uint64_t offset, uint64_t len, unsigned refused)
{
	struct notice notice = { .kind = NOTICE_LIMIT, .has_offset = true, .offset = offset, .len = len };
	unsigned tables = w->survey.tables_cut, records = w->survey.records_cut;

	if (!tables && !records && !refused)
		return;
	buf_reset(&w->scratch);
	if (tables || records)
		buf_printf(&w->scratch, "more templates than a chunk can have: those of %u chunk headers and %u residual records are not all looked at",
			tables, records);
	if (refused)
		buf_printf(&w->scratch, "%smore than %d chunks in one slot: %u residual records are not read in theirs",
			tables || records ? "; " : "", CARVE_SLOT_CHUNKS, refused);
	if (w->scratch.failed)
		worker_give_up(WORKER_NO_MEMORY);
	notice.reason = buf_view(&w->scratch);
	worker_notice(w, &notice);
}

void
worker_survey_send(struct worker *w, uint64_t slot, const struct log_span *span)
{
	size_t begin = frame_begin(&w->out, FRAME_SURVEY);

	buf_u64le(&w->out, slot);
	buf_u32le(&w->out, w->survey.residue_count);
	buf_append(&w->out, buf_view(&w->survey.residue));
	buf_counted(&w->out, buf_view(&w->survey.live));
	buf_u8(&w->out, span != NULL);
	if (span)
		log_span_encode(span, &w->out);
	frame_end(&w->out, begin);
	if (w->survey.residue.failed || w->survey.live.failed)
		worker_give_up(WORKER_NO_MEMORY);
}

void
worker_survey_reset(struct worker *w, unsigned chunks)
{
	buf_reset(&w->survey.residue);
	buf_reset(&w->survey.live);
	w->survey.residue_count = 0;
	w->survey.left_of_tables = w->survey.left_of_records = (size_t)chunks * LIMIT_CHUNK_TEMPLATES;
	w->survey.tables_cut = w->survey.records_cut = 0;
}

/* One chunk, with what is known of it beforehand. */
struct chunk_at_hand {
	const struct chunk_walk *walk;
	uint64_t slot, offset;
	unsigned bad_checksums;
	bool closed; /* the log was */
	const struct source *search; /* its header is gone: what else lies in the slot is to be searched for; else NULL */
};

/* What the walk sees where the header is gone may be records of a chunk that stands elsewhere, which do not come out
 * from there: then only those are live that were read. */
static void
take_live(struct worker *w, struct log_span *span, const struct survey_item *item, bool searched)
{
	log_span_add(span, item);
	if (w->options->residual && !searched)
		record_key_encode(&item->residue.key, &w->survey.live);
}

static void
survey_chunk(struct worker *w, const struct chunk_at_hand *chunk)
{
	struct slice bytes = chunk->walk->bytes;
	struct survey survey;
	struct survey_item item;
	struct chunk_header header;
	struct log_span span;
	enum survey_step step;

	worker_survey_reset(w, 1);
	survey_init(&survey, chunk->walk, chunk->offset, &w->keys);
	log_span_begin(&span, chunk->offset);
	while ((step = survey_next(&survey, &item)) != SURVEY_END) {
		if (step == SURVEY_LIVE)
			take_live(w, &span, &item, chunk->search != NULL);
		else if (step == SURVEY_LOST)
			log_span_add_loss(&span);
		else if (item.residue.class == RECORD_HIDDEN)
			log_span_add_hidden(&span, &item);
		if (step == SURVEY_RESIDUE && w->options->residual && !(chunk->search && item.residue.class == RECORD_RESIDUAL))
			worker_survey_residue(w, bytes, chunk->slot, &item.residue, &item.peek);
	}
	chunk_header_read(bytes, &header);
	log_span_end(&span, &header, chunk->bad_checksums, chunk->closed);
	if (w->options->residual)
		worker_survey_templates(w, bytes, chunk->slot);
	if (chunk->search)
		worker_search_slot(w, &(struct slot_at_hand){ chunk->search, bytes, chunk->offset, chunk->slot }, &span);
	else {
		worker_survey_tell_cuts(w, chunk->offset, bytes.len, 0);
		worker_survey_send(w, chunk->slot, &span);
	}
}

static bool
is_closed(const struct log_header *header)
{
	return header->signature_ok && !(header->flags & LOG_DIRTY);
}

bool
worker_survey_is_wanted(const struct worker *w)
{
	return w->options->residual || w->options->facts;
}

static bool
may_be_elsewhere(const struct worker *w, struct slice bytes)
{
	struct chunk_header header;

	chunk_header_read(bytes, &header);
	return w->options->residual && !header.signature_ok;
}

void
worker_survey_chunk(struct worker *w, const struct slots *slots, uint64_t slot)
{
	if (worker_survey_is_wanted(w))
		survey_chunk(w, &(struct chunk_at_hand){ .walk = &slots->walk, .slot = slot, .offset = slots->offset,
			.bad_checksums = slots->bad_checksums, .closed = is_closed(&slots->header),
			.search = may_be_elsewhere(w, slots->walk.bytes) ? slots->source : NULL });
}

static void
survey_lost(struct worker *w, const struct source *source, struct slice bytes, uint64_t slot, bool closed)
{
	struct chunk_at_hand chunk = { .slot = slot, .offset = LIMIT_FILE_HEADER + slot * LIMIT_CHUNK, .closed = closed,
		.search = may_be_elsewhere(w, bytes) ? source : NULL };
	struct chunk_header header;
	struct chunk_walk walk;

	chunk_header_read(bytes, &header);
	if (!header.signature_ok && !chunk_holds_records(bytes)) {
		if (chunk.search)
			worker_survey_foreign(w, &(struct slot_at_hand){ source, bytes, chunk.offset, slot });
		return;
	}
	chunk_walk_init(&walk, bytes, &header, 0, 0, 0);
	chunk.walk = &walk;
	survey_chunk(w, &chunk);
	worker_survey_end(w);
}

void
worker_survey_lost(struct worker *w, const struct source *source, uint64_t slot)
{
	uint8_t *bytes = worker_survey_is_wanted(w) ? malloc(LIMIT_CHUNK) : NULL;
	struct log_header log = { 0 };
	struct err ignored;
	size_t got = 0;

	if (bytes && log_header_read(source, &log, &ignored) &&
		source->read(source, LIMIT_FILE_HEADER + slot * LIMIT_CHUNK, bytes, LIMIT_CHUNK, &got, &ignored) &&
		!chunk_is_zero(slice_from(bytes, got)))
		survey_lost(w, source, slice_from(bytes, got), slot, is_closed(&log));
	free(bytes);
}
