/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/words.h"

#include <stdio.h>

void
words_number(struct buf *out, uint64_t n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_append_byte(out, ',');
		buf_append_byte(out, (uint8_t)digits[i]);
	}
}

void
words_bytes(struct buf *out, uint64_t n)
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t unit = 0;
	uint64_t tenths = 0;

	/* 1,023.9 KiB is shown as that and never as 1,024.0: tenths are cut, not rounded. */
	for (; n >= 1024 && unit + 1 < ARRAY_LEN(units); unit++) {
		tenths = n % 1024 * 10 / 1024;
		n /= 1024;
	}
	words_number(out, n);
	if (unit)
		buf_printf(out, ".%llu", (unsigned long long)tenths);
	buf_printf(out, " %s", units[unit]);
}

void
words_count(struct buf *out, uint64_t n, const char *noun)
{
	if (n)
		words_number(out, n);
	else
		buf_append_text(out, "no");
	buf_printf(out, " %s%s", noun, n == 1 ? "" : noun[strlen(noun) - 1] == 's' ? "es" : "s");
}
