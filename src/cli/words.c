/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/words.h"

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
	buf_thousands(out, n);
	if (unit)
		buf_printf(out, ".%llu", (unsigned long long)tenths);
	buf_printf(out, " %s", units[unit]);
}

void
words_count(struct buf *out, uint64_t n, const char *noun)
{
	if (n)
		buf_thousands(out, n);
	else
		buf_append_text(out, "no");
	buf_printf(out, " %s%s", noun, n == 1 ? "" : noun[strlen(noun) - 1] == 's' ? "es" : "s");
}
