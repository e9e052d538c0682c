/* SPDX-License-Identifier: Apache-2.0 */
/* Records that no chunk vouches for, by their signatures: in files that are no logs, and in the slots of a log whose
 * chunk is gone, damaged or moved.  What is found is residue, told in surveys like all other (worker_survey.c). */
#include "src/scan/worker_state.h"

#include "base/limits.h"
#include "evtx/chunk.h"
#include "evtx/slots.h"

#include <stdlib.h>

/* ---- files that are no logs ---- */

enum { CHUNKS_OF_WINDOW = CARVE_WINDOW_SIZE / LIMIT_CHUNK };

static void
take_record(struct worker *w, const struct carve *carve, uint64_t slot)
{
	const struct residue *residue = &carve->residue;
	struct record_peek peek;

	record_peek(slice_sub(carve->chunk, (size_t)(residue->offset - residue->chunk), residue->len), &peek);
	worker_survey_residue(w, carve->chunk, slot, residue, &peek);
}

static void
end_window(struct worker *w, uint64_t window)
{
	worker_survey_tell_cuts(w, window * CARVE_WINDOW_SIZE, CARVE_WINDOW_SIZE, 0);
	if (w->survey.residue_count)
		worker_survey_send(w, window, NULL);
	worker_survey_reset(w, CHUNKS_OF_WINDOW);
}

static void
take_chunk(struct worker *w, const struct carve *carve)
{
	struct chunk_header header;

	chunk_header_read(carve->chunk, &header);
	w->counts.reader.chunks++;
	w->counts.reader.bad_checksums += chunk_check(carve->chunk, &header) != 0;
	worker_survey_templates(w, carve->chunk, carve->window);
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

	if (!carve_init(&carve, source, first_window, &w->keys))
		return err_nomem(err);
	worker_survey_begin(w);
	worker_survey_reset(w, CHUNKS_OF_WINDOW);
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
			worker_say(w);
			break;
		case CARVE_CHUNK:
			take_chunk(w, &carve);
			break;
		case CARVE_RECORD:
			take_record(w, &carve, window);
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

/* ---- slots of a log ---- */

enum { HEADERS_OF_SLOT = LIMIT_CHUNK / LIMIT_CHUNK_HEADER };

/* Headers that do not fit their checksums: they get what those that do have left. */
struct unproven {
	struct slice chunks[HEADERS_OF_SLOT];
	size_t count;
};

static void
take_header(struct worker *w, const struct carve *carve, uint64_t slot, struct unproven *unproven)
{
	if (carve->context_proven)
		worker_survey_templates(w, carve->chunk, slot);
	else if (unproven->count < HEADERS_OF_SLOT)
		unproven->chunks[unproven->count++] = carve->chunk;
}

static void
search(struct worker *w, const struct slot_at_hand *slot)
{
	struct unproven unproven = { .count = 0 };
	enum carve_step step;
	struct carve carve;
	struct err ignored;

	if (!carve_init_slot(&carve, slot->source, slot->offset, slot->bytes, &w->keys))
		worker_give_up(WORKER_NO_MEMORY);
	while (step = carve_next(&carve, &ignored), step != CARVE_END) {
		if (step == CARVE_RECORD)
			take_record(w, &carve, slot->slot);
		else if (step == CARVE_CHUNK)
			take_header(w, &carve, slot->slot, &unproven);
		worker_flush_when_full(w);
	}
	for (size_t i = 0; i < unproven.count; i++)
		worker_survey_templates(w, unproven.chunks[i], slot->slot);
	worker_survey_tell_cuts(w, slot->offset, slot->bytes.len, carve.refused);
	carve_fini(&carve);
}

void
worker_search_slot(struct worker *w, const struct slot_at_hand *slot, const struct log_span *span)
{
	search(w, slot);
	w->survey.is_open = true;
	w->survey.slot = slot->slot;
	w->survey.span = *span;
	buf_reset(&w->survey.live_at);
}

void
worker_survey_foreign(struct worker *w, const struct slot_at_hand *slot)
{
	worker_survey_reset(w, 1);
	search(w, slot);
	if (w->survey.residue_count)
		worker_survey_send(w, slot->slot, NULL);
}

/* libevtx does not give the bytes that it read a record from. */
static struct slice
bytes_of(const struct worker *w, const struct record *record)
{
	return record->raw.len ? record->raw :
		slice_sub(w->reader->bytes, (size_t)(record->offset - w->reader->offset), record->size);
}

void
worker_survey_live(struct worker *w, const struct record *record)
{
	struct record_peek peek;
	struct record_key key;
	struct slice raw;

	if (!w->survey.is_open)
		return;
	raw = bytes_of(w, record);
	record_peek(raw, &peek);
	key = record_key(&w->keys, raw, &peek);
	record_key_encode(&key, &w->survey.live);
	buf_u64le(&w->survey.live_at, record->offset);
}

/* Records are read in the order of their places. */
static bool
was_read(struct slice places, uint64_t offset)
{
	size_t low = 0, high = places.len / sizeof(offset);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_u64le(places, middle * sizeof(offset)) < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < places.len / sizeof(offset) && slice_u64le(places, low * sizeof(offset)) == offset;
}

/* Takes out of the survey what was found by the search and then read as live, too. */
static void
drop_what_was_read(struct worker *w)
{
	struct slice places = buf_view(&w->survey.live_at);
	struct cursor in;
	struct residue residue;

	buf_reset(&w->scratch);
	buf_append(&w->scratch, buf_view(&w->survey.residue));
	in = cursor_over(buf_view(&w->scratch), 0);
	buf_reset(&w->survey.residue);
	w->survey.residue_count = 0;
	while (residue_decode(&in, &residue))
		if (!was_read(places, residue.offset)) {
			residue_encode(&residue, &w->survey.residue);
			w->survey.residue_count++;
		}
	if (w->scratch.failed || w->survey.live_at.failed)
		worker_give_up(WORKER_NO_MEMORY);
}

void
worker_survey_end(struct worker *w)
{
	if (!w->survey.is_open)
		return;
	w->survey.is_open = false;
	drop_what_was_read(w);
	worker_survey_send(w, w->survey.slot, &w->survey.span);
}
