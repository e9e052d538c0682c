/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/help.h"

#include "config.h"

#include <stdio.h>

enum { OPTION_COLUMN = 30 };

static void
pad_to(struct buf *out, size_t line_begin, size_t column)
{
	if (out->len - line_begin + 1 > column) {
		buf_append_byte(out, '\n');
		line_begin = out->len;
	}
	while (!out->failed && out->len - line_begin < column)
		buf_append_byte(out, ' ');
}

static void
option_help(const struct option_info *info, struct buf *out)
{
	size_t begin = out->len;

	if (info->letter)
		buf_printf(out, "  -%c, --%s", info->letter, info->name);
	else
		buf_printf(out, "      --%s", info->name);
	if (info->argument)
		buf_printf(out, " %s", info->argument);
	pad_to(out, begin, OPTION_COLUMN);
	buf_append_text(out, info->help);
	if (info->preset)
		buf_printf(out, " (default: %s)", info->preset);
	buf_append_byte(out, '\n');
}

static void
command_help(const struct command *command, struct buf *out)
{
	size_t begin = out->len;

	buf_printf(out, "  %s %s", command->name, command->operands);
	pad_to(out, begin, OPTION_COLUMN + 4);
	buf_printf(out, "%s\n", command->summary);
}

void
help_write(const struct command *command, struct buf *out)
{
	unsigned mask = command ? command->bit : COMMAND_SCAN;

	if (command) {
		buf_printf(out, "usage: evtriage %s [OPTION]... %s\n\n%s\n\n", command->name, command->operands,
			command->summary);
	} else {
		buf_append_text(out, "usage: evtriage [COMMAND] [OPTION]... PATH...\n\n"
			"Finds out from Windows event logs (.evtx) what PowerShell did.\n\nCommands:\n");
		for (size_t i = 0; i < command_count; i++)
			if (!command_table[i].hidden)
				command_help(&command_table[i], out);
		buf_append_text(out, "\nOptions of scan ('evtriage COMMAND --help' shows those of the others):\n");
	}
	if (command)
		buf_append_text(out, "Options:\n");
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].commands & mask)
			option_help(&option_table[i], out);
	buf_append_text(out, "\nPATH is a file, a folder (searched for event logs), or '-' for standard input.\n"
		"The manual has the rest: man evtriage\n");
}

void
help_version(struct buf *out)
{
	buf_append_text(out, "evtriage " PACKAGE_VERSION "\n");
}

/* ---- completion ---- */

static bool
is_first_of_name(size_t at, unsigned commands)
{
	for (size_t i = 0; i < at; i++)
		if (option_table[i].commands & commands && strcmp(option_table[i].name, option_table[at].name) == 0)
			return false;
	return true;
}

/* Text inside single quotes of a shell. */
static void
quoted(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			buf_append_text(out, "'\\''");
		else
			buf_append_byte(out, (uint8_t)*text);
	}
}

/* "a|b|c", up to a blank. */
static void
words_of_choice(struct buf *out, const char *choices)
{
	for (; *choices && *choices != ' '; choices++)
		buf_append_byte(out, *choices == '|' ? ' ' : (uint8_t)*choices);
}

static bool
takes_file(const struct option_info *info)
{
	return info->kind == OPTION_FILE || info->kind == OPTION_FILES;
}

/* "scan:--type | scan:-t | search:--type | search:-t" */
static void
bash_pattern(struct buf *out, const struct option_info *info)
{
	const char *separator = "\t";

	for (size_t c = 0; c < command_count; c++) {
		if (!(info->commands & command_table[c].bit) || command_table[c].hidden)
			continue;
		buf_printf(out, "%s%s:--%s", separator, command_table[c].name, info->name);
		separator = " | ";
		if (info->letter)
			buf_printf(out, " | %s:-%c", command_table[c].name, info->letter);
	}
	buf_append_text(out, ")\n\t\t");
}

static void
bash_values(struct buf *out)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_info *info = &option_table[i];

		if (!info->argument)
			continue;
		bash_pattern(out, info);
		if (info->choices) {
			buf_append_text(out, "mapfile -t COMPREPLY < <(compgen -W '");
			words_of_choice(out, info->choices);
			buf_append_text(out, "' -- \"$cur\")\n");
		} else if (takes_file(info)) {
			buf_append_text(out, "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n");
		} else {
			buf_append_text(out, "COMPREPLY=()\n");
		}
		buf_append_text(out, "\t\treturn\n\t\t;;\n");
	}
}

static void
bash_options(struct buf *out)
{
	for (size_t c = 0; c < command_count; c++) {
		const char *separator = "";

		if (command_table[c].hidden)
			continue;
		buf_printf(out, "\t%s) words='", command_table[c].name);
		for (size_t i = 0; i < option_count; i++) {
			if (!(option_table[i].commands & command_table[c].bit))
				continue;
			buf_printf(out, "%s--%s", separator, option_table[i].name);
			separator = " ";
		}
		buf_append_text(out, "' ;;\n");
	}
}

static void
command_names(struct buf *out, const char *separator)
{
	for (size_t c = 0, n = 0; c < command_count; c++)
		if (!command_table[c].hidden)
			buf_printf(out, "%s%s", n++ ? separator : "", command_table[c].name);
}

static void
write_bash(struct buf *out)
{
	buf_append_text(out, "# bash completion for evtriage; made by: evtriage __complete bash\n"
		"_evtriage() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=scan word words=\n"
		"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
		"\t\tcase $word in\n\t\t");
	command_names(out, " | ");
	buf_append_text(out, ")\n\t\t\tcommand=$word\n\t\t\tbreak\n\t\t\t;;\n\t\tesac\n\tdone\n"
		"\tcase $command:$prev in\n");
	bash_values(out);
	buf_append_text(out, "\trules:rules)\n\t\tmapfile -t COMPREPLY < <(compgen -W '");
	words_of_choice(out, command_with(COMMAND_RULES)->operands);
	buf_append_text(out, "' -- \"$cur\")\n\t\treturn\n\t\t;;\n\tesac\n\tcase $command in\n");
	bash_options(out);
	buf_append_text(out, "\tesac\n\tif [[ $cur == -* ]]; then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n\t\treturn\n\tfi\n"
		"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		"\tif ((COMP_CWORD == 1)); then\n\t\tmapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -W '");
	command_names(out, " ");
	buf_append_text(out, "' -- \"$cur\")\n\tfi\n}\ncomplete -o filenames -F _evtriage evtriage\n");
}

/* A row of zsh's _arguments; brackets and colons of the help would end it early. */
static void
zsh_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '[' || *text == ']' || *text == ':')
			buf_append_byte(out, '\\');
		quoted(out, (const char[]){ *text, '\0' });
	}
}

static void
zsh_row(struct buf *out, const struct option_info *info, const char *dashed, bool repeat)
{
	buf_printf(out, "\t\t\t'%s%s[", repeat ? "*" : "", dashed);
	zsh_text(out, info->help);
	buf_append_byte(out, ']');
	if (info->argument) {
		buf_append_byte(out, ':');
		zsh_text(out, info->argument);
		buf_append_byte(out, ':');
	}
	if (info->choices) {
		buf_append_byte(out, '(');
		words_of_choice(out, info->choices);
		buf_append_byte(out, ')');
	} else if (takes_file(info)) {
		buf_append_text(out, "_files");
	}
	buf_append_text(out, "'\n");
}

static void
zsh_rows(struct buf *out, const struct command *command)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_info *info = &option_table[i];
		bool repeat = info->kind == OPTION_FILES || info->kind == OPTION_NUMBERS || info->kind == OPTION_WORDS ||
			info->kind == OPTION_PAIRS;
		char dashed[40];

		if (!(info->commands & command->bit))
			continue;
		snprintf(dashed, sizeof(dashed), "--%s", info->name);
		zsh_row(out, info, dashed, repeat);
		if (info->letter)
			zsh_row(out, info, (const char[]){ '-', info->letter, '\0' }, repeat);
	}
	if (command->bit == COMMAND_RULES) {
		buf_append_text(out, "\t\t\t'1: :(rules)'\n\t\t\t'2:what:(");
		words_of_choice(out, command->operands);
		buf_append_text(out, ")'\n");
	}
	buf_append_text(out, "\t\t\t'*:path:_files'\n");
}

static void
write_zsh(struct buf *out)
{
	buf_append_text(out, "#compdef evtriage\n# zsh completion for evtriage; made by: evtriage __complete zsh\n"
		"local command=scan word\nlocal -a commands rows\ncommands=(\n");
	for (size_t c = 0; c < command_count; c++) {
		if (command_table[c].hidden)
			continue;
		buf_printf(out, "\t'%s:", command_table[c].name);
		quoted(out, command_table[c].summary);
		buf_append_text(out, "'\n");
	}
	buf_append_text(out, ")\nfor word in \"${(@)words[2,CURRENT-1]}\"; do\n\tcase $word in\n\t(");
	command_names(out, "|");
	buf_append_text(out, ")\n\t\tcommand=$word\n\t\tbreak\n\t\t;;\n\tesac\ndone\ncase $command in\n");
	for (size_t c = 0; c < command_count; c++) {
		if (command_table[c].hidden)
			continue;
		buf_printf(out, "\t(%s)\n\t\trows=(\n", command_table[c].name);
		zsh_rows(out, &command_table[c]);
		buf_append_text(out, "\t\t)\n\t\t;;\n");
	}
	buf_append_text(out, "esac\nif ((CURRENT == 2)); then\n\t_describe command commands\nfi\n"
		"_arguments -s -S \"${rows[@]}\"\n");
}

static void
write_words(struct buf *out)
{
	for (size_t c = 0; c < command_count; c++)
		if (!command_table[c].hidden)
			buf_printf(out, "command %s\n", command_table[c].name);
	for (size_t i = 0; i < option_count; i++)
		if (is_first_of_name(i, ~0U))
			buf_printf(out, "option --%s %c\n", option_table[i].name,
				option_table[i].letter ? option_table[i].letter : '-');
}

bool
help_completion(const char *shell, struct buf *out)
{
	static const struct {
		const char *name;
		void (*write)(struct buf *out);
	} writers[] = { { "bash", write_bash }, { "zsh", write_zsh }, { "words", write_words } };

	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		if (strcmp(writers[i].name, shell) != 0)
			continue;
		writers[i].write(out);
		return true;
	}
	return false;
}
