/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

#include "base/ascii.h"
#include "base/ckd.h"

bool
slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
			return false;
	return true;
}

int
slice_cmp(struct slice a, struct slice b)
{
	size_t shared = a.len < b.len ? a.len : b.len;
	int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;

	if (order)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

size_t
slice_find(struct slice s, struct slice needle, size_t start)
{
	if (needle.len == 0)
		return start <= s.len ? start : SIZE_MAX;
	while (start < s.len && s.len - start >= needle.len) {
		const uint8_t *hit = memchr(s.ptr + start, needle.ptr[0], s.len - start - needle.len + 1);

		if (!hit)
			return SIZE_MAX;
		if (memcmp(hit, needle.ptr, needle.len) == 0)
			return (size_t)(hit - s.ptr);
		start = (size_t)(hit - s.ptr) + 1;
	}
	return SIZE_MAX;
}

size_t
slice_find_byte(struct slice s, uint8_t byte, size_t start)
{
	const uint8_t *hit;

	if (start >= s.len)
		return SIZE_MAX;
	hit = memchr(s.ptr + start, byte, s.len - start);
	return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = slice_sub(s, 1, s.len);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_split(struct slice *rest, uint8_t separator, struct slice *part)
{
	size_t at;

	if (!rest->ptr)
		return false;
	at = slice_find_byte(*rest, separator, 0);
	if (at == SIZE_MAX) {
		*part = *rest;
		*rest = SLICE_EMPTY;
		return true;
	}
	*part = slice_sub(*rest, 0, at);
	*rest = slice_sub(*rest, at + 1, rest->len);
	return true;
}

bool
slice_to_u64(struct slice s, uint64_t *value)
{
	unsigned base = 10;
	uint64_t sum = 0;

	if (s.len > 2 && s.ptr[0] == '0' && ascii_lower(s.ptr[1]) == 'x') {
		base = 16;
		s = slice_sub(s, 2, s.len);
	}
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int digit = ascii_hex_value(s.ptr[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		if (ckd_mul(&sum, sum, base) || ckd_add(&sum, sum, (uint64_t)digit))
			return false;
	}
	*value = sum;
	return true;
}
