/* SPDX-License-Identifier: Apache-2.0 */
#include "base/keyed.h"

#include "base/seed.h"
#include "base/word.h"

enum { LONG = 96 /* bytes of a text that is worth four chains */ };

bool
keyed_seed_fill(struct keyed_seed *seed)
{
	return seed_fill(seed->words, sizeof(seed->words) / sizeof(*seed->words));
}

/* What a chain of folded multiplications takes in one after the other, a long text gives to four at once: 32 bytes at a
 * time, each step keyed.  Returns how much of the text is in *a and *b. */
static size_t
long_hash(const struct keyed_seed *seed, struct slice text, uint64_t *a, uint64_t *b)
{
	const uint64_t *s = seed->words;
	uint64_t c = *a ^ s[1], d = *b ^ s[3];
	size_t i = 0;

	if (text.len < LONG)
		return 0;
	for (; i + 32 <= text.len; i += 32) {
		uint64_t w = word_eight(text.ptr + i), x = word_eight(text.ptr + i + 8), y = word_eight(text.ptr + i + 16),
			z = word_eight(text.ptr + i + 24);

		*a = word_fold(*a ^ w ^ s[0], x ^ s[1]) + w;
		*b = word_fold(*b ^ x ^ s[2], w ^ s[3]) + x;
		c = word_fold(c ^ y ^ s[0], z ^ s[1]) + y;
		d = word_fold(d ^ z ^ s[2], y ^ s[3]) + z;
	}
	*a = word_fold(*a ^ c ^ s[2], d ^ s[1]) + c;
	*b = word_fold(*b ^ d ^ s[0], c ^ s[3]) + d;
	return i;
}

/* Two chains of folded multiplications over 16 bytes at a time, each step keyed.  The last step takes what is left with bytes
 * before it, or one twice: the length, which goes in first, says which. */
struct keyed_hash
keyed_hash(const struct keyed_seed *seed, uint64_t what, struct slice text)
{
	const uint64_t *s = seed->words;
	uint64_t a = word_fold(what ^ s[0], text.len ^ s[1]), b = word_fold(what ^ s[2], text.len ^ s[3]);
	uint64_t last[2] = { 0, 0 };
	size_t i = long_hash(seed, text, &a, &b), rest;

	for (; i + 16 <= text.len; i += 16) {
		uint64_t x = word_eight(text.ptr + i), y = word_eight(text.ptr + i + 8);

		a = word_fold(a ^ x ^ s[0], y ^ s[1]) + x;
		b = word_fold(b ^ y ^ s[2], x ^ s[3]) + y;
	}
	rest = text.len - i;
	if (text.len >= 16 && rest) {
		last[0] = word_eight(text.ptr + text.len - 16);
		last[1] = word_eight(text.ptr + text.len - 8);
	} else if (rest >= 8) {
		last[0] = word_eight(text.ptr);
		last[1] = word_eight(text.ptr + text.len - 8);
	} else if (rest >= 4) {
		last[0] = (uint64_t)word_four(text.ptr) << 32 | word_four(text.ptr + text.len - 4);
	} else if (rest) {
		last[0] = (uint64_t)text.ptr[0] << 16 | (uint64_t)text.ptr[rest / 2] << 8 | text.ptr[rest - 1];
	}
	a = word_fold(a ^ last[0] ^ s[1], last[1] ^ s[0]) + last[0];
	b = word_fold(b ^ last[1] ^ s[3], last[0] ^ s[2]) + last[1];
	return (struct keyed_hash){ word_fold(a ^ s[2], b ^ s[0]) | 1, word_fold(b ^ s[1], a ^ s[3]) };
}
