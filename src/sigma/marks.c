/* SPDX-License-Identifier: Apache-2.0 */
/* From an event's texts to marks on items, and from there to the rules worth a look.  With a memory, each field first
 * comes down to the number of a list of items, and the row of these numbers may be known already. */
#include "src/sigma/match_state.h"

#include "base/same.h"

/* Numbers of lists that no text yields. */
#define ROW_ABSENT(field) (0x80000000u | (field) << 1)
#define ROW_NULL(field) (0x80000001u | (field) << 1)
#define ROW_COUNT(count) (0xC0000000u | (count)) /* of several texts of a field */
#define ROW_NOTHING 0xC0000000u /* a list without entries */

static void
open_gates(struct matcher *m, uint32_t item)
{
	const struct plan *p = m->plan;

	for (uint32_t i = p->gate_starts[item]; i < p->gate_starts[item + 1]; i++) {
		const struct plan_gate *gate = &p->gates[i];

		if (!bit_is_set(m->class->groups, gate->group))
			continue;
		for (uint32_t k = 0; k < gate->count; k++)
			bit_set(m->candidates, p->gate_rules[gate->first + k]);
	}
}

static void
mark_entries(struct matcher *m, const uint32_t *entries, size_t count, bool gates)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t item = entries[i] >> 1;
		enum mark now = mark_of(m, item), next = entries[i] & 1 ? MARK_MAYBE : MARK_TRUE;

		if (now >= next)
			continue;
		m->marks[item] = m->mark_round << MARK_BITS | next;
		if (gates && now == MARK_NONE)
			open_gates(m, item);
	}
}

/* Adds what one text yields to the probe's list. */
static void
probe_field(struct matcher *m, const struct field_index *index, const struct sigma_field *field)
{
	struct gapped text = { field->text, field->gaps, field->gap_count };

	if (field->null) {
		probe_add(&m->probe, &index->null);
		return;
	}
	for (size_t i = 0; i <= text.gap_count; i++) {
		struct segment segment = gapped_segment(&text, i);

		field_index_probe(index, m->plan->atoms, m->plan->atom_items, &m->probe, &segment);
	}
}

static bool
any_may(const struct literal_hop *hop, const struct sigma_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(fields[i].plain && hop->of_words) && literal_hop_may(hop, fields[i].text))
			return true;
	return false;
}

static bool
event_may(const struct literal_hop *hop, const struct sigma_event *event)
{
	return any_may(hop, event->fields, event->field_count) || any_may(hop, event->system, event->system_count);
}

static inline void
copy_text(uint8_t *to, struct slice text)
{
	if (text.len >= 16) {
		for (size_t i = 0; i + 16 <= text.len; i += 16)
			memcpy(to + i, text.ptr + i, 16);
		memcpy(to + text.len - 16, text.ptr + text.len - 16, 16);
	} else if (text.len >= 8) {
		memcpy(to, text.ptr, 8);
		memcpy(to + text.len - 8, text.ptr + text.len - 8, 8);
	} else {
		for (size_t i = 0; i < text.len; i++)
			to[i] = text.ptr[i];
	}
}

static inline bool
is_same_slice(struct slice a, struct slice b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

/* What the class knows of its names need not be asked again. */
static inline bool
is_quiet_name(const struct matcher *m, struct slice text)
{
	return m->class->names_quiet && (is_same_slice(text, m->event->channel) || is_same_slice(text, m->event->provider));
}

/* Computer and ComputerName are one text: `last` is the one before. */
static inline void
add_word(struct matcher *m, struct slice text, struct slice *last)
{
	uint8_t *room;

	if (text.len == 0 || is_same_slice(text, *last) || is_quiet_name(m, text))
		return;
	*last = text;
	room = buf_room(&m->words, text.len + 1);
	if (!room)
		return;
	copy_text(room, text);
	room[text.len] = 0;
	m->words.len += text.len + 1;
}

static void
add_words(struct matcher *m, const struct sigma_field *fields, size_t count)
{
	struct slice last = SLICE_EMPTY;

	for (size_t i = 0; i < count; i++)
		if (!fields[i].plain)
			add_word(m, fields[i].text, &last);
}

/* The same by the layout, but for texts that are known to be quiet. */
static void
add_new_words(struct matcher *m)
{
	const struct layout *l = m->layout;
	struct slice last = SLICE_EMPTY;

	for (size_t i = 0; i < l->wordy_count; i++)
		if (l->quiet[l->wordy[i]] != m->evaluator.round)
			add_word(m, layout_field(m->event, l->wordy[i])->text, &last);
}

/* The event's texts one behind the other, but for plain ones: most are short, and one walk over all is much less work than
 * a walk over each. */
static struct slice
words_of_event(struct matcher *m)
{
	if (m->words_round != m->evaluator.round) {
		m->words_round = m->evaluator.round;
		buf_reset(&m->words);
		if (m->rowed) {
			add_new_words(m);
		} else {
			add_words(m, m->event->fields, m->event->field_count);
			add_words(m, m->event->system, m->event->system_count);
		}
		m->probe.failed |= m->words.failed;
	}
	return buf_view(&m->words);
}

/* No keyword stands in any text of the event: those that it was not known of are quiet for the class. */
static void
keep_quiet(struct matcher *m)
{
	struct layout *l = m->layout;

	for (size_t i = 0; i < l->changed_count; i++) {
		uint32_t at = l->changed[i];

		if (layout_field(m->event, l->places[at])->text.len <= LAYOUT_RECENT)
			l->recent[at].quiet = true;
		if (l->keys[at].round == m->evaluator.round)
			memory_mark_value(m->memory, &l->keys[at].key, m->class->serial);
	}
	l->changed_count = 0;
}

/* May any keyword of the field stand in the event?  A hop over all keywords of the class is asked once an event. */
static bool
keywords_may(struct matcher *m, const struct plan_field *keywords)
{
	const struct literal_hop *hop = class_hop(m->plan, m->class, keywords);
	bool is_all = hop == &m->plan->hop || m->class->keyword_count == 1, may;

	if (is_all && m->hop_round == m->evaluator.round)
		return m->hop_may;
	may = hop->of_words ? literal_hop_may(hop, words_of_event(m)) : event_may(hop, m->event);
	if (is_all) {
		m->hop_round = m->evaluator.round;
		m->hop_may = may;
		if (!may && m->rowed && m->class->one_hop)
			keep_quiet(m);
	}
	return may;
}

bool
marks_words_may(struct matcher *m)
{
	for (size_t i = 0; i < m->class->keyword_count; i++)
		if (keywords_may(m, &m->plan->fields[m->class->keywords[i]]))
			return true;
	return false;
}

/* All texts of the event, for keywords. */
static void
probe_all(struct matcher *m, const struct plan_field *keywords)
{
	const struct field_index *index = &keywords->index;
	size_t count = m->event->field_count + m->event->system_count;

	m->sifted[keywords - m->plan->fields] = m->evaluator.round;
	if (index->any.count + index->null.count == 0) {
		if (!keywords_may(m, keywords))
			return;
		/* What was found may be another field's. */
		if (index->hop.of_words && !literal_hop_may(&index->hop, words_of_event(m)))
			return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct sigma_field *field = layout_field(m->event, (uint32_t)i);

		if (literal_hop_may(&index->hop, field->text))
			probe_field(m, index, field);
		else
			probe_add(&m->probe, field->null ? &index->null : &index->any);
	}
}

static void
mark_directly(struct matcher *m)
{
	const struct class *class = m->class;

	for (size_t i = 0; i < class->field_count; i++) {
		const struct field_index *index = &m->plan->fields[class->fields[i]].index;
		uint32_t at = m->layout->starts[i], end = m->layout->starts[i + 1];

		if (at == end) {
			mark_entries(m, index->absent.entries, index->absent.count, true);
			continue;
		}
		for (; at < end; at++)
			probe_field(m, index, layout_field(m->event, m->layout->places[at]));
		m->sifted[class->fields[i]] = m->evaluator.round;
		probe_end(&m->probe);
		mark_entries(m, m->probe.entries, m->probe.count, true);
	}
	for (size_t i = 0; i < class->keyword_count; i++) {
		probe_all(m, &m->plan->fields[class->keywords[i]]);
		probe_end(&m->probe);
		mark_entries(m, m->probe.entries, m->probe.count, true);
	}
}

static void
begin_marks(struct matcher *m, bool gates)
{
	m->round++;
	if (++m->mark_round == UINT32_MAX >> MARK_BITS) {
		memset(m->marks, 0, m->plan->item_count * sizeof(*m->marks));
		m->mark_round = 1;
	}
	if (gates)
		memcpy(m->candidates, m->class->always, bit_words(m->set->count) * sizeof(*m->candidates));
}

static void
add_verdict(struct matcher *m, uint32_t rule)
{
	enum truth truth = judge(m, rule, JUDGE_QUICK);

	if (truth != TRUTH_FALSE)
		buf_append(&m->verdicts, slice_from(&(uint32_t){ rule << 1 | (truth == TRUTH_UNKNOWN) }, sizeof(uint32_t)));
}

/* Judges the rules whose gate opened, in order; with a gap somewhere, all of the class. */
static void
judge_candidates(struct matcher *m)
{
	const uint64_t *which = m->gapped ? m->class->active : m->candidates;

	for (size_t word = 0; word < bit_words(m->set->count); word++)
		for (uint64_t bits = which[word] & m->class->active[word]; bits; bits &= bits - 1)
			add_verdict(m, (uint32_t)(word * 64 + (size_t)__builtin_ctzll(bits)));
}

static uint32_t
intern_probe(struct matcher *m)
{
	probe_end(&m->probe);
	return m->probe.count == 0 ? ROW_NOTHING : memory_intern(m->memory, m->probe.entries, m->probe.count);
}

/* Of the text at layout->places[at]: it is known to be quiet, or will be when the event turns out to be. */
static void
tell_quiet(struct matcher *m, uint32_t at, bool quiet)
{
	struct layout *layout = m->layout;

	layout->quiet[layout->places[at]] = quiet ? m->evaluator.round : 0;
	if (!quiet)
		layout->changed[layout->changed_count++] = at;
}

static uint32_t
list_of_text(struct matcher *m, uint32_t number, uint32_t at)
{
	const struct sigma_field *field = layout_field(m->event, m->layout->places[at]);
	struct keyed_hash key;
	uint32_t list, mark;

	if (field->null)
		return ROW_NULL(number);
	key = text_key(m, number, at);
	list = memory_value(m->memory, &key, &mark);
	tell_quiet(m, at, mark == m->class->serial);
	if (list != MEMORY_NONE)
		return list;
	probe_field(m, &m->plan->fields[number].index, field);
	m->probed++;
	list = intern_probe(m);
	if (list != MEMORY_NONE)
		memory_add_value(m->memory, &key, list);
	return list;
}

static uint32_t
list_at(struct matcher *m, uint32_t number, uint32_t at)
{
	const struct layout *layout = m->layout;
	const struct sigma_field *field = layout_field(m->event, layout->places[at]);
	struct layout_recent *recent = &layout->recent[at];
	uint32_t generation = memory_generation(m->memory), list;

	if (field->null || field->text.len > LAYOUT_RECENT)
		return list_of_text(m, number, at);
	if (recent->generation == generation && same_slices(slice_from(recent->bytes, recent->len), field->text)) {
		tell_quiet(m, at, recent->quiet);
		return recent->list;
	}
	list = list_of_text(m, number, at);
	recent->generation = list == MEMORY_NONE ? 0 : generation;
	recent->list = list;
	recent->quiet = layout->quiet[layout->places[at]] == m->evaluator.round;
	recent->len = (uint8_t)field->text.len;
	if (field->text.len)
		memcpy(recent->bytes, field->text.ptr, field->text.len);
	return list;
}

/* Room was reserved in make_row. */
static void
push_row(struct matcher *m, uint32_t list)
{
	memcpy(m->row.ptr + m->row.len, &list, sizeof(list));
	m->row.len += sizeof(list);
}

/* The event as a row of numbers.  False: the memory is full. */
static bool
make_row(struct matcher *m)
{
	const struct class *class = m->class;
	uint32_t list = 0;

	buf_reset(&m->row);
	m->layout->changed_count = 0;
	m->rowed = true;
	/* The class, each field's list or lists and their number, each keyword list. */
	if (!buf_reserve(&m->row, sizeof(list) * (1 + 2 * class->field_count + class->keyword_count +
				m->layout->starts[class->field_count])))
		return false;
	push_row(m, class->serial);
	for (size_t i = 0; i < class->field_count && list != MEMORY_NONE; i++) {
		uint32_t number = class->fields[i], at = m->layout->starts[i], end = m->layout->starts[i + 1];
		size_t probed = m->probed + end - at;

		if (at == end)
			push_row(m, ROW_ABSENT(number));
		else if (end - at > 1)
			push_row(m, ROW_COUNT(end - at));
		for (; at < end && list != MEMORY_NONE; at++) {
			list = list_at(m, number, at);
			push_row(m, list);
		}
		if (m->probed == probed)
			m->sifted[number] = m->evaluator.round;
	}
	for (size_t i = 0; i < class->keyword_count && list != MEMORY_NONE; i++) {
		probe_all(m, &m->plan->fields[class->keywords[i]]);
		list = intern_probe(m);
		push_row(m, list);
	}
	return list != MEMORY_NONE;
}

static void
mark_row(struct matcher *m, bool gates)
{
	const uint32_t *row = (const uint32_t *)(const void *)m->row.ptr;
	size_t count = m->row.len / sizeof(*row);

	for (size_t i = 1; i < count; i++) {
		if (!(row[i] & 0x80000000u)) {
			struct memory_list list = memory_list(m->memory, row[i]);

			mark_entries(m, list.numbers, list.count, gates);
		} else if (!(row[i] & 0x40000000u)) {
			const struct field_index *index = &m->plan->fields[(row[i] & 0x3FFFFFFFu) >> 1].index;
			const struct entry_list *list = row[i] & 1 ? &index->null : &index->absent;

			mark_entries(m, list->entries, list->count, gates);
		}
	}
}

/* Marks the items of the event and, with `gates`, opens the gates they are. */
static void
make_marks(struct matcher *m, bool gates)
{
	begin_marks(m, gates);
	if (m->row.len)
		mark_row(m, gates);
	else
		mark_directly(m);
}

/* Judged by what was remembered or, now, by marks.  The caller may still have to mark. */
static bool
find_by_memory(struct matcher *m, bool *marked)
{
	struct keyed_hash key;
	uint32_t verdicts;

	if (!make_row(m)) {
		memory_forget(m->memory);
		buf_reset(&m->row);
		return false;
	}
	key = memory_hash(m->memory, UINT64_MAX, buf_view(&m->row));
	*marked = !memory_event(m->memory, &key, &verdicts);
	if (!*marked) {
		struct memory_list list = memory_list(m->memory, verdicts);

		buf_append(&m->verdicts, slice_from(list.numbers, list.count * sizeof(*list.numbers)));
		return true;
	}
	make_marks(m, true);
	judge_candidates(m);
	if (m->verdicts.failed)
		return true;
	verdicts = memory_intern(m->memory, (const uint32_t *)(const void *)m->verdicts.ptr,
		m->verdicts.len / sizeof(uint32_t));
	if (verdicts != MEMORY_NONE)
		memory_add_event(m->memory, &key, verdicts);
	return true;
}

bool
marks_find(struct matcher *m)
{
	bool marked = true;

	buf_reset(&m->verdicts);
	buf_reset(&m->row);
	if (!m->memory || m->gapped || !find_by_memory(m, &marked)) {
		make_marks(m, true);
		judge_candidates(m);
	}
	/* Rules that may hold are judged again, by marks, which also tell where to look for what rules found. */
	if (!marked && m->verdicts.len)
		make_marks(m, false);
	return !m->verdicts.failed && !m->row.failed && !m->probe.failed;
}
