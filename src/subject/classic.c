/* SPDX-License-Identifier: Apache-2.0 */
/* The log Windows PowerShell: unnamed Data items, one of which holds lines "<TAB>Key=Value" (evtx-format.md 8.5).  On
 * hosts with default settings its HostApplication is the only trace of a one-liner.  Keys are not translated and come
 * in a fixed order; HostApplication and CommandLine may span lines and are the attacker's, so a key counts once and
 * only behind those that must precede it.  Anyone may write such records: the raw Data items stay beside the fields. */
#include "src/subject/events.h"

static const char *const keys[] = {
	"ProviderName",
	"NewProviderState",
	"NewEngineState",
	"PreviousEngineState",
	"DetailSequence",
	"DetailTotal",
	"SequenceNumber",
	"UserId",
	"HostName",
	"HostVersion",
	"HostId",
	"HostApplication",
	"EngineVersion",
	"RunspaceId",
	"PipelineId",
	"CommandName",
	"CommandType",
	"ScriptName",
	"CommandPath",
	"CommandLine",
};

/* Index of the key the line begins with, at least `from`; the number of keys where there is none. */
static size_t
key_of(struct slice line, size_t from)
{
	if (line.len < 2 || line.ptr[0] != '\t')
		return ARRAY_LEN(keys);
	for (size_t i = from; i < ARRAY_LEN(keys); i++) {
		struct slice key = slice_from_text(keys[i]), after = slice_sub(line, 1 + key.len, line.len);

		if (slice_starts_with(slice_sub(line, 1, line.len), key) && after.len && after.ptr[0] == '=')
			return i;
	}
	return ARRAY_LEN(keys);
}

static void
add_key(struct draft *d, size_t key, struct slice text)
{
	struct slice name = slice_from_text(keys[key]);

	text = slice_trim(slice_sub(text, name.len + 2, text.len));
	draft_add(d, name, text);
	if (slice_eq(name, SLICE("UserId")))
		draft_add(d, SLICE("User"), text);
}

static void
read_details(struct draft *d, struct slice text)
{
	struct slice rest = text, line;
	size_t key = ARRAY_LEN(keys), next_key = 0, start = 0;

	while (slice_split(&rest, '\n', &line)) {
		size_t found = key_of(line, next_key), at = (size_t)(line.ptr - text.ptr);

		if (found == ARRAY_LEN(keys))
			continue;
		if (key < ARRAY_LEN(keys))
			add_key(d, key, slice_sub(text, start, at - start));
		key = found;
		next_key = found + 1;
		start = at;
	}
	if (key < ARRAY_LEN(keys))
		add_key(d, key, slice_sub(text, start, text.len));
}

static bool
is_details(struct slice text)
{
	return slice_find(text, SLICE("\tHostApplication="), 0) != SIZE_MAX ||
		slice_find(text, SLICE("\tHostName="), 0) != SIZE_MAX;
}

void
derive_classic(struct draft *d)
{
	/* The command line of 800 is its first item and could imitate the details; they come behind it. */
	for (size_t i = d->own_count; i-- > 0;) {
		struct slice text = d->fields[i].text;

		if (slice_eq(d->fields[i].name, SLICE("Data")) && is_details(text)) {
			read_details(d, text);
			return;
		}
	}
}
