/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT, SIGTERM and SIGHUP ask the run to stop; another one, two seconds later or more, ends the program at once, as
 * if nobody had caught it.  A closed pipe and a file that may not grow are failed writes that are told, not silent
 * deaths. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

void signals_ignore_failures(void);
void signals_catch(void);
bool signals_stop_asked(void);

#endif
