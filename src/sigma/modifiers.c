/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/modifiers.h"

#include "src/sigma/load.h"

struct modifier_row {
	const char *name;
	unsigned bit;
	unsigned behind; /* what may stand before it, besides MOD_FREE */
	unsigned needed; /* what must stand before it */
	int detail;      /* comparison, encoding or part of a time */
	const char *hint;
};

#define BEHIND_WRAP MOD_TEXT | MOD_FIELDREF | MOD_REGEX | MOD_EXPAND
#define HINT_WRAP "it is for texts, expressions and fieldref"
#define HINT_FIRST "it must be the first modifier"
#define HINT_FLAG "the flags i, m and s follow 're'"
#define HINT_ENCODE "encodings stand before contains, startswith and endswith, and UTF-16 before base64"
#define HINT_ALONE "a number is compared, nothing else can be done with it"
#define HINT_TIME "it reads the field as a time, so it comes first, and only lt, lte, gt, gte may follow"

/* clang-format off */
static const struct modifier_row rows[] = {
	{ "contains", MOD_CONTAINS, BEHIND_WRAP, 0, 0, HINT_WRAP },
	{ "startswith", MOD_STARTSWITH, BEHIND_WRAP, 0, 0, HINT_WRAP },
	{ "endswith", MOD_ENDSWITH, BEHIND_WRAP, 0, 0, HINT_WRAP },
	{ "all", MOD_ALL, ~0u, 0, 0, NULL },
	{ "neq", MOD_NEQ, ~0u, 0, 0, NULL },
	{ "re", MOD_RE, 0, 0, 0, HINT_FIRST },
	{ "i", MOD_CASELESS, MOD_REGEX, MOD_RE, 0, HINT_FLAG },
	{ "ignorecase", MOD_CASELESS, MOD_REGEX, MOD_RE, 0, HINT_FLAG },
	{ "m", MOD_MULTILINE, MOD_REGEX, MOD_RE, 0, HINT_FLAG },
	{ "multiline", MOD_MULTILINE, MOD_REGEX, MOD_RE, 0, HINT_FLAG },
	{ "s", MOD_DOTALL, MOD_REGEX, MOD_RE, 0, HINT_FLAG },
	{ "dotall", MOD_DOTALL, MOD_REGEX, MOD_RE, 0, HINT_FLAG },
	{ "cased", MOD_CASED, MOD_TEXT | MOD_FIELDREF | MOD_EXPAND, 0, 0,
	  "it is for texts; an expression minds case unless it has the flag i" },
	{ "windash", MOD_WINDASH, MOD_WRAP | MOD_CASED | MOD_EXPAND, 0, 0, "option signs are those of the text: it stands before the encodings" },
	{ "base64", MOD_ENCODE, MOD_ENCODE | MOD_CASED | MOD_EXPAND | MOD_WINDASH, 0, ENCODE_BASE64, HINT_ENCODE },
	{ "base64offset", MOD_ENCODE, MOD_ENCODE | MOD_CASED | MOD_EXPAND | MOD_WINDASH, 0, ENCODE_BASE64_OFFSET, HINT_ENCODE },
	{ "wide", MOD_ENCODE, MOD_CASED | MOD_EXPAND | MOD_WINDASH, 0, ENCODE_UTF16LE, HINT_ENCODE },
	{ "utf16le", MOD_ENCODE, MOD_CASED | MOD_EXPAND | MOD_WINDASH, 0, ENCODE_UTF16LE, HINT_ENCODE },
	{ "utf16be", MOD_ENCODE, MOD_CASED | MOD_EXPAND | MOD_WINDASH, 0, ENCODE_UTF16BE, HINT_ENCODE },
	{ "utf16", MOD_ENCODE, MOD_CASED | MOD_EXPAND | MOD_WINDASH, 0, ENCODE_UTF16, HINT_ENCODE },
	{ "cidr", MOD_CIDR, 0, 0, 0, HINT_FIRST },
	{ "lt", MOD_COMPARE, MOD_TIME, 0, COMPARE_LESS, HINT_ALONE },
	{ "lte", MOD_COMPARE, MOD_TIME, 0, COMPARE_LESS_EQUAL, HINT_ALONE },
	{ "gt", MOD_COMPARE, MOD_TIME, 0, COMPARE_GREATER, HINT_ALONE },
	{ "gte", MOD_COMPARE, MOD_TIME, 0, COMPARE_GREATER_EQUAL, HINT_ALONE },
	{ "exists", MOD_EXISTS, 0, 0, 0, "it must be the only modifier" },
	{ "fieldref", MOD_FIELDREF, MOD_WRAP | MOD_CASED, 0, 0, "it goes with contains, startswith, endswith and cased" },
	{ "expand", MOD_EXPAND, MOD_TEXT | MOD_REGEX | MOD_CIDR, 0, 0, "it is for texts, expressions and networks" },
	{ "minute", MOD_TIME, 0, 0, TIME_MINUTE, HINT_TIME },
	{ "hour", MOD_TIME, 0, 0, TIME_HOUR, HINT_TIME },
	{ "day", MOD_TIME, 0, 0, TIME_DAY, HINT_TIME },
	{ "week", MOD_TIME, 0, 0, TIME_WEEK, HINT_TIME },
	{ "month", MOD_TIME, 0, 0, TIME_MONTH, HINT_TIME },
	{ "year", MOD_TIME, 0, 0, TIME_YEAR, HINT_TIME },
};
/* clang-format on */

/* Nearest names for the words that people write instead. */
static const struct {
	const char *written, *meant;
} confused[] = {
	{ "equals", "no modifier at all" }, { "eq", "no modifier at all" },       { "ne", "neq" },
	{ "not", "neq" },                   { "regex", "re" },                    { "endwith", "endswith" },
	{ "startwith", "startswith" },      { "begins", "startswith" },           { "ends", "endswith" },
	{ "contain", "contains" },          { "base64_offset", "base64offset" },  { "utf8", "base64 alone" },
	{ "equalsfield", "fieldref" },      { "endswithfield", "fieldref|endswith" },
};

static bool
unknown_modifier(struct slice name, uint64_t at, struct err *err)
{
	if (name.len == 0)
		return err_set(err, ERR_SYNTAX, at, "a modifier without a name: two '|' in a row, or one at the end");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (slice_eq_nocase(name, slice_from_text(rows[i].name)))
			return err_set(err, ERR_SYNTAX, at, "unknown modifier '%.*s': write '%s' in lower case", SHOWN(name),
				rows[i].name);
	for (size_t i = 0; i < ARRAY_LEN(confused); i++)
		if (slice_eq_nocase(name, slice_from_text(confused[i].written)))
			return err_set(err, ERR_SYNTAX, at, "unknown modifier '%.*s': Sigma's word is %s", SHOWN(name),
				confused[i].meant);
	return err_set(err, ERR_SYNTAX, at, "unknown modifier '%.*s'", SHOWN(name));
}

static const struct modifier_row *
find_row(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (slice_eq(name, slice_from_text(rows[i].name)))
			return &rows[i];
	return NULL;
}

/* The first of the words before `end` that the row cannot stand behind, for the message. */
static const struct modifier_row *
find_obstacle(struct slice text, const struct modifier_row *row, unsigned allowed)
{
	struct slice name;

	while (slice_split(&text, '|', &name)) {
		const struct modifier_row *before = find_row(name);

		if (before == row || !before)
			break;
		if (before->bit & ~allowed)
			return before;
	}
	return row;
}

static bool
check_order(struct slice text, const struct modifiers *m, const struct modifier_row *row, uint64_t at,
	struct err *err)
{
	unsigned allowed = row->bit == MOD_EXISTS ? 0 : row->behind | MOD_FREE;
	const struct modifier_row *obstacle;

	if (m->set & MOD_EXISTS)
		return err_set(err, ERR_SYNTAX, at, "'%s' behind 'exists': exists must be the only modifier", row->name);
	if ((m->set & row->needed) != row->needed)
		return err_set(err, ERR_SYNTAX, at, "modifier '%s' needs 're' before it", row->name);
	if (m->set & row->bit && row->bit != MOD_ENCODE)
		return err_set(err, ERR_SYNTAX, at, "modifier '%s' says again what one before it says", row->name);
	if (!(m->set & ~allowed))
		return true;
	obstacle = find_obstacle(text, row, allowed);
	return err_set(err, ERR_SYNTAX, at, "modifier '%s' cannot stand behind '%s': %s", row->name, obstacle->name,
		row->hint);
}

static bool
add_step(struct modifiers *m, const struct modifier_row *row, uint64_t at, struct err *err)
{
	if (m->step_count && m->steps[m->step_count - 1] == ENCODE_BASE64_OFFSET)
		return err_set(err, ERR_SYNTAX, at, "no encoding can follow 'base64offset', not even '%s'", row->name);
	if (m->step_count == STEPS_MAX)
		return err_set(err, ERR_SYNTAX, at, "more than %d encodings", STEPS_MAX);
	m->steps[m->step_count++] = (enum encoding)row->detail;
	return true;
}

bool
modifiers_parse(struct slice text, struct modifiers *m, uint64_t at, struct err *err)
{
	struct slice rest = text, name;

	*m = (struct modifiers){ 0 };
	while (slice_split(&rest, '|', &name)) {
		const struct modifier_row *row = find_row(name);

		if (!row)
			return unknown_modifier(name, at, err);
		if (!check_order(text, m, row, at, err))
			return false;
		if (row->bit == MOD_ENCODE && !add_step(m, row, at, err))
			return false;
		if (row->bit == MOD_COMPARE)
			m->comparison = (enum comparison)row->detail;
		if (row->bit == MOD_TIME)
			m->part = (enum time_part)row->detail;
		m->set |= row->bit;
	}
	return true;
}

bool
modifiers_end_in_base64(const struct modifiers *m)
{
	return m->step_count && m->steps[m->step_count - 1] >= ENCODE_BASE64;
}
