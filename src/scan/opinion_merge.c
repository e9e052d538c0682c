/* SPDX-License-Identifier: Apache-2.0 */
/* Second opinions in a merge.  The partial results hold one on every record that might have entered a finding; here it
 * is known which did, and of those exactly what one run would have heard is taken: the same jobs are cut, and a record
 * that took a worker with it takes along what that worker had been asked about of the same chunk. */
#include "src/scan/run.h"

static bool
next_row(struct run *run, uint32_t *evidence, struct opinion_row *row, bool *more, struct err *err)
{
	*more = opinions_next_row(run, evidence, row, err);
	return err->code == ERR_OK;
}

static struct opinion_record *
record_of(const struct opinions *o, uint32_t evidence, const struct opinion_row *row)
{
	return opinion_row_is_listed(row) ? opinion_find(o->records, o->count, evidence, row->place) : NULL;
}

/* Gives the records that killed a worker the words for that. */
static bool
mark_killers(struct run *run, struct err *err)
{
	struct opinions *o = &run->opinions;
	struct opinion_row row;
	uint32_t evidence;
	bool more;

	while (next_row(run, &evidence, &row, &more, err) && more) {
		struct opinion_record *record = row.kind == ROW_DIED ? record_of(o, evidence, &row) : NULL;

		if (record && !opinion_number(o, row.bytes, &record->verdict, err))
			return false;
	}
	return err->code == ERR_OK && sorter_rewind(&o->answers, err);
}

static void
clear(struct opinions *o, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++)
		o->records[i].verdict = 0;
}

/* The records of one chunk in one job: where one of them kills, nothing is heard of any. */
static bool
kill_chunk(struct run *run, size_t at, size_t end, bool *died, struct err *err)
{
	struct opinions *o = &run->opinions;
	uint32_t words = 0;

	for (size_t i = at; i < end && !words; i++)
		words = o->records[i].verdict;
	*died = words != 0;
	if (!words)
		return true;
	clear(o, at, end);
	return opinion_unheard(run, o->records, at, end, o->words.entries[words - VERDICT_WORDS].key, true, err);
}

static bool
kill_job(struct run *run, size_t at, size_t end, struct err *err)
{
	struct opinions *o = &run->opinions;
	unsigned deaths = 0;
	bool died;

	for (size_t next; at < end; at = next) {
		next = opinion_chunk_end(o->records, at, end);
		if (!kill_chunk(run, at, next, &died, err))
			return false;
		deaths += died;
		if (deaths < DEATHS_PER_JOB)
			continue;
		clear(o, next, end);
		return opinion_unheard(run, o->records, next, end, SLICE(OPINION_GIVEN_UP), false, err);
	}
	return true;
}

static bool
kill_jobs(struct run *run, struct err *err)
{
	const struct opinions *o = &run->opinions;

	for (size_t at = 0, end; at < o->count; at = end) {
		end = opinion_job_end(o, at);
		if (run_stop_asked(run) || !kill_job(run, at, end, err))
			return false;
	}
	return true;
}

static bool
take_listed(struct run *run, uint32_t evidence, const struct opinion_row *row, struct err *err)
{
	struct opinion_record *record = record_of(&run->opinions, evidence, row);
	struct opinion_entry entry = { .offset = row->place, .kind = OPINION_AGREES };
	struct cursor in = cursor_over(row->bytes, 0);
	size_t at;

	if (!record || record->verdict)
		return true;
	at = (size_t)(record - run->opinions.records);
	if (row->kind == ROW_UNHEARD)
		return opinion_unheard(run, run->opinions.records, at, at + 1, row->bytes, false, err);
	if (row->kind == ROW_SAID && !opinion_entry_decode(&in, &entry))
		return err_set(err, ERR_FORMAT, 0, "an opinion is not well formed");
	return opinion_take_entry(run, record, &entry, err);
}

static bool
take_chunks(struct run *run, uint32_t evidence, const struct opinion_row *row, struct err *err)
{
	struct cursor in = cursor_over(row->bytes, 0);
	struct opinion_head head;
	uint64_t count;

	if (row->kind == ROW_CHUNK)
		return opinion_head_decode(&in, &head) && opinion_take_chunk(run, evidence, &head, &in, err);
	count = cursor_u64le(&in);
	return opinion_chunks_lost(run, evidence, row->place, count, in.rest, err);
}

/* Of records nothing is heard that a partial result does not know: no honest one lacks any. */
static bool
end_jobs(struct run *run, struct err *err)
{
	struct opinions *o = &run->opinions;

	for (size_t at = 0, end; at < o->count; at = end) {
		end = opinion_job_end(o, at);
		if (!opinion_unheard(run, o->records, at, end, SLICE(OPINION_NOT_ASKED), false, err))
			return false;
	}
	return true;
}

bool
opinions_settle(struct run *run, struct err *err)
{
	struct opinion_row row;
	uint32_t evidence;
	bool more;

	if (!sorter_sort(&run->opinions.answers, err) || !mark_killers(run, err) || !kill_jobs(run, err))
		return false;
	while (next_row(run, &evidence, &row, &more, err) && more) {
		if (run_stop_asked(run))
			return false;
		if (!(opinion_row_is_listed(&row) ? take_listed : take_chunks)(run, evidence, &row, err))
			return false;
	}
	return err->code == ERR_OK && end_jobs(run, err);
}
