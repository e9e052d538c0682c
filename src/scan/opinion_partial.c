/* SPDX-License-Identifier: Apache-2.0 */
/* Second opinions in a partial result.  Nobody knows yet which records will enter a finding: those of findings, all
 * parts of script blocks that wait for others, and all events for correlations may, so all are asked about, and what is
 * said of each is kept with its place.  The merge must know what would have been heard of any choice of them: where
 * libevtx takes a worker with it, the records of that chunk are asked about one by one, so that those that kill are
 * known by themselves. */
#include "base/limits.h"
#include "base/sort_key.h"
#include "src/scan/run.h"
#include "src/subject/correlated.h"

#include <stdlib.h>

/* A crash costs milliseconds, so every record of a job may cost one or two; a hang costs the watchdog's patience. */
enum { WEIGHT_CRASH = 1, WEIGHT_HANG = 256, WEIGHT_GIVEN_UP = 4 * WEIGHT_HANG };

enum { KEY_EVIDENCE = 4, KEY_NUMBER = 8, KEY_ASKED = KEY_EVIDENCE + KEY_NUMBER, KEY_ROW = KEY_ASKED + 1 };

/* --- which records --- */

static bool
want(struct run *run, const struct subject_part *part, struct err *err)
{
	struct opinions *o = &run->opinions;
	uint8_t key[KEY_ASKED];

	if (!opinion_can_be_asked(part))
		return true;
	if (o->has_last && o->last.evidence == part->evidence && o->last.offset == part->offset)
		return true;
	o->last = (struct opinion_record){ .evidence = part->evidence, .offset = part->offset };
	o->has_last = true;
	sort_key_put(key, part->evidence, KEY_EVIDENCE);
	sort_key_put(key + KEY_EVIDENCE, part->offset, KEY_NUMBER);
	return sorter_add(&o->asked, slice_from(key, sizeof(key)), SLICE_EMPTY, err);
}

static bool
want_part(struct run *run, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct script_part part;

	return !part_decode(&in, &part) || want(run, &part.record, err);
}

static bool
want_finding(struct run *run, struct slice payload, struct err *err)
{
	struct finding finding;

	arena_reset(&run->arena);
	if (!finding_peek(payload, &run->arena, &finding, err))
		return false;
	for (size_t i = 0; i < finding.part_count; i++)
		if (!want(run, &finding.parts[i], err))
			return false;
	return true;
}

static bool
want_correlated(struct run *run, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct correlated_input input;

	if (!correlated_input_decode(&in, run->options->rules, &input))
		return true;
	for (size_t i = 0; i < input.part_count; i++) {
		struct subject_part part = correlated_input_part(&input, i);

		if (!want(run, &part, err))
			return false;
	}
	return true;
}

bool
opinions_want(struct run *run, enum frame_type type, struct slice payload, struct err *err)
{
	if (run->options->reader != SCAN_READER_AUTO)
		return true;
	if (type == FRAME_PART)
		return want_part(run, payload, err);
	if (type == FRAME_FINDING)
		return want_finding(run, payload, err);
	return type != FRAME_CORRELATION || want_correlated(run, payload, err);
}

/* --- jobs --- */

/* The next place, each once. */
static bool
next_place(struct opinions *o, struct opinion_record *record, struct err *err)
{
	struct slice key, nothing;

	if (o->has_pending) {
		*record = o->pending;
		o->has_pending = false;
		return true;
	}
	while (sorter_next(&o->asked, &key, &nothing, err)) {
		*record = (struct opinion_record){ .evidence = (uint32_t)sort_key_take(key.ptr, KEY_EVIDENCE),
			.offset = sort_key_take(key.ptr + KEY_EVIDENCE, KEY_NUMBER) };
		if (o->has_last && o->last.evidence == record->evidence && o->last.offset == record->offset)
			continue;
		o->last = *record;
		o->has_last = true;
		return true;
	}
	return false;
}

static size_t
fill_list(struct opinions *o, struct opinion_record *list, struct err *err)
{
	size_t count = 0;

	while (count < JOB_RECORDS && next_place(o, &list[count], err)) {
		if (list[count].evidence == list[0].evidence) {
			count++;
			continue;
		}
		o->pending = list[count];
		o->has_pending = true;
		break;
	}
	return err->code == ERR_OK ? count : 0;
}

static bool
next_asked(struct run *run, struct opinion_job *job, struct err *err)
{
	if (!job->own)
		job->own = calloc(JOB_RECORDS, sizeof(*job->own));
	if (!job->own)
		return err_nomem(err);
	for (;;) {
		size_t count = fill_list(&run->opinions, job->own, err);
		struct err why = { 0 };

		if (!count)
			return false;
		job->kind = ASK_LISTED;
		job->list = job->own;
		job->at = job->alone_end = 0;
		job->end = job->ask_end = count;
		if (opinion_open(run, job, job->list[0].evidence, &why))
			return true;
		if (!opinion_unheard(run, job->list, 0, count, slice_from_text(why.text), false, err))
			return false;
	}
}

bool
opinions_ask(struct run *run, struct err *err)
{
	struct opinions *o = &run->opinions;

	o->keeps = true;
	o->has_last = false;
	if (!sorter_sort(&o->asked, err) || !opinion_work(run, next_asked, err))
		return false;
	if (run->options->verify && !opinion_work(run, opinion_next_range, err))
		return false;
	return sorter_sort(&o->answers, err);
}

/* The worker died over the records from `at` on: the first chunk of which nothing was heard is to blame. */
bool
opinion_kept_died(struct run *run, struct opinion_job *job, const char *how, struct err *err)
{
	size_t first = opinion_first_unheard(job->list, job->at, job->ask_end), end;

	job->deaths += (job->hung ? (unsigned)WEIGHT_HANG : WEIGHT_CRASH) - 1; /* one has been counted */
	if (job->deaths >= WEIGHT_GIVEN_UP) {
		job->active = false;
		return opinion_unheard(run, job->list, first, job->end, SLICE(OPINION_GIVEN_UP), false, err);
	}
	end = opinion_chunk_end(job->list, first, job->ask_end);
	if (end - first > 1) {
		job->alone_end = end;
	} else {
		if (!opinion_unheard(run, job->list, first, end, slice_from_text(how), true, err))
			return false;
		first = end;
	}
	job->at = first;
	job->ask_end = first < job->alone_end ? first + 1 : job->end;
	job->active = first < job->end;
	return true;
}

/* --- what is kept --- */

bool
opinions_add_row(struct opinions *o, uint32_t evidence, const struct opinion_row *row, struct err *err)
{
	uint8_t key[KEY_ROW];
	struct buf value;
	bool done;

	sort_key_put(key, evidence, KEY_EVIDENCE);
	key[KEY_EVIDENCE] = !opinion_row_is_listed(row);
	sort_key_put(key + KEY_EVIDENCE + 1, row->place, KEY_NUMBER);
	buf_init(&value, LIMIT_MESSAGE);
	opinion_row_encode(row, &value);
	done = value.failed ? err_nomem(err) : sorter_add(&o->answers, slice_from(key, sizeof(key)), buf_view(&value), err);
	buf_fini(&value);
	return done;
}

bool
opinions_next_row(struct run *run, uint32_t *evidence, struct opinion_row *row, struct err *err)
{
	struct slice key, value;
	struct cursor in;

	if (!sorter_next(&run->opinions.answers, &key, &value, err))
		return false;
	in = cursor_over(value, 0);
	*evidence = (uint32_t)sort_key_take(key.ptr, KEY_EVIDENCE);
	return opinion_row_decode(&in, row) || err_set(err, ERR_IO, 0, "the temporary file is not what was written to it");
}

bool
opinion_keep_entry(struct run *run, struct opinion_record *record, const struct opinion_entry *entry, struct err *err)
{
	struct opinion_row row = { .kind = entry->kind == OPINION_AGREES ? ROW_AGREES : ROW_SAID, .place = record->offset };
	struct opinion_counts *counts = &run->summary->second;
	struct buf bytes;
	bool done;

	record->verdict = VERDICT_AGREES; /* heard */
	counts->records++;
	counts->kinds[entry->kind]++;
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		counts->known[i] += entry->known >> i & 1;
	buf_init(&bytes, LIMIT_MESSAGE);
	if (row.kind == ROW_SAID)
		opinion_entry_encode(entry, &bytes);
	row.bytes = buf_view(&bytes);
	done = bytes.failed ? err_nomem(err) : opinions_add_row(&run->opinions, record->evidence, &row, err);
	buf_fini(&bytes);
	return done;
}

bool
opinion_keep_unheard(struct run *run, struct opinion_record *record, struct slice why, bool died, struct err *err)
{
	struct opinion_row row = { .kind = died ? ROW_DIED : ROW_UNHEARD, .place = record->offset, .bytes = why };

	record->verdict = VERDICT_AGREES; /* nothing more will come */
	return opinions_add_row(&run->opinions, record->evidence, &row, err);
}

bool
opinion_keep_chunk(struct run *run, uint32_t evidence, const struct opinion_head *head, struct slice payload,
	struct err *err)
{
	struct opinion_row row = { .kind = ROW_CHUNK, .place = head->chunk, .bytes = payload };

	return opinions_add_row(&run->opinions, evidence, &row, err);
}

bool
opinion_keep_chunks_lost(struct run *run, uint32_t evidence, uint64_t first, uint64_t count, struct slice why,
	struct err *err)
{
	struct opinion_row row = { .kind = ROW_CHUNKS_LOST, .place = first };
	struct buf bytes;
	bool done;

	buf_init(&bytes, LIMIT_MESSAGE);
	buf_u64le(&bytes, count);
	buf_append(&bytes, why);
	row.bytes = buf_view(&bytes);
	done = bytes.failed ? err_nomem(err) : opinions_add_row(&run->opinions, evidence, &row, err);
	buf_fini(&bytes);
	return done;
}
