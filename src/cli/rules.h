/* SPDX-License-Identifier: Apache-2.0 */
/* The rules a command runs with: the shipped pack, or what -r names. */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "src/cli/console.h"
#include "src/cli/options.h"
#include "src/sigma/ruleset.h"

/* Loads and closes; NULL and *err when rules named by the user cannot be read. */
struct ruleset *rules_load(const struct options *options, struct err *err);
struct ruleset *rules_load_to_look(const struct options *options, struct err *err); /* they are not compiled and cannot run */

/* A line for each rule that does not run: the first few, all with -v. */
void rules_tell(const struct ruleset *rules, struct console *console);

/* A line for each --exclude-rule that names nothing. */
void rules_tell_excluded(const struct options *options, const struct ruleset *rules, struct console *console);

/* "FILE:LINE: reason". */
void rules_line(const struct rule *rule, struct buf *out);

#endif
