/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for what has no template: forwarded records, and bare elements where an instance is usual.  Such records come
 * in a few shapes, too: the same tokens and names, other texts.  So a walk over the tokens notes the shape as a row of
 * words and each text as the value of a slot, and a shape that was met before has its plan.  Texts that make a
 * difference to the plan itself (the Name of a Data, namespaces) belong to the shape.
 *
 * Whatever is unusual (entities, several texts in one element, text beside elements) is left to the tree decoder, and so
 * is all damage. */
#include "evtx/plan_shape.h"

#include "base/attr.h"
#include "base/limits.h"
#include "base/same.h"
#include "evtx/plan_trace.h"
#include "evtx/token.h"

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
	TRACES = 4,
};

/* Words: what it is in the upper bits, which name or text below. */
enum {
	WORD_ELEMENT = 1 << 24,
	WORD_ATTRIBUTE = 2 << 24,
	WORD_LITERAL = 3 << 24,
	WORD_SLOT = 4 << 24,
	WORD_END = 5 << 24,
	WORD_KIND = 0x7F << 24,
	WORD_NUMBER = (1 << 24) - 1,
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
	struct shape *last; /* the one that was met last: the next is probably the same */
	struct plan_trace traces[TRACES]; /* of elements in this chunk */
	const struct shape *traced[TRACES]; /* the shapes that they have */
	size_t trace; /* the one that is being made, or was repeated last */
	uint32_t words[WORDS];
};

/* A walk. */
struct walk {
	struct plan_shapes *s;
	struct plan_trace *trace;
	struct arena *memory;
	struct slice chunk;
	struct slice rest; /* what has not been read */
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

static void
forget_traces(struct plan_shapes *s)
{
	for (size_t i = 0; i < TRACES; i++)
		s->traces[i].usable = false;
}

void
plan_shapes_begin_chunk(struct plan_shapes *s)
{
	forget_traces(s);
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
	s->last = NULL;
	forget_traces(s);
	s->name_count = 0;
}

static inline struct place *
place_of(struct plan_shapes *s, uint32_t offset)
{
	return &s->places[offset * 0x9E37u >> 4 & (PLACES - 1)];
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

enum { NAME_HEAD = 8 /* u32 next in its bucket, u16 hash, u16 count of units */, NAME_COUNT_AT = 6, NAME_END = 2 };

/* A name that this chunk has not been asked for yet. */
static NEVER_INLINE bool
name_at(struct walk *w, uint32_t offset, uint32_t *number)
{
	struct slice rest = slice_sub(w->chunk, offset, w->chunk.len), text;
	const uint8_t *head;

	if (offset < LIMIT_CHUNK_HEADER || !slice_take(&rest, NAME_HEAD, &head))
		return false;
	text.len = 2u * load_u16le(head + NAME_COUNT_AT);
	if (text.len == 0 || !slice_take(&rest, text.len, &text.ptr) || !intern(w, text, number))
		return false;
	*place_of(w->s, offset) = (struct place){ w->s->epoch, offset, *number };
	return true;
}

static bool
skip_name(struct walk *w)
{
	const uint8_t *head;

	return slice_take(&w->rest, NAME_HEAD, &head) &&
	       slice_take(&w->rest, 2u * load_u16le(head + NAME_COUNT_AT) + NAME_END, &head);
}

/* The name at that chunk offset; it stands behind the reference where it is the first of its kind. */
static inline bool
read_name(struct walk *w, uint32_t offset, uint32_t *number)
{
	const struct place *place = place_of(w->s, offset);

	plan_trace_name(w->trace, offset);
	if (place->epoch == w->s->epoch && place->offset == offset)
		*number = place->name;
	else if (!name_at(w, offset, number))
		return false;
	return offset != (size_t)(w->rest.ptr - w->chunk.ptr) || skip_name(w);
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

/* A text that belongs to the shape: probably the one that stands there in the shape met last. */
static bool
read_literal(struct walk *w, struct slice text)
{
	const struct shape *last = w->s->last;
	uint32_t word = last && w->words < last->count ? last->words[w->words] : 0, number;

	if ((word & (uint32_t)WORD_KIND) == WORD_LITERAL) {
		struct slice guess = w->s->names[word & WORD_NUMBER].text;

		if (guess.len == text.len && same_bytes(guess.ptr, text.ptr, text.len))
			return add_word(w, word);
	}
	return intern(w, text, &number) && add_word(w, WORD_LITERAL | number);
}

enum { TEXT_HEAD = 4 /* token, u8 type, u16 count of units */, ELEMENT_HEAD = 9 /* token, u32 size, name */, ATTRIBUTE_HEAD = 5 };

static inline bool
read_text(struct walk *w, bool in_shape)
{
	const uint8_t *head;
	struct slice text;

	if (!slice_take(&w->rest, TEXT_HEAD, &head))
		return false;
	text.len = 2u * load_u16le(head + 2);
	if (!slice_take(&w->rest, text.len, &text.ptr))
		return false;
	if (in_shape)
		return read_literal(w, text);
	if (w->slots == PLAN_SLOTS || text.len > UINT16_MAX)
		return false;
	w->instance->own_values[w->slots++] = plan_value_make((size_t)(text.ptr - w->chunk.ptr),
		(uint32_t)text.len | VALUE_STRING << 16);
	return add_word(w, WORD_SLOT);
}

/* The token that comes next without its flag; 0 where the bytes end. */
static inline uint8_t
next_token(const struct walk *w)
{
	return w->rest.len ? w->rest.ptr[0] & (uint8_t)~TOKEN_MORE : 0;
}

/* All the rest of an attribute: one text, or none. */
static inline bool
read_attribute(struct walk *w, const struct name *element)
{
	const struct name *name;
	const uint8_t *head;
	uint32_t number;

	if (!slice_take(&w->rest, ATTRIBUTE_HEAD, &head) || !read_name(w, load_u32le(head + 1), &number) ||
	    !add_word(w, WORD_ATTRIBUTE | number))
		return false;
	name = &w->s->names[number];
	if (next_token(w) != TOKEN_TEXT)
		return true; /* whatever else may stand there is no token that comes next */
	return read_text(w, name->in_shape || (name->is_name && element->is_named));
}

/* The start tag.  *open: content follows. */
static inline bool
read_start(struct walk *w, bool *open)
{
	const uint8_t *head, *end;
	uint32_t number;

	if (!slice_take(&w->rest, ELEMENT_HEAD, &head) || !read_name(w, load_u32le(head + 5), &number) ||
	    !add_word(w, WORD_ELEMENT | number))
		return false;
	plan_trace_size(w->trace, head + 1);
	if (head[0] & TOKEN_MORE) {
		if (!slice_take(&w->rest, 4, &end))
			return false;
		plan_trace_size(w->trace, end);
		while (next_token(w) == TOKEN_ATTRIBUTE) {
			if (!read_attribute(w, &w->s->names[number]))
				return false;
		}
	}
	if (!slice_take(&w->rest, 1, &end))
		return false;
	*open = *end == TOKEN_CLOSE_START;
	return *open || (*end == TOKEN_CLOSE_EMPTY && add_word(w, WORD_END));
}

/* One element, with all that is in it. */
static bool
read_element(struct walk *w)
{
	bool texts[DEPTH + 1] = { false }, elements[DEPTH + 1] = { false }, open;
	const uint8_t *end;
	size_t depth = 0;

	do {
		uint8_t token = next_token(w);

		if (token == TOKEN_ELEMENT) {
			elements[depth] = true;
			if (!read_start(w, &open) || texts[depth] || depth == DEPTH)
				return false;
			if (open) {
				depth++;
				texts[depth] = elements[depth] = false;
			}
		} else if (depth && token == TOKEN_TEXT) {
			if (texts[depth] || elements[depth] || !read_text(w, false))
				return false;
			texts[depth] = true;
		} else if (depth && token == TOKEN_END_ELEMENT && slice_take(&w->rest, 1, &end) && *end == TOKEN_END_ELEMENT) {
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

static inline bool
is_of_shape(const struct walk *w, const struct shape *shape)
{
	return shape->count == w->words && memcmp(shape->words, w->s->words, w->words * sizeof(*shape->words)) == 0;
}

static struct shape *
find(struct walk *w, uint32_t hash, size_t *chain)
{
	struct shape *shape;

	for (shape = w->s->buckets[hash % BUCKETS], *chain = 0; shape; shape = shape->next, ++*chain) {
		if (shape->hash == hash && is_of_shape(w, shape))
			return shape;
	}
	return NULL;
}

/* Two words at a time: each multiplication waits for the one before. */
static uint32_t
hash_words(const struct walk *w)
{
	const uint32_t *words = w->s->words;
	uint64_t hash = w->words;
	size_t i;

	for (i = 0; i + 1 < w->words; i += 2)
		hash = (hash ^ (words[i] | (uint64_t)words[i + 1] << 32)) * UINT64_C(0x9E3779B97F4A7C15);
	if (i < w->words)
		hash = (hash ^ words[i]) * UINT64_C(0x9E3779B97F4A7C15);
	return (uint32_t)(hash >> 32);
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

/* The shape that was walked over; NULL where there cannot be one more. */
static struct shape *
shape_of(struct walk *w, struct plan_store *store, size_t start, size_t end)
{
	uint32_t hash = hash_words(w);
	struct shape *shape;
	size_t chain;

	shape = find(w, hash, &chain);
	if (shape)
		return shape;
	if (chain >= SHAPES_A_BUCKET || !plan_store_may_compile(store, end - start))
		return NULL;
	return add_shape(w, hash, start, end, plan_store_scratch(store));
}

static bool
take_end(struct slice *rest)
{
	const uint8_t *end;

	return !rest->len || (slice_take(rest, 1, &end) && *end == TOKEN_END);
}

/* The shape of an element that is like one met in this chunk: tried are the last one of them, then the others.  NULL:
 * it has to be walked over. */
static inline const struct shape *
repeat(struct plan_shapes *s, struct slice chunk, struct slice *bytes, struct plan_instance *instance)
{
	for (size_t i = 0; i < TRACES; i++) {
		size_t at = (s->trace + i) % TRACES;
		struct slice rest = *bytes;

		if (plan_trace_repeats(&s->traces[at], chunk, &rest, instance) && take_end(&rest)) {
			*bytes = rest;
			s->trace = at;
			return s->traced[at];
		}
	}
	return NULL;
}

static NEVER_INLINE const struct shape *
walk_over(struct plan_store *store, struct slice chunk, size_t start, struct slice *bytes, struct plan_instance *instance)
{
	struct plan_shapes *s = plan_store_shapes(store);
	size_t trace = (s->trace + 1) % TRACES;
	struct walk w = { .s = s, .trace = &s->traces[trace], .memory = plan_store_memory(store), .chunk = chunk, .rest = *bytes,
		.instance = instance };
	const uint8_t *end;

	plan_trace_begin(w.trace, w.rest.ptr);
	if (!read_element(&w))
		return NULL;
	end = w.rest.ptr;
	if (!take_end(&w.rest))
		return NULL;
	if (!s->last || !is_of_shape(&w, s->last))
		s->last = shape_of(&w, store, start, (size_t)(w.rest.ptr - chunk.ptr));
	if (!s->last || !s->last->plan)
		return NULL;
	plan_trace_end(w.trace, chunk, end, instance, w.slots);
	s->traced[trace] = s->last;
	s->trace = trace;
	*bytes = w.rest;
	return s->last;
}

bool
plan_shape_read(struct plan_store *store, struct slice chunk, size_t start, struct slice *bytes, struct plan_instance *instance,
	size_t *nodes)
{
	const struct shape *shape = repeat(plan_store_shapes(store), chunk, bytes, instance);

	if (!shape)
		shape = walk_over(store, chunk, start, bytes, instance);
	if (!shape)
		return false;
	instance->plan = shape->plan;
	instance->base = chunk.ptr;
	instance->values = instance->own_values;
	instance->layout = NULL;
	*nodes = shape->nodes;
	return true;
}
