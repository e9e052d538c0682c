/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass: residue is decoded once every definition of the run is known, and what a log says of itself is
 * judged once all of it was seen.  Both get the file again and a list of places in it. */
#include "src/scan/worker_state.h"

#include "base/limits.h"
#include "evtx/binxml.h"
#include "evtx/chunk.h"
#include "src/subject/logfact.h"

#include <stdlib.h>

/* Of definitions, for the records in 64 KiB of evidence: all that they can claim begins in two chunks. */
enum { SHARE = 2 * LIMIT_CHUNK_TEMPLATES };

/* A chunk, or what lies there by now, kept while places in it follow one another. */
struct place {
	struct source source;
	uint64_t chunk; /* file offset of what is in the buffer; UINT64_MAX: nothing */
	struct slice bytes;
	uint8_t *buffer;
	struct arena arena; /* of the record at hand */
	struct template_memo memo; /* of the chunk */
	uint64_t share; /* the 64 KiB of evidence whose records look at what is left in it */
	unsigned cut;   /* records of that share which need a definition that was not looked at */
};

static void
place_init(struct place *p, int fd, uint64_t size)
{
	*p = (struct place){ .source = source_from_fd(fd, size), .chunk = UINT64_MAX, .share = UINT64_MAX, .buffer = malloc(LIMIT_CHUNK) };
	p->memo.left = SHARE;
	arena_init(&p->arena, LIMIT_RECORD_ARENA);
	if (!p->buffer)
		worker_give_up(WORKER_NO_MEMORY);
}

static void
place_fini(struct place *p)
{
	free(p->buffer);
	arena_fini(&p->arena);
}

/* The chunk whose bytes stand somewhere else than in the evidence. */
static bool
place_load_from(struct place *p, uint64_t chunk, uint64_t position, size_t len, struct err *err)
{
	size_t got = 0;

	if (p->chunk == chunk)
		return true;
	p->chunk = UINT64_MAX;
	template_memo_forget(&p->memo);
	if (!p->source.read(&p->source, position, p->buffer, len < LIMIT_CHUNK ? len : LIMIT_CHUNK, &got, err))
		return false;
	p->bytes = slice_from(p->buffer, got);
	p->chunk = chunk;
	return true;
}

static bool
place_load(struct place *p, uint64_t chunk, struct err *err)
{
	uint64_t left = chunk < p->source.size ? p->source.size - chunk : 0;

	return place_load_from(p, chunk, chunk, left < LIMIT_CHUNK ? (size_t)left : LIMIT_CHUNK, err);
}

/* ---- residue ---- */

/* The record lives until the next one. */
static bool
read_residue(const struct worker *w, struct place *place, const struct residue *residue, bool carved, struct record *record)
{
	struct err err = { 0 };

	arena_reset(&place->arena);
	place->memo.ran_out = false;
	if (!place_load(place, residue->chunk, &err) || place->bytes.len == 0 ||
		!residue_read(place->bytes, residue, w->templates, &place->memo, &place->arena, record, &err))
		return false;
	record->chunk = carved ? residue->offset / CARVE_WINDOW_SIZE :
		residue->chunk < LIMIT_FILE_HEADER ? 0 : (residue->chunk - LIMIT_FILE_HEADER) / LIMIT_CHUNK;
	record->flags |= carved ? RECORD_CARVED : 0u;
	return true;
}

void
worker_read_residue(struct worker *w, const struct job_opinion *job, int fd, worker_residue_use *use, void *context)
{
	struct record record;
	struct place place;

	if (!w->templates)
		worker_give_up(WORKER_BAD_JOB);
	place_init(&place, fd, job->size);
	if (read_residue(w, &place, &job->residue, job->carved, &record))
		use(context, &record);
	place_fini(&place);
}

/* Where the bytes of the chunk stand, out of the job. */
static void
load_from_elsewhere(struct place *place, uint64_t chunk, struct cursor *in)
{
	uint64_t position = cursor_u64le(in);
	uint32_t len = cursor_u32le(in);
	struct err ignored;

	if (in->bad)
		worker_give_up(WORKER_BAD_JOB);
	if (!place_load_from(place, chunk, position, len, &ignored)) {
		place->bytes = SLICE_EMPTY;
		place->chunk = chunk;
	}
}

/* Where a log has its first chunk; a file that is none is cut from its beginning. */
static uint64_t
first_share(bool carved)
{
	return carved ? 0 : LIMIT_FILE_HEADER;
}

static void
tell_cut(struct worker *w, struct place *p, bool carved)
{
	struct notice notice = { .kind = NOTICE_LIMIT, .has_offset = true, .len = LIMIT_CHUNK,
		.offset = first_share(carved) + p->share * LIMIT_CHUNK };

	if (!p->cut)
		return;
	buf_reset(&w->scratch);
	buf_printf(&w->scratch, "more templates than a chunk can have: those of %u residual records are looked for elsewhere alone", p->cut);
	if (w->scratch.failed)
		worker_give_up(WORKER_NO_MEMORY);
	notice.reason = buf_view(&w->scratch);
	worker_notice(w, &notice);
	p->cut = 0;
}

/* Chunks that residue claims may lie over one another, and be named by turns: what may be looked at comes with evidence,
 * not with claims.  And what records in one place wear out is not taken from those in the next. */
static void
begin_share(struct worker *w, struct place *p, const struct residue *residue, bool carved)
{
	uint64_t first = first_share(carved), share = residue->offset < first ? 0 : (residue->offset - first) / LIMIT_CHUNK;

	if (share == p->share)
		return;
	tell_cut(w, p, carved);
	p->share = share;
	p->memo.left = SHARE;
}

void
worker_do_residue(struct worker *w, struct slice payload, int fd)
{
	struct cursor in = cursor_over(payload, 0);
	struct residue residue;
	struct record record;
	struct place place;
	uint64_t size, at;
	bool carved, elsewhere;
	struct cursor records;

	w->input = cursor_u32le(&in);
	size = cursor_u64le(&in);
	at = cursor_u32le(&in);
	carved = cursor_u8(&in);
	records = cursor_over(cursor_counted(&in), 0);
	if (in.bad || fd < 0 || !w->templates)
		worker_give_up(WORKER_BAD_JOB);
	w->counts = (struct job_counts){ 0 };
	place_init(&place, fd, size);
	elsewhere = in.rest.len > 0;
	for (; records.rest.len; at++) {
		if (!residue_decode(&records, &residue))
			worker_give_up(WORKER_BAD_JOB);
		begin_share(w, &place, &residue, carved);
		if (place.chunk != residue.chunk) {
			worker_send_counts(w, FRAME_CHUNK, at);
			worker_say(w);
		}
		if (elsewhere)
			load_from_elsewhere(&place, residue.chunk, &in);
		if (read_residue(w, &place, &residue, carved, &record) && worker_use_residual(w, &record))
			w->counts.residual++;
		else
			w->counts.residue_left++;
		place.cut += place.memo.ran_out;
		worker_flush_when_full(w);
	}
	tell_cut(w, &place, carved);
	place_fini(&place);
	worker_send_end(w, NULL);
}

/* ---- facts of the log ---- */

/* The System of the live record at that offset of the chunk; empty when it cannot be read. */
static void
read_anchor(struct place *place, const struct log_fact *fact, struct record_system *system)
{
	struct binxml b = { .arena = &place->arena, .budget = LIMIT_RECORD_NODES };
	size_t at = fact->offset > fact->chunk ? (size_t)(fact->offset - fact->chunk) : LIMIT_CHUNK_HEADER, len;
	struct record record = { 0 };
	struct binxml_tree tree;
	struct cursor c;
	struct err err;

	*system = (struct record_system){ 0 };
	arena_reset(&place->arena);
	if (!place_load(place, fact->chunk, &err))
		return;
	c = cursor_over(slice_sub(place->bytes, at + 4, 4), 0);
	len = cursor_u32le(&c);
	b.chunk = place->bytes;
	if (len < LIMIT_RECORD_MIN || len > place->bytes.len - at ||
	    !binxml_decode(&b, at + RECORD_HEADER, at + len - RECORD_SIZE_COPY, &tree, &err))
		return;
	record.tree = tree.root;
	if (record_read_system(&record, &place->arena, &err))
		*system = record.system;
}

static bool
use_facts(struct worker *w, struct place *place, const struct log_facts *facts, struct err *err)
{
	for (size_t i = 0; i < facts->count; i++) {
		struct record_system anchor;
		struct subject subject;

		read_anchor(place, &facts->items[i], &anchor);
		arena_reset(&w->arena);
		if (!log_fact_subject(facts, &facts->items[i], &anchor, w->input, &w->arena, &subject, err) ||
		    !worker_use_subject(w, &subject, err))
			return false;
		worker_flush_when_full(w);
	}
	return true;
}

static void
tell_left_out(struct worker *w, uint64_t left_out)
{
	struct notice notice = { .kind = NOTICE_LIMIT };

	if (!left_out)
		return;
	buf_reset(&w->scratch);
	buf_printf(&w->scratch, "%llu more facts of this log are not told one by one", (unsigned long long)left_out);
	notice.reason = buf_view(&w->scratch);
	worker_notice(w, &notice);
}

/* Spans that a list of this many bytes holds at most: each has its numbers in front. */
static struct log_span *
take_spans(struct cursor *in, size_t *count)
{
	uint32_t wanted = cursor_u32le(in);
	struct log_span *spans = in->bad || wanted > in->rest.len ? NULL : calloc((size_t)wanted + 1, sizeof(*spans));

	for (*count = 0; spans && *count < wanted; ++*count)
		if (!log_span_decode(in, &spans[*count]))
			worker_give_up(WORKER_BAD_JOB);
	return spans;
}

void
worker_do_facts(struct worker *w, struct slice payload, int fd)
{
	struct cursor in = cursor_over(payload, 0);
	struct log_header header = { 0 };
	struct log_facts facts;
	struct log_span *spans;
	struct place place;
	struct arena arena;
	struct err err = { 0 };
	uint64_t size;
	size_t count;
	bool done, closed;

	w->input = cursor_u32le(&in);
	size = cursor_u64le(&in);
	spans = take_spans(&in, &count);
	if (!spans || in.bad || fd < 0)
		worker_give_up(WORKER_BAD_JOB);
	w->counts = (struct job_counts){ 0 };
	place_init(&place, fd, size);
	arena_init(&arena, (size_t)LIMIT_LOG_FACTS * 4 * sizeof(struct log_fact));
	closed = log_header_read(&place.source, &header, &err) && header.signature_ok && !(header.flags & LOG_DIRTY);
	done = log_facts_find(spans, count, closed, &arena, &facts, &err) && use_facts(w, &place, &facts, &err);
	if (done)
		tell_left_out(w, facts.left_out);
	free(spans);
	arena_fini(&arena);
	place_fini(&place);
	worker_send_end(w, done ? NULL : &err);
}
