/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/finding.h"

#include "base/limits.h"
#include "base/utf.h"
#include "src/lib/digest.h"
#include "src/subject/draft.h"
#include "src/subject/finding_wire.h"
#include "src/subject/wire.h"

/* Between the items of a list that is shown as one text. */
#define BETWEEN " \xC2\xA6 "

const char *
verdict_name(enum verdict verdict)
{
	static const char *const names[] = { [VERDICT_NONE] = "", [VERDICT_UNDECIDED] = "undecided",
		[VERDICT_MATCH_ON_PARTIAL] = "match-on-partial", [VERDICT_MATCH] = "match" };

	return (size_t)verdict < ARRAY_LEN(names) ? names[verdict] : "";
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
