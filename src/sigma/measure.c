/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/measure.h"

#include "src/sigma/tree.h"

#include <stdlib.h>

enum { VALUES_LEAST = 64 };

void
measure_fini(struct measure *m)
{
	free(m->present);
	free(m->chain);
	free(m->tied);
	free(m->values);
	*m = (struct measure){ 0 };
}

void
measure_clear(struct measure *m)
{
	size_t members = m->c->member_count;

	m->count = m->present_count = m->distinct = 0;
	m->sum = 0;
	m->tie = 0;
	memset(m->present, 0, members * sizeof(*m->present));
	memset(m->chain, 0, members * sizeof(*m->chain));
	memset(m->tied, 0, members);
}

bool
measure_begin(struct measure *m, const struct correlation *c)
{
	m->c = c;
	if (c->member_count > m->member_room) {
		uint32_t *present = reallocarray(m->present, c->member_count, sizeof(*present));
		uint64_t *chain = reallocarray(m->chain, c->member_count, sizeof(*chain));
		uint8_t *tied = reallocarray(m->tied, c->member_count, 1);

		m->present = present ? present : m->present;
		m->chain = chain ? chain : m->chain;
		m->tied = tied ? tied : m->tied;
		if (!present || !chain || !tied)
			return false;
		m->member_room = c->member_count;
	}
	measure_clear(m);
	return true;
}

/* ---- values ---- */

static bool
keeps_values(const struct measure *m)
{
	return m->c->type == CORRELATION_VALUE_COUNT || m->c->type == CORRELATION_VALUE_PERCENTILE ||
		m->c->type == CORRELATION_VALUE_MEDIAN;
}

static const uint8_t *
value_at(const struct measure *m, size_t i)
{
	return m->values + i * WINDOW_KEY;
}

/* Where the first value stands that is not smaller. */
static size_t
find_value(const struct measure *m, const uint8_t *value, size_t count)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(value_at(m, middle), value, WINDOW_KEY) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_value(const struct measure *m, size_t i, const uint8_t *value, size_t count)
{
	return i < count && memcmp(value_at(m, i), value, WINDOW_KEY) == 0;
}

/* Called with the count before the event. */
static bool
add_value(struct measure *m, const uint8_t *value)
{
	size_t i;

	if (m->count == m->value_room) {
		size_t room = m->value_room ? m->value_room * 2 : VALUES_LEAST;
		uint8_t *grown = reallocarray(m->values, room, WINDOW_KEY);

		if (!grown)
			return false;
		m->values = grown;
		m->value_room = room;
	}
	i = find_value(m, value, m->count);
	m->distinct += !is_value(m, i, value, m->count);
	memmove(m->values + (i + 1) * WINDOW_KEY, m->values + i * WINDOW_KEY, (m->count - i) * WINDOW_KEY);
	memcpy(m->values + i * WINDOW_KEY, value, WINDOW_KEY);
	return true;
}

static void
remove_value(struct measure *m, const uint8_t *value)
{
	size_t i = find_value(m, value, m->count);

	if (!is_value(m, i, value, m->count))
		return;
	memmove(m->values + i * WINDOW_KEY, m->values + (i + 1) * WINDOW_KEY, (m->count - i - 1) * WINDOW_KEY);
	m->distinct -= !is_value(m, i, value, m->count - 1);
}

/* ---- order ---- */

/* The event may continue chains, and so may those of the same time behind it in the list of rules: their order is
 * not known.  A chain is as good as its begin is late. */
static void
extend_chains(struct measure *m, const struct window_hit *hit)
{
	if (hit->time != m->tie)
		memset(m->tied, 0, m->c->member_count);
	m->tie = hit->time;
	m->tied[hit->member] = 1;
	for (size_t i = hit->member; i < m->c->member_count && m->tied[i]; i++) {
		uint64_t begin = i ? m->chain[i - 1] : hit->time + 1;

		if (begin > m->chain[i])
			m->chain[i] = begin;
	}
}

/* ---- the window ---- */

bool
measure_enter(struct measure *m, const struct window_hit *hit)
{
	if (keeps_values(m) && !add_value(m, hit->value))
		return false;
	if (correlation_needs_number(m->c))
		m->sum += quantity_decode(hit->value);
	if (m->present[hit->member]++ == 0)
		m->present_count++;
	if (m->c->type == CORRELATION_TEMPORAL_ORDERED)
		extend_chains(m, hit);
	m->count++;
	return true;
}

void
measure_leave(struct measure *m, const struct window_hit *hit)
{
	if (keeps_values(m))
		remove_value(m, hit->value);
	if (correlation_needs_number(m->c))
		m->sum -= quantity_decode(hit->value);
	if (--m->present[hit->member] == 0)
		m->present_count--;
	m->count--;
}

/* value / divisor against the bound, without the division. */
static bool
bound_holds(const struct bound *b, quantity value, quantity divisor)
{
	quantity wanted = b->number * divisor;

	switch (b->kind) {
	case BOUND_EQ:
		return value == wanted;
	case BOUND_NEQ:
		return value != wanted;
	case BOUND_LT:
		return value < wanted;
	case BOUND_LTE:
		return value <= wanted;
	case BOUND_GT:
		return value > wanted;
	case BOUND_GTE:
		return value >= wanted;
	case BOUND_KINDS:
		break;
	}
	return false;
}

static quantity
number_at(const struct measure *m, size_t i)
{
	return quantity_decode(value_at(m, i));
}

/* The value that at least that share of all values does not exceed (nearest rank). */
static quantity
percentile(const struct measure *m, unsigned percent)
{
	size_t rank = (m->count * percent + 99) / 100;

	return number_at(m, rank ? rank - 1 : 0);
}

/* What is compared, as a fraction. */
static quantity
measured(const struct measure *m, quantity *divisor)
{
	*divisor = 1;
	switch (m->c->type) {
	case CORRELATION_EVENT_COUNT:
		return (quantity)m->count * QUANTITY_ONE;
	case CORRELATION_VALUE_COUNT:
		return (quantity)m->distinct * QUANTITY_ONE;
	case CORRELATION_TEMPORAL:
	case CORRELATION_TEMPORAL_ORDERED:
		return (quantity)m->present_count * QUANTITY_ONE;
	case CORRELATION_VALUE_SUM:
		return m->sum;
	case CORRELATION_VALUE_AVG:
		*divisor = (quantity)m->count;
		return m->sum;
	case CORRELATION_VALUE_PERCENTILE:
		return percentile(m, m->c->percentile);
	case CORRELATION_VALUE_MEDIAN:
		*divisor = 2;
		return number_at(m, (m->count - 1) / 2) + number_at(m, m->count / 2);
	}
	return 0;
}

/* As deep as conditions may be nested. */
static bool
expression_holds(const struct measure *m, const struct node *node)
{
	bool all = node->kind == NODE_AND;

	if (node->kind == NODE_ITEM)
		return m->present[node->count] > 0;
	if (node->kind == NODE_NOT)
		return !expression_holds(m, node->children[0]);
	for (size_t i = 0; i < node->count; i++)
		if (expression_holds(m, node->children[i]) != all)
			return !all;
	return all;
}

bool
measure_holds(const struct measure *m, uint64_t begin, quantity *shown)
{
	const struct correlation *c = m->c;
	quantity divisor, value = measured(m, &divisor);

	*shown = value / divisor;
	if (c->type == CORRELATION_TEMPORAL_ORDERED && m->chain[c->member_count - 1] <= begin)
		return false; /* one more than the time */
	for (size_t i = 0; i < c->bound_count; i++)
		if (!bound_holds(&c->bounds[i], value, divisor))
			return false;
	return !c->expression || expression_holds(m, c->expression);
}
