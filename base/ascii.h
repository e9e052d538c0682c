/* SPDX-License-Identifier: Apache-2.0 */
/* Letters and digits of ASCII, whatever the locale: <ctype.h> would ask it.  Bytes and code points beyond are neither. */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
ascii_is_digit(uint32_t c)
{
	return c - '0' < 10;
}

static inline bool
ascii_is_letter(uint32_t c)
{
	return (c | 0x20) - 'a' < 26;
}

static inline bool
ascii_is_letter_or_digit(uint32_t c)
{
	return ascii_is_letter(c) || ascii_is_digit(c);
}

static inline uint8_t
ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Of a hexadecimal digit, either case; -1: it is none. */
static inline int
ascii_hex_value(uint32_t c)
{
	uint32_t letter = (c | 0x20) - 'a';

	return ascii_is_digit(c) ? (int)(c - '0') : letter < 6 ? (int)letter + 10 : -1;
}

#endif
