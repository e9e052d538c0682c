/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/signals.h"

#include <signal.h>
#include <stddef.h>

/* The one variable of the program that is not passed down: a signal handler is given nothing else. */
static volatile sig_atomic_t stop_asked;

static void
ask_to_stop(int number)
{
	(void)number;
	stop_asked = 1;
}

/* Without SA_RESTART, so that a wait for a worker ends at once. */
static void
catch_once(int number)
{
	struct sigaction action = { .sa_handler = ask_to_stop, .sa_flags = (int)SA_RESETHAND };
	struct sigaction before;

	/* What was ignored from the start (nohup, a background job of a script) stays ignored. */
	if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
		return;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

void
signals_ignore_pipe(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, NULL);
}

void
signals_catch(void)
{
	catch_once(SIGINT);
	catch_once(SIGTERM);
}

bool
signals_stop_asked(void)
{
	return stop_asked != 0;
}
