/* SPDX-License-Identifier: Apache-2.0 */
/* A broker keeps one worker running: forks it, hands it jobs, receives its frames, and notices when it died, hangs or
 * talks nonsense.  It decides nothing; work.c says what a death costs. */
#ifndef SCAN_BROKER_H
#define SCAN_BROKER_H

#include "base/buf.h"
#include "src/scan/outbox.h"
#include "src/scan/protocol.h"

#include <sys/types.h>

struct template_store;
struct unit;

struct broker {
	const struct scan_options *options;
	const struct template_store *templates; /* for workers of the second pass; else NULL */
	struct unit *unit;  /* what it works on; NULL: idle */
	pid_t pid;          /* 0: none */
	int fd;             /* our end of the socket */
	struct outbox *outbox; /* what it has said and not sent */
	struct buf in;      /* bytes received, from `consumed` on not yet looked at */
	size_t consumed;
	size_t fresh;       /* bytes received since its last sign of life */
	uint64_t received;  /* bytes of all that it said */
	uint64_t said;      /* how far that went when its outbox was looked at last */
	bool outbox_taken;  /* it has ended, and what it had not sent stands in `in` */
	unsigned silent_ms; /* the watchdog's clock */
	uint64_t started;   /* workers so far */
	bool hung;          /* the watchdog has ended it */
	bool own_death;     /* the last one ended by a fault of its own (a crash, no memory), not by a kill from outside */
	char death[120];    /* how: "the worker was killed by signal 11" */
};

void broker_init(struct broker *b, const struct scan_options *options);
void broker_fini(struct broker *b); /* ends the worker */

/* Ends the worker at once; the next job starts another.  why NULL: asks the system how it ended. */
void broker_kill(struct broker *b, const char *why);

/* All of them will not be needed any more: they end while there is something else to do.  broker_kill_all waits for it. */
void broker_let_go(struct broker *list, size_t count);

/* Ends all of them, side by side. */
void broker_kill_all(struct broker *list, size_t count);

/* Sends a job, with a descriptor unless fd is -1; starts a worker when there is none, or it has ended since its last job.
 * False: *err when no worker could be started (ERR_IO), else the worker died while it was given the job (err->code stays
 * ERR_OK). */
MUST_CHECK bool broker_send(struct broker *b, enum frame_type type, struct slice payload, int fd, struct err *err);

/* Reads what has come, and what a worker that has ended had not sent.  False: the worker is gone, b->death says how. */
MUST_CHECK bool broker_read(struct broker *b);

/* The next whole frame of what was read: 1, with a payload that lives until the next broker_read; 0: none yet; -1: the
 * worker sent nonsense and was ended. */
MUST_CHECK int broker_next(struct broker *b, enum frame_type *type, struct slice *payload);

/* A frame that means progress was taken: the watchdog begins anew. */
void broker_alive(struct broker *b);

/* Time has passed without a message.  When that was too long, the worker is ended: broker_read will say so. */
void broker_wait(struct broker *b, unsigned ms);

#endif
