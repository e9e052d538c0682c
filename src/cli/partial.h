/* SPDX-License-Identifier: Apache-2.0 */
/* scan --partial: a run whose only output is a partial result (src/scan/partial.h). */
#ifndef CLI_PARTIAL_H
#define CLI_PARTIAL_H

#include "src/cli/commands.h"
#include "src/sigma/ruleset.h"

/* Takes the rules over. */
enum exit_status partial_run(const struct invocation *call, struct text_list paths, struct ruleset *rules);

#endif
