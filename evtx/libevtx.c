/* SPDX-License-Identifier: Apache-2.0 */
/* The reference library as a reader.
 *
 * The reader gives the library one chunk at a time as a log in memory (chunk_log.h): one bad chunk header does not hide
 * all others from it.  A record's XML is parsed back into a tree.  The library tells no offsets: they come from our own
 * walk over the record headers, in step with its list.  Records of the walk that it does not list are lost under this
 * reader, and told.  What the library gets wrong is left as it says it: evtx/opinion.c has the list. */
#include "base/attr.h"
#include "base/ckd.h"
#include "base/limits.h"
#include "evtx/chunk_log.h"
#include "evtx/library_style.h"
#include "evtx/slots.h"
#include "evtx/xml.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	REASON = 180,
};

struct reference {
	struct reader base;
	struct slots slots;
	struct chunk_item item; /* of our walk, not yet told */
	bool has_item;
	struct chunk_log *log;
	bool refused;           /* the library does not open this chunk */
	char refusal[REASON];
	bool held;              /* a record of the library's list, not yet told */
	int index;              /* in that list, of the next one */
};

static void
close_chunk(struct reference *r)
{
	r->has_item = r->held = false;
	chunk_log_close(r->log);
}

static void
reference_close(struct reader *reader)
{
	struct reference *r = (struct reference *)reader;

	chunk_log_free(r->log);
	arena_fini(&reader->arena);
	free(r);
}

static bool
reference_open(const struct source *source, const struct reader_options *options, struct reader **reader, struct err *err)
{
	struct reference *r = calloc(1, sizeof(*r));

	if (!r)
		return err_nomem(err);
	r->base.class = &reader_libevtx;
	arena_init(&r->base.arena, LIMIT_RECORD_ARENA);
	r->log = chunk_log_new();
	if ((!r->log && !err_nomem(err)) || !slots_open(&r->slots, source, options, &r->base, err)) {
		reference_close(&r->base);
		return false;
	}
	*reader = &r->base;
	return true;
}

static void
open_chunk(struct reference *r)
{
	r->has_item = r->held = false;
	r->index = 0;
	r->refused = !chunk_log_open(r->log, r->slots.walk.bytes);
	if (r->refused)
		snprintf(r->refusal, sizeof(r->refusal), "%s", chunk_log_reason(r->log));
}

/* --- records --- */

static enum reader_step
lose_item(struct reference *r, struct reader_loss *loss, const char *reason)
{
	char text[REASON + 20];

	snprintf(text, sizeof(text), "libevtx: %s", reason);
	slots_lose_item(&r->slots, &r->item, loss, 1, text);
	r->has_item = false;
	return READER_LOST;
}

static bool
fill(struct reference *r, struct record *record, char *reason, size_t reason_size)
{
	struct err err = { .code = ERR_OK };
	struct node *root = NULL;
	struct slice utf16;

	if (!chunk_log_xml(r->log, &r->base.arena, &utf16)) {
		snprintf(reason, reason_size, "%s", chunk_log_reason(r->log));
		return false;
	}
	if (xml_parse(utf16, &r->base.arena, &root, &err) && (library_style_undo(root, &r->base.arena) || err_nomem(&err))) {
		record->tree = root;
		record->number = chunk_log_id(r->log);
		record->written = chunk_log_written(r->log);
		if (record_read_system(record, &r->base.arena, &err))
			return true;
	}
	snprintf(reason, reason_size, "%.*s", (int)reason_size - 1, err.text);
	return false;
}

/* The held record at the item's place; at the chunk's, where our walk knows none. */
static enum reader_step
tell_held(struct reference *r, struct record *record, struct reader_loss *loss, bool at_item)
{
	struct chunk_item nowhere = { .len = LIMIT_CHUNK, .id = chunk_log_id(r->log), .has_id = true };
	char reason[REASON];
	bool ok;

	slots_describe(&r->slots, at_item ? &r->item : &nowhere, record);
	record->raw = SLICE_EMPTY;
	if (!at_item)
		record->size = 0;
	ok = fill(r, record, reason, sizeof(reason));
	chunk_log_drop(r->log);
	r->held = false;
	if (ok) {
		r->has_item = r->has_item && !at_item;
		r->base.counts.records++;
		return READER_RECORD;
	}
	if (at_item)
		return lose_item(r, loss, reason);
	slots_lose_item(&r->slots, &nowhere, loss, 1, reason);
	return READER_LOST;
}

/* The next record of the library's list.  False when there is none, and when it cannot be fetched (*failed). */
static bool
fetch(struct reference *r, bool *failed, char *reason, size_t reason_size)
{
	*failed = false;
	if (r->held || r->index >= chunk_log_count(r->log))
		return r->held;
	r->held = chunk_log_fetch(r->log, r->index++);
	*failed = !r->held;
	if (*failed)
		snprintf(reason, reason_size, "%s", chunk_log_reason(r->log));
	return r->held;
}

/* True when our walk comes to a record of that identifier later (has_id), or to anything at all. */
static bool
comes_later(const struct slots *s, bool has_id, uint64_t id)
{
	struct chunk_walk ahead = s->walk;
	struct chunk_item item;
	enum chunk_step step;

	while (s->in_chunk && (step = chunk_walk_next(&ahead, &item)) != CHUNK_END) {
		if (!has_id || (step == CHUNK_RECORD && item.id == id))
			return true;
	}
	return false;
}

/* A record that the library cannot fetch has no identifier either: it is taken to be the one our walk is at. */
static enum reader_step
tell_item(struct reference *r, struct record *record, struct reader_loss *loss)
{
	char reason[REASON];
	bool failed;

	if (r->refused)
		return lose_item(r, loss, r->refusal);
	if (!fetch(r, &failed, reason, sizeof(reason)))
		return lose_item(r, loss, failed ? reason : "the record is not in its list");
	if (chunk_log_id(r->log) == r->item.id)
		return tell_held(r, record, loss, true);
	if (comes_later(&r->slots, true, chunk_log_id(r->log)))
		return lose_item(r, loss, "the record is not in its list");
	return tell_held(r, record, loss, false);
}

/* What the library lists and our walk does not know, when the walk is at the chunk's end.  READER_END: nothing. */
static enum reader_step
tell_rest(struct reference *r, struct record *record, struct reader_loss *loss)
{
	const struct chunk_item nowhere = { .len = LIMIT_CHUNK };
	char reason[REASON];
	bool failed;

	if (r->refused || comes_later(&r->slots, false, 0))
		return READER_END;
	if (fetch(r, &failed, reason, sizeof(reason)))
		return tell_held(r, record, loss, false);
	if (!failed)
		return READER_END;
	slots_lose_item(&r->slots, &nowhere, loss, 1, reason);
	return READER_LOST;
}

static enum reader_step
reference_next(struct reader *reader, struct record *record, struct reader_loss *loss, struct err *err)
{
	struct reference *r = (struct reference *)reader;
	enum reader_step step;

	(void)err; /* whatever goes wrong costs a record or a chunk, never the log */
	arena_reset(&reader->arena);
	if (!r->has_item) {
		step = tell_rest(r, record, loss);
		if (step != READER_END)
			return step;
		switch (slots_next(&r->slots, &r->item, loss)) {
		case SLOTS_CHUNK:
			open_chunk(r);
			return READER_CHUNK;
		case SLOTS_FOREIGN:
			return READER_FOREIGN;
		case SLOTS_LOST:
			return READER_LOST;
		case SLOTS_END:
			close_chunk(r);
			return READER_END;
		case SLOTS_ITEM:
			r->has_item = true;
			break;
		}
	}
	return tell_item(r, record, loss);
}

const struct reader_class reader_libevtx = {
	.name = "libevtx",
	.open = reference_open,
	.next = reference_next,
	.close = reference_close,
};
