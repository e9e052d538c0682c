/* SPDX-License-Identifier: Apache-2.0 */
/* What the first pass leaves for the second: where residue lies, which events are live, which template definitions
 * there are, and what each chunk says of its log.  A residual record may need a definition that stands in the last file,
 * and may be a copy of a live record there, so nothing is decoded before everything was seen; then each record of
 * residue that no live one repeats comes out once, in the order of the evidence, whatever the order of arrival.  Only
 * numbers are compared; texts and definitions stay opaque bytes.
 *
 *	FRAME_SURVEY    u64 slot, u32 count, residue_encode each, counted list of record_key_encode of live records,
 *	                u8 1 and log_span_encode, or u8 0
 *	FRAME_TEMPLATE  u64 slot, u32 offset in the chunk, GUID, body
 */
#ifndef SCAN_RESIDUE_POOL_H
#define SCAN_RESIDUE_POOL_H

#include "base/spill.h"
#include "base/table.h"
#include "evtx/residue.h"
#include "evtx/template.h"
#include "src/scan/key_set.h"

struct pool_entry {
	uint32_t input;
	uint32_t residue; /* records of it */
	uint64_t slot;
	struct spill_at at;
};

/* Where a definition was met: the first in the evidence is kept. */
struct pool_template {
	struct guid guid;
	uint32_t input, offset;
	uint64_t slot;
	uint8_t *body; /* NULL: given up for lack of room */
	uint32_t len;
};

struct pool_templates {
	struct pool_template *items;
	size_t count, capacity;
	struct table guids; /* -> index */
	uint64_t bytes;     /* of all bodies */
	size_t limit;
	bool cut;                     /* some were given up: all from this one on */
	struct pool_template ceiling; /* its place alone */
};

struct residue_pool {
	struct spill spill; /* surveys as they came */
	struct pool_entry *entries;
	size_t count, capacity;
	struct keyed_seed seed;
	struct key_set wholes; /* of residue, with enum pool_key */
	struct key_set events; /* of it, with KEY_NEW, or KEY_LIVE where a live record has it */
	struct pool_templates templates;
	struct buf scratch;
	/* where the jobs stand */
	size_t next;        /* entry */
	uint32_t next_in;   /* record of residue in it */
	bool facts_done;    /* of the input of that entry */
};

/* One input's residue, as the second pass finds it out. */
struct pool_counts {
	uint64_t found;    /* records of residue */
	uint64_t copies;   /* of live records, or of residue told before */
	uint64_t left_out; /* beyond LIMIT_RESIDUE */
};

void residue_pool_init(struct residue_pool *p, const char *temp_folder);
void residue_pool_fini(struct residue_pool *p);

/* Whether a frame is one that can be taken. */
bool residue_survey_is_sound(struct slice payload);
bool residue_template_is_sound(struct slice payload);

/* Take a frame of that input.  Errors: ERR_FORMAT (the worker lies), ERR_NOMEM, ERR_IO. */
MUST_CHECK bool residue_pool_add_survey(struct residue_pool *p, uint32_t input, struct slice payload, struct err *err);
MUST_CHECK bool residue_pool_add_template(struct residue_pool *p, uint32_t input, struct slice payload, struct err *err);

/* Whether it would change nothing: it was met in front of that place, or there is no room so far back. */
bool residue_pool_has_template(const struct residue_pool *p, uint32_t input, struct slice payload);

/* After the last frame: order, and which residue is a copy of something live.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool residue_pool_close(struct residue_pool *p, struct err *err);

/* The definitions in the order of the evidence, then ours.  Bodies stay the pool's.  Errors: ERR_NOMEM. */
MUST_CHECK bool residue_pool_store(const struct residue_pool *p, struct template_store *store, struct err *err);

/* After close: the input that comes next, in order; false when none is left. */
bool residue_pool_input(const struct residue_pool *p, uint32_t *input);

/* Appends u32 count and the spans of that input, once; *count 0: it has none.  Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool residue_pool_spans(struct residue_pool *p, struct buf *out, uint32_t *count, struct err *err);

/* Appends up to LIMIT_RESIDUE_JOB records of residue of that input; *count 0: none is left, and the pool has moved to
 * the next input.  Adds to *counts.  Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool residue_pool_batch(struct residue_pool *p, struct buf *out, uint32_t *count, struct pool_counts *counts,
	struct err *err);

/* After close: the place of the record of residue that begins there, for cite; *found false: there is none.
 * Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool residue_pool_find(struct residue_pool *p, uint32_t input, uint64_t offset, struct residue *residue,
	bool *found, struct err *err);

/* residue_templates.c, for the pool alone. */
void pool_templates_init(struct pool_templates *t);
void pool_templates_fini(struct pool_templates *t);
bool pool_templates_has(const struct pool_templates *t, const struct pool_template *place);
MUST_CHECK bool pool_templates_add(struct pool_templates *t, const struct pool_template *place, struct slice body,
	struct err *err);

#endif
