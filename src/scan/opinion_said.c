/* SPDX-License-Identifier: Apache-2.0 */
/* What workers say of records, one by one or a chunk at a time.  All of it is checked, and words get numbers, so that a
 * record keeps four bytes of its opinion. */
#include "src/scan/opinion.h"

#include "base/limits.h"
#include "src/scan/run.h"

/* The number of these words; past the limit all are the same. */
bool
opinion_number(struct opinions *o, struct slice words, uint32_t *verdict, struct err *err)
{
	struct table_entry *entry;

	if (o->words.count >= LIMIT_OPINIONS && !table_find(&o->words, words))
		words = SLICE("another opinion");
	entry = table_add(&o->words, words, o->words.count, NULL);
	if (!entry)
		return err_nomem(err);
	*verdict = VERDICT_WORDS + (uint32_t)entry->value;
	return true;
}

/* What libevtx says in words of its own is told by the function that said it: those are few. */
static struct slice
short_words(const struct opinion_entry *entry)
{
	size_t colon = entry->kind == OPINION_NONE ? slice_find_byte(entry->words, ':', 0) : SIZE_MAX;

	return slice_sub(entry->words, 0, colon == SIZE_MAX ? OPINION_REASON : colon);
}

/* What a list of the run wants of an opinion, but for the counts. */
static bool
take_entry(struct opinions *o, uint32_t evidence, const struct opinion_entry *entry, struct err *err)
{
	switch (entry->kind) {
	case OPINION_AGREES:
	case OPINION_KNOWN:
	case OPINION_KINDS:
		return true;
	case OPINION_REFUSED:
	case OPINION_NONE:
		return opinion_count_refusal(o, evidence, OF_RECORDS, short_words(entry), 1, err);
	case OPINION_DIFFERS:
		return opinion_count_refusal(o, evidence, OF_RECORDS, SLICE("differs"), 1, err) &&
			opinion_keep_difference(o, evidence, entry, err);
	}
	return true;
}

static void
count_opinion(struct opinion_counts *counts, const struct opinion_entry *entry)
{
	counts->records++;
	counts->kinds[entry->kind]++;
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		counts->known[i] += entry->known >> i & 1;
}

static bool
lies(struct err *err)
{
	return err_set(err, ERR_FORMAT, 0, "the worker sent an opinion that is not well formed");
}

bool
opinion_take_entry(struct run *run, struct opinion_record *record, const struct opinion_entry *entry, struct err *err)
{
	struct opinions *o = &run->opinions;

	if (entry->kind == OPINION_AGREES)
		record->verdict = VERDICT_AGREES;
	else if (!opinion_number(o, entry->words, &record->verdict, err))
		return false;
	count_opinion(&run->summary->second, entry);
	return take_entry(o, record->evidence, entry, err);
}

static bool
take_listed(struct run *run, const struct opinion_job *job, struct cursor *in, struct err *err)
{
	while (in->rest.len) {
		struct opinion_record *record;
		struct opinion_entry entry;

		if (!opinion_entry_decode(in, &entry))
			return lies(err);
		record = opinion_find(job->list + job->at, job->ask_end - job->at, job->evidence, entry.offset);
		if (!record || record->verdict)
			return lies(err);
		if (!(run->opinions.keeps ? opinion_keep_entry : opinion_take_entry)(run, record, &entry, err))
			return false;
	}
	return true;
}

static void
count_chunk(struct opinion_counts *counts, const struct opinion_head *head)
{
	for (size_t i = 0; i < OPINION_KINDS; i++) {
		counts->records += head->kinds[i];
		counts->kinds[i] += head->kinds[i];
	}
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		counts->known[i] += head->known[i];
}

bool
opinion_take_chunk(struct run *run, uint32_t evidence, const struct opinion_head *head, struct cursor *in, struct err *err)
{
	struct opinions *o = &run->opinions;

	count_chunk(&run->summary->verified, head);
	while (in->rest.len) {
		struct opinion_entry entry;

		if (!opinion_entry_decode(in, &entry))
			return lies(err);
		if (o->keeps || opinion_find(o->records, o->count, evidence, entry.offset)) /* told with the findings */
			continue;
		if (!take_entry(o, evidence, &entry, err))
			return false;
	}
	return true;
}

static bool
take_range(struct run *run, struct opinion_job *job, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct opinion_head head;

	if (!opinion_head_decode(&in, &head) || head.chunk < job->at_chunk || head.chunk >= job->end_chunk ||
	    (head.done && (!job->chunk_begun || head.chunk != job->chunk)) || (!head.done && job->chunk_begun))
		return lies(err);
	job->chunk = head.chunk;
	job->chunk_begun = !head.done;
	if (head.done)
		job->at_chunk = head.chunk + 1;
	if (!opinion_take_chunk(run, job->evidence, &head, &in, err))
		return false;
	return !run->opinions.keeps || !head.done || opinion_keep_chunk(run, job->evidence, &head, payload, err);
}

bool
opinion_take(struct run *run, struct opinion_job *job, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);

	switch (job->kind) {
	case ASK_LISTED:
		return take_listed(run, job, &in, err);
	case ASK_RANGE:
		return take_range(run, job, payload, err);
	case SHOW_RECORD:
	case SHOW_DIRECT:
	case SHOW_RESIDUE:
	case JOB_OPINION_KINDS:
		break;
	}
	return lies(err);
}

bool
opinion_take_exhibit(struct run *run, struct opinion_job *job, struct slice payload, struct err *err)
{
	struct opinions *o = &run->opinions;
	struct exhibit *x = &o->exhibit;
	struct cursor in;

	if (job->kind == ASK_LISTED || job->kind == ASK_RANGE)
		return lies(err);
	buf_reset(&o->exhibit_bytes);
	buf_append(&o->exhibit_bytes, payload);
	if (o->exhibit_bytes.failed)
		return err_nomem(err);
	in = cursor_over(buf_view(&o->exhibit_bytes), 0);
	o->has_exhibit = exhibit_decode(&in, x) && x->offset == job->offset && x->chunk_offset <= x->offset &&
		x->offset - x->chunk_offset < LIMIT_CHUNK && x->size <= LIMIT_CHUNK;
	return o->has_exhibit || lies(err);
}
