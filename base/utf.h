/* SPDX-License-Identifier: Apache-2.0 */
/* Between UTF-16LE as event logs hold it and the text form used inside the program.  Inside it is WTF-8: UTF-8 in
 * which a surrogate that has no partner stands as its own three bytes (ED A0..BF xx), so that nothing is lost on
 * the way in and the exact UTF-16 can be had back.  What leaves the program is made strict at the border. */
#ifndef BASE_UTF_H
#define BASE_UTF_H

#include "base/buf.h"

enum { UTF_REPLACEMENT = 0xFFFD };

/* Appends the UTF-16LE bytes as WTF-8; an odd last byte is left out (false says so). */
bool utf_append_utf16le(struct buf *out, struct slice utf16);

/* The same into room for 3 * (utf16.len / 2) bytes; returns how many were written. */
size_t utf_from_utf16le(uint8_t *out, struct slice utf16);

/* Appends one code point (also a lone surrogate) as WTF-8. */
void utf_append_code(struct buf *out, uint32_t code);

/* Appends WTF-8 text as UTF-16LE: the inverse of utf_append_utf16le, byte for byte.  Bytes that are no WTF-8 become
 * U+FFFD, one for each. */
void utf_append_as_utf16le(struct buf *out, struct slice text);

/* Appends WTF-8 text as strict UTF-8: each lone surrogate and each stray byte becomes U+FFFD.  True when nothing
 * had to be replaced. */
bool utf_append_strict(struct buf *out, struct slice text);

/* Reads the code point at *at (a lone surrogate is one) and moves *at behind it.  A byte that starts no valid
 * sequence gives `0x80000000 | byte` and moves by one.  Needs *at < text.len. */
uint32_t utf_next(struct slice text, size_t *at);

static inline bool
utf_is_surrogate(uint32_t code)
{
	return code >= 0xD800 && code <= 0xDFFF;
}

/* True when the text is UTF-8 without surrogates and stray bytes. */
bool utf_is_strict(struct slice text);

/* The longest start of text that has at most count code points. */
struct slice utf_clip(struct slice text, size_t count);

/* The number of UTF-16 units the text stands for. */
size_t utf_units(struct slice text);

#endif
