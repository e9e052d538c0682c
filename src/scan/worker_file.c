/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker_state.h"

#include "base/limits.h"

#include <stdlib.h>

enum { HEARTBEAT = 32 * 1024 * 1024 };

/* A source that tells the parent now and then that reading goes on: libevtx reads a whole log before it says a
 * word. */
struct live_source {
	struct source source;
	struct source real;
	struct worker *worker;
	uint64_t since;
};

static bool
read_and_tell(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err)
{
	struct live_source *live = (struct live_source *)(uintptr_t)s;

	live->since += len;
	if (live->since >= HEARTBEAT) {
		live->since = 0;
		frame_end(&live->worker->out, frame_begin(&live->worker->out, FRAME_ALIVE));
		worker_send(live->worker);
	}
	return live->real.read(&live->real, offset, out, len, got, err);
}

/* How many record signatures with a plausible size stand in a chunk: what is lost with it. */
static uint32_t
count_signatures(const struct source *source, uint64_t chunk)
{
	uint8_t *bytes = malloc(LIMIT_CHUNK);
	uint64_t offset = LIMIT_FILE_HEADER + chunk * LIMIT_CHUNK;
	size_t got = 0;
	struct cursor c;
	uint32_t count = 0;

	if (bytes && source->read(source, offset, bytes, LIMIT_CHUNK, &got, NULL)) {
		for (size_t at = LIMIT_CHUNK_HEADER; at + LIMIT_RECORD_MIN <= got; at += 8) {
			uint32_t size;

			c = cursor_over(slice_sub(slice_from(bytes, got), at, got), at);
			if (cursor_u32le(&c) != 0x2a2a)
				continue;
			size = cursor_u32le(&c);
			if (size < LIMIT_RECORD_MIN || size > got - at || size % 8)
				continue;
			count++;
			at += size - 8;
		}
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
	w->counts.reader.bad_checksums = reader->counts.bad_checksums;
	w->counts.reader.tail_bytes = reader->counts.tail_bytes;
}

static bool
walk(struct worker *w, struct reader *reader, struct err *err)
{
	bool survey = w->options->residual || w->options->mode == SCAN_FINDINGS;
	struct reader_loss loss;
	struct record record;

	worker_survey_begin(w);
	for (;;) {
		enum reader_step step = reader_next(reader, &record, &loss, err);

		take_counts(w, reader);
		switch (step) {
		case READER_CHUNK:
			worker_send_coverage(w);
			worker_send_counts(w, FRAME_CHUNK, reader->chunk);
			worker_send(w);
			if (survey)
				worker_survey_chunk(w, reader->slots, reader->chunk);
			break;
		case READER_RECORD:
			w->counts.reader.records++;
			worker_use_record(w, &record);
			break;
		case READER_LOST:
			w->counts.reader.lost += loss.records;
			tell_loss(w, &loss);
			break;
		case READER_END:
			return true;
		case READER_FAILED:
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
send_verdict(struct worker *w, const struct source *source)
{
	struct log_verdict verdict = { 0 };
	size_t begin;

	worker_send(w);
	libevtx_verdict(source, &verdict);
	begin = frame_begin(&w->out, FRAME_VERDICT);
	log_verdict_encode(&verdict, &w->out);
	frame_end(&w->out, begin);
	worker_send(w);
}

void
worker_do_file(struct worker *w, struct slice payload, int fd)
{
	const struct reader_class *class =
		w->options->reader == SCAN_READER_LIBEVTX ? &reader_libevtx : &reader_direct;
	struct cursor in = cursor_over(payload, 0);
	struct live_source live = { .worker = w };
	struct reader_options options;
	struct reader *reader = NULL;
	struct err err = { 0 };
	struct job_file job;
	bool done;

	if (!job_file_decode(&in, &job) || fd < 0)
		worker_give_up(WORKER_BAD_JOB);
	live.real = source_from_fd(fd, job.size);
	live.source = live.real;
	live.source.read = read_and_tell;
	w->input = job.input;
	w->counts = (struct job_counts){ 0 };
	if (job.count_chunk_before && !job.carve)
		tell_lost_chunk(w, &live.source, job.first_chunk - 1);
	if (job.carve) {
		done = worker_carve(w, &live.source, job.first_chunk, &err);
		worker_send_end(w, done ? NULL : &err);
		return;
	}
	send_header(w, &live.source);
	if (job.want_verdict)
		send_verdict(w, &live.source);
	options = (struct reader_options){ .first_chunk = job.first_chunk };
	done = class->open(&live.source, &options, &reader, &err) && walk(w, reader, &err);
	reader_close(reader);
	worker_send_end(w, done ? NULL : &err);
}
