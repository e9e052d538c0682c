/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/alias.h"

#include "base/ascii.h"
#include "base/attr.h"
#include "base/filetime.h"
#include "src/subject/events.h"

#include <stdio.h>

struct known_text {
	const char *key, *text;
};

/* [MS-DTYP] 2.4.2.4: well-known SIDs.  The record has the machine account's name (HOST$) for the first. */
static const struct known_text service_accounts[] = {
	{ "S-1-5-18", "NT AUTHORITY\\SYSTEM" },
	{ "S-1-5-19", "NT AUTHORITY\\LOCAL SERVICE" },
	{ "S-1-5-20", "NT AUTHORITY\\NETWORK SERVICE" },
};

/* [MS-DTYP] 2.4.2.4, ML_*; Sysmon's words for them. */
static const struct known_text integrity_levels[] = {
	{ "S-1-16-0", "Untrusted" },
	{ "S-1-16-4096", "Low" },
	{ "S-1-16-8192", "Medium" },
	{ "S-1-16-8448", "MediumPlus" },
	{ "S-1-16-12288", "High" },
	{ "S-1-16-16384", "System" },
	{ "S-1-16-20480", "Protected" },
};

/* Roots of the kernel's registry paths and Sysmon's abbreviations (Sysmon's manual, event 12). */
static const struct known_text registry_roots[] = {
	{ "\\REGISTRY\\MACHINE", "HKLM" },
	{ "\\REGISTRY\\USER", "HKU" },
};

static struct slice
known_text_of(const struct known_text *list, size_t count, struct slice key)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(key, slice_from_text(list[i].key)))
			return slice_from_text(list[i].text);
	return SLICE_EMPTY;
}

/* "-" is how Windows writes a name that is not there. */
static bool
is_nothing(struct slice text)
{
	return text.len == 0 || slice_eq(text, SLICE("-"));
}

/* Of the payload, else of System. */
static struct slice
text_of(const struct draft *d, struct slice name)
{
	for (size_t i = 0; i < d->count; i++)
		if (slice_eq(d->fields[i].name, name))
			return d->fields[i].text;
	for (size_t i = 0; i < d->subject->event.system_count; i++)
		if (slice_eq(d->subject->event.system[i].name, name))
			return d->subject->event.system[i].text;
	return SLICE_EMPTY;
}

static struct slice
argument(const struct draft *d, const struct field_alias *a, size_t i)
{
	return i < a->count ? text_of(d, a->arguments[i]) : SLICE_EMPTY;
}

static void
add_first(struct draft *d, const struct field_alias *a)
{
	struct slice text = SLICE_EMPTY;

	for (size_t i = 0; i < a->count && is_nothing(text); i++)
		text = argument(d, a, i);
	if (!is_nothing(text))
		draft_add(d, a->name, text);
}

static void
add_decimal(struct draft *d, const struct field_alias *a)
{
	uint64_t number;

	if (slice_to_u64(argument(d, a, 0), &number))
		draft_add(d, a->name, draft_number(d, number));
}

/* The first that is no zero, else the last. */
static void
add_nonzero(struct draft *d, const struct field_alias *a)
{
	struct slice text = SLICE_EMPTY;
	uint64_t number = 0;

	for (size_t i = 0; i < a->count; i++) {
		text = argument(d, a, i);
		if (!is_nothing(text) && (!slice_to_u64(text, &number) || number))
			break;
	}
	draft_add(d, a->name, text);
}

/* Three arguments: SID, domain, name; three more if the SID is nobody's (S-1-0-0).  The account of a process is its
 * target's where one is given (runas, services), else its creator's. */
static void
add_account(struct draft *d, const struct field_alias *a)
{
	struct slice sid = argument(d, a, 0), domain, name, text;
	size_t at = a->count > 3 && (is_nothing(sid) || slice_eq(sid, SLICE("S-1-0-0"))) ? 3 : 0;

	sid = argument(d, a, at);
	domain = argument(d, a, at + 1);
	name = argument(d, a, at + 2);
	text = known_text_of(service_accounts, ARRAY_LEN(service_accounts), sid);
	if (!text.len && !is_nothing(name))
		text = is_nothing(domain) ? name : draft_join(d, domain, SLICE("\\"), name);
	draft_add(d, a->name, text);
	if (slice_eq(a->name, SLICE("User")) && !is_nothing(sid))
		d->subject->column[COLUMN_USER_SID] = sid;
}

/* Rules list the word and the SID, newer and older ones; both answer. */
static void
add_integrity(struct draft *d, const struct field_alias *a)
{
	struct slice label = argument(d, a, 0);

	if (is_nothing(label))
		return;
	draft_add(d, a->name, known_text_of(integrity_levels, ARRAY_LEN(integrity_levels), label));
	draft_add(d, a->name, label);
}

static void
add_word(struct draft *d, const struct field_alias *a)
{
	struct slice text = argument(d, a, 0);

	for (size_t i = 1; i + 1 < a->count; i += 2) {
		if (!slice_eq_nocase(text, a->arguments[i]))
			continue;
		draft_add(d, a->name, a->arguments[i + 1]);
		return;
	}
	draft_add(d, a->name, text);
}

static bool
starts_with_nocase(struct slice text, struct slice prefix)
{
	return slice_eq_nocase(slice_sub(text, 0, prefix.len), prefix);
}

/* \SYSTEM\ControlSet001 is what Sysmon calls \SYSTEM\CurrentControlSet: the key's part behind the number, or none. */
static struct slice
behind_control_set(struct slice key)
{
	static const char set[] = "\\SYSTEM\\ControlSet";
	struct slice rest = slice_sub(key, sizeof(set) - 1, key.len);
	size_t digits = 0;

	if (!starts_with_nocase(key, SLICE("\\SYSTEM\\ControlSet")))
		return SLICE_EMPTY;
	while (digits < rest.len && ascii_is_digit(rest.ptr[digits]))
		digits++;
	return digits == 3 ? slice_sub(rest, digits, rest.len) : SLICE_EMPTY;
}

static struct slice
registry_path(struct draft *d, struct slice key)
{
	for (size_t i = 0; i < ARRAY_LEN(registry_roots); i++) {
		struct slice root = slice_from_text(registry_roots[i].key), rest = slice_sub(key, root.len, key.len), behind;

		if (!starts_with_nocase(key, root) || (rest.len && rest.ptr[0] != '\\'))
			continue;
		behind = behind_control_set(rest);
		if (i == 0 && behind.ptr)
			return draft_join(d, SLICE("HKLM\\System\\CurrentControlSet"), behind, SLICE_EMPTY);
		return draft_join(d, slice_from_text(registry_roots[i].text), rest, SLICE_EMPTY);
	}
	return key;
}

static void
add_registry(struct draft *d, const struct field_alias *a)
{
	struct slice key = argument(d, a, 0), value = argument(d, a, 1);

	if (is_nothing(key))
		return;
	key = registry_path(d, key);
	draft_add(d, a->name, is_nothing(value) ? key : draft_join(d, key, SLICE("\\"), value));
}

/* Types as message numbers of the Security log: %%1875 REG_BINARY, %%1876 REG_DWORD, %%1883 REG_QWORD (Microsoft's
 * page on event 4657); the others are texts there and here. */
static void
add_value(struct draft *d, const struct field_alias *a)
{
	struct slice data = argument(d, a, 0), type = argument(d, a, 1);
	bool is_qword = slice_eq(type, SLICE("%%1883"));
	uint64_t number;
	char text[48];

	if (slice_eq(type, SLICE("%%1875"))) {
		draft_add(d, a->name, SLICE("Binary Data"));
		return;
	}
	if ((!is_qword && !slice_eq(type, SLICE("%%1876"))) || !slice_to_u64(data, &number)) {
		draft_add(d, a->name, data);
		return;
	}
	if (is_qword)
		snprintf(text, sizeof(text), "QWORD (0x%08x-0x%08x)", (unsigned)(number >> 32), (unsigned)number);
	else
		snprintf(text, sizeof(text), "DWORD (0x%08x)", (unsigned)number);
	draft_add(d, a->name, draft_join(d, slice_from_text(text), SLICE_EMPTY, SLICE_EMPTY));
}

/* \device\harddiskvolume3\Windows: which letter that is the log does not tell; most often C:. */
static void
add_drive(struct draft *d, const struct field_alias *a)
{
	struct slice path = argument(d, a, 0), volume = SLICE("\\device\\harddiskvolume");
	size_t at;

	if (is_nothing(path))
		return;
	draft_add(d, a->name, path);
	at = slice_find_byte(path, '\\', volume.len);
	if (starts_with_nocase(path, volume) && at != SIZE_MAX && at > volume.len)
		draft_add(d, a->name, draft_join(d, SLICE("C:"), slice_sub(path, at, path.len), SLICE_EMPTY));
}

/* 2024-01-02 03:04:05.123 */
static void
add_time(struct draft *d, const struct field_alias *a)
{
	char text[FILETIME_TEXT];
	uint64_t ticks;

	if (!filetime_parse(argument(d, a, 0), &ticks) || filetime_text(ticks, text) < 23)
		return;
	text[10] = ' ';
	draft_add(d, a->name, draft_join(d, slice_from(text, 23), SLICE_EMPTY, SLICE_EMPTY));
}

static void
rename_field(struct draft *d, const struct field_alias *a)
{
	for (size_t i = 0; i < d->count; i++)
		if (slice_eq(d->fields[i].name, a->arguments[0])) {
			d->fields[i].name = a->name;
			d->fields[i].mark = 0;
		}
}

static void (*const functions[])(struct draft *d, const struct field_alias *a) = {
	[FIELD_FIRST] = add_first,         [FIELD_DECIMAL] = add_decimal,   [FIELD_NONZERO] = add_nonzero,
	[FIELD_ACCOUNT] = add_account,     [FIELD_INTEGRITY] = add_integrity, [FIELD_WORD] = add_word,
	[FIELD_REGISTRY] = add_registry,   [FIELD_VALUE] = add_value,       [FIELD_DRIVE] = add_drive,
	[FIELD_TIME] = add_time,           [FIELD_RENAME] = rename_field,
};

/* Sources that are alike share their list of fields, which counts once. */
static bool
is_listed(const struct event_kind *kind, const struct mapping_source *source)
{
	for (size_t i = 0; i < kind->source_count; i++)
		if (kind->sources[i]->aliases == source->aliases)
			return true;
	return false;
}

bool
event_kind_make(struct event_kind *kind, const struct mapping *mapping, struct slice channel, struct slice provider,
	uint32_t event_id, struct arena *arena)
{
	const struct mapping_source **sources;

	*kind = (struct event_kind){ .type = event_type_of(channel, provider, event_id) };
	if (!mapping)
		return true;
	sources = ARENA_ARRAY(arena, const struct mapping_source *, mapping->count + 1);
	if (!sources)
		return false;
	kind->sources = sources;
	for (size_t i = 0; i < mapping->count; i++) {
		const struct mapping_source *source = mapping->sources[i];

		if (source->alias_count && mapping_source_fits(source, channel, provider, event_id) && !is_listed(kind, source))
			sources[kind->source_count++] = source;
	}
	return true;
}

void
alias_fields(struct draft *d, const struct event_kind *kind)
{
	for (size_t i = 0; i < kind->source_count && !d->failed; i++) {
		const struct mapping_source *source = kind->sources[i];

		for (size_t k = 0; k < source->alias_count; k++)
			functions[source->aliases[k].function](d, &source->aliases[k]);
	}
}
