/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/opinion.h"

#include "base/limits.h"
#include "src/scan/run.h"

#include <stdlib.h>

enum { JOB_CHUNKS = 64 /* of ASK_RANGE */ };

void
opinions_init(struct opinions *o, const char *temp_folder)
{
	*o = (struct opinions){ .count = 0 };
	sorter_init(&o->asked, LIMIT_OPINIONS_MEMORY, temp_folder);
	sorter_init(&o->answers, LIMIT_OPINIONS_MEMORY, temp_folder);
	table_init(&o->words);
	table_init(&o->refusals);
	buf_init(&o->exhibit_bytes, LIMIT_MESSAGE);
}

void
opinions_fini(struct opinions *o)
{
	sorter_fini(&o->asked);
	sorter_fini(&o->answers);
	free(o->records);
	free(o->differences);
	table_fini(&o->words);
	table_fini(&o->refusals);
	buf_fini(&o->exhibit_bytes);
}

/* --- which records --- */

static int
compare_records(const void *a, const void *b)
{
	const struct opinion_record *x = a, *y = b;

	return opinion_compare_places(x->evidence, x->offset, y->evidence, y->offset);
}

/* Many findings stand on the same records: one of each stays. */
static void
settle_records(struct opinions *o)
{
	size_t kept = 0;

	if (!o->count)
		return;
	qsort(o->records, o->count, sizeof(*o->records), compare_records);
	for (size_t i = 1; i < o->count; i++)
		if (compare_records(&o->records[kept], &o->records[i]) != 0)
			o->records[++kept] = o->records[i];
	o->count = kept + 1;
}

static bool
add_record(struct opinions *o, uint32_t evidence, uint64_t offset, struct err *err)
{
	if (o->count == o->capacity) {
		struct opinion_record *grown;
		size_t capacity;

		settle_records(o);
		capacity = o->count < o->capacity / 2 ? o->capacity : o->capacity ? o->capacity * 2 : 1024;
		grown = capacity == o->capacity ? o->records : reallocarray(o->records, capacity, sizeof(*grown));
		if (!grown)
			return err_nomem(err);
		o->records = grown;
		o->capacity = capacity;
	}
	o->records[o->count++] = (struct opinion_record){ .evidence = evidence, .offset = offset };
	return true;
}

bool
opinions_list(struct run *run, struct err *err)
{
	struct opinions *o = &run->opinions;
	struct order_row row;

	while (order_next(&run->order, &row, err)) {
		struct finding finding;

		if (run_stop_asked(run))
			return false;
		arena_reset(&run->arena);
		if (!finding_peek(row.bytes, &run->arena, &finding, err))
			return false;
		if (!row_is_wanted(run, &finding))
			continue;
		for (size_t k = 0; k < finding.part_count; k++)
			if (!opinion_is_of_copy(&finding, k) && opinion_can_be_asked(&finding.parts[k]) &&
			    !add_record(o, finding.parts[k].evidence, finding.parts[k].offset, err))
				return false;
	}
	settle_records(o);
	return err->code == ERR_OK && order_rewind(&run->order, err);
}

struct opinion_record *
opinion_find(struct opinion_record *list, size_t count, uint32_t evidence, uint64_t offset)
{
	struct opinion_record key = { .evidence = evidence, .offset = offset };

	return count ? bsearch(&key, list, count, sizeof(key), compare_records) : NULL;
}

/* --- the end of a job --- */

static uint64_t
window_of(uint64_t offset)
{
	return offset < LIMIT_FILE_HEADER ? 0 : (offset - LIMIT_FILE_HEADER) / LIMIT_CHUNK;
}

size_t
opinion_first_unheard(const struct opinion_record *list, size_t from, size_t end)
{
	while (from < end && list[from].verdict)
		from++;
	return from;
}

size_t
opinion_chunk_end(const struct opinion_record *list, size_t from, size_t end)
{
	size_t i = from;

	while (i < end && window_of(list[i].offset) == window_of(list[from].offset))
		i++;
	return i;
}

bool
opinion_unheard(struct run *run, struct opinion_record *list, size_t from, size_t end, struct slice why, bool died,
	struct err *err)
{
	struct opinions *o = &run->opinions;
	uint64_t count = 0;

	for (size_t i = from; i < end; i++) {
		if (list[i].verdict)
			continue;
		if (!(o->keeps ? opinion_keep_unheard(run, &list[i], why, died, err) :
			opinion_number(o, why, &list[i].verdict, err)))
			return false;
		count++;
	}
	run->summary->second.records += count;
	run->summary->second.unheard += count;
	return count == 0 || o->keeps || opinion_count_refusal(o, list[from].evidence, OF_RECORDS, why, count, err);
}

bool
opinion_job_done(struct run *run, struct opinion_job *job, struct err *err)
{
	job->active = false;
	if (job->kind != ASK_LISTED)
		return true;
	if (!opinion_unheard(run, job->list, job->at, job->ask_end, SLICE(OPINION_NOT_ASKED), false, err))
		return false;
	job->at = job->ask_end;
	job->ask_end = job->at < job->alone_end ? job->at + 1 : job->end;
	job->active = job->at < job->end;
	return true;
}

static bool
listed_died(struct run *run, struct opinion_job *job, const char *how, struct err *err)
{
	size_t first = opinion_first_unheard(job->list, job->at, job->end);

	if (first < job->end && !opinion_unheard(run, job->list, first, opinion_chunk_end(job->list, first, job->end),
				       slice_from_text(how), true, err))
		return false;
	if (job->deaths >= DEATHS_PER_JOB &&
	    !opinion_unheard(run, job->list, first, job->end, SLICE(OPINION_GIVEN_UP), false, err))
		return false;
	job->at = opinion_first_unheard(job->list, first, job->end);
	job->active = job->at < job->end;
	return true;
}

bool
opinion_chunks_lost(struct run *run, uint32_t evidence, uint64_t first, uint64_t count, struct slice why, struct err *err)
{
	run->summary->verified.unheard += count;
	return run->opinions.keeps ? opinion_keep_chunks_lost(run, evidence, first, count, why, err) :
		opinion_count_refusal(&run->opinions, evidence, OF_CHUNKS, why, count, err);
}

/* Between two chunks it was about nothing that is asked for: the next one is to blame as far as one can know. */
static bool
range_died(struct run *run, struct opinion_job *job, const char *how, struct err *err)
{
	uint64_t behind = (job->chunk_begun ? job->chunk : job->at_chunk) + 1, lost = 1;

	if (job->deaths >= DEATHS_PER_JOB) {
		lost = job->end_chunk - (behind - 1);
		behind = job->end_chunk;
	}
	job->at_chunk = behind;
	job->active = behind < job->end_chunk;
	return opinion_chunks_lost(run, job->evidence, behind - lost, lost, slice_from_text(how), err);
}

bool
opinion_job_died(struct run *run, struct opinion_job *job, const char *how, struct err *err)
{
	job->deaths++;
	switch (job->kind) {
	case ASK_LISTED:
		return (run->opinions.keeps ? opinion_kept_died : listed_died)(run, job, how, err);
	case ASK_RANGE:
		return range_died(run, job, how, err);
	case SHOW_RECORD:
		job->kind = SHOW_DIRECT;
		run->opinions.has_exhibit = false;
		return true;
	case SHOW_DIRECT:
	case SHOW_RESIDUE:
	case JOB_OPINION_KINDS:
		break;
	}
	job->active = false;
	return true;
}

/* --- which jobs --- */

bool
opinion_open(struct run *run, struct opinion_job *job, uint32_t evidence, struct err *why)
{
	job->evidence = evidence;
	job->fd = input_open(&run->inputs.items[evidence], why);
	return job->fd >= 0;
}

size_t
opinion_job_end(const struct opinions *o, size_t at)
{
	size_t end = at;

	while (end < o->count && end - at < JOB_RECORDS && o->records[end].evidence == o->records[at].evidence)
		end++;
	return end;
}

static bool
next_listed(struct run *run, struct opinion_job *job, struct err *err)
{
	struct opinions *o = &run->opinions;

	while (o->next_record < o->count) {
		size_t at = o->next_record, end = opinion_job_end(o, at);
		struct err why = { 0 };

		o->next_record = end;
		job->kind = ASK_LISTED;
		job->list = o->records;
		job->at = at;
		job->end = job->ask_end = end;
		job->alone_end = 0;
		if (opinion_open(run, job, o->records[at].evidence, &why))
			return true;
		if (!opinion_unheard(run, o->records, at, end, slice_from_text(why.text), false, err))
			return false;
	}
	return false;
}

bool
opinion_next_range(struct run *run, struct opinion_job *job, struct err *err)
{
	struct opinions *o = &run->opinions;

	while (o->next_input < run->inputs.count) {
		uint64_t chunks = run->inputs.items[o->next_input].size / LIMIT_CHUNK + 1, at = o->next_chunk;
		uint32_t evidence = (uint32_t)o->next_input;
		struct err why = { 0 };

		job->kind = ASK_RANGE;
		job->at_chunk = at;
		job->end_chunk = at + JOB_CHUNKS < chunks ? at + JOB_CHUNKS : chunks;
		o->next_chunk = job->end_chunk < chunks ? job->end_chunk : 0;
		o->next_input += o->next_chunk == 0;
		if (opinion_open(run, job, evidence, &why))
			return true;
		if (!opinion_chunks_lost(run, evidence, at, job->end_chunk - at, slice_from_text(why.text), err))
			return false;
	}
	return false;
}

static bool
next_show(struct run *run, struct opinion_job *job, struct err *err)
{
	struct opinions *o = &run->opinions;

	if (o->shown)
		return false;
	o->shown = true;
	job->kind = o->show.kind;
	job->offset = job->kind == SHOW_RESIDUE ? o->show.residue.offset : job_opinion_offset(&o->show, 0);
	return opinion_open(run, job, o->show.input, err);
}

/* What is to be shown for that part: residue is found by its survey, everything else by its offset alone. */
static bool
choose_show(struct run *run, const struct subject_part *part, struct job_opinion *show, bool *there, struct err *err)
{
	show->kind = SHOW_RECORD;
	*there = true;
	if (!(part->flags & (RECORD_IS_RESIDUAL | RECORD_IS_HIDDEN)))
		return true;
	show->kind = SHOW_RESIDUE;
	show->carved = run->inputs.items[part->evidence].carve;
	return residue_pool_find(&run->residue, part->evidence, part->offset, &show->residue, there, err);
}

bool
opinions_show(struct run *run, const struct subject_part *part, struct err *err)
{
	struct opinions *o = &run->opinions;
	uint8_t place[8];
	bool there;

	buf_put_le(place, part->offset, sizeof(place));
	o->show = (struct job_opinion){ .input = part->evidence, .offsets = slice_from(place, sizeof(place)) };
	o->has_exhibit = o->shown = false;
	return choose_show(run, part, &o->show, &there, err) && (!there || opinion_work(run, next_show, err));
}

bool
opinions_run(struct run *run, struct err *err)
{
	const struct scan_options *options = run->options;

	if (opinion_is_on_findings(options) && !opinions_list(run, err))
		return false;
	if (options->is_merge) { /* the evidence is elsewhere, and was asked about there */
		if (!opinions_settle(run, err))
			return false;
	} else if (!opinion_work(run, next_listed, err) ||
		   (options->verify && !opinion_work(run, opinion_next_range, err))) {
		return false;
	}
	return opinion_tell_sums(run, err);
}
