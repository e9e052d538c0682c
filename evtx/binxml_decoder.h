/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the decoder (binxml.c, binxml_instance.c) share: its state, and where tokens stand. */
#ifndef EVTX_BINXML_DECODER_H
#define EVTX_BINXML_DECODER_H

#include "base/cursor.h"
#include "base/limits.h"
#include "evtx/binxml.h"
#include "evtx/token.h"

enum {
	NO_DEPENDENCY = NODE_NO_SLOT,
	BYTES_A_NODE = 32, /* bytes that take about as long to look through as a node takes to make */
};

struct decoder {
	struct slice chunk;        /* what offsets in the bytes at hand count in: the record's, or a stored body's own */
	struct slice record_chunk;
	const struct template_store *strict;
	struct template_memo *memo;
	unsigned origins;
	bool odd_text;
	struct arena *arena;
	struct err *err;
	size_t budget;
	unsigned elements;  /* open ones, in all instances together */
	unsigned instances; /* inside one another */
	bool from_template;
	struct binxml_definition *definition; /* being read for itself, without an instance; else NULL */
	uint64_t definition_at;
};

/* One value of an instance, and where it lies: embedded BinXML tells inline names by their chunk offset. */
struct slot {
	struct value value;
	uint64_t at;
};

/* What tokens mean where they stand: in the body of a template definition every element carries a dependency and
 * substitutions name these slots; elsewhere there are neither. */
struct scope {
	const struct slot *slots;
	size_t count;
	bool in_definition;
};

/* A list of nodes that grows at its end. */
struct content {
	struct node *first;
	struct node **tail;
	bool in_attribute;  /* values stay whole: nothing can be repeated or nested there */
	bool optional_null; /* an optional substitution had nothing to give */
	bool array;         /* a part is an array: the element is to be repeated */
};

static inline bool
binxml_cut_off(struct decoder *d, const struct cursor *c, const char *what)
{
	return err_set(d->err, ERR_TRUNCATED, c->at, "%s at chunk offset 0x%llx runs past the end of its container", what,
		(unsigned long long)c->at);
}

/* Everything that costs time or memory is paid for here, before it is done. */
static inline bool
binxml_charge(struct decoder *d, size_t count)
{
	if (count > d->budget)
		return err_set(d->err, ERR_LIMIT, 0, "the record needs more nodes than are allowed (%d a record, %d a chunk)",
			LIMIT_RECORD_NODES, LIMIT_CHUNK_NODES);
	d->budget -= count;
	return true;
}

static inline bool
binxml_allocate_failed(struct decoder *d, size_t bytes)
{
	if (bytes > d->arena->limit - d->arena->used)
		return err_set(d->err, ERR_LIMIT, 0, "the record needs more than %zu bytes of memory", d->arena->limit);
	return err_nomem(d->err);
}

/* Tokens up to and with `last`; at top level the end of the bytes will do, too. */
bool binxml_read_content(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, enum token last);

/* A template instance, behind its token. */
bool binxml_read_instance(struct decoder *d, struct cursor *c, const struct scope *outer, struct content *into, uint8_t token);

#endif
