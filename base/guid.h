/* SPDX-License-Identifier: Apache-2.0 */
/* GUIDs: sixteen bytes as Windows stores them (u32, u16, u16 little-endian, then eight bytes) and their text. */
#ifndef BASE_GUID_H
#define BASE_GUID_H

#include "base/slice.h"

struct guid {
	uint8_t bytes[16];
};

enum { GUID_TEXT = 37 };

/* xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx, lower case, no braces, NUL-terminated. */
void guid_text(const struct guid *g, char out[static GUID_TEXT]);
void guid_text_upper(const struct guid *g, char out[static GUID_TEXT]); /* the same in upper case */

/* With or without braces, any case; false when it is no GUID. */
bool guid_parse(struct slice text, struct guid *g);

#endif
