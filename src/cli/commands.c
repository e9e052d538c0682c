/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/commands.h"

/* clang-format off */
const struct command command_table[] = {
	{ COMMAND_SCAN, "scan", "PATH...", "run rules, write a timeline of findings (the default)", 1, false, cmd_scan },
	{ COMMAND_BLOCKS, "blocks", "PATH...", "write every script block, put together, with an index", 1, false,
	  cmd_blocks },
	{ COMMAND_SEARCH, "search", "PATTERN PATH...", "find text in whole script blocks and command lines", 2, false,
	  cmd_search },
	{ COMMAND_DUMP, "dump", "PATH...", "write the records themselves as JSON lines or XML", 1, false, cmd_dump },
	{ COMMAND_INFO, "info", "PATH...", "show files, channels, spans, gaps and what was audited", 1, false, cmd_info },
	{ COMMAND_CITE, "cite", "FINDING-ID PATH...", "show everything one finding stands on, for a report", 2, false,
	  cmd_cite },
	{ COMMAND_MERGE, "merge", "FILE...", "join partial results of other runs into one timeline", 1, false, cmd_merge },
	{ COMMAND_RULES, "rules", "list|check|test|export ...", "list, check or try rules, write out the shipped ones", 1, false,
	  cmd_rules },
	{ COMMAND_COMPLETE, "__complete", "bash|zsh|words", "write a completion script", 1, true, cmd_complete },
};
/* clang-format on */
const size_t command_count = ARRAY_LEN(command_table);

const struct command *
command_named(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	return NULL;
}

const struct command *
command_with(unsigned bit)
{
	for (size_t i = 0; i < command_count; i++)
		if (command_table[i].bit == bit)
			return &command_table[i];
	return &command_table[0];
}
