/* SPDX-License-Identifier: Apache-2.0 */
/* PowerShell's module log (4103) and errors (4100 to 4102): ContextInfo is 15 or 16 lines "        Key = Value" whose
 * keys are translated, so only their order counts; Payload holds lines of four kinds that are not translated.
 * Neither escapes what it quotes (evtx-format.md 8.4), so both are read from the ends that cannot be forged. */
#include "base/limits.h"
#include "src/subject/events.h"

enum {
	CONTEXT_HEAD = 5,  /* Severity ... Host Application, which may span lines */
	CONTEXT_TAIL = 11, /* Engine Version ... Shell ID, with Connected User */
	INDENT = 8,
};

/* Line order of ContextInfo: the same in every language. */
static const char *const context_names[CONTEXT_HEAD + CONTEXT_TAIL] = { "Severity", "HostName", "HostVersion",
	"HostId", "HostApplication", "EngineVersion", "RunspaceId", "PipelineId", "CommandName", "CommandType",
	"ScriptName", "CommandPath", "SequenceNumber", "User", "ConnectedUser", "ShellId" };
enum { CONNECTED_USER = 14 };

struct context_line {
	size_t start, value; /* offsets of the line and of what follows " = " */
};

/* The lines that look like keys: the first five and the last eleven, whatever stands between. */
struct context {
	struct slice text;
	struct context_line head[CONTEXT_HEAD], tail[CONTEXT_TAIL];
	size_t count;
};

static struct context_line
context_line(const struct context *c, size_t index)
{
	return index < CONTEXT_HEAD ? c->head[index] : c->tail[index % CONTEXT_TAIL];
}

/* From the value's beginning to the line of the next key. */
static struct slice
context_value(const struct context *c, size_t index, size_t next)
{
	size_t from = context_line(c, index).value;
	size_t to = next < c->count ? context_line(c, next).start : c->text.len;

	return slice_trim(slice_sub(c->text, from, to > from ? to - from : 0));
}

static bool
is_key_line(struct slice line, size_t *value)
{
	size_t at;

	if (!slice_starts_with(line, SLICE("        ")) || line.len <= INDENT || line.ptr[INDENT] == ' ')
		return false;
	at = slice_find(line, SLICE(" = "), INDENT);
	if (at == SIZE_MAX) /* an empty value whose last blank was trimmed */
		at = slice_ends_with(slice_trim(line), SLICE(" =")) ? line.len - 3 : SIZE_MAX;
	*value = at + 3;
	return at != SIZE_MAX;
}

static void
context_read(struct context *c, struct slice text)
{
	struct slice rest = text, line;

	*c = (struct context){ .text = text };
	while (slice_split(&rest, '\n', &line)) {
		size_t start = (size_t)(line.ptr - text.ptr), value;

		if (!is_key_line(line, &value))
			continue;
		if (c->count < CONTEXT_HEAD)
			c->head[c->count] = (struct context_line){ start, start + value };
		else
			c->tail[c->count % CONTEXT_TAIL] = (struct context_line){ start, start + value };
		c->count++;
	}
}

static bool
is_version(struct slice text)
{
	bool digit = false;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '.' && (text.ptr[i] < '0' || text.ptr[i] > '9'))
			return false;
		digit |= text.ptr[i] != '.';
	}
	return digit;
}

/* How many lines stand behind Host Application.  Its value is the attacker's and may hold lines that look like keys,
 * so the tail is counted from the end: it begins with a version number. */
static size_t
context_tail(const struct context *c)
{
	size_t shorter = CONTEXT_TAIL - 1;

	if (c->count <= CONTEXT_HEAD + shorter)
		return c->count > CONTEXT_HEAD ? c->count - CONTEXT_HEAD : 0;
	if (is_version(context_value(c, c->count - CONTEXT_TAIL, c->count - CONTEXT_TAIL + 1)))
		return CONTEXT_TAIL;
	if (is_version(context_value(c, c->count - shorter, c->count - shorter + 1)))
		return shorter;
	return CONTEXT_TAIL;
}

static void
derive_context(struct draft *d)
{
	struct context c;
	size_t tail, first;

	context_read(&c, draft_text(d, "ContextInfo"));
	tail = context_tail(&c);
	first = c.count - tail; /* index of Engine Version */
	for (size_t i = 0; i < CONTEXT_HEAD && i < c.count; i++)
		draft_add(d, slice_from_text(context_names[i]), context_value(&c, i, i + 1 == CONTEXT_HEAD ? first : i + 1));
	for (size_t i = 0; i < tail; i++) {
		size_t name = CONTEXT_HEAD + i;

		if (tail < CONTEXT_TAIL && name >= CONNECTED_USER)
			name++;
		draft_add(d, slice_from_text(context_names[name]), context_value(&c, first + i, first + i + 1));
	}
}

/* The word a payload line begins with, followed by "(NAME):"; empty where it continues a value. */
static struct slice
payload_word(struct slice line)
{
	static const char *const words[] = { "CommandInvocation", "ParameterBinding", "NonTerminatingError",
		"TerminatingError" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct slice word = slice_from_text(words[i]);

		if (slice_starts_with(line, word) && line.len > word.len && line.ptr[word.len] == '(')
			return word;
	}
	return SLICE_EMPTY;
}

/* What stands between the first quote at or after `from` and the last one: texts in between are not escaped.
 * Turkish has curly quotes (U+201C, U+201D). */
static struct slice
quoted(struct slice line, size_t from)
{
	static const char *const quotes[] = { "\"", "\xE2\x80\x9C", "\xE2\x80\x9D" };
	size_t start = SIZE_MAX, end = 0;

	for (size_t i = 0; i < ARRAY_LEN(quotes); i++) {
		struct slice quote = slice_from_text(quotes[i]);
		size_t at = slice_find(line, quote, from);

		if (at != SIZE_MAX && at + quote.len < start)
			start = at + quote.len;
	}
	line = slice_trim(line);
	for (size_t i = 0; i < ARRAY_LEN(quotes); i++)
		if (slice_ends_with(line, slice_from_text(quotes[i])))
			end = line.len - strlen(quotes[i]);
	return start == SIZE_MAX || end < start ? SLICE_EMPTY : slice_sub(line, start, end - start);
}

/* ParameterBinding(CMD): name="PARAM"; value="VALUE" becomes Parameter_PARAM = VALUE. */
static void
add_parameter(struct draft *d, struct slice item)
{
	size_t name = slice_find(item, SLICE("): name="), 0);
	size_t value = name == SIZE_MAX ? SIZE_MAX : slice_find(item, SLICE(" value="), name);
	struct slice param;

	if (value == SIZE_MAX) /* zh-Hans has a full-width semicolon without a blank */
		value = name == SIZE_MAX ? SIZE_MAX : slice_find(item, SLICE("\xEF\xBC\x9Bvalue="), name);
	if (value == SIZE_MAX)
		return;
	param = slice_sub(item, name + 8, value - name - 8);
	if (slice_ends_with(param, SLICE(";")))
		param.len--;
	draft_add(d, draft_join(d, SLICE("Parameter_"), quoted(param, 0), SLICE_EMPTY),
		quoted(item, value));
}

static void
add_payload_item(struct draft *d, struct slice word, struct slice item)
{
	size_t colon = slice_find(item, SLICE("): "), word.len);

	if (slice_eq(word, SLICE("ParameterBinding")))
		add_parameter(d, item);
	else if (colon != SIZE_MAX)
		draft_add(d, word, quoted(item, colon));
}

/* An item goes on until the next line that begins with one of the words: values may hold line ends and quotes. */
static void
derive_payload(struct draft *d)
{
	struct slice text = draft_text(d, "Payload"), rest = text, line;
	struct slice word = SLICE_EMPTY;
	size_t start = 0, items = 0;

	while (items < LIMIT_PARAMETERS && slice_split(&rest, '\n', &line)) {
		struct slice next = payload_word(line);
		size_t at = (size_t)(line.ptr - text.ptr);

		if (next.len == 0)
			continue;
		if (word.len) {
			add_payload_item(d, word, slice_sub(text, start, at - start));
			items++;
		}
		word = next;
		start = at;
	}
	if (word.len && items < LIMIT_PARAMETERS)
		add_payload_item(d, word, slice_sub(text, start, text.len));
	else if (items >= LIMIT_PARAMETERS)
		draft_flag(d, SLICE("parameters-cut"));
}

void
derive_powershell(struct draft *d)
{
	derive_context(d);
	derive_payload(d);
}
