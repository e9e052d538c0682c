/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for what has no template: forwarded records, and bare elements where an instance is usual.  Such records come
 * in a few shapes, too: the same tokens and names, other texts.  So a walk over the tokens notes the shape as a row of
 * words and each text as the value of a slot, and a shape that was met before has its plan.  Texts that make a
 * difference to the plan itself (the Name of a Data, namespaces) belong to the shape.
 *
 * Whatever is unusual (entities, several texts in one element, text beside elements) is left to the tree decoder, and so
 * is all damage. */
#include "evtx/plan_shape.h"

#include "base/cursor.h"
#include "base/limits.h"

#include <stdlib.h>

enum {
	WORDS = 2048, /* of one shape; 300 in usual ones */
	DEPTH = 64,
	TEXT = 512,   /* bytes of a name, or of a text that belongs to the shape */
	NAMES = 8192, /* places for them; power of two */
	NAMES_MOST = 6000,
	PLACES = 1024, /* names of this chunk, by offset; power of two */
	BUCKETS = 1024,
	SHAPES_A_BUCKET = 8,
};

enum {
	TOKEN_END = 0x00,
	TOKEN_ELEMENT = 0x01,
	TOKEN_CLOSE_START = 0x02,
	TOKEN_CLOSE_EMPTY = 0x03,
	TOKEN_END_ELEMENT = 0x04,
	TOKEN_TEXT = 0x05,
	TOKEN_ATTRIBUTE = 0x06,
	TOKEN_MORE = 0x40,
};

/* Words: what it is in the upper bits, which name or text below. */
enum {
	WORD_ELEMENT = 1 << 24,
	WORD_ATTRIBUTE = 2 << 24,
	WORD_LITERAL = 3 << 24,
	WORD_SLOT = 4 << 24,
	WORD_END = 5 << 24,
};

struct name {
	struct slice text;
	uint32_t hash;
	bool in_shape; /* as an attribute's: its text belongs to the shape, in all elements */
	bool is_name;  /* "Name" */
	bool is_named; /* "Data" or "Provider", whose Name belongs to the shape */
};

struct shape {
	struct shape *next;
	uint32_t hash;
	uint32_t count;
	const uint32_t *words;
	struct plan *plan; /* NULL: none can be made */
	size_t nodes;
};

struct place {
	uint32_t epoch, offset;
	uint32_t name; /* number of it */
};

struct plan_shapes {
	struct name names[NAMES];
	size_t name_count;
	struct place places[PLACES];
	uint32_t epoch;
	struct shape *buckets[BUCKETS];
	uint32_t words[WORDS];
};

/* A walk. */
struct walk {
	struct plan_shapes *s;
	struct arena *memory;
	struct slice chunk;
	struct cursor c;
	struct plan_instance *instance;
	size_t words, slots;
};

struct plan_shapes *
plan_shapes_new(void)
{
	struct plan_shapes *s = calloc(1, sizeof(*s));

	if (s)
		s->epoch = 1; /* that of no place */
	return s;
}

void
plan_shapes_free(struct plan_shapes *s)
{
	free(s);
}

void
plan_shapes_begin_chunk(struct plan_shapes *s)
{
	if (++s->epoch == 0) {
		memset(s->places, 0, sizeof(s->places));
		s->epoch = 1;
	}
}

void
plan_shapes_reset(struct plan_shapes *s)
{
	memset(s->names, 0, sizeof(s->names));
	memset(s->buckets, 0, sizeof(s->buckets));
	memset(s->places, 0, sizeof(s->places));
	s->name_count = 0;
}

/* --- names --- */

static uint32_t
hash_of(struct slice text)
{
	uint32_t hash = (uint32_t)text.len;

	size_t i = 0;

	for (; text.len - i >= 4; i += 4)
		hash = ((hash ^ hash >> 15) ^ load_u32le(text.ptr + i)) * 0x9E3779B1u;
	for (; i < text.len; i++)
		hash = (hash ^ text.ptr[i]) * 0x01000193u;
	return hash ^ hash >> 15;
}

static void
classify(struct name *name)
{
	static const uint8_t xmlns[] = { 'x', 0, 'm', 0, 'l', 0, 'n', 0, 's', 0 };
	struct node node = { .name = name->text };

	name->in_shape = slice_starts_with(name->text, slice_from(xmlns, sizeof(xmlns)));
	name->is_name = node_is_named(&node, "Name");
	name->is_named = node_is_named(&node, "Data") || node_is_named(&node, "Provider");
}

/* The number of that name or text, in this run; the same for the same bytes.  False: there are too many of them. */
static bool
intern(struct walk *w, struct slice text, uint32_t *number)
{
	uint32_t hash = hash_of(text);
	struct name *name;
	size_t i;

	if (text.len > TEXT)
		return false;
	for (i = hash; (name = &w->s->names[i % NAMES])->text.ptr; i++) {
		if (name->hash == hash && slice_eq(name->text, text)) {
			*number = (uint32_t)(i % NAMES);
			return true;
		}
	}
	if (w->s->name_count == NAMES_MOST || !arena_copy(w->memory, text, &text))
		return false;
	w->s->name_count++;
	*name = (struct name){ .text = text, .hash = hash };
	classify(name);
	*number = (uint32_t)(i % NAMES);
	return true;
}

enum { NAME_HEAD = 6 /* u32 next in its bucket, u16 hash */, NAME_END = 2 };

static bool
name_at(struct walk *w, uint32_t offset, uint32_t *number)
{
	struct place *place = &w->s->places[offset * 0x9E37u >> 4 & (PLACES - 1)];
	struct cursor c;
	struct slice text;

	if (place->epoch == w->s->epoch && place->offset == offset) {
		*number = place->name;
		return true;
	}
	c = cursor_over(slice_sub(w->chunk, offset, w->chunk.len), offset);
	cursor_take(&c, NAME_HEAD);
	text = cursor_take(&c, 2u * cursor_u16le(&c));
	if (c.bad || offset < LIMIT_CHUNK_HEADER || text.len == 0 || !intern(w, text, number))
		return false;
	*place = (struct place){ w->s->epoch, offset, *number };
	return true;
}

/* A reference, and behind it the name itself where it is the first of its kind. */
static bool
read_name(struct walk *w, uint32_t *number)
{
	uint32_t offset = cursor_u32le(&w->c);

	if (w->c.bad || !name_at(w, offset, number))
		return false;
	if (offset == w->c.at) {
		cursor_take(&w->c, NAME_HEAD);
		cursor_take(&w->c, 2u * cursor_u16le(&w->c));
		cursor_take(&w->c, NAME_END);
	}
	return !w->c.bad;
}

/* --- the walk --- */

static inline bool
add_word(struct walk *w, uint32_t word)
{
	if (w->words == WORDS)
		return false;
	w->s->words[w->words++] = word;
	return true;
}

/* u8 type, u16 count of units, units. */
static bool
read_text(struct walk *w, bool in_shape)
{
	struct slice text;
	uint64_t at;
	uint32_t number;

	cursor_take(&w->c, 2);
	text.len = 2u * cursor_u16le(&w->c);
	at = w->c.at;
	text = cursor_take(&w->c, text.len);
	if (w->c.bad)
		return false;
	if (in_shape)
		return intern(w, text, &number) && add_word(w, WORD_LITERAL | number);
	if (w->slots == PLAN_SLOTS || text.len > UINT16_MAX)
		return false;
	w->instance->own_values[w->slots++] = plan_value_make(at, (uint32_t)text.len | VALUE_STRING << 16);
	return add_word(w, WORD_SLOT);
}

static bool
is_text(uint8_t token)
{
	return (token & ~TOKEN_MORE) == TOKEN_TEXT;
}

/* All the rest of an attribute: one text, or none. */
static bool
read_attribute(struct walk *w, const struct name *element)
{
	uint32_t number;
	const struct name *name;

	cursor_take(&w->c, 1);
	if (!read_name(w, &number) || !add_word(w, WORD_ATTRIBUTE | number))
		return false;
	name = &w->s->names[number];
	if (!is_text(cursor_peek(&w->c)))
		return true; /* whatever else may stand there is no token that comes next */
	return read_text(w, name->in_shape || (name->is_name && element->is_named));
}

/* The start tag.  *open: content follows. */
static bool
read_start(struct walk *w, bool *open)
{
	bool has_attributes = (cursor_u8(&w->c) & TOKEN_MORE) != 0;
	uint32_t number;
	uint8_t token;

	cursor_take(&w->c, 4);
	if (!read_name(w, &number) || !add_word(w, WORD_ELEMENT | number))
		return false;
	if (has_attributes) {
		cursor_take(&w->c, 4);
		while ((cursor_peek(&w->c) & ~TOKEN_MORE) == TOKEN_ATTRIBUTE) {
			if (!read_attribute(w, &w->s->names[number]))
				return false;
		}
	}
	token = cursor_u8(&w->c);
	*open = token == TOKEN_CLOSE_START;
	return !w->c.bad && (*open || (token == TOKEN_CLOSE_EMPTY && add_word(w, WORD_END)));
}

/* One element, with all that is in it. */
static bool
read_element(struct walk *w)
{
	bool texts[DEPTH + 1] = { false }, elements[DEPTH + 1] = { false }, open;
	size_t depth = 0;

	do {
		uint8_t token = cursor_peek(&w->c);

		if ((token & ~TOKEN_MORE) == TOKEN_ELEMENT) {
			elements[depth] = true;
			if (!read_start(w, &open) || texts[depth] || depth == DEPTH)
				return false;
			if (open) {
				depth++;
				texts[depth] = elements[depth] = false;
			}
		} else if (depth && is_text(token)) {
			if (texts[depth] || elements[depth] || !read_text(w, false))
				return false;
			texts[depth] = true;
		} else if (depth && token == TOKEN_END_ELEMENT && w->c.rest.len) {
			cursor_take(&w->c, 1);
			depth--;
			if (!add_word(w, WORD_END))
				return false;
		} else {
			return false;
		}
	} while (depth);
	return true;
}

/* --- from a tree to a definition --- */

static void
make_slot(struct node *text, uint16_t *slot)
{
	*text = (struct node){ .kind = NODE_SUBSTITUTION, .slot = (*slot)++, .value.type = VALUE_STRING };
}

/* Numbers the texts as the walk does.  Depth is bounded by it. */
static void
make_slots(struct node *element, uint16_t *slot)
{
	struct name name = { .text = element->name };

	classify(&name);
	for (struct node *a = element->attributes; a; a = a->next) {
		struct name own = { .text = a->name };

		classify(&own);
		if (a->children && !own.in_shape && !(own.is_name && name.is_named))
			make_slot(a->children, slot);
	}
	for (struct node *child = element->children; child; child = child->next) {
		if (child->kind == NODE_ELEMENT)
			make_slots(child, slot);
		else
			make_slot(child, slot);
	}
}

static struct plan *
compile(struct walk *w, size_t start, size_t end, struct arena *scratch, size_t *nodes)
{
	struct binxml b = { .chunk = w->chunk, .arena = scratch, .budget = LIMIT_RECORD_NODES_LEAST * 8 };
	struct binxml_tree tree;
	struct plan *plan = NULL;
	uint16_t slots = 0;
	struct err err;

	arena_reset(scratch);
	if (!binxml_decode(&b, start, end, &tree, &err))
		return NULL;
	*nodes = LIMIT_RECORD_NODES_LEAST * 8 - b.budget;
	make_slots((struct node *)tree.root, &slots);
	if (slots != w->slots || !plan_make(tree.root, 0, w->memory, &plan, &err))
		return NULL;
	return plan;
}

static struct shape *
find(struct walk *w, uint32_t hash, size_t *chain)
{
	struct shape *shape;

	for (shape = w->s->buckets[hash % BUCKETS], *chain = 0; shape; shape = shape->next, ++*chain) {
		if (shape->hash == hash && shape->count == w->words &&
		    memcmp(shape->words, w->s->words, w->words * sizeof(*shape->words)) == 0)
			return shape;
	}
	return NULL;
}

static uint32_t
hash_words(const struct walk *w)
{
	uint32_t hash = (uint32_t)w->words;

	for (size_t i = 0; i < w->words; i++)
		hash = (hash ^ w->s->words[i]) * 0x9E3779B1u;
	return hash ^ hash >> 15;
}

/* A shape that is new: with its plan, or the knowledge that there is none. */
static struct shape *
add_shape(struct walk *w, uint32_t hash, size_t start, size_t end, struct arena *scratch)
{
	struct shape *shape = ARENA_NEW(w->memory, struct shape);
	uint32_t *words = ARENA_ARRAY(w->memory, uint32_t, w->words);

	if (!shape || !words)
		return NULL;
	memcpy(words, w->s->words, w->words * sizeof(*words));
	*shape = (struct shape){ .next = w->s->buckets[hash % BUCKETS], .hash = hash, .count = (uint32_t)w->words,
		.words = words };
	shape->plan = compile(w, start, end, scratch, &shape->nodes);
	w->s->buckets[hash % BUCKETS] = shape;
	return shape;
}

bool
plan_shape_read(struct plan_store *store, struct slice chunk, size_t start, struct cursor *c, struct plan_instance *instance,
	size_t *nodes)
{
	struct walk w = { .s = plan_store_shapes(store), .memory = plan_store_memory(store), .chunk = chunk, .c = *c,
		.instance = instance };
	struct shape *shape;
	uint32_t hash;
	size_t chain;

	if (!read_element(&w) || (w.c.rest.len && cursor_u8(&w.c) != TOKEN_END))
		return false;
	hash = hash_words(&w);
	shape = find(&w, hash, &chain);
	if (!shape) {
		if (chain >= SHAPES_A_BUCKET || !plan_store_may_compile(store, (size_t)w.c.at - start))
			return false;
		shape = add_shape(&w, hash, start, (size_t)w.c.at, plan_store_scratch(store));
	}
	if (!shape || !shape->plan)
		return false;
	instance->plan = shape->plan;
	instance->base = chunk.ptr;
	instance->values = instance->own_values;
	instance->layout = NULL;
	*nodes = shape->nodes;
	*c = w.c;
	return true;
}
