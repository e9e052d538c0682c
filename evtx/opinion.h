/* SPDX-License-Identifier: Apache-2.0 */
/* The second opinion: a record that the direct reader read, read again by libevtx from its own chunk, and compared
 * element by element.  What the library is known to get wrong or to refuse is a closed list; anything else is a
 * difference, and named.  A worker that dies over it costs the opinion alone. */
#ifndef EVTX_OPINION_H
#define EVTX_OPINION_H

#include "evtx/compare.h"
#include "evtx/record.h"

enum opinion_kind {
	OPINION_AGREES,  /* the library reads the same */
	OPINION_KNOWN,   /* the same but for errors it is known for: `known` */
	OPINION_REFUSED, /* it does not read the record, and is known for that: `reason` */
	OPINION_NONE,    /* it does not read the record, for another reason: `reason` */
	OPINION_DIFFERS, /* it reads something else: `difference` */
	OPINION_KINDS,
};

enum { OPINION_REASON = 200 };

struct opinion {
	enum opinion_kind kind;
	unsigned known;              /* 1 << known_error */
	char reason[OPINION_REASON]; /* one line of printable ASCII */
	struct difference difference;
};

struct second; /* the library with one chunk */

struct second *second_new(void); /* NULL: out of memory */
void second_free(struct second *s); /* accepts NULL */

/* Opens a chunk (at most 64 KiB) for the records that follow.  A chunk that the library refuses gives that opinion on
 * each of them. */
void second_open(struct second *s, struct slice chunk);

/* Done with the chunk.  Damage to the library's memory may be noticed only now (evtx/library_heap.h): who has told what came of
 * the chunk before has told too much. */
void second_close(struct second *s);

/* Reads `record` again; `ordinal` is its place among the live records of the chunk as far as the caller knows (a hint:
 * identifier and time decide). */
void second_read(struct second *s, size_t ordinal, const struct record *record, struct opinion *opinion);

/* The XML of the record that was read last as the library prints it (UTF-16LE, until the next call); empty where
 * there is none. */
struct slice second_xml(const struct second *s);

/* Appends a few words: "0x05 in attribute", "characters beyond U+FFFF, negative number"; nothing for an agreement. */
void opinion_append(const struct opinion *opinion, struct buf *out);

#endif
