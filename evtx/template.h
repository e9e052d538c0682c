/* SPDX-License-Identifier: Apache-2.0 */
/* Template definitions outside their chunk.  A definition names its elements by chunk offsets, so it is worth nothing
 * elsewhere; carried out of the chunk, every name stands in its body itself and the body can be read anywhere.  The
 * store holds such bodies by the 32-bit id that an instance names (the first bytes of the GUID; evtx-format.md 2.6,
 * 7.2): those met in this run, and layouts of our own for the events that matter most. */
#ifndef EVTX_TEMPLATE_H
#define EVTX_TEMPLATE_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/guid.h"
#include "base/limits.h"
#include "base/table.h"

enum { TEMPLATE_HEADER = 24 }; /* u32 next, GUID, u32 body size */

/* The definition at that chunk offset: its GUID and body.  False when no whole one can lie there. */
bool template_at(struct slice chunk, size_t offset, struct guid *guid, struct cursor *body);

/* True when the body is sound from its first token to its last: names where the references lead, with the right hash
 * and end, elements balanced, nothing left over.  Bytes that were partly written over do not pass.  With `out` the
 * body is appended to it with all names inline, at offsets that count from out->len as 0.  One that is longer than
 * LIMIT_TEMPLATE in that form does not pass: each of its elements may lead to the same long name. */
bool template_check(struct slice chunk, struct cursor body, struct buf *out);

/* The same with at most *left bytes of that form; what was looked at, sound or not, is taken from *left. */
bool template_check_within(struct slice chunk, struct cursor body, struct buf *out, size_t *left);

/* What is known of the definitions of one chunk, so that each is checked once, whatever the number of records that name it,
 * and how much may still be looked at: definitions that are made up may lie over one another.  A bit for each place, since
 * any two would now and then fall together in less, and be checked for each record again until nothing is left. */
enum { TEMPLATE_MEMO = LIMIT_CHUNK / 8 };

struct template_memo {
	size_t left;
	bool ran_out; /* some definition could not be looked at, or not to its end; for the caller to reset */
	uint8_t known[TEMPLATE_MEMO], sound[TEMPLATE_MEMO];
};

/* For another chunk; what is left stays as it is. */
void template_memo_forget(struct template_memo *memo);

/* template_check, once for each place.  False, too, when nothing is left (ran_out). */
bool template_check_once(struct template_memo *memo, struct slice chunk, struct cursor body);

enum template_origin { TEMPLATE_MET, TEMPLATE_BUILT_IN };

struct template {
	struct guid guid;
	enum template_origin origin;
	struct slice body; /* all names inline, offsets from 0 */
};

struct template_store {
	struct template *items; /* bodies lie in `bytes` or belong to the caller */
	size_t count, capacity;
	struct table ids; /* u32 id -> index */
	struct buf bytes; /* bodies of the built-in ones: fixed once made */
	struct template layouts[8]; /* outer templates of ours: [0] with 18 values, then with 20 for each log */
	size_t layout_count;
};

void template_store_init(struct template_store *store);
void template_store_fini(struct template_store *store);

/* Adds one whose body outlives the store.  An id that is there already keeps its first definition.  False: memory. */
MUST_CHECK bool template_store_add(struct template_store *store, const struct guid *guid, struct slice body,
	enum template_origin origin);

/* Our own layouts (evtx-format.md 2.10, 8): add them last.  False: memory. */
MUST_CHECK bool template_store_add_built_in(struct template_store *store);

/* NULL when the id is not known. */
const struct template *template_store_find(const struct template_store *store, uint32_t id);

/* An outer layout of ours for an instance whose own definition is gone: 18 values, or 20 around data (the bytes of the
 * last value, and the id of the template in it) that say of which log they are.  It has no Computer.  NULL when there is
 * none. */
const struct template *template_store_outer(const struct template_store *store, size_t value_count, uint32_t data_id,
	struct slice data);

/* The hash that stands in front of a name: UTF-16LE. */
uint16_t template_name_hash(struct slice name);

#endif
