/* SPDX-License-Identifier: Apache-2.0 */
/* From tags such as attack.command-and-control and attack.t1059.001 to ATT&CK's ids.  Version 19 of ATT&CK renamed
 * Defense Evasion to Stealth and took Defense Impairment out of it: rules of both ages are about, and so are the
 * spellings with _ of older rules. */
#include "src/sigma/load.h"

#include "base/ascii.h"
#include "base/buf.h"

enum { TACTIC_NAME_MAX = 40 };

static const struct {
	const char *name;
	const char *id;
} tactics_table[] = {
	{ "reconnaissance", "TA0043" },
	{ "resource-development", "TA0042" },
	{ "initial-access", "TA0001" },
	{ "execution", "TA0002" },
	{ "persistence", "TA0003" },
	{ "privilege-escalation", "TA0004" },
	{ "defense-evasion", "TA0005" },
	{ "stealth", "TA0005" },
	{ "defense-impairment", "TA0112" },
	{ "credential-access", "TA0006" },
	{ "discovery", "TA0007" },
	{ "lateral-movement", "TA0008" },
	{ "collection", "TA0009" },
	{ "command-and-control", "TA0011" },
	{ "exfiltration", "TA0010" },
	{ "impact", "TA0040" },
};

static struct slice
tactic_id(struct slice name)
{
	uint8_t spelled[TACTIC_NAME_MAX];

	if (name.len > sizeof(spelled))
		return SLICE_EMPTY;
	for (size_t i = 0; i < name.len; i++)
		spelled[i] = name.ptr[i] == '_' ? '-' : name.ptr[i];
	for (size_t i = 0; i < ARRAY_LEN(tactics_table); i++)
		if (slice_eq_nocase(slice_from(spelled, name.len), slice_from_text(tactics_table[i].name)))
			return slice_from_text(tactics_table[i].id);
	return SLICE_EMPTY;
}

/* t1059 or t1059.001 */
static bool
is_technique(struct slice name)
{
	static const char shape[] = "t0000.000";

	if (name.len != 5 && name.len != 9)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		if (shape[i] == '0' ? !ascii_is_digit(c) : (c | 0x20) != (shape[i] | 0x20))
			return false;
	}
	return true;
}

/* Appends one item and its NUL, unless it is there. */
static void
add_item(struct buf *b, struct slice item, bool capital)
{
	struct slice rest = buf_view(b), one;

	while (rest.len && slice_split(&rest, '\0', &one))
		if (slice_eq_nocase(one, item))
			return;
	for (size_t i = 0; i < item.len; i++)
		buf_append_byte(b, capital && item.ptr[i] == 't' ? 'T' : item.ptr[i]);
	buf_append_byte(b, '\0');
}

bool
tags_load(struct arena *arena, const struct rule_list *tags, struct slice *tactics, struct slice *techniques)
{
	struct buf tactic_buf, technique_buf;
	bool good;

	buf_init(&tactic_buf, 4096);
	buf_init(&technique_buf, 65536);
	for (size_t i = 0; i < tags->count && technique_buf.len < 60000; i++) {
		struct slice name = slice_sub(tags->items[i], 7, SIZE_MAX), id = tactic_id(name);

		if (!slice_eq_nocase(slice_sub(tags->items[i], 0, 7), SLICE("attack.")))
			continue;
		if (id.len)
			add_item(&tactic_buf, id, false);
		else if (is_technique(name))
			add_item(&technique_buf, name, true);
	}
	good = !tactic_buf.failed && !technique_buf.failed && arena_copy(arena, buf_view(&tactic_buf), tactics) &&
		arena_copy(arena, buf_view(&technique_buf), techniques);
	buf_fini(&tactic_buf);
	buf_fini(&technique_buf);
	return good;
}
