/* SPDX-License-Identifier: Apache-2.0 */
/* One atom against the event at hand: which fields its name leads to, what their texts are without case, and what each kind of
 * atom makes of a text with or without gaps.  What many rules ask (fields of a name, foldings, answers of expressions) is kept
 * for the length of an event. */
#include "src/sigma/evaluate_atom.h"

#include "base/fold.h"

static const struct sigma_field *
first_field(struct evaluator *e, const struct field_name *name, size_t *at, bool *more)
{
	struct lookup *lookup = &e->lookups[name->number];

	if (lookup->round != e->round) {
		size_t peek;

		lookup->round = e->round;
		lookup->at = 0;
		lookup->field = sigma_event_field(e->event, name->name, &lookup->at);
		peek = lookup->at;
		lookup->more = lookup->field && sigma_event_field(e->event, name->name, &peek);
	}
	*at = lookup->at;
	*more = lookup->more;
	return lookup->field;
}

void
evaluator_located(struct evaluator *e, const struct field_name *name, const struct sigma_field *field)
{
	e->lookups[name->number] = (struct lookup){ .round = e->round, .field = field };
}

static const struct sigma_field *
next_field(struct evaluator *e, const struct field_name *name, size_t *at, bool more)
{
	return more ? sigma_event_field(e->event, name->name, at) : NULL;
}

static bool
is_system(const struct sigma_event *event, const struct sigma_field *field)
{
	uintptr_t first = (uintptr_t)event->system, at = (uintptr_t)field;

	return at >= first && at < first + event->system_count * sizeof(*field);
}

static size_t
field_number(const struct sigma_event *event, const struct sigma_field *field)
{
	return is_system(event, field) ? (size_t)(field - event->system) : (size_t)(field - event->fields);
}

/* Each segment is folded for itself, so that the gaps have their place in the folding as well. */
static bool
fold_field(struct evaluator *e, const struct gapped *raw, struct folded *out)
{
	size_t *gaps = ARENA_ARRAY(&e->arena, size_t, raw->gap_count + 1), len = 0;
	uint8_t *bytes = arena_alloc(&e->arena, 1, FOLD_ROOM(raw->text.len) + 1);

	if (!gaps || !bytes)
		return false;
	for (size_t i = 0; i <= raw->gap_count; i++) {
		struct segment s = gapped_segment(raw, i);

		len += fold_write(s.text, bytes + len, &out->moved);
		gaps[i] = len;
		if (i < raw->gap_count && len != raw->gaps[i])
			out->moved = true;
	}
	out->text = (struct gapped){ { bytes, len }, gaps, raw->gap_count };
	return true;
}

static struct gapped
raw_text(const struct sigma_field *field)
{
	return (struct gapped){ field->text, field->gaps, field->gap_count };
}

static const struct folded *
folded_text(struct evaluator *e, const struct sigma_field *field)
{
	size_t number = field_number(e->event, field);
	struct folded *f = &e->folded[is_system(e->event, field) ? e->event->field_count + number : number];
	struct gapped raw = raw_text(field);

	if (f->round == e->round)
		return f;
	*f = (struct folded){ .round = e->round, .text = raw };
	if (!fold_is_plain(field->text) && !fold_field(e, &raw, f))
		e->failed = true;
	return f;
}

/* A range in the folding to the bytes of the text itself. */
static struct text_range
unfold(const struct sigma_field *field, const struct folded *f, struct text_range range)
{
	struct gapped raw = raw_text(field);
	size_t i = 0;

	if (!f->moved)
		return range;
	while (i < f->text.gap_count && f->text.gaps[i] <= range.start)
		i++;
	{
		struct segment s = gapped_segment(&raw, i);
		struct fold_at at = { 0, gapped_segment(&f->text, i).at };
		size_t start;

		fold_walk(s.text, &at, range.start);
		start = at.text;
		fold_walk(s.text, &at, range.start + range.len);
		return (struct text_range){ s.at + start, at.text - start };
	}
}

static enum truth
match_text(struct evaluator *e, const struct pattern *p, const struct sigma_field *field, struct text_range *range)
{
	struct gapped raw = raw_text(field);
	const struct folded *f;
	enum truth truth;

	if (p->cased)
		return pattern_match(p, &raw, range);
	f = folded_text(e, field);
	truth = pattern_match(p, &f->text, range);
	if (truth == TRUTH_TRUE && e->collecting)
		*range = unfold(field, f, *range);
	return truth;
}

static enum truth
run_regex(struct evaluator *e, const struct regex *regex, const struct sigma_field *field, struct text_range *range)
{
	struct gapped raw = raw_text(field);
	enum truth truth = raw.gap_count ? TRUTH_UNKNOWN : TRUTH_FALSE;

	if (e->no_expressions && raw.text.len > LIMIT_REGEX_SHORT_TEXT) {
		e->limit = e->no_expressions;
		return TRUTH_UNKNOWN;
	}
	for (size_t i = 0; i <= raw.gap_count; i++) {
		struct segment s = gapped_segment(&raw, i);
		unsigned edges = (s.open_start ? REGEX_NOT_START : 0u) | (s.open_end ? REGEX_NOT_END : 0u);
		struct regex_range found;
		const char *limit = NULL;

		switch (regex_search(regex, e->regex, s.text, (enum regex_edges)edges, &found, &limit)) {
		case REGEX_MATCH:
			*range = (struct text_range){ s.at + found.start, found.len };
			return TRUTH_TRUE;
		case REGEX_LIMIT:
			e->limit = limit;
			truth = TRUTH_UNKNOWN;
			break;
		case REGEX_NO_MATCH:
			break;
		}
	}
	return truth;
}

static enum truth
match_regex(struct evaluator *e, const struct regex *regex, const struct sigma_field *field, struct text_range *range)
{
	struct said *said = &e->said[((uintptr_t)regex / 64 + (uintptr_t)field / 64) % SAID];
	const char *before = e->limit;

	if (said->round != e->round || said->regex != regex || said->field != field) {
		e->limit = NULL;
		*said = (struct said){ .round = e->round, .regex = regex, .field = field };
		said->truth = run_regex(e, regex, field, range);
		said->range = *range;
		said->limit = e->limit;
	}
	e->limit = said->limit ? said->limit : before;
	*range = said->range;
	return said->truth;
}

static enum truth
truth_of(bool holds)
{
	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth
match_number(const struct atom *atom, const struct sigma_field *field)
{
	struct number number;

	if (field->gap_count)
		return TRUTH_UNKNOWN;
	if (!number_parse(field->text, &number))
		return TRUTH_FALSE;
	return truth_of(number_compares(&number, atom->comparison, &atom->is.number));
}

static enum truth
match_time(const struct atom *atom, const struct sigma_field *field)
{
	struct number number = { 0 };

	if (field->gap_count)
		return TRUTH_UNKNOWN;
	if (!time_part_of(field->text, atom->is.time.part, &number.magnitude))
		return TRUTH_FALSE;
	return truth_of(number_compares(&number, atom->comparison, &atom->is.time.number));
}

static enum truth
match_cidr(const struct atom *atom, const struct sigma_field *field)
{
	if (field->gap_count)
		return TRUTH_UNKNOWN;
	return truth_of(cidr_contains(&atom->is.cidr, field->text));
}

static bool
compare_texts(const struct field_ref *ref, struct slice text, struct slice other)
{
	if (ref->front && ref->back)
		return slice_find(text, other, 0) != SIZE_MAX;
	if (ref->front)
		return slice_ends_with(text, other);
	return ref->back ? slice_starts_with(text, other) : slice_eq(text, other);
}

static enum truth
match_ref(struct evaluator *e, const struct field_ref *ref, const struct sigma_field *field)
{
	enum truth truth = TRUTH_FALSE;
	bool more;
	size_t at;

	for (const struct sigma_field *other = first_field(e, &ref->field, &at, &more); other;
		other = next_field(e, &ref->field, &at, more)) {
		struct slice a = ref->cased ? field->text : folded_text(e, field)->text.text;
		struct slice b = ref->cased ? other->text : folded_text(e, other)->text.text;

		if (other->null)
			continue;
		if (field->gap_count || other->gap_count)
			truth = TRUTH_UNKNOWN;
		else if (compare_texts(ref, a, b))
			return TRUTH_TRUE;
	}
	return truth;
}

/* The atom against one field that is there. */
static enum truth
atom_on_field(struct evaluator *e, const struct atom *atom, const struct sigma_field *field, struct text_range *range)
{
	*range = (struct text_range){ 0, field->text.len };
	if (field->null)
		return atom->kind == ATOM_NULL ? TRUTH_TRUE : TRUTH_FALSE;
	switch (atom->kind) {
	case ATOM_TEXT:
		return match_text(e, &atom->is.pattern, field, range);
	case ATOM_REGEX:
		return match_regex(e, atom->is.regex, field, range);
	case ATOM_NUMBER:
		return match_number(atom, field);
	case ATOM_TIME:
		return match_time(atom, field);
	case ATOM_CIDR:
		return match_cidr(atom, field);
	case ATOM_FIELDREF:
		return match_ref(e, &atom->is.ref, field);
	case ATOM_NULL:
	case ATOM_EXISTS:
		break;
	}
	return TRUTH_FALSE;
}

static void
push_hit(struct evaluator *e, const struct sigma_field *field, struct text_range range)
{
	if (range.len == 0 || e->hit_count == LIMIT_MATCHES)
		return;
	e->hits[e->hit_count++] = (struct sigma_hit){ .field = (uint32_t)field_number(e->event, field),
		.is_system = is_system(e->event, field), .start = range.start, .len = range.len };
}

static void
add_hit(struct evaluator *e, const struct atom *atom, const struct sigma_field *field, struct text_range range)
{
	bool system = is_system(e->event, field);

	if (e->negative)
		return;
	if (!system && (atom->kind == ATOM_REGEX || (atom->kind == ATOM_TEXT && !pattern_is_all(&atom->is.pattern))))
		e->text_found = true;
	push_hit(e, field, range);
}

/* Several fields of a name: one that matches is enough. */
static enum truth
add_field(struct evaluator *e, const struct atom *atom, const struct sigma_field *field, enum truth so_far)
{
	struct text_range range;
	enum truth truth = atom_on_field(e, atom, field, &range);

	if (truth == TRUTH_UNKNOWN && e->unknown_is_false)
		truth = TRUTH_FALSE;
	if (truth == TRUTH_TRUE && e->collecting)
		add_hit(e, atom, field, range);
	return truth > so_far ? truth : so_far;
}

static enum truth
eval_keyword(struct evaluator *e, const struct atom *atom)
{
	const struct sigma_event *event = e->event;
	enum truth truth = TRUTH_FALSE;

	for (size_t i = 0; i < event->field_count && (truth < TRUTH_TRUE || e->collecting); i++)
		truth = add_field(e, atom, &event->fields[i], truth);
	for (size_t i = 0; i < event->system_count && (truth < TRUTH_TRUE || e->collecting); i++)
		truth = add_field(e, atom, &event->system[i], truth);
	return truth;
}

enum truth
atom_search(struct evaluator *e, const struct field_name *name, const struct atom *atom)
{
	enum truth truth = TRUTH_FALSE;
	const struct sigma_field *field;
	bool more;
	size_t at;

	if (name->name.len == 0)
		return eval_keyword(e, atom);
	field = first_field(e, name, &at, &more);
	if (atom->kind == ATOM_EXISTS)
		return (field != NULL) == atom->is.exists ? TRUTH_TRUE : TRUTH_FALSE;
	if (!field)
		return atom->kind == ATOM_NULL ? TRUTH_TRUE : TRUTH_FALSE;
	for (; field && (truth < TRUTH_TRUE || e->collecting); field = next_field(e, name, &at, more))
		truth = add_field(e, atom, field, truth);
	return truth;
}

enum truth
evaluator_atom(struct evaluator *e, const struct field_name *name, const struct atom *atom)
{
	e->unknown_is_false = false;
	e->collecting = false;
	e->limit = NULL;
	return atom_truth(e, name, atom);
}

static enum truth
missing_on_field(struct evaluator *e, const struct atom *atom, const struct sigma_field *field)
{
	struct gapped raw = raw_text(field);

	if (field->null || field->gap_count == 0)
		return TRUTH_FALSE;
	if (atom->kind != ATOM_TEXT)
		return TRUTH_UNKNOWN;
	return pattern_is_impossible(&atom->is.pattern, atom->is.pattern.cased ? &raw : &folded_text(e, field)->text)
		? TRUTH_FALSE : TRUTH_UNKNOWN;
}

static enum truth
keyword_missing(struct evaluator *e, const struct atom *atom)
{
	enum truth truth = TRUTH_FALSE;

	for (size_t i = 0; i < e->event->field_count && truth == TRUTH_FALSE; i++)
		truth = missing_on_field(e, atom, &e->event->fields[i]);
	for (size_t i = 0; i < e->event->system_count && truth == TRUTH_FALSE; i++)
		truth = missing_on_field(e, atom, &e->event->system[i]);
	return truth;
}

enum truth
evaluator_missing(struct evaluator *e, const struct field_name *name, const struct atom *atom)
{
	enum truth truth = TRUTH_FALSE;
	const struct sigma_field *field;
	bool more;
	size_t at;

	if (name->name.len == 0)
		return keyword_missing(e, atom);
	for (field = first_field(e, name, &at, &more); field && truth == TRUTH_FALSE;
		field = next_field(e, name, &at, more))
		truth = missing_on_field(e, atom, field);
	return truth;
}

struct slice
atom_only_text(struct evaluator *e, const struct field_name *name)
{
	const struct lookup *lookup = &e->lookups[name->number];
	bool known = name->name.len && lookup->round == e->round && !lookup->more;

	if (!known || !lookup->field || lookup->field->null || lookup->field->gap_count)
		return SLICE_EMPTY;
	return folded_text(e, lookup->field)->text.text;
}

void
evaluator_collect_whole(struct evaluator *e, const struct sigma_field *field)
{
	if (!e->negative)
		push_hit(e, field, (struct text_range){ 0, field->text.len });
}
