/* SPDX-License-Identifier: Apache-2.0 */
/* Values of rules that are not texts: numbers and networks.  An event's text is read as one only for the comparison,
 * never the other way round. */
#ifndef SIGMA_NUMBER_H
#define SIGMA_NUMBER_H

#include "base/err.h"
#include "base/slice.h"

struct number {
	bool negative;
	bool is_real;
	uint64_t magnitude;
	double real;
};

/* Decimal or 0x hexadecimal with or without sign, or a decimal fraction; false when it is none. */
bool number_parse(struct slice text, struct number *n);
int number_cmp(const struct number *a, const struct number *b); /* <0, 0, >0 */

/* The same of whole numbers; an index looks for them among all that rules name. */
static inline int
number_cmp_whole(const struct number *a, const struct number *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	if (a->magnitude == b->magnitude)
		return 0;
	return (a->magnitude < b->magnitude) == a->negative ? 1 : -1;
}

enum comparison {
	COMPARE_EQUAL,
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_GREATER,
	COMPARE_GREATER_EQUAL,
};

bool number_compares(const struct number *a, enum comparison comparison, const struct number *b);

/* ISO 8601 week (1 to 53) and the other parts of a time that text gives (as filetime_parse reads it, UTC); false when
 * text is no time.  Which one is an enum time_part of tree.h. */
bool time_part_of(struct slice text, unsigned part, uint64_t *value);

struct cidr {
	uint8_t bytes[16];
	uint8_t len;  /* 4 or 16 */
	uint8_t bits;
};

/* 10.0.0.0/8 or fe80::/10; host bits must be zero.  Errors: ERR_SYNTAX. */
MUST_CHECK bool cidr_parse(struct slice text, struct cidr *c, struct err *err);

struct address {
	uint8_t bytes[16];
	uint8_t len;
};

/* An IPv4 or IPv6 address, a zone cut off; false when the text is none. */
bool address_parse(struct slice text, struct address *a);
bool cidr_holds(const struct cidr *c, const struct address *a);

/* True when text is an address in the network; an IPv4 address written as ::ffff:a.b.c.d counts as IPv4. */
bool cidr_contains(const struct cidr *c, struct slice text);

#endif
