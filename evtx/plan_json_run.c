/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the program of a record's plans (plan_json.h).  Room for all literals and all short values is asked for once an
 * instance; long values ask for theirs. */
#include "evtx/plan_json.h"

#include "base/escape.h"
#include "base/limits.h"
#include "evtx/json_value.h"

struct run {
	struct plan_record *r;
	struct json_out out;
	size_t begins[JSON_DEPTH]; /* of open objects and attribute lists, from the start of the output */
	size_t depth;
	bool ask_tree;
};

static inline void
copy_literal(struct run *run, const struct plan_json *json, const struct json_step *s)
{
	const uint8_t *from = json->literals.ptr + s->literal;
	uint8_t *to = run->out.at;

	for (size_t done = 0; done < s->literal_len; done += JSON_LITERAL_STEP)
		memcpy(to + done, from + done, JSON_LITERAL_STEP);
	run->out.at = to + s->literal_len;
}

static inline void
put(struct run *run, uint8_t byte)
{
	*run->out.at++ = byte;
}

#define PUT(run, text) json_out_copy(&(run)->out, text, sizeof(text) - 1)

static void
push(struct run *run)
{
	run->begins[run->depth++] = json_out_len(&run->out);
}

static size_t
pop(struct run *run)
{
	return run->begins[--run->depth];
}

static inline bool
is_array(struct run *run, const struct value *value)
{
	run->ask_tree |= (value->type & VALUE_ARRAY) != 0;
	return run->ask_tree;
}

static inline struct value
slot_of(const struct run *run, const struct plan_instance *instance, const struct json_step *s)
{
	return plan_value(run->r, instance, s->slot);
}

/* What an element holds. */
static inline void
content(struct run *run, const struct value *value, const char *empty)
{
	if (!json_value_append(&run->out, value))
		json_out_copy(&run->out, empty, strlen(empty));
}

static void
value_step(struct run *run, const struct plan_json *json, const struct plan_instance *instance, const struct json_step *s)
{
	struct value value = slot_of(run, instance, s);

	if ((s->optional && value.type == VALUE_NULL) || is_array(run, &value))
		return;
	copy_literal(run, json, s);
	content(run, &value, s->kind == JSON_DATA ? "\"\"" : "null");
	put(run, ',');
}

static void
text_step(struct run *run, const struct plan_json *json, const struct plan_instance *instance, const struct json_step *s)
{
	struct value value = slot_of(run, instance, s);

	if (is_array(run, &value))
		return;
	if (!json_value_is_empty(&value)) {
		copy_literal(run, json, s);
		json_value_append(&run->out, &value);
	}
	PUT(run, "},");
}

static void
attribute_step(struct run *run, const struct plan_json *json, const struct plan_instance *instance, const struct json_step *s)
{
	struct value value = slot_of(run, instance, s);

	if (value.type == VALUE_NULL)
		return;
	copy_literal(run, json, s);
	if (json_value_append(&run->out, &value))
		put(run, ',');
	else
		run->out.at -= s->literal_len;
}

#define ATTRIBUTES "{\"#attributes\":{"

/* Takes the list back when nothing came into it. */
static void
end_step(struct run *run, const struct plan_json *json, const struct plan_instance *instance, const struct json_step *s)
{
	struct value value = s->kind == JSON_END_VALUE ? slot_of(run, instance, s) : (struct value){ .type = VALUE_NULL };
	size_t begin = pop(run);
	bool any = json_out_len(&run->out) > begin + sizeof(ATTRIBUTES) - 1;
	bool text = s->kind == JSON_END_TEXT || !json_value_is_empty(&value);

	if (is_array(run, &value))
		return;
	if (any)
		run->out.at[-1] = '}';
	else
		run->out.at = run->out.start + begin;
	if (any && text)
		PUT(run, ",\"#text\":");
	if (s->kind == JSON_END_TEXT)
		copy_literal(run, json, s);
	else if (text)
		json_value_append(&run->out, &value);
	else if (!any)
		PUT(run, "null");
	if (any)
		put(run, '}');
	put(run, ',');
}

static void
close_step(struct run *run, const struct json_step *s)
{
	size_t begin = pop(run);

	if (s->kind == JSON_CLOSE && json_out_len(&run->out) == begin) {
		run->out.at--;
		PUT(run, "null,");
		return;
	}
	if (run->out.at[-1] == ',')
		run->out.at[-1] = '}';
	else
		put(run, '}');
	put(run, ',');
}

/* --- lists of Data --- */

static size_t
count_items(const struct run *run, const struct plan_instance *instance, const struct json_step *item)
{
	struct value value, one;
	size_t count = 0;

	if (item->slot == NODE_NO_SLOT)
		return 1;
	value = slot_of(run, instance, item);
	if (!(value.type & VALUE_ARRAY))
		return value.type != VALUE_NULL || !item->optional;
	while (value_take_item(&value, &one))
		count++;
	return count ? count : 1;
}

static void
one_item(struct run *run, const struct value *value)
{
	if (!json_out_room(&run->out, JSON_SHORT))
		return;
	content(run, value, "\"\"");
	put(run, ',');
}

static void
items(struct run *run, const struct plan_json *json, const struct plan_instance *instance, const struct json_step *item)
{
	struct value value, one;

	if (item->slot == NODE_NO_SLOT) {
		copy_literal(run, json, item);
		put(run, ',');
		return;
	}
	value = slot_of(run, instance, item);
	if (!(value.type & VALUE_ARRAY)) {
		if (value.type != VALUE_NULL || !item->optional)
			one_item(run, &value);
		return;
	}
	do {
		one = (struct value){ .type = value.type & (uint8_t)~VALUE_ARRAY };
		value_take_item(&value, &one);
		one_item(run, &one);
	} while (value.raw.len);
}

static void
list_step(struct run *run, const struct plan_json *json, const struct plan_instance *instance, const struct json_step *s)
{
	size_t count = 0;

	for (size_t i = 1; i <= s->skip; i++)
		count += count_items(run, instance, s + i);
	if (count == 0)
		return;
	copy_literal(run, json, s);
	if (count > 1)
		put(run, '[');
	for (size_t i = 1; i <= s->skip; i++)
		items(run, json, instance, s + i);
	if (count > 1)
		run->out.at[-1] = ']';
	else
		run->out.at--;
	PUT(run, "},");
}

/* --- the program --- */

static bool instance_steps(struct run *run, const struct plan_json *json, const struct plan_instance *instance);

static void
embed_step(struct run *run)
{
	struct plan *plan = run->r->inner.plan;
	const struct plan_json *inner = plan && !plan->is_event ? plan_json_of(run->r, plan) : NULL;

	if (!plan)
		return;
	if (!inner) {
		run->ask_tree = true;
		return;
	}
	instance_steps(run, inner, &run->r->inner);
}

static bool
instance_steps(struct run *run, const struct plan_json *json, const struct plan_instance *instance)
{
	size_t promised = json->literals.len + JSON_SHORT * (json->count + 1);

	if (!json_out_promise(&run->out, promised))
		return false;
	for (size_t i = 0; i < json->count; i++) {
		const struct json_step *s = &json->steps[i];

		switch ((enum json_step_kind)s->kind) {
		case JSON_LITERAL:
			copy_literal(run, json, s);
			break;
		case JSON_VALUE:
		case JSON_DATA:
			value_step(run, json, instance, s);
			break;
		case JSON_TEXT:
			text_step(run, json, instance, s);
			break;
		case JSON_SKIP:
			i += plan_value_type(instance->values[s->slot]) == VALUE_NULL ? s->skip : 0;
			break;
		case JSON_OPEN:
			copy_literal(run, json, s);
			push(run);
			break;
		case JSON_CLOSE:
		case JSON_CLOSE_SURE:
			close_step(run, s);
			break;
		case JSON_ATTRIBUTES:
			copy_literal(run, json, s);
			push(run);
			PUT(run, ATTRIBUTES);
			break;
		case JSON_ATTRIBUTE:
			attribute_step(run, json, instance, s);
			break;
		case JSON_END_EMPTY:
		case JSON_END_VALUE:
		case JSON_END_TEXT:
			end_step(run, json, instance, s);
			break;
		case JSON_LIST:
			list_step(run, json, instance, s);
			i += s->skip;
			break;
		case JSON_EMBED:
			embed_step(run);
			break;
		case JSON_ITEM: /* its list has them */
			break;
		}
		if (run->ask_tree || run->out.failed)
			return false;
	}
	run->out.promised -= promised;
	return true;
}

bool
plan_render_json(struct plan_record *r, struct buf *out)
{
	const struct plan_json *json = plan_json_of(r, r->outer.plan);
	struct run run = { .r = r };
	size_t begin = out->len;
	bool done;

	if (!json || out->failed)
		return false;
	json_out_begin(&run.out, out, r->chunk, plan_store_texts(r->store));
	done = instance_steps(&run, json, &r->outer);
	if (done)
		run.out.at[-1] = '}';
	json_out_end(&run.out);
	if (done && out->len - begin <= LIMIT_RECORD_OUTPUT)
		return true;
	out->len = begin;
	out->failed = false;
	return false;
}
