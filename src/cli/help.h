/* SPDX-License-Identifier: Apache-2.0 */
/* Texts made from the tables of commands and options: help, and the completion scripts. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "src/cli/commands.h"

/* Of the whole program (command NULL) or of one command. */
void help_write(const struct command *command, struct buf *out);

/* "evtriage 0.1.0". */
void help_version(struct buf *out);

/* "bash", "zsh", or "words": every command and option on a line of its own.  False: no such shell. */
bool help_completion(const char *shell, struct buf *out);

#endif
