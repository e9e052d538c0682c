/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/template.h"

#include "evtx/token.h"

#include <stdlib.h>

enum { TOKEN_KINDS = 0x10, NAME_FIXED = 14, TOKEN_FIXED = 1 };

/* What follows each token of a definition.  Template instances do not occur in one. */
static const struct shape {
	bool known;
	uint8_t before; /* bytes */
	bool name;
	bool units; /* u16 count, units */
} shapes[TOKEN_KINDS] = {
	[TOKEN_ELEMENT] = { true, 6, true, false },  /* dependency, size */
	[TOKEN_CLOSE_START] = { true, 0, false, false }, /* > */
	[TOKEN_CLOSE_EMPTY] = { true, 0, false, false },
	[TOKEN_END_ELEMENT] = { true, 0, false, false },
	[TOKEN_TEXT] = { true, 1, false, true },
	[TOKEN_ATTRIBUTE] = { true, 0, true, false },
	[TOKEN_CDATA] = { true, 0, false, true },
	[TOKEN_CHARACTER] = { true, 2, false, false },
	[TOKEN_ENTITY] = { true, 0, true, false },
	[TOKEN_INSTRUCTION] = { true, 0, true, false },
	[TOKEN_INSTRUCTION_DATA] = { true, 0, false, true },
	[TOKEN_SUBSTITUTION] = { true, 3, false, false },
	[TOKEN_OPTIONAL] = { true, 3, false, false },
	[TOKEN_FRAGMENT] = { true, 3, false, false },
};

bool
template_at(struct slice chunk, size_t offset, struct guid *guid, struct cursor *body)
{
	struct cursor c = cursor_over(slice_sub(chunk, offset, chunk.len), offset);
	struct slice id;

	if (offset < LIMIT_CHUNK_HEADER)
		return false;
	cursor_take(&c, 4);
	id = cursor_take(&c, sizeof(guid->bytes));
	*body = cursor_sub(&c, cursor_u32le(&c));
	if (c.bad || body->rest.len == 0)
		return false;
	memcpy(guid->bytes, id.ptr, sizeof(guid->bytes));
	return true;
}

uint16_t
template_name_hash(struct slice name)
{
	struct cursor c = cursor_over(name, 0);
	uint32_t hash = 0;

	while (c.rest.len >= 2)
		hash = hash * 65599 + cursor_u16le(&c);
	return (uint16_t)hash;
}

/* A body on its way through the check. */
struct pass {
	struct slice chunk;
	struct cursor in;
	struct buf *out; /* NULL: only checked */
	size_t base;     /* of the body in it */
	size_t left;     /* bytes that it may still have, its names included, wherever they stand */
};

static bool
spend(struct pass *p, size_t len)
{
	bool enough = len <= p->left;

	p->left -= enough ? len : p->left;
	return enough;
}

/* Texts of a definition are words of a manifest and the name of a computer.  Control characters, private use and halves
 * of pairs in them are other bytes that lie there by now. */
static bool
is_sane(uint16_t unit)
{
	return (unit >= 0x20 || unit == '\t' || unit == '\n' || unit == '\r') && (unit < 0xD800 || unit > 0xF8FF) && unit < 0xFFFE;
}

/* Only what is looked at counts: other bytes often look like a long text, and end at once. */
static bool
is_sane_text(struct pass *p, struct slice units)
{
	struct cursor c = cursor_over(units, 0);
	bool sane = true;

	while (sane && c.rest.len)
		sane = is_sane(cursor_u16le(&c));
	return spend(p, units.len - c.rest.len) && sane;
}

/* A name structure: u32 next, u16 hash, u16 count, units, u16 0. */
static bool
take_name(struct pass *p, struct cursor *c, struct slice *name, uint16_t *hash)
{
	cursor_take(c, 4);
	*hash = cursor_u16le(c);
	*name = cursor_take(c, 2u * cursor_u16le(c));
	return cursor_u16le(c) == 0 && !c->bad && name->len && spend(p, NAME_FIXED) && is_sane_text(p, *name) &&
	       template_name_hash(*name) == *hash;
}

static void
put_name(struct buf *out, size_t base, struct slice name, uint16_t hash)
{
	buf_u32le(out, (uint32_t)(out->len - base + 4));
	buf_u32le(out, 0);
	buf_u16le(out, hash);
	buf_u16le(out, (uint16_t)(name.len / 2));
	buf_append(out, name);
	buf_u16le(out, 0);
}

static bool
pass_name(struct pass *p)
{
	uint32_t offset = cursor_u32le(&p->in);
	struct cursor elsewhere = cursor_over(slice_sub(p->chunk, offset, p->chunk.len), offset);
	struct slice name;
	uint16_t hash;

	if (p->in.bad || !take_name(p, offset == p->in.at ? &p->in : &elsewhere, &name, &hash))
		return false;
	if (p->out)
		put_name(p->out, p->base, name, hash);
	return true;
}

static bool
pass_bytes(struct pass *p, size_t len)
{
	struct slice bytes = cursor_take(&p->in, len);

	if (p->in.bad || !spend(p, len))
		return false;
	if (p->out)
		buf_append(p->out, bytes);
	return true;
}

static bool
pass_units(struct pass *p)
{
	uint16_t count = cursor_u16le(&p->in);
	struct slice units = cursor_take(&p->in, 2u * count);

	if (p->in.bad || !spend(p, 2) || !is_sane_text(p, units))
		return false;
	if (p->out) {
		buf_u16le(p->out, count);
		buf_append(p->out, units);
	}
	return true;
}

static bool
pass_token(struct pass *p, uint8_t token)
{
	const struct shape *shape = &shapes[token & (TOKEN_KINDS - 1)];

	if (p->out)
		buf_u8(p->out, token);
	return shape->known && (token & ~TOKEN_MORE) < TOKEN_KINDS && spend(p, TOKEN_FIXED) && pass_bytes(p, shape->before) &&
	       (!shape->name || pass_name(p)) && (!shape->units || pass_units(p)) &&
	       (token != (TOKEN_ELEMENT | TOKEN_MORE) || pass_bytes(p, 4)); /* size of the attribute list */
}

static bool
pass_body(struct pass *p)
{
	size_t open = 0, elements = 0;

	while (p->in.rest.len) {
		uint8_t token = cursor_u8(&p->in), plain = token & (uint8_t)~TOKEN_MORE;

		if (token == TOKEN_END) {
			if (p->out)
				buf_u8(p->out, token);
			return open == 0 && elements && p->in.rest.len == 0 && spend(p, TOKEN_FIXED) && !(p->out && p->out->failed);
		}
		if (!pass_token(p, token))
			return false;
		elements += plain == TOKEN_ELEMENT;
		open += plain == TOKEN_ELEMENT;
		if ((plain == TOKEN_CLOSE_EMPTY || plain == TOKEN_END_ELEMENT) && open-- == 0)
			return false;
	}
	return false;
}

bool
template_check_within(struct slice chunk, struct cursor body, struct buf *out, size_t *left)
{
	size_t most = *left < LIMIT_TEMPLATE ? *left : LIMIT_TEMPLATE;
	struct pass p = { .chunk = chunk, .in = body, .out = out, .base = out ? out->len : 0, .left = most };
	bool sound = pass_body(&p);

	*left -= most - p.left;
	return sound;
}

bool
template_check(struct slice chunk, struct cursor body, struct buf *out)
{
	size_t left = LIMIT_TEMPLATE;

	return template_check_within(chunk, body, out, &left);
}

/* ---- once for all records ---- */

void
template_memo_forget(struct template_memo *memo)
{
	memset(memo->known, 0, sizeof(memo->known));
}

bool
template_check_once(struct template_memo *memo, struct slice chunk, struct cursor body)
{
	size_t i = (size_t)(body.at / 8);
	uint8_t bit = (uint8_t)(1u << body.at % 8);
	bool sound;

	if (body.at >= LIMIT_CHUNK) /* an empty one, at the end of the chunk */
		return false;
	if (memo->known[i] & bit)
		return memo->sound[i] & bit;
	sound = template_check_within(chunk, body, NULL, &memo->left);
	if (!sound && memo->left == 0) {
		memo->ran_out = true;
		return false;
	}
	memo->known[i] |= bit;
	memo->sound[i] = (uint8_t)((memo->sound[i] & ~bit) | (sound ? bit : 0));
	return sound;
}

/* ---- the store ---- */

void
template_store_init(struct template_store *store)
{
	*store = (struct template_store){ .items = NULL };
	table_init(&store->ids);
	buf_init(&store->bytes, 1 << 20);
}

void
template_store_fini(struct template_store *store)
{
	free(store->items);
	table_fini(&store->ids);
	buf_fini(&store->bytes);
	*store = (struct template_store){ .items = NULL };
}

bool
template_store_add(struct template_store *store, const struct guid *guid, struct slice body, enum template_origin origin)
{
	bool added;

	if (store->count == store->capacity) {
		size_t capacity = store->capacity ? store->capacity * 2 : 256;
		struct template *grown = reallocarray(store->items, capacity, sizeof(*grown));

		if (!grown)
			return false;
		store->items = grown;
		store->capacity = capacity;
	}
	if (!table_add(&store->ids, slice_from(guid->bytes, 4), store->count, &added))
		return false;
	if (added)
		store->items[store->count++] = (struct template){ *guid, origin, body };
	return true;
}

const struct template *
template_store_find(const struct template_store *store, uint32_t id)
{
	const uint8_t key[4] = { (uint8_t)id, (uint8_t)(id >> 8), (uint8_t)(id >> 16), (uint8_t)(id >> 24) };
	const struct table_entry *entry = store->count ? table_find(&store->ids, slice_from(key, sizeof(key))) : NULL;

	return entry ? &store->items[entry->value] : NULL;
}
