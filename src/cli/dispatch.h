/* SPDX-License-Identifier: Apache-2.0 */
/* From a parsed command line to its command: --help and --version, the operands a command must have, the call. */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

#include "src/cli/commands.h"

enum exit_status dispatch(const struct options *options, struct console *console, int argc, char *const *argv);

/* Tells what is wrong with a command line, and where help is. */
enum exit_status usage_error(struct console *console, const struct options *options, const char *text);

#endif
