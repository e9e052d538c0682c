/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_fini(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ .max = b->max };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t want = b->capacity ? b->capacity : 256;
	uint8_t *grown;

	if (b->failed || n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (b->capacity - b->len >= n && b->ptr)
		return b->ptr + b->len;
	while (want - b->len < n && want < b->max)
		want = want > b->max / 2 ? b->max : want * 2;
	if (want > b->max && b->max >= b->len + n)
		want = b->max;
	grown = realloc(b->ptr, want ? want : 1);
	if (!grown) {
		b->failed = true;
		return NULL;
	}
	b->ptr = grown;
	b->capacity = want;
	return b->ptr + b->len;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	uint8_t *room;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	room = len < 0 ? NULL : buf_reserve(b, (size_t)len + 1);
	if (room) {
		vsnprintf((char *)room, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	} else {
		b->failed = true;
	}
	va_end(again);
}

void
buf_decimal(struct buf *b, uint64_t number)
{
	uint8_t text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (uint8_t)('0' + number % 10);
	while (number /= 10);
	buf_append(b, slice_from(text + at, sizeof(text) - at));
}

void
buf_thousands(struct buf *b, uint64_t number)
{
	uint8_t text[26];
	size_t at = sizeof(text);

	for (size_t digits = 0; digits == 0 || number; digits++, number /= 10) {
		if (digits && digits % 3 == 0)
			text[--at] = ',';
		text[--at] = (uint8_t)('0' + number % 10);
	}
	buf_append(b, slice_from(text + at, sizeof(text) - at));
}
