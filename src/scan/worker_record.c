/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/correlate.h"
#include "src/scan/worker_state.h"

#include "evtx/render.h"
#include "src/lib/digest.h"
#include "src/scan/worker_explain.h"

static struct notice
notice_of_subject(const struct worker *w, const char *reason)
{
	const struct subject *s = w->subject;
	struct notice notice = { .kind = NOTICE_LOSS, .reason = slice_from_text(reason) };

	if (s->part_count) {
		notice.has_offset = notice.has_number = true;
		notice.input = s->parts[0].evidence + 1;
		notice.offset = s->parts[0].offset;
		notice.number = s->parts[0].record_id;
	}
	return notice;
}

static bool
on_result(void *context, const struct sigma_result *result, struct err *err)
{
	struct worker *w = context;
	bool made = subject_complete(w->subject, err) &&
		correlate_send(w->subject, result, w->options->rules, &w->scratch, &w->out, err);
	size_t begin;

	w->came_to_something = true;
	if (!made)
		return false;
	if (ruleset_rule(w->options->rules, result->rule)->silent) {
		w->counts.open_verdicts += result->verdict == VERDICT_UNDECIDED;
		return true;
	}
	begin = frame_begin(&w->out, FRAME_FINDING);
	made = finding_encode(w->subject, result, w->options->rules, w->texts, &w->out, err);

	frame_end(&w->out, begin);
	return made;
}

static bool
on_limit(void *context, size_t rule, const char *limit, struct err *err)
{
	struct worker *w = context;
	const struct rule *r = ruleset_rule(w->options->rules, rule);
	struct notice notice;

	(void)err;
	w->came_to_something = true;
	buf_reset(&w->scratch);
	/* An id is not a must. */
	buf_printf(&w->scratch, "rule %.*s (%.*s) could not be decided: %s", SLICE_ARGS(r->id.len ? r->id : slice_sub(r->title, 0, 200)),
		SLICE_ARGS(r->file), limit);
	buf_append_byte(&w->scratch, 0);
	notice = notice_of_subject(w, w->scratch.failed ? "a rule could not be decided" : (const char *)w->scratch.ptr);
	worker_notice(w, &notice);
	return true;
}

static bool
is_in_time(const struct worker *w, uint64_t time)
{
	return time >= w->options->from && (w->options->to == 0 || time < w->options->to);
}

static bool
in_time(const struct worker *w, const struct subject *s)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < s->part_count; i++)
		if (s->parts[i].time < first)
			first = s->parts[i].time;
	return is_in_time(w, first);
}

static uint64_t
first_bytes(const uint8_t digest[static DIGEST_LEN])
{
	uint64_t value;

	memcpy(&value, digest, sizeof(value));
	return value;
}

/* Tells the parent of a block that is whole in one record: it counts distinct ones, and sees when one id has two
 * texts. */
static bool
send_block_seen(struct worker *w, const struct subject *s, struct err *err)
{
	uint8_t key[DIGEST_LEN], text[DIGEST_LEN];
	size_t begin;

	buf_reset(&w->scratch);
	buf_counted(&w->scratch, s->column[COLUMN_COMPUTER]);
	buf_counted(&w->scratch, s->column[COLUMN_SCRIPT_BLOCK_ID]);
	if (w->scratch.failed || !digest_sha256(buf_view(&w->scratch), key) || !text_digest(w->texts, s->text_utf16, text))
		return err_nomem(err);
	begin = frame_begin(&w->out, FRAME_BLOCK_SEEN);
	buf_u64le(&w->out, first_bytes(key));
	buf_u64le(&w->out, first_bytes(text));
	buf_u8(&w->out, (s->parts[0].flags & (RECORD_IS_RESIDUAL | RECORD_IS_HIDDEN)) != 0);
	frame_end(&w->out, begin);
	return true;
}

bool
worker_use_subject(struct worker *w, struct subject *s, struct err *err)
{
	struct sigma_listener listener = { w, on_result, on_limit };
	size_t open = 0, begin;
	bool done;

	if (!in_time(w, s))
		return true;
	if (w->options->mode == SCAN_EXPLAIN)
		return worker_explain(w, s, err);
	w->counts.subjects++;
	w->subject = s;
	w->came_to_something = false;
	if (w->options->mode == SCAN_BLOCKS) {
		begin = frame_begin(&w->out, FRAME_BLOCK);
		block_text_encode(s, &w->out);
		frame_end(&w->out, begin);
		return true;
	}
	done = matcher_run(w->matcher, &s->event, &listener, &open, err);
	w->counts.open_verdicts += open;
	w->came_to_something |= open > 0;
	return done;
}

static bool
use_part(struct worker *w, const struct record *record, const struct subject *s, const struct subject_context *context,
	struct err *err)
{
	struct script_part part;
	size_t begin;

	if (!part_from_fields(record, s->own, s->own_count, context, w->texts, &w->arena, &part, err))
		return false;
	begin = frame_begin(&w->out, FRAME_PART);
	part_encode(&part, &w->out);
	frame_end(&w->out, begin);
	return true;
}

/* Most rules for whole logs look for a handful of words, and most records hold none of them: those need not become
 * subjects. */
static bool
words_may(struct worker *w, const struct record *record)
{
	const struct record_system *s = &record->system;
	buf_reset(&w->scratch);
	if (!record_read_words(record, &w->scratch))
		return true;
	buf_append(&w->scratch, s->computer);
	buf_append_byte(&w->scratch, 0);
	buf_append(&w->scratch, s->user_sid); /* a forged record has any text there */
	return w->scratch.failed || matcher_words_may(w->matcher, s->channel, s->provider, s->event_id, buf_view(&w->scratch));
}

static bool
use_subject_of(struct worker *w, const struct record *record, const struct subject_context *context, struct err *err)
{
	struct subject subject;

	arena_reset(&w->arena);
	if (!subject_from_record(record, context, &w->arena, &subject, err))
		return false;
	switch (subject.kind) {
	case SUBJECT_SCRIPT_PART:
		return use_part(w, record, &subject, context, err);
	case SUBJECT_SCRIPT_BLOCK:
		return send_block_seen(w, &subject, err) && worker_use_subject(w, &subject, err);
	case SUBJECT_RECORD:
	case SUBJECT_NOTICE:
		return w->options->mode == SCAN_BLOCKS || worker_use_subject(w, &subject, err);
	}
	return true;
}

/* Of such records it is known that nothing comes of them: they count, and that is all. */
static bool
is_quiet(struct worker *w, const struct worker_kind *kind, const struct record *record, bool *keep)
{
	if (w->options->mode != SCAN_FINDINGS)
		return false;
	if (is_in_time(w, record->system.time) && worker_is_repeat(w, kind, record, keep))
		return true;
	if (!kind->words_alone || words_may(w, record))
		return false;
	if (*keep)
		matcher_keep_quiet(w->matcher);
	return true;
}

static bool
make_subject(struct worker *w, const struct record *record, struct err *err)
{
	const struct worker_kind *kind = worker_kind_of(w, &record->system);
	struct subject_context context = { .evidence = w->input, .kind = &kind->kind,
		.columns_later = w->options->mode == SCAN_FINDINGS };
	bool keep = false;

	if (!kind->wanted && !kind->known)
		return true;
	if (is_quiet(w, kind, record, &keep)) {
		w->counts.subjects += is_in_time(w, record->system.time);
		return true;
	}
	if (!use_subject_of(w, record, &context, err))
		return false;
	if (keep && !w->came_to_something)
		matcher_keep_quiet(w->matcher);
	return true;
}

/* What is no live record says so, and where it was found. */
static void
mark_residual(struct worker *w, const struct record *record)
{
	const char *class = record->class == RECORD_HIDDEN ? "hidden" : "residual", *name;
	unsigned flags = record->flags;

	if (w->options->dump_xml) {
		buf_printf(&w->out, "<!-- %s record at offset %llu -->", class, (unsigned long long)record->offset);
		return;
	}
	w->out.len--; /* the brace that ends the object */
	buf_printf(&w->out, ",\"Residue\":{\"Class\":\"%s\",\"Offset\":%llu,\"Flags\":[", class,
		(unsigned long long)record->offset);
	for (bool first = true; (name = record_flag_name(&flags)); first = false)
		buf_printf(&w->out, "%s\"%s\"", first ? "" : ",", name);
	buf_append_text(&w->out, "]}}");
}

static bool
event_id_wanted(const struct scan_options *o, uint32_t event_id)
{
	for (size_t i = 0; i < o->event_id_count; i++)
		if (o->event_ids[i] == event_id)
			return true;
	return o->event_id_count == 0;
}

bool
worker_is_of_interest(struct worker *w, const struct record *record)
{
	const struct record_system *s = &record->system;

	const struct worker_kind *kind = worker_kind_of(w, s);

	return event_id_wanted(w->options, s->event_id) && (kind->wanted || kind->known) && is_in_time(w, s->time);
}

/* Line behind line, as long as nothing comes between: one frame for all that are sent together. */
static bool
dump_record(struct worker *w, const struct record *record, struct err *err)
{
	const struct scan_options *o = w->options;
	bool goes_on = w->out.len && w->dump_end == w->out.len;
	size_t begin = w->dump_begin;

	if (!is_in_time(w, record->system.time))
		return true;
	if (!goes_on)
		begin = frame_begin(&w->out, FRAME_DUMP);
	if (!(o->dump_xml ? render_xml : render_json)(record, &w->out, err))
		return false;
	if (record->class != RECORD_LIVE && !w->out.failed)
		mark_residual(w, record);
	buf_append_byte(&w->out, '\n');
	frame_end(&w->out, begin);
	w->dump_begin = begin;
	w->dump_end = w->out.len;
	return true;
}

static bool
use(struct worker *w, const struct record *record, struct err *err)
{
	if (!event_id_wanted(w->options, record->system.event_id) || w->options->mode == SCAN_INFO)
		return true;
	return w->options->mode == SCAN_DUMP ? dump_record(w, record, err) : make_subject(w, record, err);
}

void
worker_use_record(struct worker *w, const struct record *record)
{
	size_t before = w->out.len;
	struct err err;

	err_clear(&err);
	if (!coverage_add(w->coverage, record, &err) || !use(w, record, &err)) {
		struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true, .offset = record->offset,
			.len = record->size, .has_number = true, .number = record->number, .records = 1,
			.reason = slice_from_text(err.text) };

		w->out.len = before;
		w->out.failed = false;
		worker_notice(w, &notice);
		w->counts.reader.records--;
		w->counts.reader.lost++;
	}
	worker_flush_when_full(w);
}

bool
worker_use_residual(struct worker *w, const struct record *record)
{
	struct err err = { 0 };
	size_t before = w->out.len;

	if (use(w, record, &err))
		return true;
	w->out.len = before;
	w->out.failed = false;
	return false;
}
