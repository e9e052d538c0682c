/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/signals.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

enum { PATIENCE_SECONDS = 2 };

/* What a signal leaves behind: its handler is given nothing else. */
static volatile sig_atomic_t stop_asked;
static volatile time_t asked_at;

static time_t
seconds(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? now.tv_sec : 0;
}

/* Who is in a hurry presses Ctrl-C twice at once: that is still one wish, and no reason to leave half a file. */
static void
ask_to_stop(int number)
{
	if (!stop_asked) {
		asked_at = seconds();
		stop_asked = 1;
	} else if (seconds() - asked_at >= PATIENCE_SECONDS) {
		signal(number, SIG_DFL);
		raise(number);
	}
}

/* Without SA_RESTART, so that a wait for a worker ends at once. */
static void
catch(int number)
{
	struct sigaction action = { .sa_handler = ask_to_stop };
	struct sigaction before;

	/* What was ignored from the start (nohup, a background job of a script) stays ignored. */
	if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
		return;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

void
signals_ignore_failures(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	signal(SIGCHLD, SIG_DFL); /* where it was ignored from the start, nobody could learn how a worker ended */
}

void
signals_catch(void)
{
	catch(SIGINT);
	catch(SIGTERM);
	catch(SIGHUP);
}

bool
signals_stop_asked(void)
{
	return stop_asked != 0;
}
