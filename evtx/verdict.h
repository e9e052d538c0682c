/* SPDX-License-Identifier: Apache-2.0 */
/* libevtx's verdict on a log, put together from its chunks.  To open a whole log the library keeps a list entry for
 * every record and counts chunks in 16 bits; opened as a log of its own each chunk shows the same records, live and
 * recovered, and the same corruption, so several workers can share the pass and memory stays the same whatever the
 * size (libevtx-in-a-jail.md 2).  What the whole adds to its chunks is rebuilt here. */
#ifndef EVTX_VERDICT_H
#define EVTX_VERDICT_H

#include "evtx/reader.h"

/* What the library says of a run of chunks. */
struct log_verdict_part {
	bool asked;
	bool refused;          /* a chunk that the header counts could not be opened: nor could the log */
	char reason[200];      /* the first refusal */
	bool corrupted;        /* some counted chunk is */
	uint64_t used;         /* counted chunks that are not all zeros */
	uint64_t empty;        /* counted chunks that are */
	uint64_t sound_beyond; /* chunks behind the counted ones, and in order */
	uint64_t records, recovered;
};

/* Opens the chunks first..end - 1, each alone.  Never fails: what libevtx refuses is a verdict.  It may crash: call it
 * in a worker only. */
void libevtx_judge(const struct source *source, uint64_t first, uint64_t end, struct log_verdict_part *part);

/* Adds what the next run of chunks gave. */
void log_verdict_add(struct log_verdict_part *sum, const struct log_verdict_part *next);

/* The verdict on the log with that header. */
void log_verdict_finish(const struct log_verdict_part *sum, const struct log_header *header, struct log_verdict *verdict);

/* All of it in one go. */
void libevtx_verdict(const struct source *source, struct log_verdict *verdict);

#endif
