/* SPDX-License-Identifier: Apache-2.0 */
/* A finding is made: the columns that the subject decides, its id, where it matched; and all of it is put into one message. */
#include "src/subject/finding.h"

#include "base/limits.h"
#include "base/utf.h"
#include "src/lib/digest.h"
#include "src/subject/draft.h"
#include "src/subject/finding_wire.h"
#include "src/subject/wire.h"

enum { HIT_TEXT = 200 };

static_assert(sizeof(((struct subject *)0)->strict.sha256) == DIGEST_LEN, "a digest");

/* What a finding is made of, on its way to the encoding. */
struct maker {
	struct subject *subject;
	const struct sigma_result *result;
	const struct rule *rule;
	struct text_digests *known;
	struct slice column[COLUMN_COUNT];
	struct buf texts[2]; /* what matched_column and flags_column write */
	char digest_text[DIGEST_TEXT];
	uint8_t id[ID_LEN];
};

static const struct sigma_field *
text_field(const struct subject *s)
{
	return s->text_field < s->event.field_count ? &s->event.fields[s->text_field] : NULL;
}

/* SHA-256 of the text as it leaves the program: strict UTF-8, what `blocks` writes to a file. */
static bool
digest_of_text(struct subject *s)
{
	const struct sigma_field *field = text_field(s);
	struct slice text = field ? field->text : SLICE_EMPTY;
	struct buf strict;
	bool fine;

	s->strict.lossy = !utf_is_strict(text);
	buf_init(&strict, SIZE_MAX / 4);
	if (s->strict.lossy) {
		utf_append_strict(&strict, text);
		text = buf_view(&strict);
	}
	fine = !strict.failed && digest_sha256(text, s->strict.sha256);
	buf_fini(&strict);
	return fine;
}

/* A counted piece, so that no two lists of pieces look alike. */
static void
id_piece(struct buf *pieces, struct slice piece)
{
	buf_u64le(pieces, piece.len);
	buf_append(pieces, piece);
}

/* A script block is its text; of everything else each field counts, so that two records which bear the same number and time and
 * say other things are two findings. */
static bool
digest_of_fields(struct subject *s, struct text_digests *known)
{
	const struct sigma_event *event = &s->event;
	struct buf pieces;
	size_t len = 0;
	bool fine;

	if (s->kind == SUBJECT_SCRIPT_BLOCK)
		return true;
	for (size_t i = 0; i < event->field_count; i++)
		len += 2 * sizeof(uint64_t) + event->fields[i].name.len + event->fields[i].text.len;
	buf_init(&pieces, SIZE_MAX / 4);
	buf_reserve(&pieces, len);
	for (size_t i = 0; i < event->field_count; i++) {
		id_piece(&pieces, event->fields[i].name);
		id_piece(&pieces, event->fields[i].text);
	}
	fine = !pieces.failed && bytes_digest(known, buf_view(&pieces), s->strict.fields);
	buf_fini(&pieces);
	return fine;
}

static bool
make_digests(struct maker *m, struct err *err)
{
	struct subject *s = m->subject;

	s->strict.made = s->strict.made || (digest_of_text(s) && digest_of_fields(s, m->known));
	return s->strict.made || err_nomem(err);
}

/* The same finding has the same id in every run, whatever else is scanned beside it: copies of a part do not count,
 * nor do paths. */
static bool
make_id(struct maker *m, struct err *err)
{
	const struct subject *s = m->subject;
	uint8_t id[DIGEST_LEN];
	size_t records = 0;
	struct buf pieces;
	bool fine;

	buf_init(&pieces, SIZE_MAX / 4);
	id_piece(&pieces, m->rule->id.len ? m->rule->id : m->rule->title);
	id_piece(&pieces, s->column[COLUMN_COMPUTER]);
	id_piece(&pieces, s->column[COLUMN_CHANNEL]);
	for (size_t i = 0; i < s->part_count; i++)
		records += i == 0 || s->parts[i].number != s->parts[i - 1].number;
	buf_u64le(&pieces, records * 16);
	for (size_t i = 0; i < s->part_count; i++) {
		if (i && s->parts[i].number == s->parts[i - 1].number)
			continue;
		buf_u64le(&pieces, s->parts[i].record_id);
		buf_u64le(&pieces, s->parts[i].time);
	}
	id_piece(&pieces, slice_from(s->strict.sha256, DIGEST_LEN));
	if (s->kind != SUBJECT_SCRIPT_BLOCK)
		id_piece(&pieces, slice_from(s->strict.fields, DIGEST_LEN));
	fine = !pieces.failed && digest_sha256(buf_view(&pieces), id);
	buf_fini(&pieces);
	memcpy(m->id, id, sizeof(m->id));
	return fine || err_nomem(err);
}

/* An item of a list ends with a NUL, so one inside it is shown as U+2400. */
static void
append_item(struct buf *out, struct slice text)
{
	struct slice piece;

	if (slice_find_byte(text, 0, 0) == SIZE_MAX) {
		buf_append(out, text);
		return;
	}
	for (bool more = false; slice_split(&text, 0, &piece); more = true) {
		if (more)
			buf_append_text(out, "\xE2\x90\x80");
		buf_append(out, piece);
	}
}

/* At most max bytes, cut in front of a character. */
static struct slice
clip_bytes(struct slice text, size_t max)
{
	if (text.len <= max)
		return text;
	while (max > 0 && (text.ptr[max] & 0xC0) == 0x80)
		max--;
	return slice_sub(text, 0, max);
}

static const struct sigma_field *
hit_field(const struct sigma_event *event, const struct sigma_hit *hit)
{
	size_t count = hit->is_system ? event->system_count : event->field_count;

	if (hit->field >= count)
		return NULL;
	return hit->is_system ? &event->system[hit->field] : &event->fields[hit->field];
}

/* "Field: what matched" for each range. */
static void
matched_column(struct maker *m, struct buf *out)
{
	for (size_t i = 0; i < m->result->hit_count && i < LIMIT_MATCHES; i++) {
		const struct sigma_hit *hit = &m->result->hits[i];
		const struct sigma_field *field = hit_field(&m->subject->event, hit);
		struct slice text, shown;

		if (!field)
			continue;
		text = slice_sub(field->text, hit->start, hit->len);
		shown = clip_bytes(text, HIT_TEXT);
		append_item(out, field->name);
		buf_append(out, SLICE(": "));
		append_item(out, shown);
		if (shown.len < text.len)
			buf_append(out, SLICE(ELLIPSIS));
		buf_append_byte(out, 0);
	}
	m->column[COLUMN_MATCHED] = buf_view(out);
}

void
subject_append_flags(const struct subject *subject, struct buf *out)
{
	for (size_t i = 0; i < subject->flag_count; i++) {
		append_item(out, subject->flags[i]);
		buf_append_byte(out, 0);
	}
}

static void
flags_column(struct maker *m, struct buf *out)
{
	subject_append_flags(m->subject, out);
	if (m->subject->strict.lossy)
		buf_append(out, slice_from("lone-surrogate", sizeof("lone-surrogate")));
	m->column[COLUMN_FLAGS] = buf_view(out);
}

static bool
make_columns(struct maker *m, struct err *err)
{
	const struct subject *s = m->subject;

	memcpy(m->column, s->column, sizeof(m->column));
	if (!make_digests(m, err) || !make_id(m, err))
		return false;
	if (s->kind == SUBJECT_SCRIPT_BLOCK) {
		digest_text(s->strict.sha256, m->digest_text);
		m->column[COLUMN_SCRIPT_SHA256] = slice_from(m->digest_text, DIGEST_TEXT - 1);
	}
	matched_column(m, &m->texts[0]);
	flags_column(m, &m->texts[1]);
	if (m->texts[0].failed || m->texts[1].failed)
		return err_nomem(err);
	/* The text travels once, as its field. */
	if (text_field(s))
		m->column[COLUMN_TEXT] = SLICE_EMPTY;
	return true;
}

static void
put_hits(const struct maker *m, struct buf *out)
{
	size_t count = m->result->hit_count < LIMIT_MATCHES ? m->result->hit_count : LIMIT_MATCHES, kept = 0;

	for (size_t i = 0; i < count; i++)
		kept += hit_field(&m->subject->event, &m->result->hits[i]) != NULL;
	buf_u32le(out, (uint32_t)kept);
	for (size_t i = 0; i < count; i++) {
		const struct sigma_hit *hit = &m->result->hits[i];
		const struct sigma_field *field = hit_field(&m->subject->event, hit);
		struct slice text;

		if (!field)
			continue;
		text = slice_sub(field->text, hit->start, hit->len);
		buf_u32le(out, hit->is_system ? UINT32_MAX : hit->field);
		buf_counted(out, field->name);
		buf_u64le(out, text.len ? hit->start : 0);
		buf_u64le(out, text.len);
	}
}

static void
put_times(const struct subject *s, struct buf *out)
{
	uint64_t first = s->part_count ? UINT64_MAX : 0, last = 0;

	for (size_t i = 0; i < s->part_count; i++) {
		first = s->parts[i].time < first ? s->parts[i].time : first;
		last = s->parts[i].time > last ? s->parts[i].time : last;
	}
	buf_u64le(out, first);
	buf_u64le(out, last);
}

/* Which columns there are, then their texts. */
static void
put_columns(const struct maker *m, struct buf *out)
{
	uint64_t there = 0;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		there |= (uint64_t)(m->column[i].len && !is_made_later((enum column)i)) << i;
	buf_u64le(out, there);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (there >> i & 1)
			buf_counted(out, m->column[i]);
}

static uint8_t *
put_counted(uint8_t *at, struct slice s)
{
	buf_put_le(at, s.len, 4);
	if (s.len)
		memcpy(at + 4, s.ptr, s.len);
	return at + 4 + s.len;
}

/* Dozens of short texts: room is asked for once.  What is longer than a message has none. */
static void
put_fields(const struct sigma_event *event, struct buf *out)
{
	size_t len = 0;
	uint8_t *at;

	buf_u32le(out, (uint32_t)event->field_count);
	for (size_t i = 0; i < event->field_count; i++)
		len += FIELD_LEAST + event->fields[i].name.len + event->fields[i].text.len;
	at = buf_room(out, len);
	if (!at)
		return;
	for (size_t i = 0; i < event->field_count; i++) {
		*at++ = event->fields[i].null;
		at = put_counted(at, event->fields[i].name);
		at = put_counted(at, event->fields[i].text);
	}
	out->len += len;
}

/* What orders a finding stands in front: finding_peek reads no further. */
static void
put_finding(const struct maker *m, struct buf *out)
{
	const struct subject *s = m->subject;

	buf_u8(out, FINDING_MAGIC);
	buf_u32le(out, (uint32_t)m->result->rule);
	buf_u8(out, (uint8_t)m->result->verdict);
	put_times(s, out);
	buf_append(out, slice_from(m->id, sizeof(m->id)));
	buf_u32le(out, text_field(s) ? s->text_field : UINT32_MAX);
	buf_u8(out, s->strict.lossy);
	buf_counted(out, m->column[COLUMN_COMPUTER]);
	buf_counted(out, m->column[COLUMN_CHANNEL]);
	buf_u32le(out, (uint32_t)s->part_count);
	for (size_t i = 0; i < s->part_count; i++)
		wire_put_part(out, &s->parts[i]);
	put_columns(m, out);
	put_fields(&s->event, out);
	put_hits(m, out);
}

bool
finding_encode(struct subject *subject, const struct sigma_result *result, const struct ruleset *rules,
	struct text_digests *known, struct buf *out, struct err *err)
{
	struct maker m = { .subject = subject, .result = result, .rule = ruleset_rule(rules, result->rule), .known = known };
	bool fine;

	for (size_t i = 0; i < ARRAY_LEN(m.texts); i++)
		buf_init(&m.texts[i], LIMIT_MESSAGE);
	fine = make_columns(&m, err);
	if (fine)
		put_finding(&m, out);
	for (size_t i = 0; i < ARRAY_LEN(m.texts); i++)
		buf_fini(&m.texts[i]);
	if (fine && out->failed)
		return err_set(err, ERR_LIMIT, 0, "a finding is longer than a message may be");
	return fine;
}
