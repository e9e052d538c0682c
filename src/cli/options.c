/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/options.h"

#include "base/ckd.h"
#include "base/filetime.h"
#include "base/limits.h"
#include "src/cli/commands.h"
#include "src/cli/suggest.h"

#define FIELD(member) offsetof(struct options, member)
#define LEVELS "informational|low|medium|high|critical"

enum {
	SCANS = COMMAND_SCAN | COMMAND_MERGE,
	FINDINGS = SCANS | COMMAND_SEARCH,
	EVIDENCE = FINDINGS | COMMAND_BLOCKS | COMMAND_DUMP | COMMAND_INFO | COMMAND_CITE,
	RULED = SCANS | COMMAND_CITE | COMMAND_RULES,
	TIMED = FINDINGS | COMMAND_BLOCKS | COMMAND_DUMP,
	ALL = EVIDENCE | COMMAND_RULES | COMMAND_COMPLETE,
};

/* clang-format off */
const struct option_info option_table[] = {
	{ "rules", 'r', OPTION_FILES, RULED, FIELD(rules), "RULES", NULL, NULL,
	  "rule file or folder, instead of the shipped rules; 'default' brings those back" },
	{ "mapping", 0, OPTION_FILES, RULED, FIELD(mappings), "FILE", NULL, NULL,
	  "log sources and field names beside the built-in ones, or in their place" },
	{ "expand", 0, OPTION_PAIRS, RULED, FIELD(placeholders), "NAME=FILE", NULL, NULL,
	  "values of the placeholder %NAME% in rules, one a line" },
	{ "status", 0, OPTION_WORDS, RULED, FIELD(statuses), "STATUS",
	  "stable|test|experimental|deprecated|unsupported", NULL, "only rules of this status" },
	{ "tag", 0, OPTION_WORDS, RULED, FIELD(tags), "TAG", NULL, NULL,
	  "only rules with this tag, such as attack.t1059 or t1059.001" },
	{ "logsource", 0, OPTION_WORDS, RULED, FIELD(logsources), "NAME", NULL, NULL,
	  "only rules with this category, service or product" },
	{ "rule-id", 0, OPTION_WORDS, RULED, FIELD(rule_ids), "ID", NULL, NULL,
	  "only the rule with this id, title or file name" },
	{ "exclude-rule", 0, OPTION_WORDS, RULED, FIELD(excluded_rules), "ID", NULL, NULL,
	  "not the rule with this id, title or file name" },
	{ "evidence", 0, OPTION_FILES, COMMAND_RULES, FIELD(evidence), "PATH", NULL, NULL,
	  "check: which rules have no log in this evidence" },
	{ "field", 0, OPTION_TEXT, COMMAND_RULES, FIELD(field), "NAME", NULL, NULL,
	  "test: take FILE as the text of this field" },
	{ "output", 'o', OPTION_FILES, FINDINGS, FIELD(outputs), "FILE", NULL, NULL,
	  "write findings to FILE; its suffix decides the format; '-' is standard output" },
	{ "output", 'o', OPTION_FILES, COMMAND_DUMP, FIELD(outputs), "FILE", NULL, NULL,
	  "write records to FILE; its suffix decides the format; '-' is standard output" },
	{ "output", 'o', OPTION_FILES, COMMAND_BLOCKS, FIELD(outputs), "DIR", NULL, NULL,
	  "write script blocks and their index into the folder DIR" },
	{ "output", 'o', OPTION_FILES, COMMAND_CITE, FIELD(outputs), "FILE", NULL, NULL,
	  "write to FILE; '-' is standard output" },
	{ "type", 't', OPTION_CHOICE, FINDINGS, FIELD(type), "FORMAT", "csv|json|jsonl|table", NULL,
	  "format where no suffix decides: csv, json, jsonl, table" },
	{ "type", 't', OPTION_CHOICE, COMMAND_DUMP, FIELD(type), "FORMAT", "jsonl|xml", NULL,
	  "format where no suffix decides: jsonl, xml" },
	{ "type", 't', OPTION_CHOICE, COMMAND_CITE, FIELD(type), "FORMAT", "text|json", "text",
	  "format: text, json" },
	{ "type", 't', OPTION_CHOICE, COMMAND_INFO | COMMAND_RULES, FIELD(type), "FORMAT", "table|jsonl", "table",
	  "format: table, jsonl" },
	{ "regexp", 'e', OPTION_FLAG, COMMAND_SEARCH, FIELD(regexp), NULL, NULL, NULL,
	  "PATTERN is a regular expression" },
	{ "min-level", 0, OPTION_LEVEL, SCANS, FIELD(min_level), "LEVEL", LEVELS, NULL,
	  "write findings of this level and above" },
	{ "min-level", 0, OPTION_LEVEL, COMMAND_RULES, FIELD(min_level), "LEVEL", LEVELS, NULL,
	  "only rules of this level and above" },
	{ "fail-on", 0, OPTION_LEVEL, SCANS, FIELD(fail_on), "LEVEL", LEVELS, NULL,
	  "exit with 10 when there is a finding of this level or above" },
	{ "from", 0, OPTION_TIME, TIMED, FIELD(from), "TIME", NULL, NULL,
	  "only what happened at TIME or later (UTC)" },
	{ "to", 0, OPTION_TIME, TIMED, FIELD(to), "TIME", NULL, NULL,
	  "only what happened before TIME (UTC)" },
	{ "include-eid", 0, OPTION_NUMBERS, FINDINGS | COMMAND_DUMP, FIELD(event_ids), "N[,N]", NULL, NULL,
	  "only records with these event ids" },
	{ "reader", 0, OPTION_CHOICE, EVIDENCE | COMMAND_RULES, FIELD(reader), "READER", "auto|direct|libevtx", "auto",
	  "who reads the logs: auto, direct, libevtx" },
	{ "residual", 0, OPTION_CHOICE, EVIDENCE & ~COMMAND_DUMP, FIELD(residual), "WHETHER", "yes|no", "yes",
	  "whether records from slack space take part, flagged: yes, no" },
	{ "residual", 0, OPTION_CHOICE, COMMAND_DUMP, FIELD(residual), "WHETHER", "yes|no", "no",
	  "whether records from slack space come behind the others: yes, no" },
	{ "carve", 0, OPTION_FLAG, EVIDENCE, FIELD(carve), NULL, NULL, NULL,
	  "search files that are no logs for chunks and records" },
	{ "verify", 0, OPTION_FLAG, COMMAND_SCAN | COMMAND_MERGE | COMMAND_SEARCH | COMMAND_BLOCKS, FIELD(verify), NULL, NULL, NULL,
	  "let libevtx read every record of interest again and compare" },
	{ "threads", 0, OPTION_COUNT, EVIDENCE | COMMAND_RULES, FIELD(threads), "N", NULL, NULL,
	  "that many workers; without it one a processor" },
	{ "require-sandbox", 0, OPTION_FLAG, EVIDENCE | COMMAND_RULES, FIELD(require_sandbox), NULL, NULL, NULL,
	  "read nothing unless workers can be locked up in full" },
	{ "partial", 0, OPTION_FILE, COMMAND_SCAN, FIELD(partial), "FILE", NULL, NULL,
	  "write a partial result for merge to FILE, no timeline" },
	{ "manifest", 0, OPTION_FILE, EVIDENCE, FIELD(manifest), "FILE", NULL, NULL,
	  "write hashes, counts, losses and limits of the run as JSON" },
	{ "rules-strict", 0, OPTION_FLAG, SCANS, FIELD(rules_strict), NULL, NULL, NULL,
	  "read no evidence when a rule is invalid" },
	{ "csv-raw", 0, OPTION_FLAG, FINDINGS, FIELD(csv_raw), NULL, NULL, NULL,
	  "CSV cells without the guard against formulas" },
	{ "bom", 0, OPTION_FLAG, FINDINGS, FIELD(bom), NULL, NULL, NULL,
	  "byte order mark in front of CSV, for Excel" },
	{ "force", 0, OPTION_FLAG, ALL & ~COMMAND_COMPLETE, FIELD(force), NULL, NULL, NULL,
	  "replace outputs that exist" },
	{ "temp-dir", 0, OPTION_FILE, EVIDENCE | COMMAND_RULES, FIELD(temp_dir), "DIR", NULL, NULL,
	  "folder for temporary files; TMPDIR or /tmp without it" },
	{ "no-color", 0, OPTION_FLAG, FINDINGS, FIELD(no_color), NULL, NULL, NULL,
	  "no colours on the terminal" },
	{ "quiet", 'q', OPTION_FLAG, ALL, FIELD(quiet), NULL, NULL, NULL,
	  "no progress, limits and summary; losses and errors are still told" },
	{ "verbose", 'v', OPTION_FLAG, ALL, FIELD(verbose), NULL, NULL, NULL,
	  "tell every loss, limit and skipped file, and every rule that does not run" },
	{ "help", 'h', OPTION_FLAG, ALL, FIELD(help), NULL, NULL, NULL,
	  "show this help" },
	{ "version", 0, OPTION_FLAG, ALL, FIELD(version), NULL, NULL, NULL,
	  "show the version" },
};
/* clang-format on */
const size_t option_count = ARRAY_LEN(option_table);

const struct option_info *
option_named(struct slice name, unsigned commands)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].commands & commands && slice_eq(slice_from_text(option_table[i].name), name))
			return &option_table[i];
	return NULL;
}

const struct option_info *
option_lettered(char letter, unsigned commands)
{
	for (size_t i = 0; letter && i < option_count; i++)
		if (option_table[i].commands & commands && option_table[i].letter == letter)
			return &option_table[i];
	return NULL;
}

/* The items with room for one more: it doubles when their count is a power of two.  NULL: memory ran out. */
static void *
list_room(void *items, size_t count, size_t size, struct arena *arena)
{
	void *grown;

	if (count & (count - 1))
		return items;
	grown = arena_alloc(arena, count ? 2 * count : 1, size);
	if (grown && count)
		memcpy(grown, items, count * size);
	return grown;
}

static bool
list_add(struct text_list *list, const char *text, struct arena *arena, struct err *err)
{
	const char **items = list_room(list->items, list->count, sizeof(*items), arena);

	if (!items)
		return err_nomem(err);
	items[list->count] = text;
	*list = (struct text_list){ items, list->count + 1 };
	return true;
}

/* What a value is checked with: the field it goes to, and the words for a refusal. */
struct target {
	const struct option_info *info;
	void *field;
	struct arena *arena;
};

static bool
refuse(const struct target *t, const char *value, const char *wanted, struct err *err)
{
	return err_set(err, ERR_SYNTAX, 0, "--%s: '%.100s' is not %s", t->info->name, value, wanted);
}

static bool
set_flag(const struct target *t, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	*(bool *)t->field = true;
	return true;
}

static bool
set_text(const struct target *t, const char *value, struct err *err)
{
	if (!*value)
		return refuse(t, value, "a name", err);
	*(const char **)t->field = value;
	return true;
}

static bool
add_text(const struct target *t, const char *value, struct err *err)
{
	if (!*value)
		return refuse(t, value, "a name", err);
	return list_add(t->field, value, t->arena, err);
}

static bool
add_words(const struct target *t, const char *value, struct err *err)
{
	struct slice rest = slice_from_text(value), word, copy;

	while (slice_split(&rest, ',', &word)) {
		if (word.len == 0)
			return refuse(t, value, "a word, or words with commas between", err);
		if (!arena_copy(t->arena, word, &copy))
			return err_nomem(err);
		if (!list_add(t->field, (const char *)copy.ptr, t->arena, err))
			return false;
	}
	return *value || refuse(t, value, "a word", err);
}

static bool
add_pair(const struct target *t, const char *value, struct err *err)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value || !equals[1])
		return refuse(t, value, t->info->argument, err);
	return list_add(t->field, value, t->arena, err);
}

static bool
set_choice(const struct target *t, const char *value, struct err *err)
{
	struct slice rest = slice_from_text(t->info->choices), choice;

	while (slice_split(&rest, '|', &choice)) {
		if (!slice_eq(choice, slice_from_text(value)))
			continue;
		*(const char **)t->field = value;
		return true;
	}
	return err_set(err, ERR_SYNTAX, 0, "--%s: '%.100s' is none of %s", t->info->name, value, t->info->choices);
}

static bool
set_level(const struct target *t, const char *value, struct err *err)
{
	enum rule_level level;

	if (!rule_level_parse(slice_from_text(value), &level) || level == LEVEL_NONE)
		return err_set(err, ERR_SYNTAX, 0, "--%s: '%.100s' is none of %s", t->info->name, value, LEVELS);
	*(enum rule_level *)t->field = level;
	return true;
}

static bool
set_time(const struct target *t, const char *value, struct err *err)
{
	if (!filetime_parse(slice_from_text(value), t->field))
		return refuse(t, value, "a time like 2024-01-02 or 2024-01-02T03:04:05Z", err);
	return true;
}

static bool
add_numbers(const struct target *t, const char *value, struct err *err)
{
	struct slice rest = slice_from_text(value), text;
	struct number_list *list = t->field;

	if (!rest.len)
		return refuse(t, value, "an event id", err);
	while (slice_split(&rest, ',', &text)) {
		uint32_t *items;
		uint64_t number;

		if (!slice_to_u64(text, &number) || number > UINT16_MAX)
			return refuse(t, value, "a list of event ids like 4103,4104", err);
		items = list_room(list->items, list->count, sizeof(*items), t->arena);
		if (!items)
			return err_nomem(err);
		items[list->count] = (uint32_t)number;
		*list = (struct number_list){ items, list->count + 1 };
	}
	return true;
}

static bool
set_count(const struct target *t, const char *value, struct err *err)
{
	uint64_t number;

	if (!slice_to_u64(slice_from_text(value), &number) || number < 1 || number > LIMIT_WORKERS)
		return err_set(err, ERR_SYNTAX, 0, "--%s: '%.100s' is not a number from 1 to %d", t->info->name, value,
			LIMIT_WORKERS);
	*(uint32_t *)t->field = (uint32_t)number;
	return true;
}

static bool (*const setters[])(const struct target *t, const char *value, struct err *err) = {
	[OPTION_FLAG] = set_flag,     [OPTION_TEXT] = set_text,   [OPTION_FILE] = set_text,
	[OPTION_FILES] = add_text,    [OPTION_CHOICE] = set_choice, [OPTION_LEVEL] = set_level,
	[OPTION_TIME] = set_time,     [OPTION_NUMBERS] = add_numbers, [OPTION_WORDS] = add_words,
	[OPTION_PAIRS] = add_pair,    [OPTION_COUNT] = set_count,
};

static bool
option_set(const struct option_info *info, const char *value, struct options *o, struct err *err)
{
	struct target target = { info, (char *)o + info->field, &o->arena };

	return setters[info->kind](&target, value, err);
}

/* ---- walking over the words ---- */

struct words {
	char *const *items;
	int count, at;
	unsigned commands; /* whose options are known: every command's, until the command is */
	bool only_operands; /* "--" was seen */
};

struct word {
	const struct option_info *info; /* NULL: an operand */
	const char *value;
	size_t letter; /* position in a cluster like -qv that is still being read; 0: none */
};

static bool
unknown_long(struct slice name, unsigned commands, struct err *err)
{
	struct suggestion best = { 0 };

	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].commands & commands)
			suggest(&best, name, option_table[i].name);
	if (option_named(name, ALL))
		return err_set(err, ERR_SYNTAX, 0, "%s has no option --%.60s", command_with(commands)->name,
			option_named(name, ALL)->name);
	if (best.word)
		return err_set(err, ERR_SYNTAX, 0, "unknown option --%.*s; did you mean --%s?",
			(int)(name.len < 60 ? name.len : 60), (const char *)name.ptr, best.word);
	return err_set(err, ERR_SYNTAX, 0, "unknown option --%.*s", (int)(name.len < 60 ? name.len : 60),
		(const char *)name.ptr);
}

static bool
take_value(struct words *w, struct word *word, const char *attached, const char *shown, struct err *err)
{
	word->value = attached;
	if (word->info->kind == OPTION_FLAG)
		return true;
	if (!word->value && w->at < w->count)
		word->value = w->items[w->at++];
	return word->value || err_set(err, ERR_SYNTAX, 0, "%.60s needs an argument: %s", shown, word->info->argument);
}

static bool
take_long(struct words *w, const char *text, struct word *word, struct err *err)
{
	const char *equals = strchr(text, '=');
	struct slice name = equals ? slice_from(text + 2, (size_t)(equals - text - 2)) : slice_from_text(text + 2);

	word->info = option_named(name, w->commands);
	if (!word->info)
		return unknown_long(name, w->commands, err);
	if (equals && word->info->kind == OPTION_FLAG)
		return err_set(err, ERR_SYNTAX, 0, "--%s takes no argument", word->info->name);
	return take_value(w, word, equals ? equals + 1 : NULL, text, err);
}

/* One letter of "-qv"; the rest of the word is the value of a letter that wants one, as in "-ofile.csv". */
static bool
take_letter(struct words *w, const char *text, struct word *word, struct err *err)
{
	size_t at = word->letter ? word->letter : 1;
	const char shown[] = { '-', text[at], '\0' };

	word->info = option_lettered(text[at], w->commands);
	word->letter = 0;
	if (!word->info && option_lettered(text[at], ALL))
		return err_set(err, ERR_SYNTAX, 0, "%s has no option %s", command_with(w->commands)->name, shown);
	if (!word->info)
		return err_set(err, ERR_SYNTAX, 0, "unknown option %s", shown);
	if (word->info->kind == OPTION_FLAG) {
		if (text[at + 1])
			word->letter = at + 1;
		return true;
	}
	return take_value(w, word, text[at + 1] ? text + at + 1 : NULL, shown, err);
}

/* The next option or operand; false at the end (err->code ERR_OK) and for what is no option. */
static bool
words_next(struct words *w, struct word *word, struct err *err)
{
	const char *text;

	err->code = ERR_OK;
	if (word->letter)
		return take_letter(w, w->items[w->at - 1], word, err);
	if (w->at < w->count && !w->only_operands && strcmp(w->items[w->at], "--") == 0) {
		w->only_operands = true;
		w->at++;
	}
	if (w->at >= w->count)
		return false;
	text = w->items[w->at++];
	if (w->only_operands || text[0] != '-' || !text[1]) {
		word->info = NULL;
		word->value = text;
		return true;
	}
	return text[1] == '-' ? take_long(w, text, word, err) : take_letter(w, text, word, err);
}

/* Which command the words name, and where; *at is -1 where scan is meant without being named.  Options are looked up
 * among those of all commands here: they agree on which options take an argument. */
static const struct command *
find_command(int argc, char *const *argv, int *at)
{
	struct words w = { .items = argv, .count = argc, .at = 1, .commands = ALL };
	struct word word = { 0 };
	struct err ignored = { 0 };
	const struct command *command = NULL;

	*at = -1;
	while (words_next(&w, &word, &ignored) || ignored.code) {
		if (ignored.code || word.info) /* an error here is an error in the second round */
			continue;
		command = w.only_operands ? NULL : command_named(word.value);
		if (command)
			*at = w.at - 1;
		break;
	}
	return command ? command : command_with(COMMAND_SCAN);
}

static void
set_presets(struct options *o)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].preset && option_table[i].commands & o->command)
			*(const char **)(void *)((char *)o + option_table[i].field) = option_table[i].preset;
}

bool
options_parse(int argc, char *const *argv, struct options *options, struct err *err)
{
	struct words w = { .items = argv, .count = argc, .at = 1 };
	struct word word = { 0 };
	int command_at;

	*options = (struct options){ 0 };
	arena_init(&options->arena, 1 << 30);
	options->command = find_command(argc, argv, &command_at)->bit;
	w.commands = options->command;
	set_presets(options);
	while (words_next(&w, &word, err)) {
		bool done = true;

		if (word.info)
			done = option_set(word.info, word.value, options, err);
		else if (w.at - 1 != command_at)
			done = list_add(&options->operands, word.value, &options->arena, err);
		if (!done)
			return false;
	}
	if (err->code)
		return false;
	if (options->to && options->from >= options->to)
		return err_set(err, ERR_SYNTAX, 0, "--from is not before --to: nothing could be found");
	if (options->partial && options->outputs.count)
		return err_set(err, ERR_SYNTAX, 0, "--partial writes no timeline, so there is nothing for -o: merge has it");
	return true;
}

void
options_fini(struct options *options)
{
	arena_fini(&options->arena);
	*options = (struct options){ 0 };
}

/* ---- back to text ---- */

static void
append_list(struct buf *out, size_t at, const char *text)
{
	if (at)
		buf_append_byte(out, ',');
	buf_append_text(out, text);
}

bool
option_value(const struct option_info *info, const struct options *options, struct buf *out)
{
	const void *field = (const char *)options + info->field;
	const struct text_list *texts = field;
	const struct number_list *numbers = field;
	char time[FILETIME_TEXT];

	switch (info->kind) {
	case OPTION_FLAG:
		buf_append_text(out, "true");
		return *(const bool *)field;
	case OPTION_TEXT:
	case OPTION_FILE:
	case OPTION_CHOICE:
		buf_append_text(out, *(const char *const *)field);
		return *(const char *const *)field != NULL;
	case OPTION_FILES:
	case OPTION_WORDS:
	case OPTION_PAIRS:
		for (size_t i = 0; i < texts->count; i++)
			append_list(out, i, texts->items[i]);
		return texts->count > 0;
	case OPTION_LEVEL:
		buf_append_text(out, rule_level_name(*(const enum rule_level *)field));
		return *(const enum rule_level *)field != LEVEL_NONE;
	case OPTION_TIME:
		filetime_text(*(const uint64_t *)field, time);
		buf_append_text(out, time);
		return *(const uint64_t *)field != 0;
	case OPTION_COUNT:
		buf_printf(out, "%u", *(const uint32_t *)field);
		return *(const uint32_t *)field != 0;
	case OPTION_NUMBERS:
		for (size_t i = 0; i < numbers->count; i++)
			buf_printf(out, i ? ",%u" : "%u", numbers->items[i]);
		return numbers->count > 0;
	}
	return false;
}
