/* SPDX-License-Identifier: Apache-2.0 */
/* Our values as libevtx prints them, with what it is known to get wrong. */
#include "evtx/compare_pass.h"

#include "base/attr.h"
#include "base/utf.h"

enum { PAIR_ERROR = 0x3FF };

static uint32_t
unit_at(struct slice utf16, size_t at)
{
	return at + 2 <= utf16.len ? (uint32_t)(utf16.ptr[at] | utf16.ptr[at + 1] << 8) : 0;
}

/* A surrogate at `at`: how many bytes the library takes for it. */
static size_t
say_surrogate(struct pass *p, struct slice text, size_t at, struct buf *out)
{
	uint32_t unit = unit_at(text, at), next = unit_at(text, at + 2);

	if (unit >= 0xDC00) {
		p->known |= 1u << KNOWN_SURROGATE;
		utf_append_code(out, 0xFFFD);
		return 2;
	}
	if (next >= 0xDC00 && next < 0xE000) {
		p->known |= 1u << KNOWN_PAIR;
		utf_append_code(out, 0x10000 + ((unit & 0x3FF) << 10 | (next & 0x3FF)) - PAIR_ERROR);
	} else {
		p->known |= 1u << KNOWN_SURROGATE;
		utf_append_code(out, 0xFFFD);
	}
	return 4;
}

static void
say_string(struct pass *p, const struct value *value, struct buf *out)
{
	struct slice text = value_utf16(value);
	uint32_t mark = unit_at(text, 0);
	bool marked = mark == 0xFEFF || mark == 0xFFFE;

	for (; text.len >= 2 && unit_at(text, text.len - 2) == 0; text.len -= 2)
		p->known |= 1u << KNOWN_NUL;
	if (marked)
		p->known |= 1u << KNOWN_BOM;
	for (size_t at = marked ? 2 : 0; at + 2 <= text.len;) {
		uint32_t unit = unit_at(text, at);

		if (utf_is_surrogate(unit)) {
			at += say_surrogate(p, text, at, out);
			continue;
		}
		utf_append_code(out, unit);
		at += 2;
	}
}

static void
say_ansi(struct pass *p, const struct value *value, struct buf *out)
{
	p->is_ansi = true;
	value_append_text(value, out);
}

static void
say_signed(struct pass *p, const struct value *value, struct buf *out)
{
	uint64_t v = value_raw_number(value->raw), sign = UINT64_C(1) << (8 * value->raw.len - 1);

	if (v & sign)
		p->known |= 1u << KNOWN_NEGATIVE;
	buf_printf(out, v & sign ? "-%llu" : "%llu", (unsigned long long)(v & ~sign));
}

static void
say_real(struct pass *p, const struct value *value, struct buf *out)
{
	p->is_real = true;
	value_append_text(value, out);
}

static void
say_decimal(struct pass *p, const struct value *value, struct buf *out)
{
	(void)p;
	buf_printf(out, "%llu", (unsigned long long)value_raw_number(value->raw));
}

static void
say_hex(struct pass *p, const struct value *value, struct buf *out)
{
	(void)p;
	buf_printf(out, "0x%0*llx", 2 * (int)value->raw.len, (unsigned long long)value_raw_number(value->raw));
}

static void
say_time(struct pass *p, const struct value *value, struct buf *out)
{
	size_t begin = out->len;
	uint64_t ticks;

	if (value_to_ticks(value, &ticks))
		value_append_text(value, out);
	if (!out->failed && out->len > begin && out->ptr[out->len - 1] == 'Z') {
		size_t digits = value->type == VALUE_FILETIME ? 2 : 0;

		out->len--;
		buf_append(out, slice_sub(SLICE("000000"), 0, digits));
		buf_append_byte(out, 'Z');
		return;
	}
	p->known |= 1u << KNOWN_TIME;
	out->len = begin;
	buf_append_byte(out, '(');
	for (size_t i = 0; i < value->raw.len; i += value->type == VALUE_FILETIME ? 4 : 2) {
		if (value->type == VALUE_FILETIME)
			buf_printf(out, "%s0x%08llx", i ? " " : "",
				(unsigned long long)value_raw_number(slice_sub(value->raw, value->raw.len - 4 - i, 4)));
		else
			buf_printf(out, "%s0x%04llx", i ? " " : "",
				(unsigned long long)value_raw_number(slice_sub(value->raw, i, 2)) >> 2);
	}
	buf_append_byte(out, ')');
}

static void
say_same(struct pass *p, const struct value *value, struct buf *out)
{
	(void)p;
	value_append_text(value, out);
}

/* Types whose text is not our own; a size of 0 is any. */
static const struct {
	uint8_t type, size;
	void (*say)(struct pass *p, const struct value *value, struct buf *out);
} sayings[] = {
	{ VALUE_STRING, 0, say_string },
	{ VALUE_ANSI, 0, say_ansi },
	{ VALUE_INT8, 1, say_signed },
	{ VALUE_INT16, 2, say_signed },
	{ VALUE_INT32, 4, say_signed },
	{ VALUE_INT64, 8, say_signed },
	{ VALUE_FLOAT, 4, say_real },
	{ VALUE_DOUBLE, 8, say_real },
	{ VALUE_SIZE, 4, say_decimal },
	{ VALUE_SIZE, 8, say_decimal },
	{ VALUE_FILETIME, 8, say_time },
	{ VALUE_SYSTEMTIME, 16, say_time },
	{ VALUE_HEX32, 4, say_hex },
	{ VALUE_HEX64, 8, say_hex },
	/* only whether the size is right: */
	{ VALUE_UINT8, 1, say_same },
	{ VALUE_UINT16, 2, say_same },
	{ VALUE_UINT32, 4, say_same },
	{ VALUE_UINT64, 8, say_same },
	{ VALUE_GUID, 16, say_same },
};

/* A SID says its own length. */
static bool
is_odd_sid(const struct value *value)
{
	return value->type == VALUE_SID && (value->raw.len < 8 || value->raw.len != 8 + 4u * value->raw.ptr[1]);
}

static void
say_value(struct pass *p, const struct value *value, struct buf *out)
{
	bool has_row = false;

	for (size_t i = 0; i < ARRAY_LEN(sayings); i++) {
		if (sayings[i].type != value->type)
			continue;
		has_row = true;
		if (sayings[i].size && sayings[i].size != value->raw.len)
			continue;
		sayings[i].say(p, value, out);
		return;
	}
	p->is_odd |= has_row || is_odd_sid(value);
	value_append_text(value, out);
}

void
compare_say(struct pass *p, const struct node *node, bool only_last, struct buf *out)
{
	p->is_real = p->is_ansi = p->is_odd = false;
	buf_reset(out);
	for (const struct node *part = node->children; part; part = part->next) {
		if (!compare_is_text(part))
			continue;
		if (only_last)
			buf_reset(out);
		say_value(p, &part->value, out);
	}
	if (slice_eq(buf_view(out), SLICE("\n")))
		buf_reset(out); /* as Windows' own view has it */
}
