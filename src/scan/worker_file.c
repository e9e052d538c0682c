/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker_state.h"

#include "base/limits.h"
#include "evtx/slots.h"

#include <stdlib.h>

enum { PIECE = 4096 };

/* How many record signatures with a plausible size stand in a chunk: what is lost with it.  Read in small pieces, so
 * that one that cannot be read hides no other. */
static uint32_t
count_signatures(const struct source *source, uint64_t chunk)
{
	uint8_t *bytes = calloc(1, LIMIT_CHUNK);
	uint64_t offset = LIMIT_FILE_HEADER + chunk * LIMIT_CHUNK;
	uint32_t count = 0;
	struct err ignored;
	size_t got;

	for (size_t at = 0; bytes && at < LIMIT_CHUNK; at += PIECE)
		if (!source->read(source, offset + at, bytes + at, PIECE, &got, &ignored))
			memset(bytes + at, 0, PIECE);
	for (size_t at = LIMIT_CHUNK_HEADER; bytes && at + LIMIT_RECORD_MIN <= LIMIT_CHUNK; at += 8) {
		struct cursor c = cursor_over(slice_sub(slice_from(bytes, LIMIT_CHUNK), at, 8), at);
		uint32_t signature = cursor_u32le(&c), size = cursor_u32le(&c);

		if (signature != 0x2a2a || size < LIMIT_RECORD_MIN || size > LIMIT_CHUNK - at || size % 8)
			continue;
		count++;
		at += size - 8;
	}
	free(bytes);
	return count;
}

static void
tell_lost_chunk(struct worker *w, const struct source *source, uint64_t chunk)
{
	uint32_t count = count_signatures(source, chunk);
	struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true,
		.offset = LIMIT_FILE_HEADER + chunk * LIMIT_CHUNK, .len = LIMIT_CHUNK, .records = count,
		.reason = SLICE("chunk given up: the worker that read it did not survive") };

	worker_notice(w, &notice);
	w->counts.reader.lost += count;
}

static void
tell_loss(struct worker *w, const struct reader_loss *loss)
{
	struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true, .offset = loss->offset, .len = loss->len,
		.has_number = loss->has_number, .number = loss->number, .records = loss->records,
		.reason = slice_from_text(loss->reason) };

	worker_notice(w, &notice);
}

/* The reader's counts of slots; records are counted here, where one that was read may still be lost. */
static void
take_counts(struct worker *w, const struct reader *reader)
{
	w->counts.reader.chunks = reader->counts.chunks;
	w->counts.reader.empty_chunks = reader->counts.empty_chunks;
	w->counts.reader.foreign_chunks = reader->counts.foreign_chunks;
	w->counts.reader.first_foreign = reader->counts.first_foreign;
	w->counts.reader.bad_checksums = reader->counts.bad_checksums;
	w->counts.reader.tail_bytes = reader->counts.tail_bytes;
}

/* Whoever dies from here on died of this chunk. */
static void
tell_chunk(struct worker *w, uint64_t chunk)
{
	if (w->has_told && chunk <= w->told_chunk)
		return;
	worker_survey_end(w);
	take_counts(w, w->reader);
	worker_send_coverage(w);
	worker_send_rules(w);
	worker_send_counts(w, FRAME_CHUNK, chunk);
	worker_say(w);
	w->told_chunk = chunk;
	w->has_told = true;
}

/* The evidence as the reader sees it: the parent is told before a chunk is read, for that alone may be deadly. */
struct told_source {
	struct source source;
	struct source real;
	struct worker *worker;
};

static bool
tell_and_read(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err)
{
	const struct told_source *told = (const struct told_source *)s;

	if (told->worker->reader && len > LIMIT_FILE_HEADER + 8)
		tell_chunk(told->worker, told->worker->reader->chunk);
	return told->real.read(&told->real, offset, out, len, got, err);
}

static bool
walk(struct worker *w, struct reader *reader, struct err *err)
{
	struct reader_loss loss;
	struct record record;

	w->reader = reader;
	for (;;) {
		enum reader_step step = reader_next(reader, &record, &loss, err);

		take_counts(w, reader);
		switch (step) {
		case READER_CHUNK:
			tell_chunk(w, reader->chunk);
			worker_survey_chunk(w, reader->slots, reader->chunk);
			break;
		case READER_FOREIGN:
			tell_chunk(w, reader->chunk);
			worker_survey_foreign(w, &(struct slot_at_hand){ reader->slots->source, reader->bytes, reader->offset,
				reader->chunk });
			break;
		case READER_RECORD:
			w->counts.reader.records++;
			worker_survey_live(w, &record);
			record.flags |= w->other_reader ? RECORD_OTHER_READER : 0;
			worker_use_record(w, &record);
			break;
		case READER_LOST:
			w->counts.reader.lost += loss.records;
			tell_loss(w, &loss);
			break;
		case READER_END:
			worker_survey_end(w);
			return true;
		case READER_FAILED:
			worker_survey_end(w);
			return false;
		}
	}
}

static void
send_header(struct worker *w, const struct source *source)
{
	struct log_header header = { 0 };
	struct err err = { 0 };
	size_t begin;

	if (!log_header_read(source, &header, &err))
		return;
	begin = frame_begin(&w->out, FRAME_HEADER);
	log_header_encode(&header, &w->out);
	frame_end(&w->out, begin);
}

static void
send_verdict(struct worker *w, const struct source *source, const struct job_file *job)
{
	struct log_verdict_part part;
	size_t begin;

	worker_send(w);
	libevtx_judge(source, job->first_chunk, job->end_chunk ? job->end_chunk : UINT64_MAX, &part);
	begin = frame_begin(&w->out, FRAME_VERDICT);
	log_verdict_encode(&part, &w->out);
	frame_end(&w->out, begin);
	worker_send(w);
}

static const struct reader_class *
reader_for(const struct worker *w)
{
	bool libevtx = w->options->reader == SCAN_READER_LIBEVTX;

	return libevtx != w->other_reader ? &reader_libevtx : &reader_direct;
}

void
worker_do_file(struct worker *w, struct slice payload, int fd)
{
	struct cursor in = cursor_over(payload, 0);
	struct reader_options options;
	struct reader *reader = NULL;
	struct told_source told = { .worker = w };
	struct err err = { 0 };
	struct job_file job;
	bool done;

	if (!job_file_decode(&in, &job) || fd < 0)
		worker_give_up(WORKER_BAD_JOB);
	told.real = told.source = source_from_fd(fd, job.size);
	told.source.read = tell_and_read;
	w->input = job.input;
	w->reader = NULL;
	w->has_told = false;
	w->survey.is_open = false;
	w->other_reader = job.other_reader;
	w->counts = (struct job_counts){ 0 };
	if (job.carve) {
		done = worker_carve(w, &told.real, job.first_chunk, job.end_chunk, &err);
		worker_send_end(w, done ? NULL : &err);
		return;
	}
	worker_survey_begin(w);
	if (job.survey_alone) {
		worker_survey_lost(w, &told.real, job.first_chunk);
		worker_send_end(w, NULL);
		return;
	}
	if (job.count_chunk_before)
		tell_lost_chunk(w, &told.real, job.first_chunk - 1);
	send_header(w, &told.real);
	if (job.want_verdict)
		send_verdict(w, &told.real, &job);
	options = (struct reader_options){ .first_chunk = job.first_chunk, .end_chunk = job.end_chunk,
		.alone = job.alone, .tell_foreign = w->options->residual, .live_only = !worker_survey_is_wanted(w), .plans = w->plans };
	done = reader_for(w)->open(&told.source, &options, &reader, &err) && walk(w, reader, &err);
	w->reader = NULL;
	reader_close(reader);
	worker_send_end(w, done ? NULL : &err);
}
