/* SPDX-License-Identifier: Apache-2.0 */
/* Elements, attributes and what stands in them, from tokens to nodes; instances of templates: binxml_instance.c. */
#include "evtx/binxml_decoder.h"

enum { REFERENCE_LEAST = 5 /* bytes of a body that hold one name reference */ };

static struct node *
append(struct decoder *d, struct content *into, enum node_kind kind)
{
	struct node *node;

	if (!binxml_charge(d, 1))
		return NULL;
	node = ARENA_NEW(d->arena, struct node);
	if (!node) {
		binxml_allocate_failed(d, sizeof(*node));
		return NULL;
	}
	node->kind = kind;
	*into->tail = node;
	into->tail = &node->next;
	return node;
}

static void
content_init(struct content *content)
{
	*content = (struct content){ .first = NULL };
	content->tail = &content->first;
}

static bool
append_value(struct decoder *d, struct content *into, enum node_kind kind, uint8_t type, struct slice raw)
{
	struct node *node = append(d, into, kind);

	if (!node)
		return false;
	node->value = (struct value){ .type = type, .raw = raw };
	return true;
}

/* A name: u32 next in its bucket, u16 hash, u16 count of units, units, u16 0.  The hash is compared in residue alone:
 * in a live record a name that is damaged is still the best one there is. */
static struct slice
take_name(struct decoder *d, struct cursor *c)
{
	struct slice name;
	uint16_t hash;

	cursor_take(c, 4);
	hash = cursor_u16le(c);
	name = cursor_take(c, 2u * cursor_u16le(c));
	return d->strict && template_name_hash(name) != hash ? SLICE_EMPTY : name;
}

static void
note_reference(struct decoder *d, const struct cursor *c, uint32_t offset)
{
	struct binxml_definition *def = d->definition;
	struct cursor elsewhere = cursor_over(slice_sub(d->chunk, offset, d->chunk.len), offset);

	def->references[def->reference_count++] = (struct binxml_reference){
		.at = (uint32_t)(c->at - 4 - d->definition_at),
		.is_inline = offset == c->at,
		.name = take_name(d, &elsewhere),
	};
}

/* A reference is a chunk offset; where it is the offset of what comes next, the name itself stands here. */
static bool
read_name(struct decoder *d, struct cursor *c, struct slice *name)
{
	uint32_t offset = cursor_u32le(c);
	struct cursor elsewhere;

	if (c->bad)
		return binxml_cut_off(d, c, "name reference");
	if (d->definition)
		note_reference(d, c, offset);
	if (offset == c->at) {
		*name = take_name(d, c);
		cursor_take(c, 2);
		if (c->bad)
			return binxml_cut_off(d, c, "name");
		return name->len || err_set(d->err, ERR_FORMAT, offset, "empty name at chunk offset 0x%x", (unsigned)offset);
	}
	elsewhere = cursor_over(slice_sub(d->chunk, offset, d->chunk.len), offset);
	*name = take_name(d, &elsewhere);
	if (offset < LIMIT_CHUNK_HEADER || elsewhere.bad || name->len == 0)
		return err_set(d->err, ERR_FORMAT, c->at, "name reference before chunk offset 0x%llx leads to 0x%x, where no "
			"name is", (unsigned long long)c->at, (unsigned)offset);
	return true;
}

/* u8 type, which is always 1, u16 count of units, units. */
static bool
read_text(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	struct slice text;

	(void)s;
	(void)token;
	cursor_u8(c);
	text = cursor_take(c, 2u * cursor_u16le(c));
	if (c->bad)
		return binxml_cut_off(d, c, "text");
	return append_value(d, into, NODE_VALUE, VALUE_STRING, text);
}

static bool
read_cdata(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	struct slice text = cursor_take(c, 2u * cursor_u16le(c));

	(void)s;
	(void)token;
	if (c->bad)
		return binxml_cut_off(d, c, "CDATA section");
	return append_value(d, into, NODE_CDATA, VALUE_STRING, text);
}

static bool
read_character(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	struct slice unit = cursor_take(c, 2);

	(void)s;
	(void)token;
	if (c->bad)
		return binxml_cut_off(d, c, "character reference");
	return append_value(d, into, NODE_VALUE, VALUE_STRING, unit);
}

/* The text of an entity that XML itself does not know: as it would be written, "&name;". */
static bool
append_unknown_entity(struct decoder *d, struct content *into, struct slice name)
{
	uint8_t *text;

	if (!binxml_charge(d, name.len / BYTES_A_NODE))
		return false;
	text = arena_alloc(d->arena, name.len + 4, 1);
	if (!text)
		return binxml_allocate_failed(d, name.len + 4);
	text[0] = '&';
	memcpy(text + 2, name.ptr, name.len);
	text[name.len + 2] = ';';
	return append_value(d, into, NODE_VALUE, VALUE_STRING, slice_from(text, name.len + 4));
}

static bool
read_entity(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	static const struct {
		const char *name;
		uint8_t unit[2];
	} entities[] = {
		{ "amp", { '&', 0 } }, { "lt", { '<', 0 } }, { "gt", { '>', 0 } }, { "quot", { '"', 0 } }, { "apos", { '\'', 0 } },
	};
	struct node named = { .kind = NODE_VALUE };

	(void)s;
	(void)token;
	if (!read_name(d, c, &named.name))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
		if (node_is_named(&named, entities[i].name))
			return append_value(d, into, NODE_VALUE, VALUE_STRING, slice_from(entities[i].unit, 2));
	}
	return append_unknown_entity(d, into, named.name);
}

/* Target, then its data as a token of its own. */
static bool
read_instruction(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	struct node *node = append(d, into, NODE_INSTRUCTION);

	(void)s;
	(void)token;
	if (!node || !read_name(d, c, &node->name))
		return false;
	node->value.type = VALUE_STRING;
	if (c->rest.len && cursor_peek(c) == TOKEN_INSTRUCTION_DATA) {
		cursor_u8(c);
		node->value.raw = cursor_take(c, 2u * cursor_u16le(c));
	}
	return !c->bad || binxml_cut_off(d, c, "processing instruction");
}

static bool
read_fragment_header(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	(void)s;
	(void)into;
	(void)token;
	cursor_take(c, 3); /* major 1, minor 1, flags 0 */
	return !c->bad || binxml_cut_off(d, c, "fragment header");
}

/* Embedded BinXML: fragments up to the end of the value, each with its own end token; no dependencies, no slots. */
static bool
read_embedded(struct decoder *d, const struct slot *slot, struct content *into)
{
	static const struct scope none = { .count = 0 };
	struct cursor c = cursor_over(slot->value.raw, slot->at);
	struct slice chunk = d->chunk;

	d->chunk = d->record_chunk;
	do {
		if (!binxml_read_content(d, &c, &none, into, TOKEN_END))
			return false;
	} while (c.rest.len && (cursor_peek(&c) == TOKEN_FRAGMENT || cursor_peek(&c) == TOKEN_INSTANCE));
	d->chunk = chunk;
	return true;
}

static bool
slot_is_null(const struct scope *s, size_t index)
{
	return index >= s->count || s->slots[index].value.type == VALUE_NULL;
}

static bool
append_substitution(struct decoder *d, struct content *into, uint16_t index, uint8_t declared, bool optional)
{
	struct node *node = append(d, into, NODE_SUBSTITUTION);

	if (!node)
		return false;
	node->slot = index;
	node->optional = optional;
	node->value.type = declared;
	return true;
}

/* u16 slot, u8 declared type.  What counts is the type that the value itself has. */
static bool
read_substitution(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	uint16_t index = cursor_u16le(c);
	const struct value *value;
	uint8_t declared;

	declared = cursor_u8(c);
	if (c->bad)
		return binxml_cut_off(d, c, "substitution");
	if (d->definition)
		return append_substitution(d, into, index, declared, token == TOKEN_OPTIONAL);
	if (slot_is_null(s, index)) {
		if (token == TOKEN_SUBSTITUTION)
			return append_value(d, into, NODE_VALUE, VALUE_NULL, SLICE_EMPTY);
		into->optional_null = true;
		return true;
	}
	value = &s->slots[index].value;
	if (value->type == VALUE_BINXML && !into->in_attribute)
		return read_embedded(d, &s->slots[index], into);
	if (value->type & VALUE_ARRAY) {
		into->array = true;
		if (!binxml_charge(d, value->raw.len / BYTES_A_NODE))
			return false;
	}
	return append_value(d, into, NODE_VALUE, value->type, value->raw);
}

static bool
part_of_attribute(uint8_t token)
{
	token &= (uint8_t)~TOKEN_MORE;
	return token == TOKEN_TEXT || token == TOKEN_CHARACTER || token == TOKEN_ENTITY || token == TOKEN_SUBSTITUTION ||
	       token == TOKEN_OPTIONAL;
}

/* How each token is read where content may stand; the ones without a function end something or stand elsewhere. */
static bool (*const readers[TOKEN_COUNT])(struct decoder *d, struct cursor *c, const struct scope *s,
	struct content *into, uint8_t token);

/* Name, then parts up to the first byte that is none.  An optional value that is NULL takes the attribute along. */
static bool
read_attribute(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into)
{
	struct content parts;
	struct node *node;
	struct slice name;

	content_init(&parts);
	parts.in_attribute = true;
	cursor_u8(c);
	if (!read_name(d, c, &name))
		return false;
	while (part_of_attribute(cursor_peek(c))) {
		uint8_t token = cursor_u8(c) & (uint8_t)~TOKEN_MORE;

		if (!binxml_charge(d, 1) || !readers[token](d, c, s, &parts, token))
			return false;
	}
	if (parts.optional_null && !parts.first)
		return true;
	node = append(d, into, NODE_ATTRIBUTE);
	if (!node)
		return false;
	node->name = name;
	node->children = parts.first;
	return true;
}

static bool
read_attributes(struct decoder *d, struct cursor *c, const struct scope *s, struct node *element)
{
	struct content attributes;

	content_init(&attributes);
	cursor_u32le(c); /* size of the list: what follows ends it by itself */
	while ((cursor_peek(c) & ~TOKEN_MORE) == TOKEN_ATTRIBUTE) {
		if (!binxml_charge(d, 1) || !read_attribute(d, c, s, &attributes))
			return false;
	}
	element->attributes = attributes.first;
	return true;
}

/* The n-th repetition of an element takes the n-th item of each array in it; its other content is shared. */
static bool
append_copy(struct decoder *d, struct content *into, const struct node *element, bool *more)
{
	struct node *copy = append(d, into, NODE_ELEMENT);
	struct content children;

	if (!copy)
		return false;
	copy->name = element->name;
	copy->attributes = element->attributes;
	content_init(&children);
	for (struct node *child = element->children; child; child = child->next) {
		struct node *twin = append(d, &children, child->kind);

		if (!twin)
			return false;
		*twin = *child;
		twin->next = NULL;
		if (child->kind != NODE_VALUE || !(child->value.type & VALUE_ARRAY))
			continue;
		twin->value = (struct value){ .type = child->value.type & (uint8_t)~VALUE_ARRAY };
		value_take_item(&child->value, &twin->value);
		*more |= child->value.raw.len > 0;
	}
	copy->children = children.first;
	return true;
}

/* Every copy is charged with all that reading the element took (`weight`): what the copies share is walked by our
 * callers once for each. */
static bool
append_repeated(struct decoder *d, struct content *into, const struct node *element, size_t weight)
{
	bool more = true;

	while (more) {
		more = false;
		if (!binxml_charge(d, weight) || !append_copy(d, into, element, &more))
			return false;
	}
	return true;
}

/* Attributes, `>` or `/>`, content, end.  The sizes in it are not needed: tokens end everything. */
static bool
read_element_inside(struct decoder *d, struct cursor *c, const struct scope *s, struct node *element,
	struct content *content, bool has_attributes)
{
	uint8_t token;

	content_init(content);
	cursor_u32le(c);
	if (!read_name(d, c, &element->name) || (has_attributes && !read_attributes(d, c, s, element)))
		return false;
	token = cursor_u8(c);
	if (token == TOKEN_CLOSE_START) {
		if (!binxml_read_content(d, c, s, content, TOKEN_END_ELEMENT))
			return false;
		element->children = content->first;
		return true;
	}
	if (c->bad)
		return binxml_cut_off(d, c, "element");
	return token == TOKEN_CLOSE_EMPTY || err_set(d->err, ERR_FORMAT, c->at - 1, "token 0x%02x at chunk offset 0x%llx "
		"where an element's start tag should end", token, (unsigned long long)(c->at - 1));
}

/* An element goes when the slot that it depends on is NULL, or when all it had was an optional NULL.  The record's
 * own root stays: an event without data still has its System part. */
static bool
read_element(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, uint8_t token)
{
	uint16_t dependency = s->in_definition ? cursor_u16le(c) : NO_DEPENDENCY;
	struct node **before = into->tail, *element = append(d, into, NODE_ELEMENT);
	size_t budget = d->budget;
	struct content content;
	bool gone;

	if (!element)
		return false;
	element->slot = dependency;
	if (d->elements == LIMIT_ELEMENT_DEPTH)
		return err_set(d->err, ERR_LIMIT, c->at, "more than %d elements inside one another", LIMIT_ELEMENT_DEPTH);
	d->elements++;
	if (!read_element_inside(d, c, s, element, &content, (token & TOKEN_MORE) != 0))
		return false;
	d->elements--;
	gone = (dependency != NO_DEPENDENCY && !d->definition && slot_is_null(s, dependency)) || (content.optional_null && !content.first);
	if (d->elements == 0 || (!gone && !content.array))
		return true;
	*before = NULL;
	into->tail = before;
	return gone || append_repeated(d, into, element, budget - d->budget);
}

static bool (*const readers[TOKEN_COUNT])(struct decoder *d, struct cursor *c, const struct scope *s,
	struct content *into, uint8_t token) = {
	[TOKEN_ELEMENT] = read_element,
	[TOKEN_TEXT] = read_text,
	[TOKEN_CDATA] = read_cdata,
	[TOKEN_CHARACTER] = read_character,
	[TOKEN_ENTITY] = read_entity,
	[TOKEN_INSTRUCTION] = read_instruction,
	[TOKEN_INSTANCE] = binxml_read_instance,
	[TOKEN_SUBSTITUTION] = read_substitution,
	[TOKEN_OPTIONAL] = read_substitution,
	[TOKEN_FRAGMENT] = read_fragment_header,
};

bool
binxml_read_content(struct decoder *d, struct cursor *c, const struct scope *s, struct content *into, enum token last)
{
	while (c->rest.len) {
		uint64_t at = c->at;
		uint8_t token = cursor_u8(c), plain = token & (uint8_t)~TOKEN_MORE;

		if (token == last)
			return true;
		if (plain >= TOKEN_COUNT || !readers[plain])
			return err_set(d->err, ERR_FORMAT, at, "unexpected token 0x%02x at chunk offset 0x%llx", token,
				(unsigned long long)at);
		if (!binxml_charge(d, 1) || !readers[plain](d, c, s, into, plain == TOKEN_ELEMENT ? token : plain))
			return false;
	}
	return last == TOKEN_END || binxml_cut_off(d, c, "element");
}

static struct node *
first_element(struct node *list)
{
	while (list && list->kind != NODE_ELEMENT)
		list = list->next;
	return list;
}

bool
binxml_decode(struct binxml *b, size_t start, size_t end, struct binxml_tree *tree, struct err *err)
{
	static const struct scope none = { .count = 0 };
	struct slice body = slice_sub(b->chunk, start, end > start ? end - start : 0);
	struct cursor c = cursor_over(body, start);
	struct decoder d = { .chunk = b->chunk, .record_chunk = b->chunk, .strict = b->strict, .memo = b->memo, .arena = b->arena, .err = err,
		.budget = b->budget };
	struct content content;
	bool ok;

	content_init(&content);
	ok = binxml_read_content(&d, &c, &none, &content, TOKEN_END);
	b->budget = d.budget;
	b->origins = d.origins;
	b->odd_text = d.odd_text;
	if (!ok)
		return false;
	*tree = (struct binxml_tree){ first_element(content.first), (size_t)c.at, d.from_template };
	return tree->root || err_set(err, ERR_FORMAT, start, "no element in the BinXML at chunk offset 0x%zx", start);
}

bool
binxml_decode_definition(struct binxml *b, size_t start, size_t end, struct binxml_definition *definition, struct err *err)
{
	static const struct scope symbols = { .in_definition = true };
	struct slice body = slice_sub(b->chunk, start, end > start ? end - start : 0);
	struct cursor c = cursor_over(body, start);
	struct decoder d = { .chunk = b->chunk, .arena = b->arena, .err = err, .budget = b->budget,
		.definition = definition, .definition_at = start };
	struct content content;

	*definition = (struct binxml_definition){ .root = NULL };
	definition->references = ARENA_ARRAY(b->arena, struct binxml_reference, body.len / REFERENCE_LEAST + 1);
	if (!definition->references)
		return binxml_allocate_failed(&d, body.len);
	content_init(&content);
	if (!binxml_read_content(&d, &c, &symbols, &content, TOKEN_END))
		return false;
	definition->root = content.first;
	definition->nodes = b->budget - d.budget;
	if (content.first && content.first->kind == NODE_ELEMENT && !content.first->next && c.rest.len == 0)
		return true;
	return err_set(err, ERR_FORMAT, start, "more or less than one element in the template definition at chunk offset "
		"0x%zx", start);
}
