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

/* Each definition once a job, from where it is met first, so that the first in the evidence does not depend on how
 * jobs were cut. */
static void
send_template(struct worker *w, struct slice chunk, uint64_t slot, size_t offset)
{
	struct guid guid;
	struct cursor body;
	size_t begin;

	if (!template_at(chunk, offset, &guid, &body) || body.rest.len > LIMIT_TEMPLATE ||
	    table_find(&w->survey.templates, slice_from(guid.bytes, sizeof(guid.bytes))))
		return;
	buf_reset(&w->scratch);
	if (!template_check(chunk, body, &w->scratch) || w->scratch.len > LIMIT_TEMPLATE)
		return;
	if (!table_add(&w->survey.templates, slice_from(guid.bytes, sizeof(guid.bytes)), 0, NULL))
		worker_give_up(WORKER_NO_MEMORY);
	begin = frame_begin(&w->out, FRAME_TEMPLATE);
	buf_u64le(&w->out, slot);
	buf_u32le(&w->out, (uint32_t)offset);
	buf_append(&w->out, slice_from(guid.bytes, sizeof(guid.bytes)));
	buf_append(&w->out, buf_view(&w->scratch));
	frame_end(&w->out, begin);
}

static void
send_templates_of_chunk(struct worker *w, struct slice chunk, uint64_t slot)
{
	struct survey_templates at = { 0 };
	size_t offset;

	while (survey_next_template(chunk, &at, &offset))
		send_template(w, chunk, slot, offset);
}

/* A record of residue may bring its own definition, which the chunk's table does not know. */
static void
take_residue(struct worker *w, struct slice chunk, uint64_t slot, const struct residue *residue,
	const struct record_peek *peek)
{
	size_t at = (size_t)(residue->offset - residue->chunk);

	residue_encode(residue, &w->survey.residue);
	w->survey.residue_count++;
	if (peek->definition)
		send_template(w, chunk, slot, at + peek->definition);
	if (peek->data_definition)
		send_template(w, chunk, slot, at + peek->data_definition);
}

static void
send_survey(struct worker *w, uint64_t slot, const struct log_span *span)
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

static void
reset(struct worker *w)
{
	buf_reset(&w->survey.residue);
	buf_reset(&w->survey.live);
	w->survey.residue_count = 0;
}

/* One chunk, with what is known of it beforehand. */
struct chunk_at_hand {
	const struct chunk_walk *walk;
	uint64_t slot, offset;
	unsigned bad_checksums;
	bool closed; /* the log was */
};

static void
take_live(struct worker *w, struct log_span *span, const struct survey_item *item)
{
	log_span_add(span, item);
	if (w->options->residual)
		buf_u64le(&w->survey.live, item->residue.key);
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

	reset(w);
	survey_init(&survey, chunk->walk, chunk->offset);
	log_span_begin(&span, chunk->offset);
	while ((step = survey_next(&survey, &item)) != SURVEY_END) {
		if (step == SURVEY_LIVE)
			take_live(w, &span, &item);
		else if (step == SURVEY_LOST)
			log_span_add_loss(&span);
		else if (item.residue.class == RECORD_HIDDEN)
			log_span_add_hidden(&span, &item);
		if (step == SURVEY_RESIDUE && w->options->residual)
			take_residue(w, bytes, chunk->slot, &item.residue, &item.peek);
	}
	chunk_header_read(bytes, &header);
	log_span_end(&span, &header, chunk->bad_checksums, chunk->closed);
	if (w->options->residual)
		send_templates_of_chunk(w, bytes, chunk->slot);
	send_survey(w, chunk->slot, &span);
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

void
worker_survey_chunk(struct worker *w, const struct slots *slots, uint64_t slot)
{
	if (worker_survey_is_wanted(w))
		survey_chunk(w, &(struct chunk_at_hand){ .walk = &slots->walk, .slot = slot, .offset = slots->offset,
			.bad_checksums = slots->bad_checksums, .closed = is_closed(&slots->header) });
}

static void
survey_bytes(struct worker *w, struct slice bytes, uint64_t slot, bool closed)
{
	struct chunk_header header;
	struct chunk_walk walk;

	chunk_header_read(bytes, &header);
	chunk_walk_init(&walk, bytes, &header, 0, 0, 0);
	survey_chunk(w, &(struct chunk_at_hand){ .walk = &walk, .slot = slot, .closed = closed,
		.offset = LIMIT_FILE_HEADER + slot * LIMIT_CHUNK });
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
		survey_bytes(w, slice_from(bytes, got), slot, is_closed(&log));
	free(bytes);
}

/* ---- files that are no logs ---- */

static void
end_window(struct worker *w, uint64_t window)
{
	if (w->survey.residue_count)
		send_survey(w, window, NULL);
	reset(w);
}

static void
take_chunk(struct worker *w, const struct carve *carve)
{
	struct chunk_header header;

	chunk_header_read(carve->chunk, &header);
	w->counts.reader.chunks++;
	w->counts.reader.bad_checksums += chunk_check(carve->chunk, &header) != 0;
	send_templates_of_chunk(w, carve->chunk, carve->window);
}

static void
tell_unreadable(struct worker *w, const struct carve *carve, const struct err *err)
{
	struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true, .offset = carve->window * CARVE_WINDOW_SIZE,
		.len = CARVE_WINDOW_SIZE, .reason = slice_from_text(err->text) };

	worker_notice(w, &notice);
}

bool
worker_carve(struct worker *w, const struct source *source, uint64_t first_window, uint64_t end, struct err *err)
{
	struct carve carve;
	uint64_t window = first_window;
	struct record_peek peek;

	if (!carve_init(&carve, source, first_window))
		return err_nomem(err);
	worker_survey_begin(w);
	reset(w);
	for (;;) {
		switch (carve_next(&carve, err)) {
		case CARVE_WINDOW:
			end_window(w, window);
			window = carve.window;
			if (end && window >= end) {
				carve_fini(&carve);
				return true;
			}
			worker_send_counts(w, FRAME_CHUNK, window);
			worker_send(w);
			break;
		case CARVE_CHUNK:
			take_chunk(w, &carve);
			break;
		case CARVE_RECORD:
			record_peek(slice_sub(carve.chunk, (size_t)(carve.residue.offset - carve.residue.chunk), carve.residue.len),
				&peek);
			take_residue(w, carve.chunk, window, &carve.residue, &peek);
			break;
		case CARVE_FAILED:
			tell_unreadable(w, &carve, err);
			break;
		case CARVE_END:
			end_window(w, window);
			carve_fini(&carve);
			return true;
		}
		worker_flush_when_full(w);
	}
}
