/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/number.h"

#include "base/ascii.h"
#include "base/filetime.h"
#include "src/sigma/tree.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_TEXT = 64, ADDRESS_TEXT = 64 };

static bool
to_text(struct slice s, char *out, size_t room)
{
	if (s.len == 0 || s.len >= room || memchr(s.ptr, '\0', s.len))
		return false;
	memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	return true;
}

static bool
parse_real(struct slice s, double *real)
{
	char text[NUMBER_TEXT], *end;

	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_digit(s.ptr[i]) && !strchr("+-.eE", s.ptr[i]))
			return false; /* keeps strtod from "inf", "nan" and hexadecimal fractions */
	if (!to_text(s, text, sizeof(text)))
		return false;
	*real = strtod(text, &end);
	return *end == '\0';
}

bool
number_parse(struct slice text, struct number *n)
{
	struct slice digits = text;

	*n = (struct number){ 0 };
	if (digits.len && (digits.ptr[0] == '-' || digits.ptr[0] == '+')) {
		n->negative = digits.ptr[0] == '-';
		digits = slice_sub(digits, 1, digits.len);
	}
	if (slice_to_u64(digits, &n->magnitude)) {
		n->real = n->negative ? -(double)n->magnitude : (double)n->magnitude;
		n->negative = n->negative && n->magnitude;
		return true;
	}
	n->is_real = true;
	return parse_real(text, &n->real);
}

int
number_cmp(const struct number *a, const struct number *b)
{
	if (a->is_real || b->is_real)
		return a->real < b->real ? -1 : a->real > b->real;
	return number_cmp_whole(a, b);
}

bool
number_compares(const struct number *a, enum comparison comparison, const struct number *b)
{
	int order = number_cmp(a, b);

	switch (comparison) {
	case COMPARE_EQUAL:
		return order == 0;
	case COMPARE_LESS:
		return order < 0;
	case COMPARE_LESS_EQUAL:
		return order <= 0;
	case COMPARE_GREATER:
		return order > 0;
	case COMPARE_GREATER_EQUAL:
		return order >= 0;
	}
	return false;
}

static uint64_t
days_of(uint64_t ticks)
{
	return ticks / (UINT64_C(10000000) * 86400);
}

/* The week has the number it has in the year of its Thursday.  1601-01-01, where ticks begin, was a Monday. */
static uint64_t
iso_week(uint64_t ticks)
{
	uint64_t thursday = days_of(ticks) / 7 * 7 + 3, new_year = 0;
	char text[FILETIME_TEXT];

	filetime_text(thursday * UINT64_C(10000000) * 86400, text);
	memcpy(text + 4, "-01-01", sizeof("-01-01"));
	filetime_parse(slice_from_text(text), &new_year);
	return (thursday - days_of(new_year)) / 7 + 1;
}

bool
time_part_of(struct slice text, unsigned part, uint64_t *value)
{
	/* Where the part stands in 2024-01-02T03:04:05. */
	static const struct {
		size_t at, len;
	} places[] = { [TIME_MINUTE] = { 14, 2 }, [TIME_HOUR] = { 11, 2 }, [TIME_DAY] = { 8, 2 }, [TIME_WEEK] = { 0, 0 },
		[TIME_MONTH] = { 5, 2 }, [TIME_YEAR] = { 0, 4 } };
	char written[FILETIME_TEXT];
	uint64_t ticks;

	if (!filetime_parse(text, &ticks))
		return false;
	if (part == TIME_WEEK) {
		*value = iso_week(ticks);
		return true;
	}
	filetime_text(ticks, written);
	return slice_to_u64(slice_from(written + places[part].at, places[part].len), value);
}

static bool
parse_address(struct slice s, uint8_t bytes[static 16], uint8_t *len)
{
	char text[ADDRESS_TEXT];
	size_t zone = slice_find_byte(s, '%', 0);

	if (!to_text(slice_sub(s, 0, zone), text, sizeof(text)))
		return false;
	*len = 4;
	if (inet_pton(AF_INET, text, bytes) == 1)
		return true;
	*len = 16;
	return inet_pton(AF_INET6, text, bytes) == 1;
}

static bool
bit_at(const uint8_t *bytes, unsigned i)
{
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

bool
cidr_parse(struct slice text, struct cidr *c, struct err *err)
{
	size_t slash = slice_find_byte(text, '/', 0);
	uint64_t bits = 0;
	int shown = (int)(text.len < 60 ? text.len : 60);

	*c = (struct cidr){ 0 };
	if (!parse_address(slice_sub(text, 0, slash), c->bytes, &c->len))
		return err_set(err, ERR_SYNTAX, 0, "'%.*s' is no network such as 10.0.0.0/8", shown, (const char *)text.ptr);
	if (slash == SIZE_MAX)
		bits = c->len * 8u;
	else if (!slice_to_u64(slice_sub(text, slash + 1, text.len), &bits) || bits > c->len * 8u)
		return err_set(err, ERR_SYNTAX, 0, "'%.*s': the prefix length must be 0 to %d", shown,
			(const char *)text.ptr, c->len * 8);
	for (unsigned i = (unsigned)bits; i < c->len * 8u; i++)
		if (bit_at(c->bytes, i))
			return err_set(err, ERR_SYNTAX, 0, "'%.*s' has bits behind its prefix", shown,
				(const char *)text.ptr);
	c->bits = (uint8_t)bits;
	return true;
}

bool
address_parse(struct slice text, struct address *a)
{
	*a = (struct address){ 0 };
	return parse_address(text, a->bytes, &a->len);
}

bool
cidr_holds(const struct cidr *c, const struct address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
	const uint8_t *bytes = a->bytes;
	uint8_t len = a->len;

	if (len == 16 && c->len == 4 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		bytes += 12;
		len = 4;
	}
	if (len != c->len)
		return false;
	for (unsigned i = 0; i < c->bits; i++)
		if (bit_at(bytes, i) != bit_at(c->bytes, i))
			return false;
	return true;
}

bool
cidr_contains(const struct cidr *c, struct slice text)
{
	struct address a;

	return address_parse(text, &a) && cidr_holds(c, &a);
}
