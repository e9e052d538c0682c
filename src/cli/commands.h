/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: one row each in commands.c, one file each beside it. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "src/cli/console.h"
#include "src/cli/exit.h"
#include "src/cli/options.h"

/* What a command is given. */
struct invocation {
	const struct options *options;
	struct console *console;
	int argc;
	char *const *argv;
};

struct command {
	enum command_bit bit;
	const char *name;
	const char *operands; /* "PATH..." */
	const char *summary;
	size_t min_operands;
	bool hidden;
	enum exit_status (*run)(const struct invocation *call);
};

extern const struct command command_table[];
extern const size_t command_count;

const struct command *command_named(const char *name); /* NULL: no command */
const struct command *command_with(unsigned bit);      /* scan for no single command */

enum exit_status cmd_scan(const struct invocation *call);
enum exit_status cmd_blocks(const struct invocation *call);
enum exit_status cmd_search(const struct invocation *call);
enum exit_status cmd_cite(const struct invocation *call);
enum exit_status cmd_dump(const struct invocation *call);
enum exit_status cmd_merge(const struct invocation *call);
enum exit_status cmd_info(const struct invocation *call);
enum exit_status cmd_rules(const struct invocation *call);
enum exit_status cmd_complete(const struct invocation *call);

#endif
