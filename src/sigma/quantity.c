/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/quantity.h"

#include "src/sigma/number.h"

#include <stdio.h>

__extension__ typedef unsigned __int128 wide;

#define REAL_MAX 1e15 /* beyond it a double has no millionths to keep */

bool
quantity_parse(struct slice text, quantity *q)
{
	struct number n;

	if (!number_parse(slice_trim(text), &n))
		return false;
	if (n.is_real) {
		if (!(n.real > -REAL_MAX && n.real < REAL_MAX))
			return false;
		*q = (quantity)(n.real * QUANTITY_ONE + (n.real < 0 ? -0.5 : 0.5));
		return true;
	}
	*q = (quantity)n.magnitude * QUANTITY_ONE;
	if (n.negative)
		*q = -*q;
	return true;
}

/* The digits of n at the end of out, which ends at `end`; returns where they begin. */
static size_t
put_digits(wide n, char *out, size_t end)
{
	do {
		out[--end] = (char)('0' + (int)(n % 10));
		n /= 10;
	} while (n);
	return end;
}

size_t
quantity_text(quantity q, char out[static QUANTITY_TEXT])
{
	wide n = q < 0 ? (wide)0 - (wide)q : (wide)q;
	unsigned fraction = (unsigned)(n % QUANTITY_ONE);
	char digits[QUANTITY_TEXT];
	size_t begin = put_digits(n / QUANTITY_ONE, digits, sizeof(digits)), len;
	int written = snprintf(out, QUANTITY_TEXT, "%s%.*s", q < 0 ? "-" : "", (int)(sizeof(digits) - begin),
		digits + begin);

	len = written < 0 ? 0 : (size_t)written;
	if (fraction && len + 8 <= QUANTITY_TEXT) {
		snprintf(out + len, QUANTITY_TEXT - len, ".%06u", fraction);
		for (len += 7; out[len - 1] == '0'; len--)
			;
		out[len] = '\0';
	}
	return len;
}

/* With the sign turned over the bytes of two's complement, highest first, are in order. */
void
quantity_encode(quantity q, uint8_t out[static QUANTITY_LEN])
{
	wide n = (wide)q ^ (wide)1 << 127;

	for (size_t i = 0; i < QUANTITY_LEN; i++)
		out[i] = (uint8_t)(n >> (120 - 8 * i));
}

quantity
quantity_decode(const uint8_t bytes[static QUANTITY_LEN])
{
	const quantity most = (quantity)UINT64_MAX * QUANTITY_ONE;
	quantity q;
	wide n = 0;

	for (size_t i = 0; i < QUANTITY_LEN; i++)
		n = n << 8 | bytes[i];
	q = (quantity)(n ^ (wide)1 << 127);
	if (q > most)
		return most;
	return q < -most ? -most : q;
}
