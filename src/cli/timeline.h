/* SPDX-License-Identifier: Apache-2.0 */
/* The run that scan and search share: findings into every output that was asked for, each in its own format.  An
 * output is there at the end, whole, or not at all. */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "src/cli/commands.h"
#include "src/sigma/ruleset.h"

/* Takes over the rules, which are closed. */
enum exit_status timeline_run(const struct invocation *call, struct text_list paths, struct ruleset *rules);

#endif
