/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/dispatch.h"

#include "src/cli/help.h"
#include "src/cli/signals.h"
#include "src/cli/suggest.h"
#include "src/cli/tee.h"

#include <stdio.h>
#include <sys/stat.h>

enum exit_status
usage_error(struct console *console, const struct options *options, const char *text)
{
	const struct command *command = command_with(options->command);

	console_say(console, "%s", text);
	if (command->bit == COMMAND_SCAN || command->hidden)
		console_say(console, "'evtriage --help' shows how it is used");
	else
		console_say(console, "'evtriage %s --help' shows how it is used", command->name);
	return STATUS_USAGE;
}

/* "evtriage bloks": a first word that is neither a command nor a file was probably meant as a command.  The run
 * itself tells that there is no such file. */
static void
hint_command(const struct options *options, struct console *console)
{
	struct suggestion best = { 0 };
	struct stat st;
	const char *word;

	if (options->command != COMMAND_SCAN || !options->operands.count)
		return;
	word = options->operands.items[0];
	if (strchr(word, '/') || strcmp(word, "-") == 0 || lstat(word, &st) == 0)
		return;
	for (size_t i = 0; i < command_count; i++)
		if (!command_table[i].hidden)
			suggest(&best, slice_from_text(word), command_table[i].name);
	if (best.word && strcmp(best.word, word) != 0)
		console_say(console, "there is no file %.100s; did you mean the command %s?", word, best.word);
}

static enum exit_status
print(struct buf *text, struct console *console)
{
	struct err err = { 0 };

	if (tee_print(text, true, &err))
		return STATUS_OK;
	console_say(console, "%s", err.text);
	return STATUS_FAILED;
}

/* Help of one command when it was named, else of the program. */
static enum exit_status
show_text(const struct options *options, struct console *console, int argc, char *const *argv)
{
	const struct command *command = command_with(options->command);
	enum exit_status status;
	bool named = false;
	struct buf text;

	for (int i = 1; i < argc; i++)
		named |= strcmp(argv[i], command->name) == 0;
	buf_init(&text, 1 << 20);
	if (options->help)
		help_write(named ? command : NULL, &text);
	else
		help_version(&text);
	status = print(&text, console);
	buf_fini(&text);
	return status;
}

enum exit_status
dispatch(const struct options *options, struct console *console, int argc, char *const *argv)
{
	const struct command *command = command_with(options->command);
	const struct invocation call = { options, console, argc, argv };

	signals_ignore_failures();
	if (options->help || options->version)
		return show_text(options, console, argc, argv);
	if (options->operands.count < command->min_operands) {
		char text[160];

		snprintf(text, sizeof(text), "%s needs %s", command->name, command->operands);
		return usage_error(console, options, text);
	}
	hint_command(options, console);
	return command->run(&call);
}
