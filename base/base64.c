/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

void
base64_append(struct buf *out, struct slice bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = (uint32_t)bytes.ptr[i] << 16;
		char four[4];

		if (n > 1)
			group |= (uint32_t)bytes.ptr[i + 1] << 8;
		if (n > 2)
			group |= bytes.ptr[i + 2];
		four[0] = digits[group >> 18];
		four[1] = digits[group >> 12 & 63];
		four[2] = n > 1 ? digits[group >> 6 & 63] : '=';
		four[3] = n > 2 ? digits[group & 63] : '=';
		buf_append(out, slice_from(four, 4));
	}
}
