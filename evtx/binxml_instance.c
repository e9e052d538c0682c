/* SPDX-License-Identifier: Apache-2.0 */
/* Template instances: where the definition stands, the values that fill it, and in residue, whether both can be what they
 * seem. */
#include "evtx/binxml_decoder.h"

/* A template instance while it is read: where its definition was found, and the chunk that the definition's own
 * offsets count in. */
struct instance {
	uint32_t id;
	struct cursor body;
	struct slice chunk;
	bool is_inline;
	bool found;
};

static void
use_stored(struct decoder *d, struct instance *instance, const struct template *stored)
{
	if (!stored)
		return;
	d->origins |= 1u << stored->origin;
	instance->body = cursor_over(stored->body, 0);
	instance->chunk = stored->body;
	instance->found = true;
}

/* In residue the place may hold anything by now. */
static void
find_again(struct decoder *d, struct instance *instance)
{
	instance->found = instance->found && d->chunk.ptr == d->record_chunk.ptr &&
		template_check_once(d->memo, d->chunk, instance->body);
	if (!instance->found)
		use_stored(d, instance, template_store_find(d->strict, instance->id));
}

/* Residue may be far from where its offsets count, or nobody knows: an inline definition is known by its GUID. */
static bool
stands_here(const struct cursor *c, uint32_t id)
{
	struct cursor ahead = *c;

	cursor_take(&ahead, 4);
	return cursor_u32le(&ahead) == id && !ahead.bad;
}

/* Where the definition lies: inline when its offset is that of what comes next, else anywhere in the chunk.
 * u32 next, GUID, u32 body size, body.  The GUID begins with the id that the instance names; where it does not, the
 * place was written over and would give this record the words of another (evtx-format.md 7.2). */
static bool
read_definition(struct decoder *d, struct cursor *c, struct instance *instance)
{
	uint32_t id = cursor_u32le(c), offset = cursor_u32le(c), found;
	struct cursor elsewhere = cursor_over(slice_sub(d->chunk, offset, d->chunk.len), offset), *def = &elsewhere;

	*instance = (struct instance){ .id = id, .chunk = d->chunk };
	if (c->bad)
		return binxml_cut_off(d, c, "template instance");
	if (d->strict ? stands_here(c, id) : offset == c->at)
		def = c;
	else if (d->strict && offset < LIMIT_CHUNK_HEADER)
		def->bad = true;
	else if (offset < LIMIT_CHUNK_HEADER)
		return err_set(d->err, ERR_FORMAT, c->at, "template definition at chunk offset 0x%x, inside the chunk header",
			(unsigned)offset);
	cursor_take(def, 4);
	found = cursor_u32le(def);
	cursor_take(def, 12);
	if (!d->strict && !def->bad && found != id)
		return err_set(d->err, ERR_FORMAT, c->at, "template 0x%08x expected at chunk offset 0x%x, found 0x%08x: written "
			"over", (unsigned)id, (unsigned)offset, (unsigned)found);
	instance->is_inline = def == c;
	instance->body = cursor_sub(def, cursor_u32le(def));
	instance->found = !def->bad && found == id;
	if (d->strict)
		find_again(d, instance);
	else if (def->bad)
		return binxml_cut_off(d, def, "template definition");
	return !c->bad || binxml_cut_off(d, c, "template definition");
}

/* Sizes of values of fixed size; a value of another size shows that residue is not what it seems. */
static bool
size_fits_type(uint8_t type, size_t size)
{
	static const uint8_t sizes[VALUE_HEX64 + 1] = { [VALUE_INT8] = 1, [VALUE_UINT8] = 1, [VALUE_INT16] = 2,
		[VALUE_UINT16] = 2, [VALUE_INT32] = 4, [VALUE_UINT32] = 4, [VALUE_INT64] = 8, [VALUE_UINT64] = 8,
		[VALUE_FLOAT] = 4, [VALUE_DOUBLE] = 8, [VALUE_GUID] = 16, [VALUE_FILETIME] = 8, [VALUE_SYSTEMTIME] = 16,
		[VALUE_HEX32] = 4, [VALUE_HEX64] = 8 };
	uint8_t base = type & (uint8_t)~VALUE_ARRAY;

	if (base > VALUE_HEX64)
		return base == VALUE_BINXML || base == VALUE_EVTHANDLE || base == VALUE_EVTXML;
	if (base == VALUE_STRING)
		return size % 2 == 0;
	return !sizes[base] || (type == base ? size == sizes[base] : size % sizes[base] == 0);
}

/* Freed memory leaves its management in texts; a NUL may end one, or each of several. */
static bool
has_controls(const struct value *value)
{
	struct cursor c = cursor_over(value->raw, 0);
	bool found = false;

	while ((value->type & ~VALUE_ARRAY) == VALUE_STRING && c.rest.len >= 2) {
		uint16_t unit = cursor_u16le(&c);

		found |= (unit && unit < 0x20 && unit != '\t' && unit != '\n' && unit != '\r') || (unit >= 0x7F && unit < 0xA0);
	}
	return found;
}

/* u32 count, then u16 size, u8 type, u8 0 for each value, then the values themselves.  A value of type NULL may have
 * a size, too, and its bytes are there. */
static bool
read_slots(struct decoder *d, struct cursor *c, struct scope *s)
{
	uint32_t count = cursor_u32le(c);
	struct cursor descriptors;
	struct slot *slots;

	if (count > LIMIT_VALUES)
		return err_set(d->err, ERR_LIMIT, c->at, "template instance with %u values, allowed are %d", (unsigned)count,
			LIMIT_VALUES);
	descriptors = cursor_sub(c, 4 * (size_t)count);
	if (c->bad)
		return binxml_cut_off(d, c, "list of values");
	if (!binxml_charge(d, 1 + (size_t)count))
		return false;
	slots = ARENA_ARRAY(d->arena, struct slot, count);
	if (!slots)
		return binxml_allocate_failed(d, count * sizeof(*slots));
	for (size_t i = 0; i < count; i++) {
		uint16_t size = cursor_u16le(&descriptors);

		slots[i].value.type = cursor_u8(&descriptors);
		cursor_u8(&descriptors);
		slots[i].at = c->at;
		slots[i].value.raw = cursor_take(c, size);
		d->odd_text |= d->strict && has_controls(&slots[i].value);
		if (d->strict && !size_fits_type(slots[i].value.type, size))
			return err_set(d->err, ERR_FORMAT, c->at, "a value of type 0x%02x with %u bytes", slots[i].value.type,
				(unsigned)size);
	}
	*s = (struct scope){ .slots = slots, .count = count, .in_definition = true };
	return !c->bad || binxml_cut_off(d, c, "values");
}

static struct slice
last_value(const struct scope *s)
{
	return s->count ? s->slots[s->count - 1].value.raw : SLICE_EMPTY;
}

/* The template of the data in the last slot: `0F 01 01 00`, if at all, then `0C 01`, then its id. */
static uint32_t
data_id(const struct scope *s)
{
	struct cursor c = cursor_over(last_value(s), 0);

	if (cursor_peek(&c) == TOKEN_FRAGMENT)
		cursor_take(&c, 4);
	return cursor_u8(&c) == TOKEN_INSTANCE && cursor_u8(&c) == 1 ? cursor_u32le(&c) : 0;
}

static bool
read_body(struct decoder *d, struct instance *instance, const struct scope *s, struct content *into)
{
	struct slice chunk = d->chunk;

	d->chunk = instance->chunk;
	d->instances++;
	if (!binxml_read_content(d, &instance->body, s, into, TOKEN_END))
		return false;
	d->instances--;
	d->chunk = chunk;
	return true;
}

bool
binxml_read_instance(struct decoder *d, struct cursor *c, const struct scope *outer, struct content *into, uint8_t token)
{
	struct instance instance;
	struct scope s;

	(void)outer;
	(void)token;
	if (d->definition)
		return err_set(d->err, ERR_FORMAT, c->at, "template instance inside a template definition");
	d->from_template |= d->elements == 0;
	cursor_u8(c);
	if (!read_definition(d, c, &instance) || !read_slots(d, c, &s))
		return false;
	if (!instance.found && d->instances == 0)
		use_stored(d, &instance, template_store_outer(d->strict, s.count, data_id(&s), last_value(&s)));
	if (!instance.found)
		return err_set(d->err, ERR_FORMAT, c->at, "template 0x%08x is not known", (unsigned)instance.id);
	if (d->instances == LIMIT_INSTANCE_DEPTH)
		return err_set(d->err, ERR_LIMIT, c->at, "more than %d template instances inside one another",
			LIMIT_INSTANCE_DEPTH);
	if (!read_body(d, &instance, &s, into))
		return false;
	/* Its size told where the values begin. */
	if (instance.is_inline && instance.body.rest.len)
		return err_set(d->err, ERR_FORMAT, instance.body.at, "template body ends %zu bytes before its size says",
			instance.body.rest.len);
	return true;
}
