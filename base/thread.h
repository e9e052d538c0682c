/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that helps the one that was there before, and takes no signals: those stay with that one. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* `stack` in bytes; 0: as the system has it.  False: there is no thread. */
bool thread_start(pthread_t *thread, size_t stack, void *(*run)(void *context), void *context);

#endif
