/* SPDX-License-Identifier: Apache-2.0 */
/* FRAME_JOB_OPINION in the worker: records are read once more by the direct reader and by libevtx, from their own
 * chunk, and what comes of it is told chunk by chunk.  Nothing is matched here and nothing can be lost: when libevtx
 * takes this process down, the parent knows which chunk it was about, and only opinions are missing. */
#include "src/scan/worker_state.h"

#include "base/limits.h"
#include "base/utf.h"
#include "evtx/render.h"

#include <stdlib.h>

struct asking {
	struct worker *w;
	struct job_opinion job;
	const struct source *source;
	struct second *second; /* NULL: libevtx is not asked */
	struct opinion opinion;
	struct buf words;
	struct buf rows; /* ASK_RANGE: entries of the chunk at hand */
	bool *answered;  /* of the offsets */
};

static void
fill_entry(struct asking *a, const struct record *record, struct opinion_entry *entry)
{
	buf_reset(&a->words);
	opinion_append(&a->opinion, &a->words);
	*entry = (struct opinion_entry){ .offset = record->offset, .record_id = record->system.record_id,
		.kind = a->opinion.kind, .known = a->opinion.known, .words = buf_view(&a->words) };
	if (a->opinion.kind != OPINION_DIFFERS)
		return;
	entry->path = slice_from_text(a->opinion.difference.path);
	entry->ours = slice_from_text(a->opinion.difference.ours);
	entry->theirs = slice_from_text(a->opinion.difference.theirs);
}

static void
set_opinion(struct asking *a, enum opinion_kind kind, const char *reason)
{
	a->opinion = (struct opinion){ .kind = kind };
	memcpy(a->opinion.reason, reason, strlen(reason) + 1);
}

/* The opinion on a record, in a->opinion. */
static void
ask(struct asking *a, size_t ordinal, const struct record *record)
{
	if (record->class != RECORD_LIVE)
		set_opinion(a, OPINION_REFUSED, "not asked: no log counts this record");
	else if (!a->second)
		set_opinion(a, OPINION_NONE, "it did not survive this record");
	else
		second_read(a->second, ordinal, record, &a->opinion);
}

/* Which of the offsets is that of the record; SIZE_MAX: none. */
static size_t
find_offset(const struct job_opinion *job, uint64_t offset)
{
	size_t low = 0, high = job_opinion_count(job);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (job_opinion_offset(job, middle) < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < job_opinion_count(job) && job_opinion_offset(job, low) == offset ? low : SIZE_MAX;
}

/* --- listed records --- */

static void
show(struct asking *a, uint64_t chunk, const struct record *record)
{
	struct exhibit exhibit = { .offset = record->offset, .chunk_offset = chunk, .size = record->size,
		.number = record->number, .written = record->written, .record_id = record->system.record_id,
		.time = record->system.time, .flags = record->flags };
	struct buf theirs, ours;
	struct err err = { 0 };
	size_t begin;

	buf_init(&ours, LIMIT_RECORD_OUTPUT);
	buf_init(&theirs, LIMIT_RECORD_OUTPUT);
	fill_entry(a, record, &exhibit.opinion);
	if (!render_xml(record, &ours, &err)) {
		buf_reset(&ours);
		buf_append_text(&ours, err.text);
	}
	if (a->second)
		utf_append_utf16le(&theirs, second_xml(a->second));
	exhibit.direct_xml = buf_view(&ours);
	exhibit.libevtx_xml = theirs.failed ? SLICE_EMPTY : buf_view(&theirs);
	begin = frame_begin(&a->w->out, FRAME_EXHIBIT);
	exhibit_encode(&exhibit, &a->w->out);
	frame_end(&a->w->out, begin);
	buf_fini(&ours);
	buf_fini(&theirs);
}

static void
answer(struct asking *a, const struct reader *reader, const struct record *record, size_t ordinal)
{
	size_t which = find_offset(&a->job, record->offset);
	struct opinion_entry entry;

	if (which == SIZE_MAX || a->answered[which])
		return;
	a->answered[which] = true;
	ask(a, ordinal, record);
	if (a->job.kind != ASK_LISTED) {
		show(a, reader->offset, record);
		return;
	}
	fill_entry(a, record, &entry);
	opinion_entry_encode(&entry, &a->w->out);
}

/* The records of one chunk that are asked about: those from offset `from` on that lie in it. */
static void
walk_chunk(struct asking *a, uint64_t from)
{
	struct reader_options options = { .at_offset = from, .plans = a->w->plans };
	struct reader_loss loss;
	struct reader *reader = NULL;
	struct record record;
	struct err err = { 0 };
	enum reader_step step;
	size_t ordinal = 0;

	if (!reader_direct.open(a->source, &options, &reader, &err))
		return;
	if (reader_next(reader, &record, &loss, &err) == READER_CHUNK) {
		if (a->second)
			second_open(a->second, reader->bytes);
		while (step = reader_next(reader, &record, &loss, &err), step == READER_RECORD || step == READER_LOST) {
			if (step == READER_RECORD)
				answer(a, reader, &record, ordinal);
			ordinal += step == READER_LOST || record.class == RECORD_LIVE;
		}
		if (a->second)
			second_close(a->second);
	}
	reader_close(reader);
}

static void
show_residue(void *context, const struct record *record)
{
	struct asking *a = context;

	ask(a, 0, record);
	show(a, a->job.residue.chunk, record);
}

/* Records that were there a moment ago and are not any more: the file changed, or the walk through one chunk alone goes
 * another way. */
static void
tell_missing(struct asking *a, size_t which)
{
	struct record record = { .offset = job_opinion_offset(&a->job, which) };
	struct opinion_entry entry;

	a->answered[which] = true;
	set_opinion(a, OPINION_NONE, "the record was not found again");
	fill_entry(a, &record, &entry);
	if (a->job.kind == ASK_LISTED)
		opinion_entry_encode(&entry, &a->w->out);
}

/* One frame a chunk, so that a death costs one chunk's opinions. */
static void
ask_listed(struct asking *a)
{
	size_t count = job_opinion_count(&a->job), i = 0;

	a->answered = calloc(count, sizeof(*a->answered));
	if (!a->answered)
		worker_give_up(WORKER_NO_MEMORY);
	while (i < count) {
		size_t begin = a->job.kind == ASK_LISTED ? frame_begin(&a->w->out, FRAME_OPINION) : 0;

		walk_chunk(a, job_opinion_offset(&a->job, i));
		if (!a->answered[i])
			tell_missing(a, i);
		while (i < count && a->answered[i])
			i++;
		if (a->job.kind == ASK_LISTED)
			frame_end(&a->w->out, begin);
		worker_say(a->w);
	}
	free(a->answered);
}

/* --- every record of interest --- */

static void
send_head(struct asking *a, const struct opinion_head *head)
{
	size_t begin = frame_begin(&a->w->out, FRAME_OPINION);

	opinion_head_encode(head, &a->w->out);
	if (head->done)
		buf_append(&a->w->out, buf_view(&a->rows));
	frame_end(&a->w->out, begin);
	worker_say(a->w);
	buf_reset(&a->rows);
}

static void
ask_in_range(struct asking *a, const struct record *record, size_t ordinal, struct opinion_head *head)
{
	struct opinion_entry entry;

	if (!worker_is_of_interest(a->w, record))
		return;
	ask(a, ordinal, record);
	head->kinds[a->opinion.kind]++;
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		head->known[i] += a->opinion.known >> i & 1;
	if (a->opinion.kind == OPINION_AGREES || a->opinion.kind == OPINION_KNOWN)
		return;
	fill_entry(a, record, &entry);
	opinion_entry_encode(&entry, &a->rows);
}

static void
begin_chunk(struct asking *a, const struct reader *reader, struct opinion_head *head)
{
	*head = (struct opinion_head){ .chunk = reader->chunk };
	send_head(a, head);
	head->done = true;
	second_open(a->second, reader->bytes);
}

static void
ask_range(struct asking *a)
{
	struct reader_options options = { .first_chunk = a->job.first_chunk, .plans = a->w->plans };
	struct opinion_head head = { .chunk = 0 };
	struct reader_loss loss;
	struct reader *reader = NULL;
	struct record record;
	struct err err = { 0 };
	size_t ordinal = 0;

	if (!reader_direct.open(a->source, &options, &reader, &err))
		return; /* it has told why when the file was read */
	for (;;) {
		enum reader_step step = reader_next(reader, &record, &loss, &err);

		if (head.done && step != READER_RECORD && step != READER_LOST) {
			second_close(a->second);
			send_head(a, &head);
		}
		if (step == READER_END || step == READER_FAILED ||
		    (step == READER_CHUNK && reader->chunk - a->job.first_chunk >= a->job.chunks))
			break;
		if (step == READER_CHUNK) {
			begin_chunk(a, reader, &head);
			ordinal = 0;
			continue;
		}
		if (step == READER_RECORD)
			ask_in_range(a, &record, ordinal, &head);
		ordinal += step == READER_LOST || record.class == RECORD_LIVE;
	}
	reader_close(reader);
}

static bool
wants_second(enum job_opinion_kind kind)
{
	return kind != SHOW_DIRECT && kind != SHOW_RESIDUE;
}

void
worker_do_opinion(struct worker *w, struct slice payload, int fd)
{
	struct asking a = { .w = w };
	struct cursor in = cursor_over(payload, 0);
	struct source source;

	if (!job_opinion_decode(&in, &a.job) || fd < 0)
		worker_give_up(WORKER_BAD_JOB);
	w->input = a.job.input;
	w->counts = (struct job_counts){ 0 };
	source = source_from_fd(fd, a.job.size);
	a.source = &source;
	buf_init(&a.words, 4 * OPINION_REASON);
	buf_init(&a.rows, LIMIT_MESSAGE / 2);
	a.second = wants_second(a.job.kind) ? second_new() : NULL;
	if (!a.second && wants_second(a.job.kind))
		worker_give_up(WORKER_NO_MEMORY);
	if (a.job.kind == ASK_RANGE)
		ask_range(&a);
	else if (a.job.kind == SHOW_RESIDUE)
		worker_read_residue(w, &a.job, fd, show_residue, &a);
	else
		ask_listed(&a);
	second_free(a.second);
	buf_fini(&a.words);
	buf_fini(&a.rows);
	worker_send_end(w, NULL);
}
