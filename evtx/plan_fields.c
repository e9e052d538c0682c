/* SPDX-License-Identifier: Apache-2.0 */
/* The payload fields of a record from its plans: the rules of record.c, applied to the definition once.  What is left
 * for the record is a list of steps, each a field by a slot or by a text of the definition.  Where presence of a field
 * hangs on more than one slot (attributes that carry data, elements that are leaves only if their children are gone),
 * there is no such list and the tree is asked. */
#include "evtx/plan.h"

#include "base/limits.h"
#include "base/name.h"
#include "base/utf.h"
#include "evtx/record_rows.h"

enum step_kind {
	STEP_SLOT,  /* a field with the slot's value, repeated by an array */
	STEP_TEXT,  /* a field with a text of the definition */
	STEP_SKIP,  /* the next `skip` steps go when the slot is NULL */
	STEP_EMBED, /* the fields of the inner plan */
};

struct step {
	uint8_t kind;
	bool optional;
	uint16_t slot;
	uint32_t skip;
	struct slice name, text, utf16;
	uint64_t mark; /* of the name */
};

struct plan_fields {
	struct step *steps; /* NULL: the tree has to be asked */
	size_t count;
	size_t own;         /* of a data plan: the first steps are the root's own, when it is no part of the event itself */
	bool is_part_only;  /* of a data plan: the tree has to be asked where the root is not a part itself */
};

enum {
	SCALAR_ROOM = 256,
	STEPS_A_NODE = 2,
	WORDS_ROOM = 1 << 20, /* what the fields of so little need, no limit of theirs refuses */
};

struct compiler {
	struct arena *memory;
	struct plan_fields *fields;
};

static struct step *
add(struct compiler *c, enum step_kind kind, uint16_t slot)
{
	struct step *step = &c->fields->steps[c->fields->count++];

	*step = (struct step){ .kind = (uint8_t)kind, .slot = slot };
	return step;
}

/* --- compiling --- */

static bool
text_of(struct compiler *c, const struct node *node, struct slice *text)
{
	struct buf out;
	bool ok;

	buf_init(&out, LIMIT_RECORD_OUTPUT);
	node_append_text(node, &out);
	ok = !out.failed && arena_copy(c->memory, buf_view(&out), text);
	buf_fini(&out);
	return ok;
}

static bool
name_of(struct compiler *c, const struct node *element, struct slice *name)
{
	const struct node *named_by = node_is_named(element, "Data") ? node_attribute(element, "Name") : NULL;
	struct node whole = { .kind = NODE_VALUE, .value = { .type = VALUE_STRING, .raw = element->name } };
	struct buf out;
	bool ok;

	if (named_by && plan_is_slot(named_by->children))
		return false;
	if (named_by && !text_of(c, named_by, name))
		return false;
	if (named_by && name->len)
		return true;
	buf_init(&out, LIMIT_RECORD_OUTPUT);
	utf_append_utf16le(&out, whole.value.raw);
	ok = !out.failed && arena_copy(c->memory, buf_view(&out), name);
	buf_fini(&out);
	return ok;
}

static bool
has_payload_attributes(const struct node *element)
{
	bool is_data = node_is_named(element, "Data");

	for (const struct node *a = element->attributes; a; a = a->next) {
		if (record_is_payload_attribute(a, is_data))
			return true;
	}
	return false;
}

static bool
is_certain(const struct node *child)
{
	return child->kind == NODE_ELEMENT && child->slot == NODE_NO_SLOT &&
	       !(plan_is_slot(child->children) && child->children->optional);
}

static bool
any_certain(const struct node *list)
{
	for (; list; list = list->next) {
		if (is_certain(list))
			return true;
	}
	return false;
}

static bool compile_element(struct compiler *c, const struct node *element);

static bool
compile_children(struct compiler *c, const struct node *element)
{
	for (const struct node *child = element->children; child; child = child->next) {
		if (!compile_element(c, child))
			return false;
	}
	return true;
}

static bool
compile_leaf(struct compiler *c, const struct node *element)
{
	const struct node *content = element->children;
	bool is_slot = plan_is_slot(content);
	struct step *step = add(c, is_slot ? STEP_SLOT : STEP_TEXT, is_slot ? content->slot : 0);

	if (is_slot)
		step->optional = content->optional;
	else if (!text_of(c, element, &step->text))
		return false;
	if (!is_slot && content && !content->next)
		step->utf16 = value_utf16(&content->value);
	if (!name_of(c, element, &step->name))
		return false;
	step->mark = name_mark(step->name);
	return true;
}

/* Depth is bounded by the plan's own. */
static bool
compile_element(struct compiler *c, const struct node *element)
{
	const struct node *content = element->children;
	bool is_slot = plan_is_slot(content), ok;
	size_t skip = SIZE_MAX;

	if (element->kind != NODE_ELEMENT || has_payload_attributes(element) || (is_slot && content->value.type == VALUE_BINXML))
		return false;
	if (element->slot != NODE_NO_SLOT && !(is_slot && content->optional && content->slot == element->slot)) {
		skip = c->fields->count;
		add(c, STEP_SKIP, element->slot);
	}
	if (is_slot || !content || content->kind == NODE_VALUE)
		ok = compile_leaf(c, element);
	else
		ok = any_certain(content) && compile_children(c, element);
	if (skip != SIZE_MAX)
		c->fields->steps[skip].skip = (uint32_t)(c->fields->count - skip - 1);
	return ok;
}

/* UserData and its like, in the outer template. */
static bool
compile_part(struct compiler *c, const struct node *part)
{
	const struct node *content = part->children;
	size_t skip = c->fields->count;
	bool ok;

	if (node_is_named(part, "RenderingInfo") || (content && content->kind == NODE_VALUE))
		return false;
	if (part->slot != NODE_NO_SLOT)
		add(c, STEP_SKIP, part->slot);
	if (plan_is_slot(content)) {
		ok = content->value.type == VALUE_BINXML;
		add(c, STEP_EMBED, content->slot);
	} else {
		ok = compile_children(c, part);
	}
	if (part->slot != NODE_NO_SLOT)
		c->fields->steps[skip].skip = (uint32_t)(c->fields->count - skip - 1);
	return ok;
}

static bool
compile_event(struct compiler *c, const struct node *root)
{
	for (const struct node *part = root->children; part; part = part->next) {
		if (part->kind == NODE_SUBSTITUTION)
			add(c, STEP_EMBED, part->slot)->optional = true; /* as a part itself */
		else if (!node_is_named(part, "System") && !compile_part(c, part))
			return false;
	}
	return true;
}

static bool
compile_data(struct compiler *c, const struct node *root)
{
	const struct node *content = root->children;

	if (root->slot != NODE_NO_SLOT || plan_is_slot(content) || (content && content->kind == NODE_VALUE))
		return false;
	c->fields->is_part_only = has_payload_attributes(root) || (content && !any_certain(content));
	if (!content && !compile_leaf(c, root))
		return false;
	c->fields->own = c->fields->count;
	return compile_children(c, root);
}

static size_t
count_nodes(const struct node *list)
{
	size_t count = 0;

	for (; list; list = list->next)
		count += 1 + count_nodes(list->children);
	return count;
}

/* An event's System is a node among the root's children; where both uses are possible, only the event's is made. */
static struct plan_fields *
compile(struct plan *plan, struct arena *memory)
{
	struct compiler c = { .memory = memory, .fields = ARENA_NEW(memory, struct plan_fields) };

	if (!c.fields)
		return NULL;
	c.fields->steps = ARENA_ARRAY(memory, struct step, STEPS_A_NODE * count_nodes(plan->root));
	if (!c.fields->steps)
		return NULL;
	if (!(plan->is_event ? compile_event : compile_data)(&c, plan->root))
		c.fields->steps = NULL;
	return c.fields;
}

static const struct plan_fields *
fields_of(struct plan_record *r, struct plan *plan)
{
	if (!plan->fields)
		plan->fields = compile(plan, plan_store_memory(r->store));
	return plan->fields && plan->fields->steps ? plan->fields : NULL;
}

/* --- running --- */

struct run {
	struct plan_record *r;
	struct arena *arena;
	struct record_field *list; /* NULL while they are only counted */
	struct buf *words;         /* only their words are wanted */
	size_t count;
	size_t room; /* bytes that texts may need, as counted */
	size_t places; /* of a list that was made without counting; 0: counted */
	bool too_many; /* for it: an array is there, or data that is embedded twice */
	bool failed;
};

static struct slice
text_in(struct run *run, const struct value *value)
{
	size_t room = value->raw.len / 2 * 3;
	struct buf out;
	struct slice cached;
	uint8_t *ptr;

	if (value->type == VALUE_NULL)
		return SLICE_EMPTY;
	if (value->type == VALUE_SID &&
	    cached_text_of(cached_sid_place(run->r->texts->sids, value->raw), value, &cached)) {
		run->failed |= !arena_copy(run->arena, cached, &cached);
		return cached;
	}
	if (value->type != VALUE_STRING)
		room = SCALAR_ROOM + 3 * value->raw.len;
	ptr = arena_reserve(run->arena, room);
	if (!ptr) {
		run->failed = true;
		return SLICE_EMPTY;
	}
	out = (struct buf){ .ptr = ptr, .capacity = room, .max = room };
	if (value->type == VALUE_STRING)
		out.len = utf_from_utf16le(ptr, value_utf16(value));
	else
		value_append_text(value, &out);
	run->failed |= out.failed;
	arena_take(run->arena, out.len);
	return buf_view(&out);
}

static void
append_words(const struct value *value, struct buf *out)
{
	struct slice utf16 = value_utf16(value);

	if (value->type == VALUE_STRING && buf_reserve(out, utf16.len / 2 * 3))
		out->len += utf_from_utf16le(out->ptr + out->len, utf16);
	else if (value->type != VALUE_STRING && !value_is_plain(value->type))
		value_append_text(value, out);
}

static void
emit_words(const struct step *step, const struct value *value, struct buf *out)
{
	size_t before = out->len;

	if (value)
		append_words(value, out);
	else
		buf_append(out, step->text);
	if (out->len != before)
		buf_append_byte(out, 0);
}

static void
emit(struct run *run, const struct step *step, const struct value *value)
{
	size_t at = run->count++;

	if (run->words)
		emit_words(step, value, run->words);
	if (!run->list) {
		run->room += step->name.len + SCALAR_ROOM + (value ? 3 * value->raw.len : step->text.len);
		return;
	}
	if (run->places && at >= run->places) {
		run->too_many = true;
		return;
	}
	run->list[at] = (struct record_field){ .name = step->name, .mark = step->mark, .text = step->text,
		.utf16 = step->utf16 };
	if (!value)
		return;
	run->list[at].text = text_in(run, value);
	run->list[at].utf16 = value_utf16(value);
	run->list[at].null = value->type == VALUE_NULL;
	run->list[at].plain = value_is_plain(value->type);
}

static void
emit_items(struct run *run, const struct step *step, struct value array)
{
	do {
		struct value item = { .type = array.type & (uint8_t)~VALUE_ARRAY };

		value_take_item(&array, &item);
		emit(run, step, &item);
	} while (array.raw.len);
}

static void
emit_slot(struct run *run, const struct step *step, const struct plan_instance *instance)
{
	struct value value = plan_value(instance, step->slot);

	if (value.type & VALUE_ARRAY && run->places)
		run->too_many = true;
	else if (value.type & VALUE_ARRAY)
		emit_items(run, step, value);
	else if (value.type != VALUE_NULL || !step->optional)
		emit(run, step, &(struct value){ .type = value.type, .raw = value.type == VALUE_NULL ? SLICE_EMPTY : value.raw });
}

static bool
run_steps(struct run *run, const struct plan_fields *fields, const struct plan_instance *instance, size_t i)
{
	for (; i < fields->count; i++) {
		const struct step *step = &fields->steps[i];

		if (step->kind == STEP_SLOT) {
			emit_slot(run, step, instance);
		} else if (step->kind == STEP_TEXT) {
			emit(run, step, NULL);
		} else if (step->kind == STEP_SKIP) {
			i += plan_value_type(instance->values[step->slot]) == VALUE_NULL ? step->skip : 0;
		} else if (run->r->inner.plan) {
			const struct plan_fields *inner = fields_of(run->r, run->r->inner.plan);

			if (!inner || run->r->inner.plan->is_event || (!step->optional && inner->is_part_only))
				return false;
			plan_inner_values(run->r);
			run_steps(run, inner, &run->r->inner, step->optional ? inner->own : 0);
		}
	}
	return true;
}

/* How many fields there are at most, without arrays; 0 when their texts may be too much for a record. */
static size_t
most_fields(struct plan_record *r, const struct plan_fields *fields)
{
	const struct plan_fields *inner = r->inner.plan ? fields_of(r, r->inner.plan) : NULL;
	size_t most = fields->count + (inner ? inner->count : 0);

	return most * SCALAR_ROOM <= LIMIT_RECORD_OUTPUT - 4 * LIMIT_CHUNK ? most : 0;
}

/* Nearly every record has no array and needs no counting. */
static bool
read_at_once(struct run *run, const struct plan_fields *fields, size_t most, bool *done)
{
	run->list = ARENA_ARRAY(run->arena, struct record_field, most + 1);
	run->places = most;
	*done = run->list && run_steps(run, fields, &run->r->outer, 0);
	return *done && !run->too_many && !run->failed;
}

bool
plan_read_fields(struct plan_record *r, struct arena *arena, struct record_field **list, size_t *count, bool *done,
	struct err *err)
{
	const struct plan_fields *fields = fields_of(r, r->outer.plan);
	struct run run = { .r = r, .arena = arena };
	size_t most = fields ? most_fields(r, fields) : 0;

	if (most && !read_at_once(&run, fields, most, done)) {
		if (!*done && run.list)
			return true;
		run = (struct run){ .r = r, .arena = arena };
	}
	if (!run.list) {
		*done = fields && run_steps(&run, fields, &r->outer, 0) && run.room <= LIMIT_RECORD_OUTPUT;
		if (!*done)
			return true;
		run.list = ARENA_ARRAY(arena, struct record_field, run.count + 1);
		run.count = 0;
		if (!run.list)
			return err_nomem(err);
		run_steps(&run, fields, &r->outer, 0);
	}
	if (run.failed)
		return err_set(err, ERR_LIMIT, 0, "the texts of the record need more than %zu bytes", arena->limit);
	*list = run.list;
	*count = run.count;
	return true;
}

bool
plan_read_words(struct plan_record *r, struct buf *out)
{
	const struct plan_fields *fields = fields_of(r, r->outer.plan);
	struct run run = { .r = r, .words = out };

	return fields && run_steps(&run, fields, &r->outer, 0) && run.room <= WORDS_ROOM && !out->failed;
}

bool
plan_data_names(struct plan_record *r, plan_name_listener *tell, void *context)
{
	const struct plan_fields *outer = fields_of(r, r->outer.plan);
	const struct plan_fields *inner = r->inner.plan ? fields_of(r, r->inner.plan) : NULL;

	if (!outer || !inner || outer->count != 1 || outer->steps[0].kind != STEP_EMBED || r->inner.plan->is_event ||
		(!outer->steps[0].optional && inner->is_part_only))
		return false;
	for (size_t i = outer->steps[0].optional ? inner->own : 0; i < inner->count; i++) {
		const struct step *step = &inner->steps[i];

		if (step->kind == STEP_EMBED)
			return false;
		if (step->kind == STEP_SLOT)
			tell(context, step->slot, step->name);
	}
	return true;
}
