/* SPDX-License-Identifier: Apache-2.0 */
/* Finding evidence: which of the given paths, and of the files below given folders, hold an event log.  The
 * signature decides, never the name.  Inputs are sorted by path bytes, so that their index orders them the same way
 * on every machine (standard input comes last), and one file reached twice is read once. */
#ifndef SCAN_INPUTS_H
#define SCAN_INPUTS_H

#include "base/arena.h"
#include "src/scan/scan.h"

struct input {
	struct slice path;   /* as reached, NUL-terminated behind len; "-" for standard input */
	uint64_t size;
	dev_t device;
	ino_t inode;
	bool carve;          /* no log: to be searched for signatures */
	bool named;          /* the user named this file itself */
	int fd;              /* of standard input or its copy; -1: open by path */
};

struct inputs {
	struct input *items;
	size_t count, capacity;
	struct arena names;
	const struct scan_listener *listener;
	const char *temp_folder;
	bool carve;              /* take files that are no logs, too */
	bool has_standard_input; /* "-" was named; once is enough */
};

/* Tells the listener about everything that is left alone or cannot be read; ends early when it wants to stop.
 * Errors: ERR_NOMEM, ERR_LIMIT, ERR_IO (standard input), what the listener failed with. */
MUST_CHECK bool inputs_collect(struct inputs *inputs, const struct scan_options *options,
	const struct scan_listener *listener, struct err *err);
void inputs_fini(struct inputs *inputs);

/* A descriptor for reading, without touching the access time where the system allows that; -1 and *err. */
int input_open(const struct input *input, struct err *err);

#endif
