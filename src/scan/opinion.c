/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/opinion.h"

#include "base/limits.h"
#include "src/scan/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	JOB_RECORDS = 1024,   /* asked about in one job: 8 KiB of offsets */
	JOB_CHUNKS = 256,     /* of ASK_RANGE */
	DEATHS_PER_FILE = 16, /* then libevtx is asked no more about this file */
	FLAGS_SHOWN = 8,      /* different opinions named with one finding */
	VERDICT_AGREES = 1,
	VERDICT_WORDS = 2,
};

struct kept_difference {
	uint64_t offset, record_id;
	uint32_t evidence;
	struct difference texts;
};

void
opinions_init(struct opinions *o)
{
	*o = (struct opinions){ .count = 0 };
	table_init(&o->words);
	table_init(&o->refusals);
	buf_init(&o->exhibit_bytes, LIMIT_MESSAGE);
}

void
opinions_fini(struct opinions *o)
{
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

static bool
list_records(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->order.count; i++) {
		struct finding finding;
		struct slice bytes;

		if (!row_is_wanted(run, &run->order.rows[i]))
			continue;
		arena_reset(&run->arena);
		if (!order_get(&run->order, i, &bytes, err) || !finding_decode(bytes, &run->arena, &finding, err))
			return false;
		for (size_t k = 0; k < finding.part_count; k++)
			if (!is_copy(&finding, k) &&
			    !add_record(&run->opinions, finding.parts[k].evidence, finding.parts[k].offset, err))
				return false;
	}
	settle_records(&run->opinions);
	return true;
}

static struct opinion_record *
find_record(const struct opinions *o, uint32_t evidence, uint64_t offset)
{
	struct opinion_record key = { .evidence = evidence, .offset = offset };

	return o->count ? bsearch(&key, o->records, o->count, sizeof(key), compare_records) : NULL;
}

/* --- what was said --- */

/* The number of these words; past the limit all are the same. */
static bool
number_of_words(struct opinions *o, struct slice words, uint32_t *verdict, struct err *err)
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

static bool
count_refusal(struct opinions *o, uint32_t evidence, struct slice words, struct err *err)
{
	uint8_t room[4 + OPINION_REASON];
	struct table_entry *entry;

	for (size_t i = 0; i < 4; i++)
		room[i] = (uint8_t)(evidence >> (24 - 8 * i)); /* big-endian: sorts by evidence */
	words = slice_sub(words, 0, OPINION_REASON);
	memcpy(room + 4, words.ptr, words.len);
	entry = table_add(&o->refusals, slice_from(room, 4 + words.len), 0, NULL);
	if (!entry)
		return err_nomem(err);
	entry->value++;
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
take_entry(struct run *run, const struct opinion_entry *entry, struct err *err)
{
	struct opinions *o = &run->opinions;

	switch (entry->kind) {
	case OPINION_AGREES:
	case OPINION_KNOWN:
	case OPINION_KINDS:
		return true;
	case OPINION_REFUSED:
	case OPINION_NONE:
		return count_refusal(o, o->job.input, short_words(entry), err);
	case OPINION_DIFFERS:
		return count_refusal(o, o->job.input, SLICE("differs"), err) && keep_difference(o, o->job.input, entry, err);
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

static bool
take_listed(struct run *run, struct cursor *in, struct err *err)
{
	struct opinions *o = &run->opinions;

	while (in->rest.len) {
		struct opinion_record *record;
		struct opinion_entry entry;

		if (!opinion_entry_decode(in, &entry))
			return lies(err);
		record = find_record(o, o->job.input, entry.offset);
		if (!record)
			return lies(err);
		if (record->verdict)
			continue;
		if (entry.kind == OPINION_AGREES)
			record->verdict = VERDICT_AGREES;
		else if (!number_of_words(o, entry.words, &record->verdict, err))
			return false;
		count_opinion(&run->summary->second, &entry);
		if (!take_entry(run, &entry, err))
			return false;
	}
	return true;
}

static bool
take_range(struct run *run, struct cursor *in, struct err *err)
{
	struct opinion_counts *counts = &run->summary->verified;
	struct opinions *o = &run->opinions;
	struct opinion_head head;

	if (!opinion_head_decode(in, &head))
		return lies(err);
	o->chunk = head.chunk;
	o->chunk_begun = !head.done;
	for (size_t i = 0; i < OPINION_KINDS; i++) {
		counts->records += head.kinds[i];
		counts->kinds[i] += head.kinds[i];
	}
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		counts->known[i] += head.known[i];
	while (in->rest.len) {
		struct opinion_entry entry;

		if (!opinion_entry_decode(in, &entry))
			return lies(err);
		if (find_record(o, o->job.input, entry.offset)) /* told with the findings */
			continue;
		if (!take_entry(run, &entry, err))
			return false;
	}
	return true;
}

bool
opinions_take_exhibit(struct run *run, struct slice payload, struct err *err)
{
	struct opinions *o = &run->opinions;
	struct cursor in;

	if (o->job.kind != SHOW_RECORD && o->job.kind != SHOW_DIRECT)
		return lies(err);
	buf_reset(&o->exhibit_bytes);
	buf_append(&o->exhibit_bytes, payload);
	if (o->exhibit_bytes.failed)
		return err_nomem(err);
	in = cursor_over(buf_view(&o->exhibit_bytes), 0);
	o->has_exhibit = exhibit_decode(&in, &o->exhibit) && o->exhibit.offset == job_opinion_offset(&o->job, 0) &&
		o->exhibit.chunk_offset <= o->exhibit.offset && o->exhibit.offset - o->exhibit.chunk_offset < LIMIT_CHUNK &&
		o->exhibit.size <= LIMIT_CHUNK;
	return o->has_exhibit || lies(err);
}

bool
opinions_take(struct run *run, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);

	switch (run->opinions.job.kind) {
	case ASK_LISTED:
		return take_listed(run, &in, err);
	case ASK_RANGE:
		return take_range(run, &in, err);
	case SHOW_RECORD:
	case SHOW_DIRECT:
	case JOB_OPINION_KINDS:
		break;
	}
	return lies(err);
}

/* --- asking --- */

static bool
tell_limit(struct run *run, uint64_t offset, uint64_t records, const char *reason, struct err *err)
{
	struct notice notice = { .kind = NOTICE_LIMIT, .path = run->input->path, .has_offset = offset != UINT64_MAX,
		.offset = offset, .len = LIMIT_CHUNK, .reason = slice_from_text(reason) };

	if (!notice.has_offset)
		notice.offset = notice.len = 0;
	notice.records = records;
	return run_notice(run, &notice, err);
}

static bool
tell_death(struct run *run, uint64_t offset, struct err *err)
{
	struct err line = { 0 };

	err_set(&line, ERR_OK, 0, "libevtx gives no second opinion on this chunk: %s", run->broker.death);
	return tell_limit(run, offset, 0, line.text, err);
}

static bool
tell_given_up(struct run *run, struct err *err)
{
	return tell_limit(run, UINT64_MAX, 0,
		"libevtx is not asked about the rest of this file: it took several workers with it", err);
}

static uint64_t
window_of(uint64_t offset)
{
	return offset < LIMIT_FILE_HEADER ? 0 : (offset - LIMIT_FILE_HEADER) / LIMIT_CHUNK;
}

/* The words for all records up to `end` that have none, of one chunk alone or of all. */
static bool
mark_unheard(struct run *run, size_t from, size_t end, bool one_chunk, const char *why, struct err *err)
{
	struct opinions *o = &run->opinions;
	uint64_t window = window_of(o->records[from].offset);

	for (size_t i = from; i < end && (!one_chunk || window_of(o->records[i].offset) == window); i++) {
		if (o->records[i].verdict)
			continue;
		if (!number_of_words(o, slice_from_text(why), &o->records[i].verdict, err))
			return false;
		run->summary->second.records++;
		run->summary->second.unheard++;
	}
	return true;
}

enum job_end
opinions_send_job(struct run *run, int fd, struct err *err)
{
	struct buf payload, reason;
	enum job_end end;

	buf_init(&payload, LIMIT_MESSAGE);
	buf_init(&reason, 512);
	run->opinions.chunk_begun = run->opinions.has_exhibit = false;
	job_opinion_encode(&run->opinions.job, &payload);
	end = payload.failed ? JOB_STOP : run_job(run, FRAME_JOB_OPINION, buf_view(&payload), fd, &reason, err);
	if (payload.failed)
		err_nomem(err);
	buf_fini(&payload);
	buf_fini(&reason);
	return end;
}

static size_t
first_unheard(const struct opinions *o, size_t from, size_t end)
{
	while (from < end && o->records[from].verdict)
		from++;
	return from;
}

static enum job_end
ask_some(struct run *run, int fd, size_t from, size_t count, struct err *err)
{
	struct opinions *o = &run->opinions;
	struct buf offsets;
	enum job_end end;

	buf_init(&offsets, 8 * JOB_RECORDS);
	for (size_t i = from; i < from + count; i++)
		buf_u64le(&offsets, o->records[i].offset);
	o->job = (struct job_opinion){ .kind = ASK_LISTED, .input = o->records[from].evidence, .size = run->input->size,
		.offsets = buf_view(&offsets) };
	end = offsets.failed ? JOB_STOP : opinions_send_job(run, fd, err);
	if (offsets.failed)
		err_nomem(err);
	buf_fini(&offsets);
	return end;
}

/* The records of one file, from `at` to `end`. */
static bool
ask_file(struct run *run, int fd, size_t at, size_t end, struct err *err)
{
	struct opinions *o = &run->opinions;

	for (unsigned deaths = 0; at < end; at = first_unheard(o, at, end)) {
		size_t count = end - at < JOB_RECORDS ? end - at : JOB_RECORDS, left;

		switch (ask_some(run, fd, at, count, err)) {
		case JOB_STOP:
			return false;
		case JOB_DONE:
		case JOB_FAILED:
			if (!mark_unheard(run, at, at + count, false, "it was not asked", err))
				return false;
			break;
		case JOB_DIED:
			left = first_unheard(o, at, at + count);
			if (left == at + count)
				break;
			if (!mark_unheard(run, left, end, true, run->broker.death, err) ||
			    !tell_death(run, LIMIT_FILE_HEADER + window_of(o->records[left].offset) * LIMIT_CHUNK, err))
				return false;
			if (++deaths < DEATHS_PER_FILE)
				break;
			if (!mark_unheard(run, at, end, false, "not asked any more about this file", err) || !tell_given_up(run, err))
				return false;
			break;
		}
	}
	return true;
}

/* The chunks of one file; a death costs the chunk it was about. */
static bool
verify_file(struct run *run, int fd, struct err *err)
{
	struct opinions *o = &run->opinions;
	uint64_t chunks = run->input->size / LIMIT_CHUNK + 1, at = 0;

	for (unsigned deaths = 0; at < chunks;) {
		o->job = (struct job_opinion){ .kind = ASK_RANGE, .input = (uint32_t)(run->input - run->inputs.items),
			.size = run->input->size, .first_chunk = at, .chunks = JOB_CHUNKS };
		switch (opinions_send_job(run, fd, err)) {
		case JOB_STOP:
			return false;
		case JOB_DONE:
		case JOB_FAILED:
			at += JOB_CHUNKS;
			break;
		case JOB_DIED:
			/* between two chunks, it was about nothing that is asked for: the next one is a guess */
			at = o->chunk_begun && o->chunk >= at ? o->chunk + 1 : at + 1;
			run->summary->verified.unheard++;
			if (!tell_death(run, LIMIT_FILE_HEADER + (at - 1) * LIMIT_CHUNK, err))
				return false;
			if (++deaths >= DEATHS_PER_FILE)
				return tell_given_up(run, err);
			break;
		}
	}
	return true;
}

/* Opens the input and does that with it. */
static bool
with_input(struct run *run, uint32_t evidence, size_t from, size_t end, bool verify, struct err *err)
{
	struct err why = { 0 };
	bool going;
	int fd;

	run->input = &run->inputs.items[evidence];
	fd = input_open(run->input, &why);
	if (fd < 0) {
		going = err_wrap(&why, "libevtx is not asked: ") || tell_limit(run, UINT64_MAX, 0, why.text, err);
		going = going && (verify || mark_unheard(run, from, end, false, "the evidence could not be opened again", err));
	} else {
		going = verify ? verify_file(run, fd, err) : ask_file(run, fd, from, end, err);
		close(fd);
	}
	run->input = NULL;
	return going;
}

static bool
ask_about_findings(struct run *run, struct err *err)
{
	struct opinions *o = &run->opinions;

	if (!list_records(run, err))
		return false;
	for (size_t from = 0, end; from < o->count; from = end) {
		for (end = from; end < o->count && o->records[end].evidence == o->records[from].evidence; end++)
			;
		if (!with_input(run, o->records[from].evidence, from, end, false, err))
			return false;
	}
	return true;
}

static bool
verify(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->inputs.count; i++)
		if (!with_input(run, (uint32_t)i, 0, 0, true, err))
			return false;
	return true;
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
	uint32_t evidence = 0;
	struct slice words = slice_sub(entry->key, 4, SIZE_MAX);
	struct err line = { 0 };
	bool told;

	for (size_t i = 0; i < 4; i++)
		evidence = evidence << 8 | entry->key.ptr[i];
	run->input = &run->inputs.items[evidence];
	if (slice_eq(words, SLICE("differs")))
		err_set(&line, ERR_OK, 0, "libevtx reads something else in %" PRIu64 " record%s: the manifest names the places",
			entry->value, entry->value == 1 ? "" : "s");
	else
		err_set(&line, ERR_OK, 0, "libevtx gives no second opinion on %" PRIu64 " record%s: %.*s", entry->value,
			entry->value == 1 ? "" : "s", SLICE_ARGS(words));
	told = tell_limit(run, UINT64_MAX, 0, line.text, err);
	run->input = NULL;
	return told;
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

	if (options->mode == SCAN_FINDINGS && options->reader == SCAN_READER_AUTO && !ask_about_findings(run, err))
		return false;
	if (options->verify && !verify(run, err))
		return false;
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
 * but these. */
static size_t
different_opinions(const struct run *run, const struct finding *finding, uint32_t verdicts[static FLAGS_SHOWN], bool *agrees)
{
	size_t count = 0, seen;

	*agrees = true;
	for (size_t i = 0; i < finding->part_count && count < FLAGS_SHOWN; i++) {
		const struct opinion_record *record =
			find_record(&run->opinions, finding->parts[i].evidence, finding->parts[i].offset);

		if (is_copy(finding, i))
			continue;
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

	finding->column[COLUMN_READER] =
		run->options->reader == SCAN_READER_LIBEVTX ? SLICE("libevtx") : SLICE("direct");
	if (run->options->reader != SCAN_READER_AUTO)
		return true;
	count = different_opinions(run, finding, verdicts, &agrees);
	if (agrees)
		finding->column[COLUMN_READER] = SLICE("direct+libevtx");
	return agrees || append_flags(run, finding, verdicts, count, err);
}
