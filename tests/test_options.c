/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: what it is read as, what is refused and with which words; suggestions; exit status; numbers. */
#include "src/cli/commands.h"
#include "src/cli/exit.h"
#include "src/cli/options.h"
#include "src/cli/suggest.h"
#include "src/cli/words.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 10 };

/* ---- good command lines ---- */

static const struct {
	const char *name;
	const char *words[WORDS];
	enum command_bit command;
	const char *operands; /* joined by blanks */
	const char *option;   /* one option and its value as the manifest has it; NULL: none */
	const char *value;
} good[] = {
	{ "a path alone is scanned", { "x.evtx" }, COMMAND_SCAN, "x.evtx", NULL, NULL },
	{ "scan by name", { "scan", "x" }, COMMAND_SCAN, "x", NULL, NULL },
	{ "a command behind options", { "-q", "blocks", "x" }, COMMAND_BLOCKS, "x", "quiet", "true" },
	{ "an option's value is no command", { "-o", "info", "x", "-t", "csv" }, COMMAND_SCAN, "x", "output", "info" },
	{ "a path named like a command, with ./", { "./info" }, COMMAND_SCAN, "./info", NULL, NULL },
	{ "a path named like a command, behind --", { "--", "info" }, COMMAND_SCAN, "info", NULL, NULL },
	{ "only the first word is a command", { "dump", "info" }, COMMAND_DUMP, "info", NULL, NULL },
	{ "-- ends options", { "x", "--", "-q", "--" }, COMMAND_SCAN, "x -q --", NULL, NULL },
	{ "a dash is a path", { "-" }, COMMAND_SCAN, "-", NULL, NULL },
	{ "options behind paths", { "x", "--min-level", "high", "y" }, COMMAND_SCAN, "x y", "min-level", "high" },
	{ "a value with =", { "--min-level=low", "x" }, COMMAND_SCAN, "x", "min-level", "low" },
	{ "an = in a value", { "--manifest=a=b", "x" }, COMMAND_SCAN, "x", "manifest", "a=b" },
	{ "a value that follows its letter", { "-oa.csv", "x" }, COMMAND_SCAN, "x", "output", "a.csv" },
	{ "letters together", { "-qvo", "a.csv", "x" }, COMMAND_SCAN, "x", "output", "a.csv" },
	{ "the last of letters together", { "-qv", "x" }, COMMAND_SCAN, "x", "verbose", "true" },
	{ "a value that looks like an option", { "-o", "-q", "x" }, COMMAND_SCAN, "x", "output", "-q" },
	{ "repeated outputs", { "-o", "a.csv", "--output=b.json", "x" }, COMMAND_SCAN, "x", "output", "a.csv,b.json" },
	{ "event ids", { "--include-eid", "4103,4104", "--include-eid=1", "x" }, COMMAND_SCAN, "x", "include-eid",
	  "4103,4104,1" },
	{ "a day", { "--from", "2024-01-02", "x" }, COMMAND_SCAN, "x", "from", "2024-01-02T00:00:00.0000000Z" },
	{ "the last of two levels", { "--min-level=low", "--min-level=high", "x" }, COMMAND_SCAN, "x", "min-level",
	  "high" },
	{ "presets", { "x" }, COMMAND_SCAN, "x", "reader", "auto" },
	{ "a type of dump", { "dump", "-txml", "x" }, COMMAND_DUMP, "x", "type", "xml" },
	{ "a type of info", { "info", "x" }, COMMAND_INFO, "x", "type", "table" },
	{ "an expression", { "search", "-e", "a|b", "x" }, COMMAND_SEARCH, "a|b x", "regexp", "true" },
};

static int
count_words(const char *const *words, char *argv[static WORDS + 2])
{
	static char program[] = "evtriage";
	int argc = 1;

	argv[0] = program;
	for (int i = 0; i < WORDS && words[i]; i++)
		argv[argc++] = (char *)(uintptr_t)words[i]; /* argv is not const, and nobody writes to it */
	argv[argc] = NULL;
	return argc;
}

static bool
parse(const char *const *words, struct options *options, struct err *err)
{
	char *argv[WORDS + 2];

	*err = (struct err){ 0 };
	return options_parse(count_words(words, argv), argv, options, err);
}

START_TEST(reads_good_lines)
{
	struct options options;
	struct err err;
	struct buf operands, value;

	buf_init(&operands, 1000);
	buf_init(&value, 1000);
	ck_assert_msg(parse(good[_i].words, &options, &err), "%s: %s", good[_i].name, err.text);
	ck_assert_msg(options.command == good[_i].command, "%s: command %d", good[_i].name, (int)options.command);
	for (size_t i = 0; i < options.operands.count; i++)
		buf_printf(&operands, "%s%s", i ? " " : "", options.operands.items[i]);
	ck_assert_msg(slice_eq(buf_view(&operands), slice_from_text(good[_i].operands)), "%s: operands %.*s",
		good[_i].name, SLICE_ARGS(buf_view(&operands)));
	if (good[_i].option) {
		const struct option_info *info = option_named(slice_from_text(good[_i].option), options.command);

		ck_assert_msg(info && option_value(info, &options, &value), "%s: not given", good[_i].name);
		ck_assert_msg(slice_eq(buf_view(&value), slice_from_text(good[_i].value)), "%s: value %.*s", good[_i].name,
			SLICE_ARGS(buf_view(&value)));
	}
	options_fini(&options);
	buf_fini(&operands);
	buf_fini(&value);
}
END_TEST

/* A shell puts every log of a large collection on the line: each is there, and their list takes no more than it needs. */
START_TEST(takes_many_paths)
{
	enum { PATHS = 200000, NAME = 12, BYTES_EACH = 40 };
	char **argv = calloc(PATHS + 2, sizeof(*argv)), *names = malloc((size_t)PATHS * NAME);
	struct options options;
	struct err err = { 0 };

	ck_assert(argv && names);
	argv[0] = names;
	for (size_t i = 0; i < PATHS; i++) {
		argv[i + 1] = names + i * NAME;
		snprintf(argv[i + 1], NAME, "%zu.evtx", i);
	}
	ck_assert_msg(options_parse(PATHS + 1, argv, &options, &err), "%s", err.text);
	ck_assert_uint_eq(options.operands.count, PATHS);
	for (size_t i = 0; i < PATHS; i++)
		ck_assert_str_eq(options.operands.items[i], names + i * NAME);
	ck_assert_uint_lt(options.arena.used, (size_t)PATHS * BYTES_EACH);
	options_fini(&options);
	free(argv);
	free(names);
}
END_TEST

/* ---- bad ones ---- */

static const struct {
	const char *name;
	const char *words[WORDS];
	const char *says; /* part of the sentence */
} bad[] = {
	{ "an unknown option", { "--zzzzzz", "x" }, "unknown option --zzzzzz" },
	{ "a near one", { "--mainfest", "m", "x" }, "did you mean --manifest?" },
	{ "the beginning of one", { "--min", "low", "x" }, "did you mean --min-level?" },
	{ "an unknown letter", { "-Z", "x" }, "unknown option -Z" },
	{ "an unknown letter behind a known one", { "-qZ", "x" }, "unknown option -Z" },
	{ "an option of another command", { "info", "--rules", "r", "x" }, "info has no option --rules" },
	{ "a letter of another command", { "dump", "-e", "x" }, "dump has no option -e" },
	{ "no value", { "x", "--min-level" }, "--min-level needs an argument: LEVEL" },
	{ "no value of a letter", { "x", "-o" }, "-o needs an argument: FILE" },
	{ "an empty value", { "--output=", "x" }, "is not a name" },
	{ "a value for a flag", { "--quiet=1", "x" }, "takes no argument" },
	{ "no level", { "--fail-on", "worst", "x" }, "none of informational" },
	{ "no time", { "--to", "2024-13-01", "x" }, "is not a time" },
	{ "no number", { "--include-eid", "4104,", "x" }, "list of event ids" },
	{ "a number too big", { "--include-eid", "65536", "x" }, "list of event ids" },
	{ "no reader", { "--reader=mine", "x" }, "none of auto|direct|libevtx" },
	{ "a format of another command", { "dump", "-t", "csv", "x" }, "none of jsonl|xml" },
	{ "times in the wrong order", { "--from=2024-02-01", "--to=2024-01-01", "x" }, "not before" },
};

START_TEST(refuses_bad_lines)
{
	struct options options;
	struct err err;

	ck_assert_msg(!parse(bad[_i].words, &options, &err), "%s: was taken", bad[_i].name);
	ck_assert_msg(err.code == ERR_SYNTAX, "%s: code %d", bad[_i].name, (int)err.code);
	ck_assert_msg(strstr(err.text, bad[_i].says), "%s: says %s", bad[_i].name, err.text);
	options_fini(&options);
}
END_TEST

/* ---- the tables themselves ---- */

START_TEST(table_is_sound)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_info *a = &option_table[i];

		ck_assert_msg((a->kind == OPTION_FLAG) == !a->argument, "--%s: argument and kind", a->name);
		ck_assert_msg(a->help && *a->help && a->commands, "--%s: help and commands", a->name);
		for (size_t j = i + 1; j < option_count; j++) {
			const struct option_info *b = &option_table[j];

			if (strcmp(a->name, b->name) == 0) {
				ck_assert_msg(!(a->commands & b->commands), "--%s: two rows for one command", a->name);
				ck_assert_msg(a->kind == b->kind && a->field == b->field && a->letter == b->letter,
					"--%s: rows that disagree", a->name);
			} else {
				ck_assert_msg(!a->letter || a->letter != b->letter, "-%c: two options", a->letter);
			}
		}
	}
	for (size_t i = 0; i < command_count; i++)
		ck_assert_ptr_eq(command_named(command_table[i].name), command_with(command_table[i].bit));
}
END_TEST

/* ---- small things ---- */

static const struct {
	const char *typed, *known;
	bool near;
} pairs[] = {
	{ "bloks", "blocks", true },
	{ "serach", "search", true },
	{ "dunp", "dump", true },
	{ "blo", "blocks", true },
	{ "evidence", "info", false },
	{ "a", "scan", false },
	{ "", "scan", false },
	{ "averyveryveryverylongwordindeed", "scan", false },
};

START_TEST(suggests_what_is_near)
{
	struct suggestion best = { 0 };

	suggest(&best, slice_from_text(pairs[_i].typed), pairs[_i].known);
	ck_assert_msg((best.word != NULL) == pairs[_i].near, "%s for %s", pairs[_i].known, pairs[_i].typed);
}
END_TEST

static const struct {
	const char *name;
	struct outcome outcome;
	enum exit_status status;
} ends[] = {
	{ "all well", { 0 }, STATUS_OK },
	{ "losses", { .losses = true }, STATUS_LOSSES },
	{ "findings", { .findings = true }, STATUS_FINDINGS },
	{ "both", { .findings = true, .losses = true }, STATUS_FINDINGS_AND_LOSSES },
	{ "failed wins over both", { .failed = true, .findings = true, .losses = true }, STATUS_FAILED },
	{ "interrupted wins over findings", { .interrupted = true, .findings = true }, STATUS_INTERRUPTED },
	{ "usage wins over failed", { .usage = true, .failed = true }, STATUS_USAGE },
};

START_TEST(ends_with_the_right_status)
{
	ck_assert_msg(exit_status_of(&ends[_i].outcome) == ends[_i].status, "%s: %d", ends[_i].name,
		(int)exit_status_of(&ends[_i].outcome));
}
END_TEST

static const struct {
	uint64_t n;
	const char *number, *bytes, *count;
} numbers[] = {
	{ 0, "0", "0 B", "no losses" },
	{ 1, "1", "1 B", "1 loss" },
	{ 999, "999", "999 B", "999 losses" },
	{ 1000, "1,000", "1,000 B", "1,000 losses" },
	{ 1048575, "1,048,575", "1,023.9 KiB", "1,048,575 losses" },
	{ 1572864, "1,572,864", "1.5 MiB", "1,572,864 losses" },
	{ UINT64_MAX, "18,446,744,073,709,551,615", "15.9 EiB", "18,446,744,073,709,551,615 losses" },
};

static void
check_words(struct buf *out, const char *wanted)
{
	ck_assert_msg(slice_eq(buf_view(out), slice_from_text(wanted)), "%.*s, wanted %s", SLICE_ARGS(buf_view(out)),
		wanted);
	buf_reset(out);
}

START_TEST(numbers_read_well)
{
	struct buf out;

	buf_init(&out, 100);
	buf_thousands(&out, numbers[_i].n);
	check_words(&out, numbers[_i].number);
	words_bytes(&out, numbers[_i].n);
	check_words(&out, numbers[_i].bytes);
	words_count(&out, numbers[_i].n, "loss");
	check_words(&out, numbers[_i].count);
	buf_fini(&out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("options");
	TCase *cases = tcase_create("options");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(cases, takes_many_paths);
	tcase_add_loop_test(cases, reads_good_lines, 0, (int)ARRAY_LEN(good));
	tcase_add_loop_test(cases, refuses_bad_lines, 0, (int)ARRAY_LEN(bad));
	tcase_add_test(cases, table_is_sound);
	tcase_add_loop_test(cases, suggests_what_is_near, 0, (int)ARRAY_LEN(pairs));
	tcase_add_loop_test(cases, ends_with_the_right_status, 0, (int)ARRAY_LEN(ends));
	tcase_add_loop_test(cases, numbers_read_well, 0, (int)ARRAY_LEN(numbers));
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
