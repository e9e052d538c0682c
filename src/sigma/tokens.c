/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/pattern.h"

#include "base/ascii.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/utf.h"

bool
tokens_are_ascii(struct slice text)
{
	uint8_t all = 0;

	for (size_t i = 0; i < text.len; i++)
		all |= text.ptr[i];
	return text.len && all < 0x80;
}

bool
tokens_are_literal(struct slice value)
{
	uint8_t before = 0, all = 0;
	bool special = false;

	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.ptr[i];

		all |= c;
		special |= (c == '*') | (c == '?') | ((c == '\\') & (before == '\\'));
		before = c;
	}
	return value.len && all < 0x80 && !special;
}

bool
tokens_literal(struct arena *arena, struct slice text, struct tokens *out)
{
	*out = (struct tokens){ .codes = ARENA_ARRAY(arena, uint32_t, text.len + 2) };
	if (!out->codes)
		return false;
	for (size_t at = 0; at < text.len;)
		out->codes[out->count++] = utf_next(text, &at) & 0x1FFFFF;
	return true;
}

/* Left to right with one bit of state (sigma.md 3.2).  A backslash before anything but * ? \ stands for itself. */
bool
tokens_parse(struct arena *arena, struct slice value, struct tokens *out)
{
	bool escaped = false;

	*out = (struct tokens){ .codes = ARENA_ARRAY(arena, uint32_t, value.len + 2) };
	if (!out->codes)
		return false;
	for (size_t at = 0; at < value.len;) {
		uint32_t code = utf_next(value, &at) & 0x1FFFFF;

		if (!escaped && code == '\\') {
			escaped = true;
			continue;
		}
		if (!escaped && code == '*')
			code = TOKEN_RUN;
		else if (!escaped && code == '?')
			code = TOKEN_ANY;
		else if (escaped && code != '*' && code != '?' && code != '\\')
			out->codes[out->count++] = '\\';
		out->codes[out->count++] = code;
		escaped = false;
	}
	if (escaped)
		out->codes[out->count++] = '\\';
	return true;
}

bool
tokens_wrap(struct arena *arena, struct tokens *t, bool front, bool back)
{
	struct tokens wrapped = { .codes = ARENA_ARRAY(arena, uint32_t, t->count + 2) };

	if (!wrapped.codes)
		return false;
	if (front && (t->count == 0 || t->codes[0] != TOKEN_RUN))
		wrapped.codes[wrapped.count++] = TOKEN_RUN;
	if (t->count)
		memcpy(wrapped.codes + wrapped.count, t->codes, t->count * sizeof(*t->codes));
	wrapped.count += t->count;
	if (back && (wrapped.count == 0 || wrapped.codes[wrapped.count - 1] != TOKEN_RUN))
		wrapped.codes[wrapped.count++] = TOKEN_RUN;
	*t = wrapped;
	return true;
}

/* Letters, digits and _; beyond ASCII everything but the general punctuation, which is near enough for dashes. */
static bool
is_word(uint32_t code)
{
	if (code < 0x80)
		return code == '_' || ascii_is_letter_or_digit(code);
	return code < TOKEN_ANY && code >= 0xAA && !(code >= 0x2000 && code <= 0x206F);
}

/* An option sign: - or / with no word character before it (in its literal part) and one behind (sigma.md 6.2). */
void
tokens_mark_dashes(struct tokens *t)
{
	bool word_before = false;

	for (size_t i = 0; i < t->count; i++) {
		uint32_t code = t->codes[i];

		if ((code == '-' || code == '/') && !word_before && i + 1 < t->count && is_word(t->codes[i + 1]))
			t->codes[i] = TOKEN_DASH;
		word_before = is_word(code);
	}
}

bool
tokens_text(struct arena *arena, const struct tokens *t, struct slice *text, bool *plain)
{
	struct buf b;
	bool good;

	buf_init(&b, t->count * 4 + 1);
	*plain = true;
	for (size_t i = 0; i < t->count; i++) {
		if (t->codes[i] >= TOKEN_ANY)
			*plain = false;
		else
			utf_append_code(&b, t->codes[i]);
	}
	good = !b.failed && arena_copy(arena, buf_view(&b), text);
	buf_fini(&b);
	return good;
}
