/* SPDX-License-Identifier: Apache-2.0 */
/* BinXML, the binary form of an event, into a tree of nodes (evtx-format.md section 2, [MS-EVEN6] 2.2.12).  The
 * decoder follows the tokens, looks names and template definitions up by their offset in the chunk, and applies the
 * substitutions as it goes.  Depth is bounded, and so is the work in all: a template may name a value many times
 * and a value may hold a template, so a record of a kilobyte can ask for any amount of output. */
#ifndef EVTX_BINXML_H
#define EVTX_BINXML_H

#include "base/arena.h"
#include "base/err.h"
#include "evtx/template.h"
#include "evtx/tree.h"

struct binxml {
	struct slice chunk;  /* the bytes of the chunk, as far as they are there */
	struct arena *arena; /* nodes and value lists go here */
	size_t budget;       /* nodes, values and instances that may still be made; less what was used on return */
	/* Residue (evtx-format.md 7.2): everything that a record shares with its chunk must prove itself - definitions by id and
	 * from end to end, names by their hash, values by their size - and what does not is looked up here.  NULL for live
	 * records. */
	const struct template_store *strict;
	struct template_memo *memo; /* of this chunk, with `strict` */
	unsigned origins;    /* on return: bits 1 << enum template_origin of what came from the store */
	bool odd_text;       /* on return, strict: a text has control characters: other bytes may lie in it */
};

struct binxml_tree {
	struct node *root;  /* the first element; others of the same level follow it by `next` */
	size_t end;         /* chunk offset behind the last byte that was decoded */
	bool from_template; /* false: literal XML, from a forwarder */
};

/* Decodes the BinXML at the chunk offsets start to end.  Names and values are slices of the chunk.  Errors, with
 * `at` as a chunk offset: ERR_TRUNCATED, ERR_FORMAT, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK bool binxml_decode(struct binxml *b, size_t start, size_t end, struct binxml_tree *tree, struct err *err);

/* A name as the body of a definition refers to it. */
struct binxml_reference {
	uint32_t at; /* of the u32, from the start of the body */
	bool is_inline;
	struct slice name;
};

/* The body of a template definition as a tree in which substitutions are nodes of their own (NODE_SUBSTITUTION) and
 * each element names the slot it depends on: what all instances have in common. */
struct binxml_definition {
	struct node *root;
	struct binxml_reference *references; /* ascending */
	size_t reference_count;
	size_t nodes; /* what reading it costs with every slot filled by a plain value */
};

/* Reads the definition body at the chunk offsets start to end: one element and nothing else, up to the last byte.
 * A body that an instance may read and this does not take is no damage: ERR_FORMAT says only that it is unusual. */
MUST_CHECK bool binxml_decode_definition(struct binxml *b, size_t start, size_t end, struct binxml_definition *definition,
	struct err *err);

#endif
