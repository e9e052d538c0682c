/* SPDX-License-Identifier: Apache-2.0 */
/* Small logs that are wrong in one known way each: what tampering, damage, odd providers and attackers do to a log.
 * Every row tells what was done and what a reader should make of it.  Some of them make other readers hang or crash:
 * bound the memory of whatever opens them. */
#ifndef TESTS_WRITER_BROKEN_H
#define TESTS_WRITER_BROKEN_H

#include "tests/writer/evtx_writer.h"

enum { BROKEN_POKES = 4 };

/* Where a poke's offset counts from. */
enum poke_place {
	POKE_NOWHERE,
	POKE_FILE,       /* the file header */
	POKE_CHUNK,      /* chunk `index` */
	POKE_RECORD,     /* record `index` of the first chunk */
	POKE_RECORD_END, /* backwards from its end */
};

struct poke {
	enum poke_place place;
	unsigned index, at, size;
	uint64_t value; /* little-endian */
};

struct broken_form {
	const char *name;
	const char *note; /* what is wrong, and what should come of it */
	struct writer_options options;
	bool (*build)(struct writer_log *log, const void *context); /* NULL: two chunks of four events */
	const void *context;
	struct poke pokes[BROKEN_POKES];
	bool fix;        /* checksums are made right afterwards */
	size_t cut;      /* the file ends here; 0: where it does, SIZE_MAX: it is empty */
	size_t garbage;  /* bytes of 0xA5 behind the end */
};

/* Form number i, NULL behind the last one. */
const struct broken_form *broken_form(size_t i);

/* The tables that it is made of: files and chunks; records and BinXML. */
const struct broken_form *broken_container(size_t i);
const struct broken_form *broken_body(size_t i);

/* Appends the file; *records tells how many the writer counts as live.  False: no memory or a form that does not fit. */
bool broken_make(const struct broken_form *form, struct buf *out, size_t *records) MUST_CHECK;

/* An ordinary event: one named string field and its record number. */
bool broken_add_event(struct writer_log *log, uint64_t record, struct slice text) MUST_CHECK;

/* --- shared between the tables --- */

#define BROKEN_TIME 133540000000000000u /* FILETIME, 2024-03-04 */

struct wchunk;
extern const struct guid broken_guid;

/* <Event><Data Name="Value">%0</Data></Event> with `count` substitutions of value 0 in Data. */
void broken_define_data(struct wchunk *c, const struct guid *guid, uint8_t type, size_t count, bool optional);

/* Values by the list, one record for each. */
enum broken_value_list {
	BROKEN_VALUES_GOOD,
	BROKEN_VALUES_ARRAYS,
	BROKEN_VALUES_WRONG,
	BROKEN_VALUES_TEXTS,
	BROKEN_VALUE_LISTS,
};

struct broken_values {
	const struct writer_value *values;
	size_t count;
};

extern const struct broken_values broken_values[BROKEN_VALUE_LISTS];
bool broken_build_values(struct writer_log *log, const void *context) MUST_CHECK;

#endif
