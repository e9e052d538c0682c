/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/words.h"

#include "base/attr.h"
#include "base/utf.h"

enum { TICKS_PER_SECOND = 10000000 };

static bool
read_hex(struct slice digits, uint32_t *v)
{
	*v = 0;
	for (size_t i = 0; i < digits.len; i++) {
		uint8_t c = digits.ptr[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			*v = *v << 4 | (uint32_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			*v = *v << 4 | (uint32_t)(low - 'a' + 10);
		else
			return false;
	}
	return digits.len > 0;
}

/* The escape behind the backslash at text[at]; moves *at behind it. */
static bool
append_escape(struct buf *out, struct slice text, size_t *at)
{
	static const char letters[] = "\\\\\"\"n\nr\rt\t";
	uint8_t letter = *at < text.len ? text.ptr[*at] : 0;
	uint32_t code;

	++*at;
	for (size_t i = 0; letter && i + 1 < sizeof(letters); i += 2)
		if ((uint8_t)letters[i] == letter) {
			buf_append_byte(out, (uint8_t)letters[i + 1]);
			return true;
		}
	if (letter == '0') {
		buf_append_byte(out, 0);
		return true;
	}
	if (letter == 'x' || letter == 'u') {
		size_t count = letter == 'x' ? 2 : 4;

		if (text.len - *at < count || !read_hex(slice_sub(text, *at, count), &code))
			return false;
		*at += count;
		if (letter == 'x')
			buf_append_byte(out, (uint8_t)code);
		else
			utf_append_code(out, code);
		return true;
	}
	if (letter == 'U' && *at < text.len && text.ptr[*at] == '{') {
		size_t end = slice_find_byte(text, '}', *at);

		if (end == SIZE_MAX || !read_hex(slice_sub(text, *at + 1, end - *at - 1), &code) || code > 0x10FFFF)
			return false;
		*at = end + 1;
		utf_append_code(out, code);
		return true;
	}
	return false;
}

bool
words_unescape(struct arena *a, struct slice text, struct slice *plain)
{
	struct buf out;
	bool ok = true;

	buf_init(&out, text.len + 1);
	for (size_t at = 0; at < text.len && ok;) {
		uint8_t c = text.ptr[at++];

		if (c == '\\')
			ok = append_escape(&out, text, &at);
		else
			buf_append_byte(&out, c);
	}
	ok = ok && !out.failed && arena_copy(a, buf_view(&out), plain);
	buf_fini(&out);
	return ok;
}

bool
words_next(struct slice *line, struct slice *word)
{
	bool quoted = false;
	size_t end = 0;

	*line = slice_trim(*line);
	if (line->len == 0)
		return false;
	for (; end < line->len && (quoted || line->ptr[end] != ' '); end++) {
		if (line->ptr[end] == '"')
			quoted = !quoted;
		else if (line->ptr[end] == '\\' && quoted)
			end++;
	}
	*word = slice_sub(*line, 0, end);
	*line = slice_sub(*line, end, line->len);
	return true;
}

bool
words_pair(struct arena *a, struct slice word, struct slice *key, struct slice *value)
{
	size_t at = slice_find_byte(word, '=', 0);

	if (at == SIZE_MAX)
		return false;
	*key = slice_sub(word, 0, at);
	*value = slice_sub(word, at + 1, word.len);
	if (value->len < 2 || value->ptr[0] != '"' || value->ptr[value->len - 1] != '"')
		return true;
	return words_unescape(a, slice_sub(*value, 1, value->len - 2), value);
}

static uint64_t
unit_ticks(struct slice unit)
{
	static const struct {
		const char *name;
		uint64_t ticks;
	} units[] = {
		{ "ms", TICKS_PER_SECOND / 1000 },
		{ "s", TICKS_PER_SECOND },
		{ "m", 60ull * TICKS_PER_SECOND },
		{ "h", 3600ull * TICKS_PER_SECOND },
		{ "d", 86400ull * TICKS_PER_SECOND },
	};

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (slice_eq(unit, slice_from_text(units[i].name)))
			return units[i].ticks;
	return 0;
}

static bool
is_number(uint8_t c)
{
	return (c >= '0' && c <= '9') || c == '.';
}

/* One number with its unit. */
static bool
duration_part(struct slice number, struct slice unit, uint64_t *ticks)
{
	uint64_t each = unit_ticks(unit), whole = 0, fraction = 0, scale = 1;
	bool behind_point = false;

	if (!each || number.len == 0 || number.len > 15)
		return false;
	for (size_t i = 0; i < number.len; i++) {
		uint64_t digit = (uint64_t)(number.ptr[i] - '0');

		if (number.ptr[i] == '.') {
			behind_point = true;
		} else if (behind_point && scale < 10000000) {
			fraction = fraction * 10 + digit;
			scale *= 10;
		} else if (!behind_point) {
			whole = whole * 10 + digit;
		}
	}
	*ticks += whole * each + fraction * each / scale;
	return true;
}

bool
words_duration(struct slice text, uint64_t *ticks)
{
	*ticks = 0;
	for (size_t at = 0; at < text.len;) {
		size_t number = at, unit;

		while (at < text.len && is_number(text.ptr[at]))
			at++;
		unit = at;
		while (at < text.len && !is_number(text.ptr[at]))
			at++;
		if (!duration_part(slice_sub(text, number, unit - number), slice_sub(text, unit, at - unit), ticks))
			return false;
	}
	return text.len > 0;
}
