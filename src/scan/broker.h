/* SPDX-License-Identifier: Apache-2.0 */
/* The broker keeps one worker running: forks it, hands it jobs, receives its frames, and notices when it died,
 * hangs or talks nonsense.  It decides nothing; scan.c says what a death costs. */
#ifndef SCAN_BROKER_H
#define SCAN_BROKER_H

#include "base/buf.h"
#include "src/scan/protocol.h"

#include <sys/types.h>

struct template_store;

struct broker {
	const struct scan_options *options;
	const struct template_store *templates; /* for workers of the second pass; else NULL */
	pid_t pid;       /* 0: none */
	int fd;          /* our end of the socket */
	struct buf in;   /* bytes received, from `consumed` on not yet looked at */
	size_t consumed;
	uint64_t started; /* workers so far */
	int silent_ms;    /* since its last message: the watchdog's clock */
	char death[120]; /* how the last one ended: "killed by signal 11" */
};

enum broker_event {
	BROKER_FRAME,   /* *type and *payload; the payload lives until the next call */
	BROKER_DIED,    /* the worker is gone, broker->death says how */
	BROKER_TICK,    /* nothing for a moment: look whether the user wants to stop */
};

void broker_init(struct broker *b, const struct scan_options *options);
void broker_fini(struct broker *b); /* ends the worker */

/* Ends the worker at once; the next job starts another. */
void broker_kill(struct broker *b, const char *why);

/* Sends a job, with a descriptor unless fd is -1; starts a worker when there is none.  False: *err when no worker
 * could be started (ERR_IO), else the worker died while it was given the job (err->code stays ERR_OK). */
MUST_CHECK bool broker_send(struct broker *b, enum frame_type type, struct slice payload, int fd, struct err *err);

enum broker_event broker_receive(struct broker *b, enum frame_type *type, struct slice *payload);

#endif
