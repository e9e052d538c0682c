/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT and SIGTERM ask the run to stop; a second one ends the program at once, as if nobody had caught it.  A
 * closed pipe is a failed write that is told, not a silent death. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

void signals_ignore_pipe(void);
void signals_catch(void);
bool signals_stop_asked(void);

#endif
