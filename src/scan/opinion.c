/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/opinion.h"

#include "base/limits.h"
#include "src/scan/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	JOB_CHUNKS = 64,      /* of ASK_RANGE */
	FLAGS_SHOWN = 8,      /* different opinions named with one finding */
	REFUSAL_HEAD = 5,
};

struct kept_difference {
	uint64_t offset, record_id;
	uint32_t evidence;
	struct difference texts;
};

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
compare_places(uint32_t evidence_a, uint64_t offset_a, uint32_t evidence_b, uint64_t offset_b)
{
	if (evidence_a != evidence_b)
		return evidence_a < evidence_b ? -1 : 1;
	return offset_a < offset_b ? -1 : offset_a > offset_b;
}

static int
compare_records(const void *a, const void *b)
{
	const struct opinion_record *x = a, *y = b;

	return compare_places(x->evidence, x->offset, y->evidence, y->offset);
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

/* Another copy of the part before it did not enter the finding. */
static bool
is_copy(const struct finding *finding, size_t i)
{
	return i > 0 && finding->part_count > 1 && finding->parts[i].number == finding->parts[i - 1].number;
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
			if (!is_copy(&finding, k) && opinion_can_be_asked(&finding.parts[k]) &&
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

static struct opinion_record *
find_record(const struct opinions *o, uint32_t evidence, uint64_t offset)
{
	return opinion_find(o->records, o->count, evidence, offset);
}

/* --- what was said --- */

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

/* What a notice counts. */
enum refusal_unit { OF_RECORDS = 'r', OF_CHUNKS = 'c' };

static bool
count_refusal(struct opinions *o, uint32_t evidence, enum refusal_unit unit, struct slice words, uint64_t n, struct err *err)
{
	uint8_t room[REFUSAL_HEAD + OPINION_REASON];
	struct table_entry *entry;

	for (size_t i = 0; i < 4; i++)
		room[i] = (uint8_t)(evidence >> (24 - 8 * i)); /* big-endian: sorts by evidence */
	room[4] = (uint8_t)unit;
	words = slice_sub(words, 0, OPINION_REASON);
	memcpy(room + REFUSAL_HEAD, words.ptr, words.len);
	entry = table_add(&o->refusals, slice_from(room, REFUSAL_HEAD + words.len), 0, NULL);
	if (!entry)
		return err_nomem(err);
	entry->value += n;
	return true;
}

static int
compare_differences(const void *a, const void *b)
{
	const struct kept_difference *x = a, *y = b;

	return compare_places(x->evidence, x->offset, y->evidence, y->offset);
}

/* The first by place, whatever the order of arrival. */
static void
trim_differences(struct opinions *o)
{
	if (o->difference_count)
		qsort(o->differences, o->difference_count, sizeof(*o->differences), compare_differences);
	if (o->difference_count > LIMIT_DIFFERENCES)
		o->difference_count = LIMIT_DIFFERENCES;
}

static bool
keep_difference(struct opinions *o, uint32_t evidence, const struct opinion_entry *entry, struct err *err)
{
	struct kept_difference *d;

	if (!o->differences)
		o->differences = calloc(2 * LIMIT_DIFFERENCES, sizeof(*o->differences));
	if (!o->differences)
		return err_nomem(err);
	if (o->difference_count == 2 * LIMIT_DIFFERENCES)
		trim_differences(o);
	o->difference_total++;
	d = &o->differences[o->difference_count++];
	*d = (struct kept_difference){ .offset = entry->offset, .record_id = entry->record_id, .evidence = evidence };
	snprintf(d->texts.path, sizeof(d->texts.path), "%.*s", SLICE_ARGS(slice_sub(entry->path, 0, DIFFERENCE_PATH - 1)));
	snprintf(d->texts.ours, sizeof(d->texts.ours), "%.*s", SLICE_ARGS(slice_sub(entry->ours, 0, DIFFERENCE_TEXT - 1)));
	snprintf(d->texts.theirs, sizeof(d->texts.theirs), "%.*s",
		SLICE_ARGS(slice_sub(entry->theirs, 0, DIFFERENCE_TEXT - 1)));
	return true;
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
		return count_refusal(o, evidence, OF_RECORDS, short_words(entry), 1, err);
	case OPINION_DIFFERS:
		return count_refusal(o, evidence, OF_RECORDS, SLICE("differs"), 1, err) &&
			keep_difference(o, evidence, entry, err);
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
		if (o->keeps || find_record(o, evidence, entry.offset)) /* told with the findings */
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
	return count == 0 || o->keeps || count_refusal(o, list[from].evidence, OF_RECORDS, why, count, err);
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
		count_refusal(&run->opinions, evidence, OF_CHUNKS, why, count, err);
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

	for (size_t i = 0; i < sizeof(place); i++)
		place[i] = (uint8_t)(part->offset >> (8 * i));
	o->show = (struct job_opinion){ .input = part->evidence, .offsets = slice_from(place, sizeof(place)) };
	o->has_exhibit = o->shown = false;
	return choose_show(run, part, &o->show, &there, err) && (!there || opinion_work(run, next_show, err));
}

/* --- telling --- */

static int
compare_refusals(const void *a, const void *b)
{
	const struct table_entry *const *x = a, *const *y = b;

	return slice_cmp((*x)->key, (*y)->key);
}

static bool
tell_refusal(struct run *run, const struct table_entry *entry, struct err *err)
{
	struct slice words = slice_sub(entry->key, REFUSAL_HEAD, SIZE_MAX);
	const char *unit = entry->key.ptr[4] == OF_CHUNKS ? "chunk" : "record", *plural = entry->value == 1 ? "" : "s";
	struct notice notice = { .kind = NOTICE_LIMIT };
	uint32_t evidence = 0;
	struct err line = { 0 };

	for (size_t i = 0; i < 4; i++)
		evidence = evidence << 8 | entry->key.ptr[i];
	if (slice_eq(words, SLICE("differs")))
		err_set(&line, ERR_OK, 0, "libevtx reads something else in %" PRIu64 " %s%s: the manifest names the places",
			entry->value, unit, plural);
	else
		err_set(&line, ERR_OK, 0, "libevtx gives no second opinion on %" PRIu64 " %s%s: %.*s", entry->value, unit, plural,
			SLICE_ARGS(words));
	notice.path = run->inputs.items[evidence].path;
	notice.reason = slice_from_text(line.text);
	return run_notice(run, &notice, err);
}

/* By file and words, so that the order of jobs does not show. */
static bool
tell_refusals(struct run *run, struct err *err)
{
	const struct table *t = &run->opinions.refusals;
	const struct table_entry **sorted = calloc(t->count + 1, sizeof(*sorted));
	bool going = true;

	if (!sorted)
		return err_nomem(err);
	for (size_t i = 0; i < t->count; i++)
		sorted[i] = &t->entries[i];
	qsort(sorted, t->count, sizeof(*sorted), compare_refusals);
	for (size_t i = 0; going && i < t->count; i++)
		going = tell_refusal(run, sorted[i], err);
	free(sorted);
	return going;
}

static bool
tell_differences(struct run *run, struct err *err)
{
	struct opinions *o = &run->opinions;

	trim_differences(o);
	run->summary->differences_left_out = o->difference_total - o->difference_count;
	for (size_t i = 0; run->listener->difference && i < o->difference_count; i++) {
		const struct kept_difference *d = &o->differences[i];
		struct opinion_difference told = { .evidence = run->inputs.items[d->evidence].path, .offset = d->offset,
			.record_id = d->record_id, .path = slice_from_text(d->texts.path),
			.ours = slice_from_text(d->texts.ours), .theirs = slice_from_text(d->texts.theirs) };

		if (!run->listener->difference(run->listener->context, &told, err))
			return false;
	}
	return true;
}

bool
opinions_run(struct run *run, struct err *err)
{
	const struct scan_options *options = run->options;

	if (options->mode == SCAN_FINDINGS && options->reader == SCAN_READER_AUTO && !opinions_list(run, err))
		return false;
	if (options->is_merge) { /* the evidence is elsewhere, and was asked about there */
		if (!opinions_settle(run, err))
			return false;
	} else if (!opinion_work(run, next_listed, err) ||
		   (options->verify && !opinion_work(run, opinion_next_range, err))) {
		return false;
	}
	return tell_refusals(run, err) && tell_differences(run, err);
}

/* --- columns --- */

/* "libevtx: words", once each. */
static bool
append_flags(struct run *run, struct finding *finding, const uint32_t *verdicts, size_t count, struct err *err)
{
	struct slice *column = &finding->column[COLUMN_FLAGS];
	struct buf flags;
	bool done;

	buf_init(&flags, LIMIT_MESSAGE);
	buf_append(&flags, *column);
	for (size_t i = 0; i < count; i++) {
		buf_append_text(&flags, "libevtx: ");
		buf_append(&flags, run->opinions.words.entries[verdicts[i] - VERDICT_WORDS].key);
		buf_append_byte(&flags, 0);
	}
	done = !flags.failed && arena_copy(&run->arena, buf_view(&flags), column);
	buf_fini(&flags);
	return done || err_nomem(err);
}

/* The first few different opinions on the records of a finding, agreements left out; *agrees when there is nothing
 * but these.  A fact stands at the place of a record that may have been asked about for another finding. */
static size_t
different_opinions(const struct run *run, const struct finding *finding, uint32_t verdicts[static FLAGS_SHOWN], bool *agrees)
{
	size_t count = 0, seen;

	*agrees = true;
	for (size_t i = 0; i < finding->part_count && count < FLAGS_SHOWN; i++) {
		const struct subject_part *part = &finding->parts[i];
		const struct opinion_record *record;

		if (is_copy(finding, i))
			continue;
		record = opinion_can_be_asked(part) ? find_record(&run->opinions, part->evidence, part->offset) : NULL;
		*agrees = *agrees && record && record->verdict == VERDICT_AGREES;
		if (!record || record->verdict < VERDICT_WORDS)
			continue;
		for (seen = 0; seen < count && verdicts[seen] != record->verdict; seen++)
			;
		verdicts[seen] = record->verdict;
		count += seen == count;
	}
	return count;
}

bool
opinions_columns(struct run *run, struct finding *finding, struct err *err)
{
	uint32_t verdicts[FLAGS_SHOWN];
	size_t count;
	bool agrees;

	if (run->options->reader != SCAN_READER_AUTO || slice_eq(finding->column[COLUMN_READER], SLICE("libevtx")))
		return true;
	count = different_opinions(run, finding, verdicts, &agrees);
	if (agrees)
		finding->column[COLUMN_READER] = SLICE("direct+libevtx");
	return agrees || append_flags(run, finding, verdicts, count, err);
}
