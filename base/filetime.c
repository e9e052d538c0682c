/* SPDX-License-Identifier: Apache-2.0 */
#include "base/filetime.h"

#include "base/ascii.h"

#include <stdio.h>

#define SECONDS_DAY UINT64_C(86400)
#define DAYS_1601_TO_0000 UINT64_C(584694) /* from 0000-03-01, where the day count below begins, to 1601-01-01 */

/* Days since 0000-03-01 and back: the year begins in March, so that the leap day is its last. */
static uint64_t
days_from_civil(uint64_t year, unsigned month, unsigned day)
{
	uint64_t y = month <= 2 ? year - 1 : year;
	uint64_t m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
}

static void
civil_from_days(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	uint64_t era = days / 146097, in_era = days % 146097;
	uint64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	uint64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	uint64_t m = (5 * in_year + 2) / 153;

	*day = (unsigned)(in_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = (unsigned)(y + era * 400 + (*month <= 2));
}

/* As many digits as are asked for, and what stands behind them.  Every record needs several of these texts. */
static char *
put_number(char *p, unsigned number, unsigned digits, char after)
{
	for (unsigned i = digits; i-- > 0; number /= 10)
		p[i] = (char)('0' + number % 10);
	p[digits] = after;
	return p + digits + 1;
}

size_t
filetime_text(uint64_t ticks, char out[static FILETIME_TEXT])
{
	uint64_t seconds = ticks / FILETIME_SECOND, clock = seconds % SECONDS_DAY;
	unsigned year, month, day;
	char *p = out;

	if (ticks >= FILETIME_END)
		return (size_t)snprintf(out, FILETIME_TEXT, "0x%016llx", (unsigned long long)ticks);
	civil_from_days(seconds / SECONDS_DAY + DAYS_1601_TO_0000, &year, &month, &day);
	p = put_number(p, year, 4, '-');
	p = put_number(p, month, 2, '-');
	p = put_number(p, day, 2, 'T');
	p = put_number(p, (unsigned)(clock / 3600), 2, ':');
	p = put_number(p, (unsigned)(clock / 60 % 60), 2, ':');
	p = put_number(p, (unsigned)(clock % 60), 2, '.');
	p = put_number(p, (unsigned)(ticks % FILETIME_SECOND), 7, 'Z');
	*p = '\0';
	return (size_t)(p - out);
}

/* Takes exactly `digits` decimal digits. */
static bool
take_number(struct slice *s, size_t digits, unsigned *value)
{
	unsigned sum = 0;

	if (s->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		sum = sum * 10 + (unsigned)(s->ptr[i] - '0');
	}
	*s = slice_sub(*s, digits, s->len);
	*value = sum;
	return true;
}

static bool
take_byte(struct slice *s, uint8_t byte)
{
	if (s->len == 0 || s->ptr[0] != byte)
		return false;
	*s = slice_sub(*s, 1, s->len);
	return true;
}

/* ".1234567": 1 to 9 digits as ticks. */
static bool
take_fraction(struct slice *s, unsigned *ticks)
{
	unsigned scale = (unsigned)FILETIME_SECOND, digits = 0;

	*ticks = 0;
	if (!take_byte(s, '.'))
		return true;
	for (; s->len && ascii_is_digit(s->ptr[0]) && digits < 9; digits++) {
		scale /= 10;
		*ticks += scale * (unsigned)(s->ptr[0] - '0');
		*s = slice_sub(*s, 1, s->len);
	}
	return digits > 0;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool
filetime_parse(struct slice text, uint64_t *ticks)
{
	unsigned year, month, day, hour = 0, minute = 0, second = 0, fraction = 0;

	if (!take_number(&text, 4, &year) || !take_byte(&text, '-') || !take_number(&text, 2, &month) ||
	    !take_byte(&text, '-') || !take_number(&text, 2, &day))
		return false;
	if (year < 1601 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	if (text.len && (take_byte(&text, 'T') || take_byte(&text, ' '))) {
		if (!take_number(&text, 2, &hour) || !take_byte(&text, ':') || !take_number(&text, 2, &minute))
			return false;
		if (take_byte(&text, ':') && (!take_number(&text, 2, &second) || !take_fraction(&text, &fraction)))
			return false;
	}
	take_byte(&text, 'Z');
	if (text.len || hour > 23 || minute > 59 || second > 59)
		return false;
	*ticks = ((days_from_civil(year, month, day) - DAYS_1601_TO_0000) * SECONDS_DAY + hour * 3600u + minute * 60u +
			 second) * FILETIME_SECOND + fraction;
	return true;
}
