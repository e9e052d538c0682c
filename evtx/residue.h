/* SPDX-License-Identifier: Apache-2.0 */
/* Residue: records that no log counts any more.  They lie behind the live records of a chunk, in a live record that a
 * log editor made to swallow them, or anywhere in an image; what they share with a chunk may be gone.  A record
 * can be recognised without its templates, by values whose place is the same in every outer layout, and is decoded
 * only where everything it leans on proves itself (evtx-format.md 7). */
#ifndef EVTX_RESIDUE_H
#define EVTX_RESIDUE_H

#include "base/keyed.h"
#include "evtx/record.h"
#include "evtx/template.h"

/* What tells a record from others, wherever it stands. */
struct record_key {
	uint64_t event;    /* event id, record id, time, process and thread of System */
	uint64_t whole[2]; /* and all its values with their types, and which templates they are for (the first four bytes of each
	                    * GUID: what the template says may be gone): a record that somebody wrote anew under the same
	                    * number is no copy of it, nor is one whose words are lost */
};

enum { RECORD_KEY_WIRE = 24, RECORD_DIGEST = 32 };

/* How keys are made.  Who can make two records with one key can have one of them taken for a copy of the other, so it is a hash
 * with a secret of the run; or, where other runs are to compare the keys, one that takes none. */
struct record_keys {
	struct keyed_seed seed; /* random, the same in all processes of the run */
	void (*digest)(struct slice bytes, uint8_t out[static RECORD_DIGEST]); /* SHA-256, in place of the seed; may be NULL */
};

/* Where a record of residue lies. */
struct residue {
	struct record_key key;
	uint64_t offset; /* in the file */
	uint64_t chunk;  /* file offset of the chunk that its own offsets count in */
	uint32_t len;
	enum record_class class;
	bool contradicts; /* a live record has its event key, and none its whole one; who knows all of them says so */
};

enum { RESIDUE_WIRE = RECORD_KEY_WIRE + 21 };

void record_key_encode(const struct record_key *key, struct buf *out);
struct record_key record_key_decode(struct cursor *in);

void residue_encode(const struct residue *residue, struct buf *out);
bool residue_decode(struct cursor *in, struct residue *residue);

/* What the bytes of a record tell without any template. */
struct record_peek {
	uint64_t number, written; /* of the header */
	bool has_system;          /* the outer instance has one of the two layouts: what follows is there */
	uint64_t event_id, record_id, time, process_id, thread_id;
	size_t end;               /* behind its values and the end token, from its start; 0: no outer instance */
	size_t definition;        /* where its outer definition stands in it; 0: elsewhere */
	uint32_t definition_offset; /* the chunk offset it is said to have */
	uint32_t id, data_id;     /* the beginnings of the definitions' GUIDs, as the instances name them */
	size_t data_definition;   /* the same for the definition of its data */
	struct slice shape;       /* sizes and types of the outer instance's values, without its data */
	struct slice values;      /* those themselves */
	struct slice data;        /* the data's own values with their descriptors; where it is no instance, all of it */
	bool is_instance;         /* the data is */
};

void record_peek(struct slice raw, struct record_peek *peek);

/* Of a record without a template number and time of its header stand for System's values, and its BinXML for all of them. */
struct record_key record_key(const struct record_keys *keys, struct slice raw, const struct record_peek *peek);

/* True when the bytes can be a record's: header, size, the head of its BinXML.  The copy of the size is the caller's
 * affair: a hidden record has lost it. */
bool record_is_plausible(struct slice raw);

/* Decodes the record at that chunk offset, strictly; fills *record but for `chunk` (the slot), which is the caller's.
 * `chunk` must outlive the record, the tree lies in the arena; the memo is of that chunk, and of no record yet at first.  Errors: ERR_TRUNCATED, ERR_FORMAT (also: a chimera,
 * values of one event in the words of another), ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK bool residue_read(struct slice chunk, const struct residue *residue, const struct template_store *store,
	struct template_memo *memo, struct arena *arena, struct record *record, struct err *err);

#endif
