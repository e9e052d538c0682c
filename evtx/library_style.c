/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/library_style.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "base/units.h"

enum {
	PREFIX = 2, /* units of "0x" */
	HEX32 = PREFIX + 8, HEX64 = PREFIX + 16,
	TIME = 30,     /* units of "2024-03-05T09:00:00.123456700Z" */
	TIME_KEPT = 27, /* up to where two zeros too many stand */
};

/* 0x, then eight or sixteen digits in lower case of which the first is 0. */
static bool
is_padded_hex(const uint8_t *text, size_t units)
{
	if ((units != HEX32 && units != HEX64) || unit_at(text) != '0' || unit_at(text + 2) != 'x' || unit_at(text + 2 * PREFIX) != '0')
		return false;
	for (size_t i = PREFIX; i < units; i++) {
		uint32_t c = unit_at(text + 2 * i);

		if (ascii_hex_value(c) < 0 || (c >= 'A' && c <= 'F'))
			return false;
	}
	return true;
}

static bool
is_long_time(const uint8_t *text, size_t units)
{
	static const char form[] = "0000-00-00T00:00:00.0000000xxZ";

	if (units != TIME)
		return false;
	for (size_t i = 0; i < units; i++) {
		uint32_t c = unit_at(text + 2 * i);

		if (form[i] == '0' ? !ascii_is_digit(c) : c != (form[i] == 'x' ? '0' : (uint8_t)form[i]))
			return false;
	}
	return true;
}

/* The text without the units from `from` to `to`. */
static bool
leave_out(struct slice *text, size_t from, size_t to, struct arena *arena)
{
	size_t len = text->len - 2 * (to - from);
	uint8_t *shorter = arena_alloc(arena, len, 1);

	if (!shorter)
		return false;
	memcpy(shorter, text->ptr, 2 * from);
	memcpy(shorter + 2 * from, text->ptr + 2 * to, text->len - 2 * to);
	*text = slice_from(shorter, len);
	return true;
}

static bool
undo_text(struct slice *text, struct arena *arena)
{
	size_t units = text->len / 2, digit = PREFIX;

	if (is_long_time(text->ptr, units))
		return leave_out(text, TIME_KEPT, TIME_KEPT + 2, arena);
	if (!is_padded_hex(text->ptr, units))
		return true;
	while (digit + 1 < units && unit_at(text->ptr + 2 * digit) == '0')
		digit++;
	return leave_out(text, PREFIX, digit, arena);
}

static bool
undo_below(struct node *parent, struct arena *arena, unsigned depth)
{
	for (struct node *n = parent->attributes; n; n = n->next)
		if (!undo_below(n, arena, depth + 1))
			return false;
	for (struct node *n = parent->children; n && depth <= LIMIT_ELEMENT_DEPTH; n = n->next) {
		bool alone = n == parent->children && !n->next;

		if (n->kind == NODE_VALUE ? alone && !undo_text(&n->value.raw, arena)
			: n->kind == NODE_ELEMENT && !undo_below(n, arena, depth + 1))
			return false;
	}
	return true;
}

bool
library_style_undo(struct node *root, struct arena *arena)
{
	return undo_below(root, arena, 0);
}
