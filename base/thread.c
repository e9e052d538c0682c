/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <signal.h>

bool
thread_start(pthread_t *thread, size_t stack, void *(*run)(void *context), void *context)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	bool started = false;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	sigfillset(&all);
	if (pthread_sigmask(SIG_BLOCK, &all, &before) == 0) {
		started = (stack == 0 || pthread_attr_setstacksize(&attributes, stack) == 0) &&
			pthread_create(thread, &attributes, run, context) == 0;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attributes);
	return started;
}
