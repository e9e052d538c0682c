/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fold.h"

#include "base/ascii.h"
#include "base/fold_table.h"
#include "base/utf.h"

uint32_t
fold_code(uint32_t code)
{
	size_t low = 0, high = ARRAY_LEN(fold_ranges);

	if (code < 0x80)
		return ascii_lower((uint8_t)code);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct fold_range *range = &fold_ranges[middle];

		if (code < range->first)
			high = middle;
		else if (code > range->last)
			low = middle + 1;
		else
			return (code - range->first) % range->step ? code : (uint32_t)((int32_t)code + range->delta);
	}
	return code;
}

bool
fold_is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 0x80 || ascii_lower(text.ptr[i]) != text.ptr[i])
			return false;
	return true;
}

static bool
holds(struct slice text, struct slice bytes)
{
	return slice_find(text, bytes, 0) != SIZE_MAX;
}

bool
fold_hides_ascii(struct slice text)
{
	return holds(text, SLICE("\xC5\xBF")) || holds(text, SLICE("\xE2\x84\xAA"));
}

#define ONES 0x0101010101010101u

/* Eight ASCII bytes: the seventh bit of a byte plus 0x3F is set from A on, of one plus 0x25 above Z. */
static inline uint64_t
lower_word(uint64_t word)
{
	uint64_t capital = (word + 0x3F * ONES) & ~(word + 0x25 * ONES) & 0x80 * ONES;

	return word | capital >> 2;
}

bool
fold_ascii(struct slice text, uint8_t *out)
{
	uint64_t high = 0;
	size_t i = 0;

	for (; i + 8 <= text.len; i += 8) {
		uint64_t word;

		memcpy(&word, text.ptr + i, 8);
		high |= word;
		word = lower_word(word & 0x7F * ONES);
		memcpy(out + i, &word, 8);
	}
	for (; i < text.len; i++) {
		high |= text.ptr[i];
		out[i] = ascii_lower(text.ptr[i]);
	}
	return !(high & 0x80 * ONES);
}

/* The run of ASCII that begins the text, by eights; returns how much of it there was. */
static size_t
fold_run(struct slice text, size_t at, uint8_t *out)
{
	size_t start = at;

	for (uint64_t word; at + 8 <= text.len; at += 8) {
		memcpy(&word, text.ptr + at, 8);
		if (word & 0x80 * ONES)
			break;
		word = lower_word(word);
		memcpy(out + (at - start), &word, 8);
	}
	return at - start;
}

static size_t
put_code(uint8_t *out, uint32_t code)
{
	static const uint8_t lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (len == 1) {
		out[0] = (uint8_t)code;
		return 1;
	}
	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = (uint8_t)(0x80 | (code & 0x3F));
	out[0] = (uint8_t)(lead[len] | code);
	return len;
}

/* Folds the character at *at to out; returns how many bytes it has there. */
static size_t
fold_one(struct slice text, size_t *at, uint8_t out[static 4])
{
	size_t before = *at;
	uint32_t code = utf_next(text, at);

	if (code > 0x10FFFF) {
		out[0] = text.ptr[before]; /* a stray byte */
		return 1;
	}
	return put_code(out, fold_code(code));
}

size_t
fold_write(struct slice text, uint8_t *out, bool *moved)
{
	size_t at = 0, len = 0;

	while (at < text.len) {
		size_t n = fold_run(text, at, out + len);
		uint8_t bytes[4];

		at += n;
		len += n;
		while (at < text.len && text.ptr[at] < 0x80)
			out[len++] = ascii_lower(text.ptr[at++]);
		if (at == text.len)
			break;
		n = fold_one(text, &at, bytes);
		memcpy(out + len, bytes, n);
		len += n;
		if (len != at)
			*moved = true;
	}
	return len;
}

void
fold_append(struct buf *out, struct slice text)
{
	bool moved = false;
	uint8_t *room = buf_reserve(out, FOLD_ROOM(text.len));

	if (room)
		out->len += fold_write(text, room, &moved);
}

void
fold_walk(struct slice text, struct fold_at *at, size_t folded)
{
	while (at->folded < folded && at->text < text.len) {
		uint8_t bytes[4];

		at->folded += fold_one(text, &at->text, bytes);
	}
}
