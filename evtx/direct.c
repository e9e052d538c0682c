/* SPDX-License-Identifier: Apache-2.0 */
/* The direct reader: the walk over slots and records (slots.c), and on each of them a plan, or where none fits the
 * tree decoder. */
#include "base/attr.h"
#include "evtx/binxml.h"
#include "evtx/plan.h"
#include "evtx/slots.h"

#include <stdlib.h>

struct direct {
	struct reader base;
	struct slots slots;
	size_t budget; /* nodes that the records of this chunk may still have */
	bool trees_only;
	struct plan_store *own; /* NULL: the plans are the caller's */
	struct plan_record plan; /* the record at hand, when it is read by plans */
};

static bool
direct_open(const struct source *source, const struct reader_options *options, struct reader **reader, struct err *err)
{
	struct direct *d = malloc(sizeof(*d));

	if (!d)
		return err_nomem(err);
	d->base = (struct reader){ .class = &reader_direct };
	if (!slots_open(&d->slots, source, options, &d->base, err)) {
		free(d);
		return false;
	}
	d->slots.live_only = options && options->live_only;
	d->trees_only = options && options->trees_only;
	arena_init(&d->base.arena, LIMIT_RECORD_ARENA);
	d->own = options && options->plans ? NULL : plan_store_new();
	d->plan = (struct plan_record){ .store = d->own ? d->own : options ? options->plans : NULL, .arena = &d->base.arena };
	if (!d->plan.store) {
		free(d);
		return err_nomem(err);
	}
	d->plan.texts = plan_store_texts(d->plan.store);
	*reader = &d->base;
	return true;
}

static void
direct_close(struct reader *r)
{
	struct direct *d = (struct direct *)r;

	plan_store_free(d->own);
	arena_fini(&r->arena);
	free(d);
}

/* What the chunk has left, at most a record's share of it; but never so little that a bomb in front could keep an
 * honest record from being read. */
static size_t
record_budget(const struct direct *d)
{
	if (d->budget < LIMIT_RECORD_NODES_LEAST)
		return LIMIT_RECORD_NODES_LEAST;
	return d->budget < LIMIT_RECORD_NODES ? d->budget : LIMIT_RECORD_NODES;
}

static void
spend(struct direct *d, size_t nodes)
{
	d->budget -= nodes < d->budget ? nodes : d->budget;
}

static bool
decode_tree(struct direct *d, size_t start, size_t end, struct binxml_tree *tree, struct err *err)
{
	size_t budget = record_budget(d);
	struct binxml b = { .chunk = d->slots.walk.bytes, .arena = &d->base.arena, .budget = budget };
	bool ok = binxml_decode(&b, start, end, tree, err);

	spend(d, budget - b.budget);
	return ok;
}

static ALWAYS_INLINE bool
decode(struct direct *d, const struct chunk_item *item, struct record *record, struct err *err)
{
	size_t start = item->offset + RECORD_HEADER, end = item->offset + item->len - RECORD_SIZE_COPY;
	bool planned = !d->trees_only && plan_read(&d->plan, d->slots.walk.bytes, start, end, record_budget(d));
	struct binxml_tree tree = { .end = d->plan.read_end, .from_template = d->plan.from_template };

	if (planned)
		spend(d, d->plan.cost);
	else if (!decode_tree(d, start, end, &tree, err))
		return false;
	slots_describe(&d->slots, item, record);
	record->tree = tree.root;
	record->plan = planned ? &d->plan : NULL;
	record->flags |= (tree.from_template ? 0u : RECORD_NO_TEMPLATE) | (end - tree.end >= 8 ? RECORD_LONG_PADDING : 0u);
	return planned ? plan_read_system(&d->plan, &record->system, err) : record_read_system(record, &d->base.arena, err);
}

/* What a damaged record refers to may lie behind the live ones, which is not read at first. */
static NEVER_INLINE bool
decode_with_slack(struct direct *d, const struct chunk_item *item, size_t budget, struct record *record, struct err *err)
{
	if (!d->slots.partial)
		return false;
	slots_complete(&d->slots);
	arena_reset(&d->base.arena);
	d->budget = budget;
	return decode(d, item, record, err);
}

static enum reader_step
direct_next(struct reader *r, struct record *record, struct reader_loss *loss, struct err *err)
{
	struct direct *d = (struct direct *)r;
	struct chunk_item item;
	size_t budget;

	arena_reset(&r->arena);
	switch (slots_next(&d->slots, &item, loss)) {
	case SLOTS_CHUNK:
		d->budget = LIMIT_CHUNK_NODES;
		plan_store_begin_chunk(d->plan.store);
		return READER_CHUNK;
	case SLOTS_FOREIGN:
		return READER_FOREIGN;
	case SLOTS_LOST:
		return READER_LOST;
	case SLOTS_END:
		return READER_END;
	case SLOTS_ITEM:
		break;
	}
	budget = d->budget;
	if (!decode(d, &item, record, err) && !decode_with_slack(d, &item, budget, record, err)) {
		slots_lose_item(&d->slots, &item, loss, 1, err->text);
		return READER_LOST;
	}
	r->counts.records++;
	return READER_RECORD;
}

const struct reader_class reader_direct = {
	.name = "direct",
	.open = direct_open,
	.next = direct_next,
	.close = direct_close,
};
