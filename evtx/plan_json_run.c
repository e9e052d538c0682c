/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the program of a record's plans (plan_json.h).  Room for all literals, all short values and all texts is asked
 * for once a record; what may take more asks for its own.  Where to write next (p) is handed from step to step: so it
 * stays in a register. */
#include "evtx/plan_json.h"

#include "base/attr.h"
#include "base/escape.h"
#include "base/limits.h"
#include "evtx/json_value.h"

struct run {
	struct plan_record *r;
	const uint8_t *base; /* of the values of the instance at hand */
	struct json_out out;
	const struct plan_json *inner; /* NULL: no data is embedded */
	size_t begins[JSON_DEPTH]; /* of open objects and attribute lists, from the start of the output */
	size_t depth;
	bool ask_tree;
};

/* In steps, of which the last one may write too much: the next literal or value stands over it. */
static inline uint8_t *
copy_literal(uint8_t *p, const struct plan_json *json, const struct json_step *s)
{
	const uint8_t *from = json->literals.ptr + s->literal;

	for (size_t done = 0; done < s->literal_len; done += JSON_LITERAL_STEP)
		memcpy(p + done, from + done, JSON_LITERAL_STEP);
	return p + s->literal_len;
}

static inline uint8_t *
put(uint8_t *p, uint8_t byte)
{
	*p = byte;
	return p + 1;
}

#define PUT(p, text) ((uint8_t *)memcpy(p, text, sizeof(text) - 1) + sizeof(text) - 1)

static inline void
push(struct run *run, const uint8_t *p)
{
	run->begins[run->depth++] = (size_t)(p - run->out.start);
}

static inline uint8_t *
pop(struct run *run)
{
	return run->out.start + run->begins[--run->depth];
}

/* What is rare, and what may need more room than was asked for. */
static NEVER_INLINE uint8_t *
put_other(struct run *run, uint8_t *p, uint8_t type, const uint8_t *raw, size_t len)
{
	run->out.at = p;
	json_value_append_other(&run->out, &(struct value){ .type = type, .raw = slice_from(raw, len) });
	return run->out.at;
}

/* Unchanged where the value shows nothing. */
static ALWAYS_INLINE uint8_t *
put_raw(struct run *run, uint8_t *p, uint8_t type, const uint8_t *raw, size_t len)
{
	uint8_t *end;

	if (type == VALUE_STRING)
		return json_put_string(p, raw, len, (size_t)(run->out.around.ptr + run->out.around.len - raw));
	if (type == VALUE_NULL || len == 0)
		return p;
	end = json_put_usual(p, type, raw, len, run->out.texts);
	return end ? end : put_other(run, p, type, raw, len);
}

static inline uint8_t *
put_value(struct run *run, uint8_t *p, struct plan_value v)
{
	return put_raw(run, p, plan_value_type(v), run->base + plan_value_at(v), plan_value_len(v));
}

/* One value where an array would repeat its element. */
static inline uint8_t *
put_single(struct run *run, uint8_t *p, struct plan_value v)
{
	run->ask_tree |= (plan_value_type(v) & VALUE_ARRAY) != 0;
	return put_value(run, p, v);
}

static inline uint8_t *
value_step(struct run *run, uint8_t *p, const struct plan_json *json, struct plan_value v, const struct json_step *s)
{
	uint8_t *begin;

	if (s->optional && plan_value_type(v) == VALUE_NULL)
		return p;
	begin = copy_literal(p, json, s);
	p = put_single(run, begin, v);
	if (p == begin)
		return s->kind == JSON_DATA ? PUT(p, "\"\",") : PUT(p, "null,");
	return put(p, ',');
}

static uint8_t *
text_step(struct run *run, uint8_t *p, const struct plan_json *json, struct plan_value v, const struct json_step *s)
{
	uint8_t *begin = copy_literal(p, json, s), *end = put_single(run, begin, v);

	return PUT(end == begin ? p : end, "},");
}

static inline uint8_t *
attribute_step(struct run *run, uint8_t *p, const struct plan_json *json, struct plan_value v, const struct json_step *s)
{
	uint8_t *begin, *end;

	if (plan_value_type(v) == VALUE_NULL)
		return p;
	begin = copy_literal(p, json, s);
	end = put_value(run, begin, v);
	return end == begin ? p : put(end, ',');
}

#define ATTRIBUTES "{\"#attributes\":{"

/* Takes the list back when nothing came into it. */
static NEVER_INLINE uint8_t *
end_step(struct run *run, uint8_t *p, const struct plan_json *json, struct plan_value v, const struct json_step *s)
{
	uint8_t *list = pop(run), *begin;
	bool any = p > list + sizeof(ATTRIBUTES) - 1;
	size_t before;

	if (any)
		p[-1] = '}';
	else
		p = list;
	before = (size_t)(p - run->out.start);
	if (any)
		p = PUT(p, ",\"#text\":");
	begin = p;
	if (s->kind == JSON_END_TEXT)
		p = copy_literal(p, json, s);
	else if (s->kind == JSON_END_VALUE)
		p = put_single(run, p, v);
	if (p == begin)
		p = any ? run->out.start + before : PUT(p, "null");
	return any ? PUT(p, "},") : put(p, ',');
}

/* The list of attributes is the object's first member, or is taken back. */
static uint8_t *
end_open_step(struct run *run, uint8_t *p)
{
	uint8_t *list = pop(run);

	if (p > list + sizeof(ATTRIBUTES) - 1) {
		p[-1] = '}';
		p = put(p, ',');
		push(run, list);
	} else {
		p = put(list, '{');
		push(run, p);
	}
	return p;
}

static inline uint8_t *
close_step(struct run *run, uint8_t *p, const struct json_step *s)
{
	uint8_t *begin = pop(run);

	if (s->kind == JSON_CLOSE && p == begin)
		return PUT(p - 1, "null,");
	if (p[-1] == ',')
		p--;
	return PUT(p, "},");
}

/* --- lists of Data --- */

static size_t
count_items(const struct plan_instance *instance, const struct json_step *item)
{
	struct value value, one;
	size_t count = 0;

	if (item->slot == NODE_NO_SLOT)
		return 1;
	value = plan_value(instance, item->slot);
	if (!(value.type & VALUE_ARRAY))
		return value.type != VALUE_NULL || !item->optional;
	while (value_take_item(&value, &one))
		count++;
	return count ? count : 1;
}

/* Items are shorter than what they are shown as: room is not yet there for them. */
static uint8_t *
one_item(struct run *run, uint8_t *p, const struct value *value)
{
	uint8_t *end;

	run->out.at = p;
	if (!json_out_room(&run->out, JSON_SHORT + 3 * value->raw.len))
		return p;
	p = run->out.at;
	end = put_raw(run, p, value->type, value->raw.ptr, value->raw.len);
	return end == p ? PUT(p, "\"\",") : put(end, ',');
}

static uint8_t *
items(struct run *run, uint8_t *p, const struct plan_json *json, const struct plan_instance *instance,
	const struct json_step *item)
{
	struct value value, one;

	if (item->slot == NODE_NO_SLOT)
		return put(copy_literal(p, json, item), ',');
	value = plan_value(instance, item->slot);
	if (!(value.type & VALUE_ARRAY))
		return value.type != VALUE_NULL || !item->optional ? one_item(run, p, &value) : p;
	do {
		one = (struct value){ .type = value.type & (uint8_t)~VALUE_ARRAY };
		value_take_item(&value, &one);
		p = one_item(run, p, &one);
	} while (value.raw.len);
	return p;
}

static NEVER_INLINE uint8_t *
list_step(struct run *run, uint8_t *p, const struct plan_json *json, const struct plan_instance *instance,
	const struct json_step *s)
{
	size_t count = 0;

	for (size_t i = 1; i <= s->skip; i++)
		count += count_items(instance, s + i);
	if (count == 0)
		return p;
	p = copy_literal(p, json, s);
	if (count > 1)
		p = put(p, '[');
	for (size_t i = 1; i <= s->skip; i++)
		p = items(run, p, json, instance, s + i);
	p[-1] = ']';
	return PUT(count > 1 ? p : p - 1, "},");
}

/* --- the program --- */

static uint8_t *instance_steps(struct run *run, uint8_t *p, const struct plan_json *json, const struct plan_instance *instance);

static uint8_t *
embed_step(struct run *run, uint8_t *p, const struct plan_json *inner)
{
	if (inner) {
		run->base = run->r->inner.base;
		p = instance_steps(run, p, inner, &run->r->inner);
		run->base = run->r->outer.base;
	}
	return p;
}

static uint8_t *
instance_steps(struct run *run, uint8_t *p, const struct plan_json *json, const struct plan_instance *instance)
{
	const struct json_step *end = json->steps + json->count;

	for (const struct json_step *s = json->steps; s < end; s++) {
		struct plan_value v = instance->values[s->slot];

		switch ((enum json_step_kind)s->kind) {
		case JSON_LITERAL:
			p = copy_literal(p, json, s);
			break;
		case JSON_VALUE:
		case JSON_DATA:
			p = value_step(run, p, json, v, s);
			break;
		case JSON_TEXT:
			p = text_step(run, p, json, v, s);
			break;
		case JSON_SKIP:
			s += plan_value_type(v) == VALUE_NULL ? s->skip : 0;
			break;
		case JSON_OPEN:
			p = copy_literal(p, json, s);
			push(run, p);
			break;
		case JSON_CLOSE:
		case JSON_CLOSE_SURE:
			p = close_step(run, p, s);
			break;
		case JSON_ATTRIBUTES:
			p = copy_literal(p, json, s);
			push(run, p);
			p = PUT(p, ATTRIBUTES);
			break;
		case JSON_ATTRIBUTE:
			p = attribute_step(run, p, json, v, s);
			break;
		case JSON_END_EMPTY:
		case JSON_END_VALUE:
		case JSON_END_TEXT:
			p = end_step(run, p, json, v, s);
			break;
		case JSON_END_OPEN:
			p = end_open_step(run, p);
			break;
		case JSON_LIST:
			p = list_step(run, p, json, instance, s);
			s += s->skip;
			break;
		case JSON_EMBED:
			p = embed_step(run, p, run->inner);
			break;
		case JSON_ITEM: /* its list has them */
			break;
		}
	}
	return p;
}

/* What all steps can write, but for what asks for more itself: no byte of a value becomes more than three, in each
 * place that shows it. */
static size_t
room_for(const struct plan_record *r, const struct plan_json *json)
{
	return json->literals.len + JSON_SHORT * (json->count + 1) + 3 * json->shown * (r->end - r->start);
}

static bool
run_all(struct run *run, const struct plan_json *json)
{
	uint8_t *p;

	if (!json_out_promise(&run->out, room_for(run->r, json) + (run->inner ? room_for(run->r, run->inner) : 0)))
		return false;
	p = instance_steps(run, run->out.at, json, &run->r->outer);
	p[-1] = '}';
	run->out.at = p;
	return !run->ask_tree && !run->out.failed;
}

bool
plan_render_json(struct plan_record *r, struct buf *out)
{
	const struct plan_json *json = plan_json_of(r, r->outer.plan);
	struct run run;
	struct plan *inner = r->inner.plan;
	size_t begin = out->len;
	bool done;

	if (!json || out->failed)
		return false;
	run.r = r;
	run.base = r->outer.base;
	run.inner = NULL;
	run.depth = 0;
	run.ask_tree = false;
	if (inner && json->embeds) {
		run.inner = inner->is_event ? NULL : plan_json_of(r, inner);
		if (!run.inner)
			return false;
		plan_inner_values(r);
	}
	json_out_begin(&run.out, out, r->chunk, r->texts);
	done = run_all(&run, json);
	json_out_end(&run.out);
	if (done && out->len - begin <= LIMIT_RECORD_OUTPUT)
		return true;
	out->len = begin;
	out->failed = false;
	return false;
}
