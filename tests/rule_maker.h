/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules and events over a small vocabulary, so that they often meet: for holding the plan against the walk.
 * All choices come from one source of numbers: a seed, or the bytes of a fuzzer. */
#ifndef TESTS_RULE_MAKER_H
#define TESTS_RULE_MAKER_H

#include "base/attr.h"
#include "base/buf.h"
#include "src/sigma/event.h"

#include <stdio.h>

enum { MAKER_FIELDS = 12, MAKER_GAPS = 3, MAKER_TEXT = 600 };

struct maker {
	uint64_t state;
	struct slice bytes; /* used up first */
	struct sigma_field fields[MAKER_FIELDS], system[4];
	size_t gaps[MAKER_FIELDS][MAKER_GAPS];
	uint8_t texts[MAKER_FIELDS][MAKER_TEXT];
	char id[16];
	struct sigma_event event;
};

static inline uint32_t
maker_number(struct maker *m, uint32_t below)
{
	uint64_t x = m->state += 0x9E3779B97F4A7C15u;

	if (m->bytes.len) {
		x = m->bytes.ptr[0];
		m->bytes = slice_sub(m->bytes, 1, m->bytes.len);
		return (uint32_t)(x % below);
	}
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (uint32_t)((x ^ x >> 31) % below);
}

#define MAKER_PICK(m, list) ((list)[maker_number((m), (uint32_t)ARRAY_LEN(list))])

/* K with its Kelvin sign, the long s, letters that grow or shrink when folded, dashes, an emoji. */
static const char *const maker_words[] = { "cmd", ".exe", "PowerShell", " -enc ", " /c ", "-", "/", "\\", "a", "b", "aa",
	"\xC3\xA4", "\xC3\x84", "K", "\xE2\x84\xAA", "\xC5\xBF", "s", "\xC8\xBA", "\xE2\xB1\xA5", "\xE1\xBA\x9E", "\xC3\x9F",
	"\xE2\x80\x93", "\xF0\x9F\x98\x80", "abcdefgh", "abcdxfgh", "10.1.2.3", "192.168.0.9", "fe80::1", "0x10", "16", "7",
	"-3", "1.5", "%temp%", " ", "SQBFAFgA", "+", "xyzzy-the-long-word", "4688", "true" };

static const char *const maker_names[] = { "Image", "CommandLine", "commandline", "Command Line", "Data", "EventID",
	"eventid", "Computer", "Hashes", "User Name", "UserName", "IMAGE" };

static inline void
maker_text(struct maker *m, struct buf *out, uint32_t words, bool wild)
{
	for (uint32_t n = maker_number(m, words + 1); n; n--) {
		const char *word = MAKER_PICK(m, maker_words);

		if (wild && maker_number(m, 6) == 0)
			word = maker_number(m, 2) ? "*" : "?";
		else if (wild && maker_number(m, 12) == 0)
			word = "\\*";
		buf_append_text(out, word);
	}
}

static inline void
maker_quoted(struct maker *m, struct buf *out, uint32_t words, bool wild)
{
	buf_append_byte(out, '\'');
	maker_text(m, out, words, wild);
	buf_append_byte(out, '\'');
}

static const char *const maker_expressions[] = { "a+b?", "^cmd", "exe$", "(?i)POWER.*-enc", "(a|b)c*", "[a-f]{8}",
	"\\\\", "\\.exe(\\s|$)", "a.b", "^$", "x{0}y*", "(?:abcd)x?fgh", "\\+.*\\+", "K", "(?i)k", "^(a+)+$", "\\d{2,}",
	"(?i:S)q", "\xC3\xA4", "[^ ]{3}", "c(m)d|exe", "\\x41", "(ab)*", "\\Aa", "%temp%\\z", "(?<!a)b", "a{2}" };

static const char *const maker_mods[] = { "", "", "", "|contains", "|contains", "|startswith", "|endswith", "|cased",
	"|contains|cased", "|startswith|cased", "|endswith|cased", "|contains|windash", "|windash", "|endswith|windash",
	"|contains|all", "|all|startswith", "|neq", "|contains|neq", "|contains|all|neq", "|base64offset|contains",
	"|wide|base64offset|contains" };

/* The value or values of an item. */
static inline void
maker_values(struct maker *m, struct buf *out, bool wild)
{
	uint32_t count = 1 + maker_number(m, 4);

	if (count == 1) {
		buf_append_byte(out, ' ');
		maker_quoted(m, out, 3, wild);
		buf_append_byte(out, '\n');
		return;
	}
	buf_append_byte(out, '\n');
	for (; count; count--) {
		buf_append_text(out, "      - ");
		maker_quoted(m, out, 3, wild);
		buf_append_byte(out, '\n');
	}
}

static inline void
maker_item(struct maker *m, struct buf *out)
{
	static const char *const others[] = { ": null\n", ": ''\n", ": 16\n", ": [7, -3, 1.5, 4688]\n", "|gte: 7\n", "|lt: 16\n",
		"|exists: true\n", "|exists: false\n", "|cidr: [10.0.0.0/8, 'fe80::/10']\n", "|fieldref: CommandLine\n",
		"|fieldref|contains: Data\n", "|fieldref|endswith: image\n", "|fieldref|neq: Image\n", ": [null, 'a*']\n",
		"|neq: null\n", ": '*'\n", "|contains: ''\n", ": '?'\n", "|contains: ['?', '??a']\n" };
	static const char *const flags[] = { "|re: '", "|re|i: '", "|re|m: '", "|re|neq: '" };

	buf_append_text(out, "    ");
	buf_append_text(out, MAKER_PICK(m, maker_names));
	switch (maker_number(m, 6)) {
	case 0:
		buf_append_text(out, MAKER_PICK(m, others));
		break;
	case 1:
		buf_append_text(out, MAKER_PICK(m, flags));
		buf_append_text(out, MAKER_PICK(m, maker_expressions));
		buf_append_text(out, "'\n");
		break;
	default:
		{
			const char *mods = MAKER_PICK(m, maker_mods);

			buf_append_text(out, mods);
			buf_append_byte(out, ':');
			maker_values(m, out, !strstr(mods, "base64"));
		}
	}
}

static inline void
maker_selection(struct maker *m, struct buf *out, char name)
{
	buf_printf(out, "  s%c:\n", name);
	if (maker_number(m, 6) == 0) {
		for (uint32_t n = 1 + maker_number(m, 3); n; n--) {
			buf_append_text(out, "    - ");
			maker_quoted(m, out, 2, true);
			buf_append_byte(out, '\n');
		}
		return;
	}
	for (uint32_t n = 1 + maker_number(m, 2); n; n--)
		maker_item(m, out);
}

/* One rule, which may turn out invalid (the same key twice). */
static inline void
maker_rule(struct maker *m, struct buf *out)
{
	static const char *const sources[] = { "category: process_creation", "category: process_creation", "category: ps_script",
		"product: windows", "service: security" };
	static const char *const conditions[] = { "sa", "sa and sb", "sa or sb", "sa and not sb", "not sa", "1 of s*",
		"all of s*", "sa or (sb and not sc)", "not (sa or sb)", "sa and not 1 of s*", "not (sa and not sb) and sc",
		"not sa or not sb" };

	buf_printf(out, "title: t\nlogsource:\n  %s\ndetection:\n", MAKER_PICK(m, sources));
	for (char name = 'a'; name <= 'c'; name++)
		maker_selection(m, out, name);
	buf_printf(out, "  condition: %s\n---\n", MAKER_PICK(m, conditions));
}

static inline void
maker_field_text(struct maker *m, size_t i)
{
	struct sigma_field *field = &m->fields[i];
	struct buf text;

	buf_init(&text, MAKER_TEXT);
	maker_text(m, &text, 5, false);
	if (maker_number(m, 40) == 0)
		buf_append_text(&text, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	if (maker_number(m, 10) == 0) /* a lone surrogate, a NUL, a stray byte */
		buf_append(&text, maker_number(m, 2) ? SLICE("\xED\xA0\x80") : maker_number(m, 2) ? SLICE("\0x") : SLICE("\xFF"));
	for (size_t k = 0; k < text.len; k++)
		if (text.ptr[k] < 0x80 && maker_number(m, 4) == 0 && (text.ptr[k] | 0x20) >= 'a' && (text.ptr[k] | 0x20) <= 'z')
			text.ptr[k] ^= 0x20;
	if (text.len)
		memcpy(m->texts[i], text.ptr, text.len);
	field->text = slice_from(m->texts[i], text.len);
	buf_fini(&text);
}

static inline void
maker_gaps(struct maker *m, size_t i)
{
	struct sigma_field *field = &m->fields[i];
	size_t at = 0, count = 0;

	for (uint32_t n = 1 + maker_number(m, MAKER_GAPS); n; n--) {
		at += maker_number(m, (uint32_t)(field->text.len - at) + 1);
		if (at > field->text.len)
			break;
		while (at < field->text.len && (field->text.ptr[at] & 0xC0) == 0x80)
			at++; /* parts are joined before they are converted: never inside a character */
		m->gaps[i][count++] = at;
	}
	sigma_event_gaps(&m->event, field, m->gaps[i], count);
}

/* An event in m->event, valid until the next one. */
static inline void
maker_event(struct maker *m)
{
	static const struct {
		const char *channel, *provider;
		uint32_t id;
	} kinds[] = { { "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1 },
		{ "Security", "Microsoft-Windows-Security-Auditing", 4688 }, { "Security", "x", 4624 },
		{ "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell", 4104 } };
	size_t kind = maker_number(m, (uint32_t)ARRAY_LEN(kinds)), count = maker_number(m, MAKER_FIELDS - 1);
	bool gapped = maker_number(m, 3) == 0;

	m->event = (struct sigma_event){ .channel = slice_from_text(kinds[kind].channel),
		.provider = slice_from_text(kinds[kind].provider), .event_id = kinds[kind].id, .fields = m->fields,
		.field_count = count, .system = m->system, .system_count = 3 };
	for (size_t i = 0; i < count; i++) {
		m->fields[i] = (struct sigma_field){ .name = slice_from_text(MAKER_PICK(m, maker_names)) };
		if (maker_number(m, 10) == 0) {
			m->fields[i].null = true;
			continue;
		}
		maker_field_text(m, i);
		if (gapped && maker_number(m, 2))
			maker_gaps(m, i);
	}
	snprintf(m->id, sizeof(m->id), "%u", kinds[kind].id);
	m->system[0] = (struct sigma_field){ .name = SLICE("EventID"), .text = slice_from_text(m->id) };
	m->system[1] = (struct sigma_field){ .name = SLICE("Computer"), .text = SLICE("PC1.powershell.example") };
	m->system[2] = (struct sigma_field){ .name = SLICE("Channel"), .text = slice_from_text(kinds[kind].channel) };
}

#endif
