/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON step by step into a buffer: objects and arrays are begun and ended, commas and line ends come by
 * themselves.  For what is not a finding: the manifest, indexes, lists. */
#ifndef SCAN_JSON_H
#define SCAN_JSON_H

#include "base/buf.h"
#include "src/subject/columns.h"

struct json {
	struct buf *out;
	bool pretty;     /* an item a line, indented by tabs; else all on one line */
	unsigned depth;
	bool first;      /* nothing yet in the object or array that is open */
};

/* key NULL: an item of an array, or the outermost value. */
void json_begin(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_end(struct json *j, char bracket);                    /* '}' or ']' */
void json_text(struct json *j, const char *key, struct slice text);
void json_number(struct json *j, const char *key, uint64_t number);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_time(struct json *j, const char *key, uint64_t ticks);
void json_digest(struct json *j, const char *key, const uint8_t digest[static 32]);

/* A path: bytes that are no UTF-8 become U+FFFD in the text, and then KEYBase64 has them exactly. */
void json_path(struct json *j, const char *key, struct slice path);

/* A column of the timeline, shaped by its kind; left out when it is empty. */
void json_column(struct json *j, enum column column, struct slice value);

/* Values that are JSON already, with commas between them. */
void json_raw(struct json *j, struct slice values);

#endif
