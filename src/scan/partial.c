/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/partial.h"

#include "base/limits.h"

enum { OPINIONS_FRAME = 64 * 1024 }; /* then the next one begins */

const char partial_signature[PARTIAL_SIGNATURE] = "EVTPART";

static const struct {
	unsigned partial;
	enum frame_type frame;
} types[] = {
	{ PARTIAL_PART, FRAME_PART },
	{ PARTIAL_FINDING, FRAME_FINDING },
	{ PARTIAL_BLOCK_SEEN, FRAME_BLOCK_SEEN },
	{ PARTIAL_COVERAGE, FRAME_COVERAGE },
	{ PARTIAL_CORRELATION, FRAME_CORRELATION },
	{ PARTIAL_SURVEY, FRAME_SURVEY },
	{ PARTIAL_TEMPLATE, FRAME_TEMPLATE },
};

unsigned
partial_type_of(enum frame_type type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].frame == type)
			return types[i].partial;
	return 0;
}

unsigned
partial_frame_type(unsigned type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].partial == type)
			return types[i].frame;
	return 0;
}

bool
partial_rules(const struct ruleset *rules, uint8_t out[static DIGEST_LEN])
{
	struct digest *d = digest_new();
	bool fine = d != NULL;

	for (size_t i = 0; fine && i < ruleset_count(rules); i++) {
		const struct rule *rule = ruleset_rule(rules, i);
		uint8_t state = (uint8_t)rule->state;

		fine = digest_add(d, slice_from(&state, 1)) && digest_add(d, slice_from(rule->sha256, DIGEST_LEN));
	}
	if (fine)
		return digest_end(d, out);
	digest_free(d);
	return false;
}

/* --- a log's summary --- */

void
file_summary_encode(const struct file_summary *file, const struct log_totals *totals, struct buf *out)
{
	const struct reader_counts *c = &file->counts;
	const struct log_verdict *v = &file->verdict;
	const uint64_t numbers[] = { file->size, file->seen, c->chunks, c->empty_chunks, c->foreign_chunks, c->first_foreign,
		c->bad_checksums, c->tail_bytes, c->records, c->lost, v->records, v->recovered, totals->subjects,
		totals->open_verdicts, totals->failures };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		buf_u64le(out, numbers[i]);
	buf_u8(out, file->has_header);
	log_header_encode(&file->header, out);
	buf_u8(out, file->has_verdict);
	buf_u8(out, v->opened);
	buf_counted(out, slice_from_text(v->reason));
	buf_u16le(out, v->major);
	buf_u16le(out, v->minor);
	buf_u8(out, v->corrupted);
	buf_u8(out, file->has_sha256);
	buf_append(out, slice_from(file->sha256, sizeof(file->sha256)));
	buf_u8(out, file->changed);
}

bool
file_summary_decode(struct cursor *in, struct file_summary *file, struct log_totals *totals)
{
	struct reader_counts *c = &file->counts;
	struct log_verdict *v = &file->verdict;
	uint64_t *const numbers[] = { &file->size, &file->seen, &c->chunks, &c->empty_chunks, &c->foreign_chunks,
		&c->first_foreign, &c->bad_checksums, &c->tail_bytes, &c->records, &c->lost, &v->records, &v->recovered,
		&totals->subjects, &totals->open_verdicts, &totals->failures };
	struct slice reason, sha256;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		*numbers[i] = cursor_u64le(in);
	file->has_header = cursor_u8(in);
	if (!log_header_decode(in, &file->header))
		return false;
	file->has_verdict = cursor_u8(in);
	v->opened = cursor_u8(in);
	reason = slice_sub(cursor_counted(in), 0, sizeof(v->reason) - 1);
	if (reason.len)
		memcpy(v->reason, reason.ptr, reason.len);
	v->major = cursor_u16le(in);
	v->minor = cursor_u16le(in);
	v->corrupted = cursor_u8(in);
	file->has_sha256 = cursor_u8(in);
	sha256 = cursor_take(in, sizeof(file->sha256));
	if (sha256.len)
		memcpy(file->sha256, sha256.ptr, sha256.len);
	file->changed = cursor_u8(in);
	return !in->bad && in->rest.len == 0;
}

/* --- writing --- */

static bool
put(struct run *run, struct slice bytes, struct err *err)
{
	return (digest_add(run->partial_digest, bytes) || err_nomem(err)) &&
		run->listener->partial(run->listener->context, bytes, err);
}

static bool
put_frame(struct run *run, unsigned type, struct slice payload, struct err *err)
{
	struct buf head;
	bool done;

	buf_init(&head, FRAME_HEAD);
	buf_u32le(&head, (uint32_t)(payload.len + 1));
	buf_u8(&head, (uint8_t)type);
	done = head.failed ? err_nomem(err) : put(run, buf_view(&head), err) && put(run, payload, err);
	buf_fini(&head);
	return done;
}

bool
partial_put(struct run *run, enum partial_type type, struct err *err)
{
	return run->text.failed ? err_nomem(err) : put_frame(run, type, buf_view(&run->text), err);
}

bool
partial_begin(struct run *run, struct err *err)
{
	const struct scan_options *o = run->options;
	uint8_t rules[DIGEST_LEN];

	run->partial_digest = digest_new();
	if (!run->partial_digest || !partial_rules(o->rules, rules))
		return err_nomem(err);
	buf_reset(&run->text);
	buf_u32le(&run->text, PARTIAL_VERSION);
	buf_counted(&run->text, slice_from_text(PACKAGE_VERSION));
	buf_u8(&run->text, (uint8_t)o->reader);
	buf_u8(&run->text, o->verify);
	buf_u8(&run->text, o->residual);
	buf_u8(&run->text, o->facts);
	buf_u8(&run->text, o->carve);
	buf_u64le(&run->text, o->from);
	buf_u64le(&run->text, o->to);
	buf_u32le(&run->text, (uint32_t)o->event_id_count);
	for (size_t i = 0; i < o->event_id_count; i++)
		buf_u32le(&run->text, o->event_ids[i]);
	buf_append(&run->text, slice_from(ruleset_settings(o->rules), DIGEST_LEN));
	buf_append(&run->text, slice_from(rules, sizeof(rules)));
	return put(run, slice_from(partial_signature, PARTIAL_SIGNATURE), err) && partial_put(run, PARTIAL_HEAD, err);
}

bool
partial_frame(struct run *run, enum frame_type type, struct slice payload, struct err *err)
{
	unsigned partial = partial_type_of(type);

	return partial ? put_frame(run, partial, payload, err) :
		err_set(err, ERR_UNSUPPORTED, 0, "a message of type %u has no place in a partial result", (unsigned)type);
}

bool
partial_notice(struct run *run, const struct notice *notice, struct err *err)
{
	buf_reset(&run->text);
	buf_counted(&run->text, notice->path);
	notice_encode(notice, &run->text);
	return partial_put(run, PARTIAL_NOTICE, err);
}

bool
partial_log(struct run *run, const struct evidence *e, struct err *err)
{
	buf_reset(&run->text);
	buf_u32le(&run->text, e->index);
	buf_counted(&run->text, e->input->path);
	buf_u8(&run->text, e->input->fd >= 0);
	buf_u8(&run->text, e->input->carve);
	return partial_put(run, PARTIAL_LOG, err);
}

bool
partial_log_end(struct run *run, const struct file_summary *file, const struct log_totals *totals, struct err *err)
{
	buf_reset(&run->text);
	file_summary_encode(file, totals, &run->text);
	return partial_put(run, PARTIAL_LOG_END, err);
}

bool
partial_rules_seen(struct run *run, bool facts, struct err *err)
{
	buf_reset(&run->text);
	buf_u8(&run->text, facts);
	buf_append(&run->text, slice_from(run->rules_with_log, ruleset_count(run->options->rules)));
	return partial_put(run, PARTIAL_RULES, err);
}

static bool
end_opinions(struct run *run, struct err *err)
{
	return run->text.len == 0 || partial_put(run, PARTIAL_OPINIONS, err);
}

bool
partial_opinions(struct run *run, struct err *err)
{
	uint32_t evidence, last = 0;
	struct opinion_row row;

	buf_reset(&run->text);
	while (opinions_next_row(run, &evidence, &row, err)) {
		if (run_stop_asked(run))
			return false;
		if (evidence != last || run->text.len >= OPINIONS_FRAME) {
			if (!end_opinions(run, err))
				return false;
			buf_reset(&run->text);
		}
		if (!run->text.len)
			buf_u32le(&run->text, evidence);
		last = evidence;
		opinion_row_encode(&row, &run->text);
	}
	return err->code == ERR_OK && end_opinions(run, err);
}

bool
partial_end(struct run *run, struct err *err)
{
	struct digest *digest = run->partial_digest;
	uint8_t sum[DIGEST_LEN];
	struct buf frame;
	bool done;

	run->partial_digest = NULL;
	if (!digest_end(digest, sum))
		return err_nomem(err);
	buf_init(&frame, 64);
	buf_u32le(&frame, DIGEST_LEN + 1);
	buf_u8(&frame, PARTIAL_END);
	buf_append(&frame, slice_from(sum, sizeof(sum)));
	done = frame.failed ? err_nomem(err) : run->listener->partial(run->listener->context, buf_view(&frame), err);
	buf_fini(&frame);
	return done;
}
