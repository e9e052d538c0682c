/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/correlated.h"

#include "base/fold.h"
#include "base/limits.h"
#include "base/utf.h"
#include "src/lib/digest.h"
#include "src/subject/draft.h"
#include "src/subject/wire.h"

enum { INPUT_MAGIC = 'C', COMPUTERS_LISTED = 16, RULES_FIELD = 1, OWN_FIELDS = 4 };

/* ---- inputs ---- */

static struct slice
field_name(const struct correlation_field *field, uint32_t member)
{
	return field->by_member ? field->by_member[member] : field->name;
}

/* The first field of that name that has a value; NULL: none. */
static const struct sigma_field *
find_field(const struct sigma_event *event, struct slice name)
{
	const struct sigma_field *field;
	size_t at = 0;

	while ((field = sigma_event_field(event, name, &at)))
		if (!field->null)
			return field;
	return NULL;
}

/* One value of a tuple: that it is there, and without case. */
static void
append_value(struct buf *tuple, const struct sigma_field *field)
{
	size_t begin;

	buf_u8(tuple, field != NULL);
	if (!field)
		return;
	begin = tuple->len;
	fold_append(tuple, field->text);
	/* the length behind the text keeps tuples apart as well as one in front would */
	buf_u64le(tuple, tuple->len - begin);
}

static bool
short_digest(struct slice bytes, uint8_t out[static WINDOW_KEY])
{
	uint8_t digest[DIGEST_LEN];

	if (!digest_sha256(bytes, digest))
		return false;
	memcpy(out, digest, WINDOW_KEY);
	return true;
}

struct making {
	const struct subject *subject;
	const struct correlation *c;
	uint32_t member;
	struct buf *tuple;
	uint8_t group[WINDOW_KEY], value[WINDOW_KEY];
	bool has_value;
};

static bool
make_group(struct making *m)
{
	buf_reset(m->tuple);
	for (size_t i = 0; i < m->c->group_count; i++)
		append_value(m->tuple, find_field(&m->subject->event, field_name(&m->c->group[i], m->member)));
	return !m->tuple->failed && short_digest(buf_view(m->tuple), m->group);
}

static bool
make_value(struct making *m)
{
	const struct sigma_field *field = NULL;
	quantity number;

	m->has_value = !correlation_needs_value(m->c);
	buf_reset(m->tuple);
	for (size_t i = 0; i < m->c->value_count; i++) {
		field = find_field(&m->subject->event, field_name(&m->c->values[i], m->member));
		append_value(m->tuple, field);
		m->has_value = m->has_value || field;
	}
	if (correlation_needs_number(m->c)) {
		m->has_value = field && quantity_parse(field->text, &number);
		if (m->has_value)
			quantity_encode(number, m->value);
		return true;
	}
	return !m->tuple->failed && (m->c->value_count == 0 || short_digest(buf_view(m->tuple), m->value));
}

static void
put_input(const struct making *m, struct rule_feed feed, uint64_t time, enum verdict verdict, const uint8_t *origin,
	struct buf *out)
{
	static const uint8_t none[WINDOW_KEY];
	const struct subject *s = m->subject;
	size_t parts = s->part_count < LIMIT_CORRELATION_PARTS ? s->part_count : LIMIT_CORRELATION_PARTS;

	buf_u8(out, INPUT_MAGIC);
	buf_u32le(out, feed.correlation);
	buf_u32le(out, feed.member);
	buf_u64le(out, time);
	buf_u8(out, (uint8_t)verdict);
	buf_u8(out, m->has_value);
	buf_u8(out, parts < s->part_count);
	buf_append(out, slice_from(origin ? origin : none, WINDOW_KEY));
	buf_append(out, slice_from(m->group, WINDOW_KEY));
	buf_append(out, slice_from(m->value, WINDOW_KEY));
	buf_u32le(out, s->event.event_id);
	buf_counted(out, s->column[COLUMN_COMPUTER]);
	buf_counted(out, s->column[COLUMN_CHANNEL]);
	buf_counted(out, s->column[COLUMN_PROVIDER]);
	for (size_t i = 0; i < m->c->group_count; i++) {
		const struct sigma_field *field = find_field(&s->event, field_name(&m->c->group[i], m->member));

		buf_u8(out, field != NULL);
		buf_counted(out, field ? utf_clip(slice_sub(field->text, 0, 4 * LIMIT_CORRELATION_TEXT),
			LIMIT_CORRELATION_TEXT) : SLICE_EMPTY);
	}
	buf_u32le(out, (uint32_t)parts);
	for (size_t i = 0; i < parts; i++)
		wire_put_part(out, &s->parts[i]);
}

bool
correlated_input_encode(const struct subject *subject, struct rule_feed feed, uint64_t time, enum verdict verdict,
	const uint8_t *origin, const struct ruleset *rules, struct buf *scratch, struct buf *out, struct err *err)
{
	struct making m = { .subject = subject, .c = ruleset_rule(rules, feed.correlation)->correlation,
		.member = feed.member, .tuple = scratch };

	if (!make_group(&m) || !make_value(&m))
		return err_nomem(err);
	put_input(&m, feed, time, verdict, origin, out);
	return !out->failed || err_nomem(err);
}

static bool
take_key(struct cursor *in, uint8_t out[static WINDOW_KEY])
{
	struct slice bytes = cursor_take(in, WINDOW_KEY);

	if (bytes.len)
		memcpy(out, bytes.ptr, WINDOW_KEY);
	return !in->bad;
}

static bool
feed_is_sound(const struct ruleset *rules, struct rule_feed feed)
{
	const struct rule *rule;

	if (feed.correlation >= ruleset_count(rules))
		return false;
	rule = ruleset_rule(rules, feed.correlation);
	return rule->state == RULE_CORRELATION && feed.member < rule->correlation->member_count;
}

static bool
take_group_values(struct cursor *in, size_t count, struct slice *out)
{
	struct slice rest = in->rest;

	for (size_t i = 0; i < count; i++) {
		cursor_u8(in);
		cursor_counted(in);
	}
	*out = slice_sub(rest, 0, rest.len - in->rest.len);
	return !in->bad;
}

bool
correlated_input_decode(struct cursor *in, const struct ruleset *rules, struct correlated_input *input)
{
	bool ours = cursor_u8(in) == INPUT_MAGIC;
	uint8_t verdict;

	*input = (struct correlated_input){ 0 };
	input->feed.correlation = cursor_u32le(in);
	input->feed.member = cursor_u32le(in);
	input->time = cursor_u64le(in);
	verdict = cursor_u8(in);
	input->has_value = cursor_u8(in);
	input->parts_cut = cursor_u8(in);
	if (!take_key(in, input->origin) || !take_key(in, input->group) || !take_key(in, input->value))
		return false;
	input->event_id = cursor_u32le(in);
	input->computer = cursor_counted(in);
	input->channel = cursor_counted(in);
	input->provider = cursor_counted(in);
	if (in->bad || !ours || (verdict != VERDICT_MATCH && verdict != VERDICT_MATCH_ON_PARTIAL) ||
		!feed_is_sound(rules, input->feed))
		return false;
	input->verdict = (enum verdict)verdict;
	if (!take_group_values(in, ruleset_rule(rules, input->feed.correlation)->correlation->group_count,
		    &input->group_values) || !wire_take_count(in, WIRE_PART, &input->part_count))
		return false;
	input->parts = cursor_take(in, input->part_count * WIRE_PART);
	return !in->bad && input->part_count > 0 && input->part_count <= LIMIT_CORRELATION_PARTS;
}

struct subject_part
correlated_input_part(const struct correlated_input *input, size_t i)
{
	struct cursor in = cursor_over(slice_sub(input->parts, i * WIRE_PART, WIRE_PART), 0);

	return wire_take_part(&in);
}

bool
correlated_input_move(uint8_t *encoded, size_t len, const struct ruleset *rules, uint32_t from, uint32_t to)
{
	struct cursor in = cursor_over(slice_from(encoded, len), 0);
	struct correlated_input input;

	if (!correlated_input_decode(&in, rules, &input) || in.rest.len)
		return false;
	for (size_t i = 0; i < input.part_count; i++)
		if (!wire_move_part(encoded + (input.parts.ptr - encoded) + i * WIRE_PART, from, to))
			return false;
	return true;
}

/* ---- fired windows ---- */

struct summing {
	const struct ruleset *rules;
	const struct rule *rule;
	const struct window_fired *fired;
	struct arena *arena;
	struct record_system system;  /* what all events share */
	bool one_computer, one_channel, one_provider, one_id, parts_cut;
	struct slice computers[COMPUTERS_LISTED];
	size_t computer_count;
	bool more_computers;
	struct subject_part *parts;
	size_t part_count;
	enum verdict verdict;
	struct slice group_values;
	struct record_field *fields;
	size_t field_count;
};

static struct cursor
inputs_of(const struct summing *s, size_t hit)
{
	return cursor_over(slice_from(s->fired->bytes + s->fired->hits[hit].at, s->fired->hits[hit].len), 0);
}

/* The next input of a hit: false at the end. */
static bool
next_input(const struct summing *s, struct cursor *in, struct correlated_input *input)
{
	struct cursor one;

	if (in->bad || in->rest.len == 0)
		return false;
	one = cursor_over(cursor_counted(in), 0);
	return correlated_input_decode(&one, s->rules, input);
}

static void
note_computer(struct summing *s, struct slice computer)
{
	for (size_t i = 0; i < s->computer_count; i++)
		if (slice_eq_nocase(s->computers[i], computer))
			return;
	if (s->computer_count < COMPUTERS_LISTED)
		s->computers[s->computer_count++] = computer;
	else
		s->more_computers = true;
}

static void
note_shared(struct summing *s, const struct correlated_input *input, bool first)
{
	if (first) {
		s->system = (struct record_system){ .computer = input->computer, .channel = input->channel,
			.provider = input->provider, .event_id = input->event_id };
		s->group_values = input->group_values;
		s->one_computer = s->one_channel = s->one_provider = s->one_id = true;
		s->verdict = VERDICT_MATCH;
	}
	s->one_computer = s->one_computer && slice_eq_nocase(s->system.computer, input->computer);
	s->one_channel = s->one_channel && slice_eq(s->system.channel, input->channel);
	s->one_provider = s->one_provider && slice_eq(s->system.provider, input->provider);
	s->one_id = s->one_id && s->system.event_id == input->event_id;
	s->parts_cut = s->parts_cut || input->parts_cut;
	if (input->verdict == VERDICT_MATCH_ON_PARTIAL)
		s->verdict = VERDICT_MATCH_ON_PARTIAL;
	note_computer(s, input->computer);
}

/* Part i of a hit and its copies get one number, so that they are one record that lies in several places. */
static void
add_part(struct summing *s, size_t hit, size_t i, uint32_t number)
{
	struct cursor in = inputs_of(s, hit);
	struct correlated_input input;

	while (s->part_count < LIMIT_RECORD_IDS && next_input(s, &in, &input)) {
		struct subject_part *part = &s->parts[s->part_count];

		if (i >= input.part_count)
			continue;
		*part = correlated_input_part(&input, i);
		part->number = number;
		s->part_count++;
	}
}

/* Where one input lists a record and then copies of it (a block's part, an event of an inner correlation), these share
 * their number there. */
static bool
is_copy(const struct correlated_input *input, size_t i)
{
	return i > 0 && correlated_input_part(input, i).number == correlated_input_part(input, i - 1).number;
}

/* A first walk for what all share and for the number of parts, a second one for the parts: each record gets a number of
 * its own, and its copies the same. */
static bool
sum_up(struct summing *s)
{
	struct correlated_input input = { 0 };
	size_t parts = 0;
	uint32_t number = 0;

	for (size_t i = 0; i < s->fired->count; i++) {
		struct cursor in = inputs_of(s, i);
		bool first = true;

		for (; next_input(s, &in, &input); first = false) {
			if (first)
				note_shared(s, &input, i == 0);
			parts += input.part_count;
		}
	}
	s->parts_cut = s->parts_cut || parts > LIMIT_RECORD_IDS;
	s->parts = ARENA_ARRAY(s->arena, struct subject_part, parts < LIMIT_RECORD_IDS ? parts + 1 : LIMIT_RECORD_IDS);
	if (!s->parts)
		return false;
	for (size_t i = 0; i < s->fired->count && s->part_count < LIMIT_RECORD_IDS; i++) {
		struct cursor in = inputs_of(s, i);

		if (!next_input(s, &in, &input))
			continue;
		for (size_t k = 0; k < input.part_count; k++)
			add_part(s, i, k, number += !is_copy(&input, k));
	}
	return true;
}

/* A field of the finding whose text lies in `text`, copied. */
static bool
add_field(struct summing *s, const char *name, struct buf *text)
{
	struct record_field *field = &s->fields[s->field_count++];

	field->name = slice_from_text(name);
	if (text->failed || !arena_copy(s->arena, buf_view(text), &field->text))
		return false;
	buf_reset(text);
	return true;
}

/* "Logon failed (10), Logon (1)" */
static bool
rules_field(struct summing *s, struct buf *text)
{
	const struct correlation *c = s->rule->correlation;
	uint32_t *counts = ARENA_ARRAY(s->arena, uint32_t, c->member_count);

	if (!counts)
		return false;
	for (size_t i = 0; i < s->fired->count; i++)
		counts[s->fired->hits[i].member]++;
	for (size_t i = 0; i < c->member_count; i++) {
		if (!counts[i])
			continue;
		if (text->len)
			buf_append_text(text, ", ");
		buf_append(text, ruleset_rule(s->rules, c->members[i].rule)->title);
		buf_printf(text, " (%u)", counts[i]);
	}
	return add_field(s, "Rules", text);
}

static bool
computers_field(struct summing *s, struct buf *text)
{
	for (size_t i = 0; i < s->computer_count; i++) {
		if (i)
			buf_append_text(text, ", ");
		buf_append(text, s->computers[i]);
	}
	if (s->more_computers)
		buf_append_text(text, ", \xE2\x80\xA6");
	return add_field(s, "Computers", text);
}

static void
group_fields(struct summing *s)
{
	const struct correlation *c = s->rule->correlation;
	struct cursor in = cursor_over(s->group_values, 0);

	for (size_t i = 0; i < c->group_count; i++) {
		struct record_field *field = &s->fields[s->field_count++];

		field->name = c->group[i].name;
		field->null = !cursor_u8(&in);
		field->text = cursor_counted(&in);
	}
}

static bool
make_fields(struct summing *s)
{
	const struct correlation *c = s->rule->correlation;
	char number[QUANTITY_TEXT];
	struct buf text;
	bool fine;

	s->fields = ARENA_ARRAY(s->arena, struct record_field, c->group_count + OWN_FIELDS);
	if (!s->fields)
		return false;
	buf_init(&text, 1 << 20);
	buf_printf(&text, "%zu", s->fired->count);
	fine = add_field(s, "EventCount", &text) && rules_field(s, &text);
	if (fine && correlation_needs_value(c)) {
		quantity_text(s->fired->measure, number);
		buf_append_text(&text, number);
		fine = add_field(s, "Value", &text);
	}
	if (fine && s->computer_count > 1)
		fine = computers_field(s, &text);
	buf_fini(&text);
	group_fields(s);
	return fine;
}

bool
correlated_subject(const struct ruleset *rules, size_t rule, const struct window_fired *fired, struct arena *arena,
	struct subject *subject, enum verdict *verdict, struct err *err)
{
	struct summing s = { .rules = rules, .rule = ruleset_rule(rules, rule), .fired = fired, .arena = arena };
	struct draft draft;

	if (!sum_up(&s) || !make_fields(&s))
		return err_nomem(err);
	draft_init(&draft, arena, subject, s.fields, s.field_count);
	s.system.computer = s.one_computer ? s.system.computer : SLICE_EMPTY;
	s.system.channel = s.one_channel ? s.system.channel : SLICE_EMPTY;
	s.system.provider = s.one_provider ? s.system.provider : SLICE_EMPTY;
	s.system.event_id = s.one_id ? s.system.event_id : 0;
	s.system.has.event_id = s.one_id && s.system.event_id;
	draft_system(&draft, &s.system, true);
	if (s.parts_cut)
		draft_flag(&draft, SLICE("record-ids-cut"));
	subject->kind = SUBJECT_RECORD;
	subject->text_field = RULES_FIELD;
	subject->parts = s.parts;
	subject->part_count = s.part_count;
	*verdict = s.verdict;
	return draft_finish(&draft, err);
}
