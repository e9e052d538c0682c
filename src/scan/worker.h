/* SPDX-License-Identifier: Apache-2.0 */
/* The worker: everything that interprets a byte of evidence runs here, in a child of its own under limits. */
#ifndef SCAN_WORKER_H
#define SCAN_WORKER_H

#include "src/scan/scan.h"

struct outbox;
struct template_store;

/* Exit statuses; 0: the parent closed the connection. */
enum { WORKER_NO_JAIL = 40, WORKER_NO_MEMORY = 41, WORKER_BAD_JOB = 42 };

/* Has the libraries do what they do once only, and with files: their configuration, their tables.  Called before the
 * worker gives up its rights; false when memory ran out. */
bool worker_warm_up(void);

/* Serves jobs from the socket until it is closed; returns the exit status.  `templates`: what residue is decoded with,
 * for a worker of the second pass; else NULL. */
int worker_run(int fd, struct outbox *outbox, const struct scan_options *options, const struct template_store *templates);

#endif
