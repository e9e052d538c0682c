/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks and records in any file - memory image, unallocated space, page file - by their signatures at any alignment.
 * The file is looked at in windows, each with the 64 KiB before and behind it, so that what a window gives does not
 * depend on where the walk began; memory is one window, whatever the size of the file.  A slot of a log whose chunk
 * is gone is such a window, too. */
#ifndef EVTX_CARVE_H
#define EVTX_CARVE_H

#include "evtx/residue.h"
#include "evtx/source.h"

enum { CARVE_WINDOW_SIZE = 1 << 20, CARVE_SLOT_CHUNKS = 16 /* see `chunks` */ };

enum carve_step {
	CARVE_WINDOW, /* a window begins; nothing else happened */
	CARVE_CHUNK,  /* a chunk header: `chunk` holds what there is of its 64 KiB, context_proven tells whether it fits its checksum */
	CARVE_RECORD, /* `residue` is filled, `chunk` is what its offsets count in */
	CARVE_END,
	CARVE_FAILED, /* this window cannot be read: *err; the next call goes on behind it */
};

struct carve {
	const struct source *source;
	const struct record_keys *keys;
	uint64_t window;       /* index of the one at hand */
	uint64_t base;         /* file offset of the buffer */
	struct slice bytes;    /* of the buffer that are there */
	size_t from, to;       /* what of it is the window itself */
	size_t at;
	size_t next_record, next_chunk; /* signatures found ahead */
	size_t context;        /* the last chunk header in the buffer; SIZE_MAX: none */
	size_t slot;           /* of a log: where it begins in the buffer; SIZE_MAX: this is none */
	bool context_proven;   /* chunk_header_proves_itself */
	/* of a slot */
	size_t last_chunk;     /* where that of the last record begins, */
	unsigned chunks[2];    /* and how often it was another than before: [1] of a header that proves itself, [0] of any other */
	unsigned refused;      /* records that count in the slot, since theirs would have been one chunk too many */
	bool begun;
	struct residue residue;
	struct slice chunk;
	uint8_t *buffer;
};

/* False when memory ran out.  Source and keys must outlive it. */
MUST_CHECK bool carve_init(struct carve *c, const struct source *source, uint64_t first_window, const struct record_keys *keys);
void carve_fini(struct carve *c);

/* One slot of a log, whose bytes are at hand, is the only window.  What cannot be read around it is missing, which costs
 * records that reach into it alone.  False when memory ran out. */
MUST_CHECK bool carve_init_slot(struct carve *c, const struct source *source, uint64_t offset, struct slice slot,
	const struct record_keys *keys);
enum carve_step carve_next(struct carve *c, struct err *err);

#endif
