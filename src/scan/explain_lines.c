/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/explain_lines.h"

#include "base/escape.h"

enum { HIT_TEXT = 160 }; /* bytes of a hit that are shown */

void
explain_lines_begin(struct explain_lines *l, bool jsonl, struct buf *out)
{
	*l = (struct explain_lines){ .out = out, .jsonl = jsonl, .json = { .out = out, .depth = 1, .first = true } };
}

static struct slice
hit_text(const struct explained *line)
{
	return slice_sub(line->field->text, line->start, line->len < HIT_TEXT ? line->len : HIT_TEXT);
}

/* ---- text ---- */

/* "  true      NAME", or for a hit "ScriptBlockText, 12 bytes at 40: Invoke-Expr". */
static void
add_text(struct explain_lines *l, const struct explained *line)
{
	buf_printf(l->out, "  %-7s ", line->truth ? line->truth : "");
	for (size_t i = 0; i < line->depth; i++)
		buf_append_text(l->out, "  ");
	if (line->field) {
		escape_terminal(l->out, line->field->name);
		buf_printf(l->out, ", %zu bytes at %zu: ", line->len, line->start);
		escape_terminal(l->out, hit_text(line));
		buf_append_text(l->out, line->len > HIT_TEXT ? " ..." : "");
	} else {
		escape_terminal(l->out, line->text);
	}
	buf_append_byte(l->out, '\n');
}

/* ---- JSON ---- */

static void
close_to(struct explain_lines *l, size_t depth)
{
	for (; l->open > depth; l->open--) {
		json_end(&l->json, ']');
		json_end(&l->json, '}');
	}
}

static void
add_json(struct explain_lines *l, const struct explained *line)
{
	struct json *j = &l->json;

	close_to(l, line->depth);
	json_begin(j, NULL, '{');
	if (line->field) {
		json_text(j, "Field", line->field->name);
		json_number(j, "Start", line->start);
		json_number(j, "Length", line->len);
		json_text(j, "Text", hit_text(line));
	} else {
		if (line->truth)
			json_text(j, "Truth", slice_from_text(line->truth));
		json_text(j, "Text", line->text);
	}
	if (line->truth) {
		json_begin(j, "Parts", '[');
		l->open++;
	} else {
		json_end(j, '}');
	}
}

/* ---- both ---- */

static void
on_line(void *context, const struct explained *line)
{
	struct explain_lines *l = context;

	(l->jsonl ? add_json : add_text)(l, line);
}

struct explain_listener
explain_lines_listener(struct explain_lines *l)
{
	return (struct explain_listener){ l, on_line };
}

void
explain_lines_end(struct explain_lines *l)
{
	close_to(l, 0);
}
