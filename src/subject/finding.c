/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/finding.h"

#include "base/limits.h"
#include "base/utf.h"
#include "src/lib/digest.h"
#include "src/subject/draft.h"
#include "src/subject/wire.h"

#include <assert.h>

enum { FINDING_MAGIC = 'F', HIT_TEXT = 200, ID_LEN = 16, FIELD_LEAST = 9, HIT_LEAST = 24 };

static_assert(COLUMN_COUNT <= 64, "a bit a column");
static_assert(sizeof(((struct subject *)0)->strict.sha256) == DIGEST_LEN, "a digest");

/* Between the items of a list that is shown as one text. */
#define BETWEEN " \xC2\xA6 "
#define ELLIPSIS "\xE2\x80\xA6"

const char *
verdict_name(enum verdict verdict)
{
	static const char *const names[] = { [VERDICT_NONE] = "", [VERDICT_UNDECIDED] = "undecided",
		[VERDICT_MATCH_ON_PARTIAL] = "match-on-partial", [VERDICT_MATCH] = "match" };

	return (size_t)verdict < ARRAY_LEN(names) ? names[verdict] : "";
}

/* What a finding is made of, on its way to the encoding. */
struct maker {
	struct subject *subject;
	const struct sigma_result *result;
	const struct rule *rule;
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
digest_of_text(struct subject *s, struct err *err)
{
	const struct sigma_field *field = text_field(s);
	struct slice text = field ? field->text : SLICE_EMPTY;
	struct buf strict;

	if (s->strict.made)
		return true;
	s->strict.lossy = !utf_is_strict(text);
	buf_init(&strict, SIZE_MAX / 4);
	if (s->strict.lossy) {
		utf_append_strict(&strict, text);
		text = buf_view(&strict);
	}
	s->strict.made = !strict.failed && digest_sha256(text, s->strict.sha256);
	buf_fini(&strict);
	return s->strict.made || err_nomem(err);
}

/* A counted piece, so that no two lists of pieces look alike. */
static void
id_piece(struct buf *pieces, struct slice piece)
{
	buf_u64le(pieces, piece.len);
	buf_append(pieces, piece);
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

/* What the parent can tell from the rest is not sent: a worker makes many findings that are copies of one row. */
static bool
is_made_later(enum column column)
{
	static const bool later[COLUMN_COUNT] = { [COLUMN_TIMESTAMP] = true, [COLUMN_END_TIME] = true, [COLUMN_LEVEL] = true,
		[COLUMN_VERDICT] = true, [COLUMN_RULE_TITLE] = true, [COLUMN_RULE_ID] = true, [COLUMN_RULE_FILE] = true,
		[COLUMN_TACTICS] = true, [COLUMN_TECHNIQUES] = true, [COLUMN_VIEW] = true, [COLUMN_FINDING_ID] = true,
		[COLUMN_COMPUTER] = true, [COLUMN_CHANNEL] = true, [COLUMN_RECORD_IDS] = true, [COLUMN_DETAILS] = true,
		[COLUMN_EVIDENCE] = true, [COLUMN_OFFSET] = true, [COLUMN_SOURCES] = true, [COLUMN_READER] = true };

	return later[column];
}

static bool
make_columns(struct maker *m, struct err *err)
{
	const struct subject *s = m->subject;

	memcpy(m->column, s->column, sizeof(m->column));
	if (!digest_of_text(m->subject, err) || !make_id(m, err))
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
	struct buf *out, struct err *err)
{
	struct maker m = { .subject = subject, .result = result, .rule = ruleset_rule(rules, result->rule) };
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

/* --- reading --- */

static bool
is_number(struct slice text)
{
	uint64_t number;

	return slice_to_u64(text, &number) && text.ptr[text.len - 1] <= '9' && text.len <= 20 &&
		(text.len < 2 || text.ptr[1] <= '9');
}

static bool
is_list(struct slice text, bool numbers)
{
	struct slice item;

	if (text.len && text.ptr[text.len - 1] != 0)
		return false;
	text = slice_sub(text, 0, text.len - (text.len > 0));
	while (numbers && slice_split(&text, 0, &item))
		if (!is_number(item))
			return false;
	return true;
}

/* What a sink may rely on without looking: numbers are digits, lists end.  No time is sent as text. */
static bool
column_is_sound(enum column_kind kind, struct slice text)
{
	if (text.len == 0)
		return true;
	switch (kind) {
	case COLUMN_KIND_TEXT:
		return true;
	case COLUMN_KIND_NUMBER:
		return is_number(text);
	case COLUMN_KIND_TIME:
		return false;
	case COLUMN_KIND_LIST:
		return is_list(text, false);
	case COLUMN_KIND_NUMBERS:
		return is_list(text, true);
	}
	return false;
}

static bool
take_columns(struct cursor *in, struct finding *f)
{
	uint64_t there = cursor_u64le(in);

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (!(there >> i & 1))
			continue;
		if (is_made_later((enum column)i))
			return false;
		f->column[i] = cursor_counted(in);
		if (!column_is_sound(columns[i].kind, f->column[i]))
			return false;
	}
	return !in->bad && there >> COLUMN_COUNT == 0;
}

/* Each take_ function: false with *nomem set when the arena is empty, without when the bytes are not sound. */
static bool
take_parts(struct cursor *in, struct arena *arena, struct finding *f, bool *nomem)
{
	struct subject_part *parts;

	if (!wire_take_count(in, WIRE_PART, &f->part_count))
		return false;
	parts = ARENA_ARRAY(arena, struct subject_part, f->part_count);
	if (!parts) {
		*nomem = true;
		return false;
	}
	for (size_t i = 0; i < f->part_count; i++)
		parts[i] = wire_take_part(in);
	f->parts = parts;
	return true;
}

static bool
take_fields(struct cursor *in, struct arena *arena, struct finding *f, bool *nomem)
{
	struct finding_field *fields;

	if (!wire_take_count(in, FIELD_LEAST, &f->field_count))
		return false;
	fields = ARENA_ARRAY(arena, struct finding_field, f->field_count);
	if (!fields) {
		*nomem = true;
		return false;
	}
	for (size_t i = 0; i < f->field_count; i++) {
		fields[i].null = cursor_u8(in) != 0;
		fields[i].name = cursor_counted(in);
		fields[i].text = cursor_counted(in);
	}
	f->fields = fields;
	return !in->bad;
}

static bool
hit_is_sound(const struct finding *f, const struct finding_hit *hit)
{
	size_t len = LIMIT_RECORD_OUTPUT;

	if (hit->field != UINT32_MAX) {
		if (hit->field >= f->field_count)
			return false;
		len = f->fields[hit->field].text.len;
	}
	return hit->start <= len && hit->len <= len - hit->start;
}

static bool
take_hits(struct cursor *in, struct arena *arena, struct finding *f, bool *nomem)
{
	struct finding_hit *hits;

	if (!wire_take_count(in, HIT_LEAST, &f->hit_count) || f->hit_count > LIMIT_MATCHES)
		return false;
	hits = ARENA_ARRAY(arena, struct finding_hit, f->hit_count);
	if (!hits) {
		*nomem = true;
		return false;
	}
	for (size_t i = 0; i < f->hit_count; i++) {
		hits[i].field = cursor_u32le(in);
		hits[i].name = cursor_counted(in);
		hits[i].start = cursor_u64le(in);
		hits[i].len = cursor_u64le(in);
		if (!hit_is_sound(f, &hits[i]))
			return false;
	}
	f->hits = hits;
	return !in->bad;
}

/* All that stands in front of the parts. */
static bool
take_head(struct cursor *in, struct finding *f)
{
	bool ours = cursor_u8(in) == FINDING_MAGIC;
	uint8_t verdict, lossy;
	struct slice id;

	f->rule = cursor_u32le(in);
	verdict = cursor_u8(in);
	f->time = cursor_u64le(in);
	f->end_time = cursor_u64le(in);
	id = cursor_take(in, ID_LEN);
	f->text_field = cursor_u32le(in);
	lossy = cursor_u8(in);
	if (in->bad || !ours || verdict == VERDICT_NONE || verdict > VERDICT_MATCH || lossy > 1)
		return false;
	f->verdict = (enum verdict)verdict;
	f->text_is_lossy = lossy;
	memcpy(f->id, id.ptr, sizeof(f->id));
	f->column[COLUMN_COMPUTER] = cursor_counted(in);
	f->column[COLUMN_CHANNEL] = cursor_counted(in);
	return !in->bad;
}

static bool
take_finding(struct cursor *in, struct arena *arena, struct finding *f, bool *nomem)
{
	if (!take_head(in, f) || !take_parts(in, arena, f, nomem) || !take_columns(in, f) ||
		!take_fields(in, arena, f, nomem) || !take_hits(in, arena, f, nomem) || in->rest.len)
		return false;
	if (f->text_field == UINT32_MAX)
		return true;
	if (f->text_field >= f->field_count)
		return false;
	f->column[COLUMN_TEXT] = f->fields[f->text_field].text;
	return true;
}

static bool
damaged(const struct cursor *in, struct err *err)
{
	return err_set(err, ERR_FORMAT, in->at, "no finding: the worker's message is damaged");
}

bool
finding_decode(struct slice encoded, struct arena *arena, struct finding *finding, struct err *err)
{
	struct cursor in = cursor_over(encoded, 0);
	bool nomem = false;

	*finding = (struct finding){ 0 };
	if (take_finding(&in, arena, finding, &nomem))
		return true;
	return nomem ? err_nomem(err) : damaged(&in, err);
}

bool
finding_peek(struct slice encoded, struct arena *arena, struct finding *finding, struct err *err)
{
	struct cursor in = cursor_over(encoded, 0);
	bool nomem = false;

	*finding = (struct finding){ 0 };
	if (take_head(&in, finding) && take_parts(&in, arena, finding, &nomem))
		return true;
	return nomem ? err_nomem(err) : damaged(&in, err);
}

/* --- what the rest decides --- */

static void
rule_columns(struct finding *f, const struct rule *rule)
{
	enum rule_level level = rule->level == LEVEL_NONE ? LEVEL_INFORMATIONAL : rule->level;

	f->column[COLUMN_LEVEL] = slice_from_text(rule_level_name(level));
	f->column[COLUMN_VERDICT] = slice_from_text(verdict_name(f->verdict));
	f->column[COLUMN_RULE_TITLE] = rule->title;
	f->column[COLUMN_RULE_ID] = rule->id;
	f->column[COLUMN_RULE_FILE] = rule->file;
	f->column[COLUMN_TACTICS] = rule->tactics;
	f->column[COLUMN_TECHNIQUES] = rule->techniques;
	f->column[COLUMN_VIEW] = rule->kind == RULE_OF_CORRELATION ? SLICE_EMPTY : SLICE("raw");
}

/* "Name: value ¦ ..." over all fields.  A long value is cut here; JSON's Event has it whole. */
static void
append_details(const struct finding *f, struct buf *out)
{
	for (size_t i = 0; i < f->field_count; i++) {
		struct slice text = f->fields[i].text, shown = text;

		if (text.len > LIMIT_DETAIL)
			shown = utf_clip(text, LIMIT_DETAIL);
		if (i)
			buf_append(out, SLICE(BETWEEN));
		buf_append(out, f->fields[i].name);
		buf_append(out, SLICE(": "));
		buf_append(out, shown);
		if (shown.len < text.len)
			buf_append(out, SLICE(ELLIPSIS));
	}
}

/* The first half of the digest, as digits. */
static bool
id_column(struct finding *f, struct arena *arena)
{
	uint8_t whole[DIGEST_LEN] = { 0 };
	char text[DIGEST_TEXT];

	memcpy(whole, f->id, sizeof(f->id));
	digest_text(whole, text);
	return arena_copy(arena, slice_from(text, 2 * ID_LEN), &f->column[COLUMN_FINDING_ID]);
}

bool
finding_complete(struct finding *f, const struct ruleset *rules, struct arena *arena, struct buf *scratch, struct err *err)
{
	rule_columns(f, ruleset_rule(rules, f->rule));
	buf_reset(scratch);
	append_details(f, scratch);
	return (!scratch->failed && arena_copy(arena, buf_view(scratch), &f->column[COLUMN_DETAILS]) &&
		       id_column(f, arena) && parts_columns(f->parts, f->part_count, arena, f->column)) ||
		err_nomem(err);
}

bool
finding_move(uint8_t *encoded, size_t len, uint32_t from, uint32_t to)
{
	struct cursor in = cursor_over(slice_from(encoded, len), 0);
	struct finding f = { 0 };
	size_t count;

	if (!take_head(&in, &f) || !wire_take_count(&in, WIRE_PART, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!wire_move_part(encoded + in.at + i * WIRE_PART, from, to))
			return false;
	return true;
}
