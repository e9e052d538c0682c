/* SPDX-License-Identifier: Apache-2.0 */
/* A slice is a borrowed run of bytes: pointer and length, no terminator, no ownership.  Text in this program is
 * a slice of WTF-8 (UTF-8 that may also hold lone surrogates as three bytes, see utf.h), and may contain NULs. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *ptr;
	size_t len;
};

/* A slice of a string literal, without its terminator. */
#define SLICE(lit) ((struct slice){ (const uint8_t *)("" lit), sizeof(lit) - 1 })
#define SLICE_EMPTY ((struct slice){ NULL, 0 })
/* For printf("%.*s"): only for text known to be short and printable. */
#define SLICE_ARGS(s) (int)(s).len, (const char *)(s).ptr

static inline struct slice
slice_from(const void *ptr, size_t len)
{
	return (struct slice){ (const uint8_t *)ptr, len };
}

static inline struct slice
slice_from_text(const char *text)
{
	return (struct slice){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The bytes from start on, at most len of them; clipped to what there is, never beyond. */
static inline struct slice
slice_sub(struct slice s, size_t start, size_t len)
{
	if (start > s.len)
		start = s.len;
	if (len > s.len - start)
		len = s.len - start;
	return (struct slice){ s.ptr ? s.ptr + start : NULL, len };
}

static inline bool
slice_starts_with(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_eq(slice_sub(s, 0, prefix.len), prefix);
}

static inline bool
slice_ends_with(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && slice_eq(slice_sub(s, s.len - suffix.len, suffix.len), suffix);
}

/* ASCII letters without case, all other bytes as they are. */
bool slice_eq_nocase(struct slice a, struct slice b);

/* Bytewise order, a shorter slice before a longer one that begins with it: <0, 0, >0. */
int slice_cmp(struct slice a, struct slice b);

/* Position of the first needle at or after start; SIZE_MAX where there is none. */
size_t slice_find(struct slice s, struct slice needle, size_t start);
size_t slice_find_byte(struct slice s, uint8_t byte, size_t start);

/* Without leading and trailing blanks, tabs, CR and LF. */
struct slice slice_trim(struct slice s);

/* Takes the text up to the first separator from *rest (all of it where there is none) and moves *rest behind
 * the separator.  False when *rest was used up: loop while (slice_split(&rest, '\n', &line)). */
bool slice_split(struct slice *rest, uint8_t separator, struct slice *part);

/* Decimal without sign, or hexadecimal with 0x: the whole slice.  False when it is not one or does not fit. */
bool slice_to_u64(struct slice s, uint64_t *value);

#endif
