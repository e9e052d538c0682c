/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/json.h"

#include "base/base64.h"
#include "base/escape.h"
#include "base/filetime.h"
#include "base/utf.h"
#include "src/lib/digest.h"

#include <stdio.h>

static void
new_line(struct json *j)
{
	if (!j->pretty)
		return;
	buf_append_byte(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_append_byte(j->out, '\t');
}

static void
begin_value(struct json *j, const char *key)
{
	if (!j->first && j->depth)
		buf_append_byte(j->out, ',');
	if (j->depth)
		new_line(j);
	j->first = false;
	if (!key)
		return;
	escape_json_string(j->out, slice_from_text(key));
	buf_append_text(j->out, j->pretty ? ": " : ":");
}

void
json_begin(struct json *j, const char *key, char bracket)
{
	begin_value(j, key);
	buf_append_byte(j->out, (uint8_t)bracket);
	j->depth++;
	j->first = true;
}

void
json_end(struct json *j, char bracket)
{
	j->depth--;
	if (!j->first)
		new_line(j);
	buf_append_byte(j->out, (uint8_t)bracket);
	j->first = false;
}

void
json_text(struct json *j, const char *key, struct slice text)
{
	begin_value(j, key);
	escape_json_string(j->out, text);
}

void
json_number(struct json *j, const char *key, uint64_t number)
{
	begin_value(j, key);
	escape_json_number(j->out, number);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	buf_append_text(j->out, value ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	buf_append_text(j->out, "null");
}

void
json_time(struct json *j, const char *key, uint64_t ticks)
{
	char text[FILETIME_TEXT];

	json_text(j, key, slice_from(text, filetime_text(ticks, text)));
}

void
json_digest(struct json *j, const char *key, const uint8_t digest[static 32])
{
	char text[DIGEST_TEXT];

	digest_text(digest, text);
	json_text(j, key, slice_from_text(text));
}

void
json_path(struct json *j, const char *key, struct slice path)
{
	json_text(j, key, path);
	if (utf_is_strict(path))
		return;
	buf_printf(j->out, ",");
	new_line(j);
	buf_printf(j->out, "\"%sBase64\":%s\"", key, j->pretty ? " " : "");
	base64_append(j->out, path);
	buf_append_byte(j->out, '"');
}

/* Numbers come as decimal text; what is none (a worker may lie) stays a text. */
static void
column_scalar(struct json *j, const char *key, struct slice text, bool is_number)
{
	uint64_t number;

	if (is_number && slice_to_u64(text, &number))
		json_number(j, key, number);
	else
		json_text(j, key, text);
}

void
json_column(struct json *j, enum column column, struct slice value)
{
	const struct column_info *info = &columns[column];
	struct slice item;

	if (!value.len)
		return;
	if (column == COLUMN_EVIDENCE) {
		json_path(j, info->name, value);
		return;
	}
	if (info->kind != COLUMN_KIND_LIST && info->kind != COLUMN_KIND_NUMBERS) {
		column_scalar(j, info->name, value, info->kind == COLUMN_KIND_NUMBER);
		return;
	}
	json_begin(j, info->name, '[');
	while (value.len && slice_split(&value, 0, &item))
		column_scalar(j, NULL, item, info->kind == COLUMN_KIND_NUMBERS);
	json_end(j, ']');
}

void
json_raw(struct json *j, struct slice values)
{
	if (!values.len)
		return;
	begin_value(j, NULL);
	buf_append(j->out, values);
}
