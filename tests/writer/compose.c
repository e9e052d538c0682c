/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/compose.h"

enum { TEXT_MAX = 1 << 20 };

static const struct draft *
find(const struct drafts *drafts, struct slice name)
{
	for (size_t i = 0; i < drafts->count; i++)
		if (!drafts->items[i].absent && slice_eq(drafts->items[i].name, name))
			return &drafts->items[i];
	return NULL;
}

static struct slice
text_of(const struct drafts *drafts, const char *name)
{
	const struct draft *d = find(drafts, slice_from_text(name));

	return d ? d->text : SLICE_EMPTY;
}

static void
append_line(struct buf *out, const char *before, struct slice name, const char *between, struct slice value)
{
	buf_append_text(out, before);
	buf_append(out, name);
	buf_append_text(out, between);
	buf_append(out, value);
	buf_append_text(out, "\r\n");
}

/* Eight blanks, key, " = ", value: sixteen lines. */
static void
append_context(const struct drafts *drafts, struct buf *out)
{
	for (size_t i = 0; i < drafts->count; i++)
		if (!drafts->items[i].absent && !slice_eq(drafts->items[i].name, SLICE("Payload")))
			append_line(out, "        ", drafts->items[i].name, " = ", drafts->items[i].text);
	buf_append_text(out, "\r\n");
}

/* CommandInvocation(X): "X", then one ParameterBinding line for each parameter. */
static void
append_invocation(const struct drafts *drafts, struct slice command, struct buf *out)
{
	buf_append_text(out, "CommandInvocation(");
	buf_append(out, command);
	append_line(out, "): \"", command, "\"", SLICE_EMPTY);
	for (size_t i = 0; i < drafts->parameter_count; i++) {
		const struct draft *d = &drafts->parameters[i];

		buf_append_text(out, "ParameterBinding(");
		buf_append(out, command);
		append_line(out, "): name=\"", d->name, "\"; value=\"", d->text);
		out->len -= 2; /* the quotation mark stands before the line end */
		buf_append_text(out, "\"\r\n");
	}
}

/* Given in the scenario, but no line of the detail. */
static bool
stands_apart(struct slice name)
{
	return slice_eq(name, SLICE("Payload")) || slice_eq(name, SLICE("Invocation"));
}

/* Tab, key, '=', value; a blank line behind the state. */
static void
append_detail(const struct drafts *drafts, struct buf *out)
{
	for (size_t i = 0; i < drafts->count; i++) {
		if (drafts->items[i].absent || stands_apart(drafts->items[i].name))
			continue;
		append_line(out, "\t", drafts->items[i].name, "=", drafts->items[i].text);
		if (i == 1)
			buf_append_text(out, "\r\n");
	}
}

static bool
plain_fields(struct arena *a, const struct drafts *drafts, struct writer_field *fields, size_t *count,
	struct slice *bad)
{
	for (size_t i = 0; i < drafts->count; i++) {
		const struct draft *d = &drafts->items[i];
		struct writer_field *f = &fields[*count];

		if (d->absent)
			continue;
		*f = (struct writer_field){ .name = d->name, .declared = d->type, .value = d->value };
		*bad = d->name;
		if (!d->encoded && !writer_value_parse(a, d->type, d->text, &f->value))
			return false;
		++*count;
	}
	return true;
}

/* Unnamed drafts become the items of the string array, a binary one the Binary element. */
static bool
classic_fields(struct arena *a, const struct drafts *drafts, struct writer_field *fields, struct slice *bad)
{
	struct slice items[COMPOSE_FIELDS];
	size_t count = 0;

	for (size_t i = 0; i < drafts->count; i++) {
		const struct draft *d = &drafts->items[i];

		if (d->absent)
			continue;
		*bad = d->name;
		if (d->type != WRITER_BINARY)
			items[count++] = d->text;
		else if (!writer_value_parse(a, d->type, d->text, &fields[1].value))
			return false;
	}
	fields[0].value = writer_strings(a, items, count);
	return true;
}

static void
detail_fields(struct arena *a, enum preset_shape shape, const struct drafts *drafts, struct writer_field *fields)
{
	struct buf detail, lines;
	struct slice payload = text_of(drafts, "Payload");

	buf_init(&detail, TEXT_MAX);
	buf_init(&lines, TEXT_MAX);
	append_detail(drafts, &detail);
	if (drafts->parameter_count && !payload.len) {
		append_invocation(drafts, text_of(drafts, "Invocation"), &lines);
		payload = buf_view(&lines);
	}
	if (shape == SHAPE_ENGINE)
		fields[0].value = writer_strings(a,
			(struct slice[]){ drafts->items[0].text, drafts->items[1].text, buf_view(&detail) }, 3);
	else
		fields[0].value = writer_strings(a,
			(struct slice[]){ text_of(drafts, "CommandLine"), buf_view(&detail), payload }, 3);
	buf_fini(&lines);
	buf_fini(&detail);
}

static void
module_fields(struct arena *a, const struct drafts *drafts, struct writer_field *fields)
{
	static const char *const names[] = { "ContextInfo", "UserData", "Payload" };
	const struct draft *payload = find(drafts, SLICE("Payload")), *context = find(drafts, SLICE("ContextInfo"));
	struct buf text;

	buf_init(&text, TEXT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		fields[i] = (struct writer_field){ .name = slice_from_text(names[i]) };
	append_context(drafts, &text);
	fields[0].value = writer_string(a, context ? context->text : buf_view(&text));
	fields[1].value = writer_string(a, SLICE_EMPTY);
	buf_reset(&text);
	append_invocation(drafts, text_of(drafts, "Command Name"), &text);
	fields[2].value = writer_string(a, payload ? payload->text : buf_view(&text));
	buf_fini(&text);
}

bool
compose_fields(struct arena *a, enum preset_shape shape, const struct drafts *drafts, struct writer_event *event,
	struct slice *bad)
{
	struct writer_field *fields = ARENA_ARRAY(a, struct writer_field, COMPOSE_FIELDS);
	bool ok = true;
	size_t count = 0;

	if (!fields)
		return false;
	switch (shape) {
	case SHAPE_FIELDS:
		if (event->body == WRITER_CLASSIC_DATA) {
			ok = classic_fields(a, drafts, fields, bad);
			count = 2;
		} else {
			ok = plain_fields(a, drafts, fields, &count, bad);
		}
		break;
	case SHAPE_ENGINE:
	case SHAPE_COMMAND:
		detail_fields(a, shape, drafts, fields);
		count = 1;
		break;
	case SHAPE_MODULE:
		module_fields(a, drafts, fields);
		count = 3;
		break;
	}
	event->fields = fields;
	event->field_count = count;
	return ok;
}
