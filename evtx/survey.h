/* SPDX-License-Identifier: Apache-2.0 */
/* A second, cheap look at a chunk that a reader is about to read: which events its live records are, without decoding
 * one, and which records of residue lie in it - behind the live ones, and inside those that are longer than their
 * BinXML.  What it tells of a chunk depends on the chunk alone. */
#ifndef EVTX_SURVEY_H
#define EVTX_SURVEY_H

#include "evtx/chunk.h"
#include "evtx/residue.h"

enum survey_step {
	SURVEY_LIVE,
	SURVEY_RESIDUE,
	SURVEY_LOST, /* live bytes that are no record: nothing is filled */
	SURVEY_END,
};

struct survey_item {
	struct residue residue;  /* SURVEY_RESIDUE; of a live record: its key, place and length */
	struct record_peek peek;
	size_t spare;            /* SURVEY_LIVE: bytes behind its BinXML; below 8 it is padding, 0 when unknown */
};

struct survey {
	struct chunk_walk walk;
	uint64_t offset; /* of the chunk in the file */
	const struct record_keys *keys;
	bool walked;     /* all live records are told */
	size_t at, end;  /* bytes that are searched for residue */
	size_t live_end; /* behind the last live record */
	enum record_class class;
};

/* `walk` has been begun and not moved (chunk_walk_init); `keys` must outlive it. */
void survey_init(struct survey *s, const struct chunk_walk *walk, uint64_t offset, const struct record_keys *keys);

enum survey_step survey_next(struct survey *s, struct survey_item *item);

/* The next template definition of the chunk, by its own table: *offset for the one after it.  Begin with *offset 0 and
 * *bucket 0; false at the end.  Chains that do not end are cut. */
struct survey_templates {
	size_t bucket, steps;
	uint32_t offset; /* the next in this bucket, 0: none */
};

bool survey_next_template(struct slice chunk, struct survey_templates *at, size_t *offset);

#endif
