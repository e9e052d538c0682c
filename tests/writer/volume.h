/* SPDX-License-Identifier: Apache-2.0 */
/* One script block of very many small parts, shuffled over four files: more than real PowerShell writes, as much as
 * a forger can. */
#ifndef TESTS_WRITER_VOLUME_H
#define TESTS_WRITER_VOLUME_H

#include "tests/writer/scenario.h"

#include <stdint.h>

bool volume_run(uint64_t parts, const struct scenario_sink *sink, struct err *err);

#endif
