/* SPDX-License-Identifier: Apache-2.0 */
/* The lines at the end of a run, and what they say about coverage, so that "no findings" can be told from "could
 * not have seen it". */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "src/cli/session.h"

void summary_tell(struct session *s);

#endif
