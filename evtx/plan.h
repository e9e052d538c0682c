/* SPDX-License-Identifier: Apache-2.0 */
/* A plan is a template definition compiled once: what all its instances have in common, made ready, and what each of
 * them fills in, as a list of slots.  Nearly every record is an instance of an outer template (Event, System) with one
 * value that is an instance of an inner one (EventData), so reading a record is two lookups and two walks over value
 * descriptors; its values stay slices of the chunk.
 *
 * A plan says exactly what the tree decoder (binxml.h) says of the same bytes.  Whatever it has no words for (elements
 * that mix text and children, a slot that holds an array and is named twice, ...) is left to that decoder: plan_compile
 * refuses the definition, or plan_read the record, and the caller decodes a tree.  No damage is judged here. */
#ifndef EVTX_PLAN_H
#define EVTX_PLAN_H

#include "base/cursor.h"
#include "base/same.h"
#include "evtx/binxml.h"
#include "evtx/cached_text.h"
#include "evtx/record.h"

enum { PLAN_SLOTS = 256, PLAN_DESCRIPTOR = 4 /* u16 size, u8 type, u8 0 */, PLAN_TYPE_AT = 2 };

/* Where a definition names a slot. */
enum plan_use {
	PLAN_UNUSED,
	PLAN_ATTRIBUTE,
	PLAN_LEAF,   /* all the content of an element, which an array repeats */
	PLAN_SINGLE, /* the same, but read as one value: an array is not taken */
	PLAN_EMBED,  /* where embedded BinXML stands */
	PLAN_MANY,   /* more than once */
};

struct plan_slot {
	uint8_t use;      /* plan_use */
	bool optional;
	uint16_t saved;   /* nodes that the tree decoder does not make when it is NULL */
	uint32_t weight;  /* of a leaf: nodes of its element without the element itself */
};

/* How a value becomes a field. */
enum plan_row_store {
	ROW_STORE_NONE, /* not as it is: record.c knows */
	ROW_STORE_1, ROW_STORE_2, ROW_STORE_4, ROW_STORE_8, ROW_STORE_16,
	ROW_STORE_2_AS_4,
	ROW_STORES,
};

/* A System field that a slot fills: the row of record.c. */
struct plan_row {
	uint16_t slot;
	uint8_t row;
	uint8_t store;    /* plan_row_store */
	uint32_t usual;   /* descriptor of the value that is stored as it is */
	uint16_t field, has; /* offsets in struct record_system; has 0: not told */
};

enum { PLAN_ROWS = 16, PLAN_LAYOUTS = 2 };

struct plan_json;
struct plan_fields;
struct plan_layout;
struct plan_reference;

struct plan {
	struct plan *next; /* in the store's bucket */
	struct guid guid;
	struct slice body; /* a copy: what makes the plan good for another chunk's definition */
	const uint16_t *mask; /* a bit a byte, those of the last whole block behind the others: 0 where the names' places stand */
	const struct plan_reference *references;
	size_t reference_count;
	const struct node *root; /* names and texts in the store's memory */
	const struct plan_slot *slots;
	const uint32_t *saved; /* slots[].saved again, in a row, and zeros up to a multiple of four */
	uint16_t slot_count; /* highest one named + 1 */
	uint32_t nodes;      /* cost of the body with every slot filled by a plain value */
	bool embeds;
	uint16_t embed_slot;
	bool is_event;       /* has a System of its own and can be a record's outer template */
	bool is_data;        /* can be an inner one */
	bool wanted;         /* and somebody has asked for the values of an instance */
	struct record_system system; /* what the definition itself says, slots left out */
	struct plan_row rows[PLAN_ROWS];
	size_t row_count;
	/* made when first asked for */
	struct plan_layout *layouts[PLAN_LAYOUTS]; /* the one used last first */
	struct plan_json *json;
	struct plan_fields *fields;
};

/* One value of an instance: where it lies behind the instance's first value, and above that the descriptor as it stands
 * in the record. */
struct plan_value {
	uint64_t bits;
};

static inline struct plan_value
plan_value_make(size_t at, uint32_t descriptor)
{
	return (struct plan_value){ (uint32_t)at | (uint64_t)descriptor << 32 };
}

static inline uint32_t
plan_value_at(struct plan_value v)
{
	return (uint32_t)v.bits;
}

static inline uint16_t
plan_value_len(struct plan_value v)
{
	return (uint16_t)(v.bits >> 32);
}

static inline uint8_t
plan_value_type(struct plan_value v)
{
	return (uint8_t)(v.bits >> 48);
}

/* How the values of a layout become System fields.  Rows that are copies come first, those of eight bytes before those of
 * two that become four; then those that are no copies.  Rows whose values are NULL are left out. */
struct plan_system {
	uint8_t eights, copies, row_count; /* ends of these in rows */
	uint8_t detail_count;
	struct plan_system_row {
		uint32_t at;
		uint16_t len, field;
		uint8_t type, row; /* index in plan.rows */
		uint8_t cache;     /* index in plan_texts.rows, of a text */
		bool is_text;
	} rows[PLAN_ROWS];
	struct plan_system_detail { /* a copy that can wait (record_whole_system) */
		uint32_t at;
		uint16_t field;
		uint8_t store;
	} details[PLAN_ROWS];
	struct record_system fields; /* the definition's, and `has` of the copies */
};

/* Where the values of an instance lie.  Instances of a template mostly come with the same types and sizes, so what was
 * worked out from a row of descriptors is kept with the plan: an instance whose descriptors are the same bytes has it for
 * the price of a comparison. */
struct plan_layout {
	uint32_t count;    /* of descriptors */
	uint32_t same;     /* bytes of them that an instance must have, too: all, or all but the size of the last */
	uint16_t last;     /* of the last then, the type */
	bool embeds_last;  /* the last is the embedding slot: its size is not the layout's */
	bool plain;        /* no array or the like among the values of named slots */
	uint32_t size;     /* of the values without the last then */
	size_t cost;       /* nodes without arrays and without embedded data */
	uint32_t room;     /* in what follows */
	uint8_t *descriptors;
	struct plan_value *values;
	struct plan_system *system; /* of an event's plan */
};

struct plan_instance {
	struct plan *plan;
	const uint8_t *base; /* of the values */
	const struct plan_value *values; /* NULL from the last one to plan->slot_count; of data: ask plan_inner_values first */
	const struct plan_layout *layout; /* NULL: all values are texts, or nobody has asked for them yet */
	const uint8_t *descriptors; /* of data without values: they have been added up, no more */
	uint32_t count;
	/* where the plan has no room to keep them */
	struct plan_layout own;
	struct plan_system own_system;
	struct plan_value own_values[PLAN_SLOTS];
	uint8_t own_descriptors[PLAN_DESCRIPTOR * PLAN_SLOTS];
};

struct plan_store;

/* Texts that come again: of System's rows, good for the record at hand; of SIDs, good until the next SID. */
struct plan_texts {
	struct cached_text rows[PLAN_ROWS];
	struct cached_text sids[CACHED_SIDS];
	uint64_t day; /* of the time that was shown last, and its date */
	uint8_t date[12];
};

/* A record read by plans. */
struct plan_record {
	struct plan_store *store;
	struct plan_texts *texts; /* the store's */
	struct slice chunk;
	size_t start, end; /* of the BinXML, for the tree */
	size_t read_end;   /* behind the last byte of it that was read */
	size_t cost;       /* nodes that the tree decoder would have charged */
	struct plan_instance outer, inner; /* inner.plan is NULL where no data is embedded */
	bool from_template;
	bool has_tree;
	const struct node *tree;
	struct arena *arena; /* of the record */
};

/* All the content of an element, or all the parts of an attribute, is one slot. */
static inline bool
plan_is_slot(const struct node *content)
{
	return content && !content->next && content->kind == NODE_SUBSTITUTION;
}

static inline struct value
plan_value(const struct plan_instance *instance, size_t slot)
{
	struct plan_value v = instance->values[slot];

	return (struct value){ .type = plan_value_type(v), .raw = slice_from(instance->base + plan_value_at(v), plan_value_len(v)) };
}

/* Compiles the definition whose body stands at the chunk offsets start to end; everything in `memory`, which must live
 * as long as the plan; `scratch` is free to be reset afterwards.  *plan is NULL when the body is not for plans.
 * Errors: ERR_NOMEM. */
MUST_CHECK bool plan_compile(struct slice chunk, size_t start, size_t end, struct arena *memory, struct arena *scratch,
	struct plan **plan, struct err *err);

/* The same from a definition's tree (which is copied): `nodes` is what the tree decoder takes for an instance of it with
 * every slot filled.  The plan has no body. */
MUST_CHECK bool plan_make(const struct node *root, uint32_t nodes, struct arena *memory, struct plan **plan, struct err *err);

/* --- the same definition in another chunk (plan_body.c) --- */

/* A name as the body refers to it. */
struct plan_reference {
	uint32_t at;       /* of the u32, from the start of the body */
	uint32_t same;     /* an earlier reference to the same name; its own index: none is known */
	bool is_inline;
	struct slice name; /* UTF-16 */
};

/* Keeps what plan_fits asks for; false: no memory. */
bool plan_keep_body(struct plan *plan, struct slice body, const struct binxml_definition *definition, struct arena *memory);

/* True when the definition at these chunk offsets says the same as the plan's: the same bytes but for where names
 * stand. */
bool plan_fits(const struct plan *plan, struct slice chunk, size_t start, size_t end);

/* --- the store (plan_store.c): plans of all chunks of one log, and which of them this chunk's definitions are
 * (plan_store.h) --- */

struct plan_store *plan_store_new(void); /* NULL: no memory */
void plan_store_free(struct plan_store *store);

/* A chunk begins: its definitions are to be checked anew. */
void plan_store_begin_chunk(struct plan_store *store);

/* Memory that lives as long as the plans, for the programs that a plan has made
 * of it; and the texts of values that come again. */
struct arena *plan_store_memory(struct plan_store *store);
struct arena *plan_store_scratch(struct plan_store *store); /* until it is asked for again */
struct plan_texts *plan_store_texts(struct plan_store *store);
struct plan_shapes *plan_store_shapes(struct plan_store *store);

/* Another one since all plans were forgotten: pointers to plans of before are good for nothing. */
uint32_t plan_store_generation(const struct plan_store *store);

/* True when this chunk may still have that many bytes looked at for a plan; they are counted. */
bool plan_store_may_compile(struct plan_store *store, size_t bytes);

/* --- layouts (plan_layout.c) --- */

static inline bool
plan_layout_is_for(const struct plan_layout *l, const uint8_t *descriptors, uint32_t count)
{
	return l->count == count && same_bytes(l->descriptors, descriptors, l->same) &&
	       (!l->embeds_last || load_u16le(descriptors + l->same + PLAN_TYPE_AT) == l->last);
}

/* What a row of descriptors adds up to. */
struct plan_sums {
	uint32_t size;    /* of all values */
	uint32_t unusual; /* not 0: there are arrays, embedded data or values of an unknown type */
	uint32_t saved;   /* nodes that the tree decoder does not make, by NULL values */
};

/* For at most PLAN_SLOTS of them, of an instance of the plan (plan_sums.c). */
struct plan_sums plan_sums_of(const struct plan *plan, const uint8_t *descriptors, uint32_t count);

/* The layout of so many descriptors (at most PLAN_SLOTS) of an instance of instance->plan, for which none of the plan's
 * own is known to do: one of them, or the instance's. */
struct plan_layout *plan_layout_make(struct plan_store *store, struct plan_instance *instance, const uint8_t *descriptors,
	uint32_t count);

/* --- reading a record (plan_read.c) --- */

/* Reads the BinXML at the chunk offsets start to end by plans.  False when it is not for them, or costs more than
 * `budget` nodes: then the tree decoder is to be asked.  r->store and r->texts must be set. */
bool plan_read(struct plan_record *r, struct slice chunk, size_t start, size_t end, size_t budget);

/* Where the values of the embedded data lie is found out when somebody wants them. */
void plan_inner_values_make(struct plan_record *r);

static inline void
plan_inner_values(struct plan_record *r)
{
	if (r->inner.plan && !r->inner.values)
		plan_inner_values_make(r);
}

/* Fills the System fields (plan_system.c) but for details that are mere copies; texts in the arena or in the store.
 * Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK bool plan_read_system(struct plan_record *r, struct record_system *system, struct err *err);
void plan_read_details(const struct plan_record *r, struct record_system *system);

/* --- programs (plan_fields.c, plan_json.c); *done is false when the tree has to be asked --- */

MUST_CHECK bool plan_read_fields(struct plan_record *r, struct arena *arena, struct record_field **fields, size_t *count,
	bool *done, struct err *err);

/* record_read_words for a record read by plans; false when it is left to the others. */
bool plan_read_words(struct plan_record *r, struct buf *out);
bool plan_render_json(struct plan_record *r, struct buf *out);

/* Tells each slot of the embedded data that makes a field, with the field's name (of the plan's memory).  False when there
 * is more to the payload than these and texts of the definition: parts beside the data, names by values, or what only the
 * tree knows. */
typedef void plan_name_listener(void *context, uint16_t slot, struct slice name);
bool plan_data_names(struct plan_record *r, plan_name_listener *tell, void *context);

#endif
