/* SPDX-License-Identifier: Apache-2.0 */
/* The sub-commands of `evtriage rules` that have a file of their own, and what they share. */
#ifndef CLI_RULES_COMMANDS_H
#define CLI_RULES_COMMANDS_H

#include "src/cli/commands.h"
#include "src/scan/json.h"
#include "src/sigma/ruleset.h"

enum exit_status rules_check(const struct invocation *call); /* rules_check.c */
enum exit_status rules_test(const struct invocation *call);  /* rules_test.c */

/* A cell of a table for people: escaped, "-" where it is empty, filled up to width. */
void rules_cell(struct buf *out, struct slice text, size_t width);

/* The members of a rule's JSON object that all lists have; `state` and `reason` as the caller sees them. */
void rules_json_members(struct json *j, const struct rule *rule, const char *state, struct slice reason);

#endif
