/* SPDX-License-Identifier: Apache-2.0 */
/* The `correlation` map of a document, key by key.  A key that is not known is refused and not passed over: with
 * `groupby` for `group-by` the rule would mean something else. */
#include "src/sigma/correlation.h"

#include "base/ckd.h"
#include "base/limits.h"
#include "src/sigma/load.h"

static const char *const type_names[] = {
	[CORRELATION_EVENT_COUNT] = "event_count",
	[CORRELATION_VALUE_COUNT] = "value_count",
	[CORRELATION_TEMPORAL] = "temporal",
	[CORRELATION_TEMPORAL_ORDERED] = "temporal_ordered",
	[CORRELATION_VALUE_SUM] = "value_sum",
	[CORRELATION_VALUE_AVG] = "value_avg",
	[CORRELATION_VALUE_PERCENTILE] = "value_percentile",
	[CORRELATION_VALUE_MEDIAN] = "value_median",
};

static const char *const bound_names[BOUND_KINDS] = {
	[BOUND_EQ] = "eq",
	[BOUND_NEQ] = "neq",
	[BOUND_LT] = "lt",
	[BOUND_LTE] = "lte",
	[BOUND_GT] = "gt",
	[BOUND_GTE] = "gte",
};

const char *
correlation_type_name(enum correlation_type type)
{
	return type_names[type];
}

bool
correlation_needs_value(const struct correlation *c)
{
	return c->type == CORRELATION_VALUE_COUNT || correlation_needs_number(c);
}

bool
correlation_needs_number(const struct correlation *c)
{
	return c->type >= CORRELATION_VALUE_SUM;
}

static bool
has_not(const struct node *node)
{
	bool found = node->kind == NODE_NOT;

	for (size_t i = 0; i < node->count && !found && node->kind != NODE_ITEM; i++)
		found = has_not(node->children[i]);
	return found;
}

bool
correlation_is_rising(const struct correlation *c)
{
	if (correlation_needs_number(c))
		return false;
	for (size_t i = 0; i < c->bound_count; i++)
		if (c->bounds[i].kind != BOUND_GT && c->bounds[i].kind != BOUND_GTE)
			return false;
	return !c->expression || !has_not(c->expression);
}

/* ---- keys ---- */

struct reading {
	struct loader *l;
	struct correlation *c;
	const struct yaml_node *map;
	const struct yaml_node *condition; /* its map or text, NULL when missing */
};

static bool
read_type(struct reading *r, const struct yaml_node *node, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(type_names); i++) {
		if (node->kind == YAML_SCALAR && slice_eq(node->text, slice_from_text(type_names[i]))) {
			r->c->type = (enum correlation_type)i;
			return true;
		}
	}
	if (node->kind != YAML_SCALAR)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "the correlation's type must be a text");
	return err_set(err, ERR_SYNTAX, AT_NODE(node), "unknown correlation type '%.*s'", SHOWN(node->text));
}

/* The texts of a list, or one text.  *count texts in *out, each with its node. */
static bool
read_texts(struct reading *r, const struct yaml_node *node, size_t max, const struct yaml_node ***out, size_t *count,
	struct err *err)
{
	const struct yaml_node *member = node->kind == YAML_LIST ? node->first : node;

	*count = node->kind == YAML_LIST ? node->count : 1;
	if (*count > max)
		return err_set(err, ERR_LIMIT, AT_NODE(node), "'%.*s' of the correlation has more than %zu entries",
			SHOWN(node->key), max);
	*out = ARENA_ARRAY(r->l->scratch, const struct yaml_node *, *count + 1);
	if (!*out)
		return err_nomem(err);
	for (size_t i = 0; i < *count; i++, member = member->next) {
		if (member->kind != YAML_SCALAR || member->text.len == 0)
			return err_set(err, ERR_SYNTAX, AT_NODE(member), "'%.*s' of the correlation must hold texts",
				SHOWN(node->key));
		(*out)[i] = member;
	}
	return true;
}

static bool
read_rules(struct reading *r, const struct yaml_node *node, struct err *err)
{
	struct correlation *c = r->c;
	const struct yaml_node **texts;

	if (!read_texts(r, node, LIMIT_CORRELATION_RULES, &texts, &c->member_count, err))
		return false;
	if (c->member_count == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "the correlation names no rule");
	c->members = ARENA_ARRAY(r->l->keep, struct correlation_member, c->member_count);
	if (!c->members)
		return err_nomem(err);
	for (size_t i = 0; i < c->member_count; i++) {
		c->members[i].line = texts[i]->line;
		if (!arena_copy(r->l->keep, texts[i]->text, &c->members[i].reference))
			return err_nomem(err);
	}
	return true;
}

static bool
read_fields(struct reading *r, const struct yaml_node *node, struct correlation_field **out, size_t *count,
	struct err *err)
{
	const struct yaml_node **texts;

	if (!read_texts(r, node, LIMIT_CORRELATION_FIELDS, &texts, count, err))
		return false;
	*out = ARENA_ARRAY(r->l->keep, struct correlation_field, *count + 1);
	if (!*out)
		return err_nomem(err);
	for (size_t i = 0; i < *count; i++)
		if (!arena_copy(r->l->keep, texts[i]->text, &(*out)[i].name))
			return err_nomem(err);
	return true;
}

static bool
read_group(struct reading *r, const struct yaml_node *node, struct err *err)
{
	if (node->kind == YAML_SCALAR && node->type == YAML_NULL)
		return true;
	return read_fields(r, node, &r->c->group, &r->c->group_count, err);
}

/* number + s, m, h, d, w, M or y; the last two as long as pySigma has them. */
static bool
read_timespan(struct reading *r, const struct yaml_node *node, struct err *err)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 }, { 'M', 2629746 },
		{ 'y', 31556952 } };
	uint64_t number = 0, seconds = 0;
	struct slice digits;

	if (node->kind != YAML_SCALAR || node->text.len < 2)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "timespan must be a number and a unit, such as 10m");
	digits = slice_sub(node->text, 0, node->text.len - 1);
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (node->text.ptr[node->text.len - 1] == (uint8_t)units[i].unit && digits.ptr[0] <= '9' &&
			(digits.len < 2 || digits.ptr[1] <= '9') && slice_to_u64(digits, &number) &&
			ckd_mul(&seconds, number, units[i].seconds))
			seconds = UINT64_MAX;
	if (seconds == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(node),
			"timespan '%.*s' is no number above 0 with the unit s, m, h, d, w, M or y", SHOWN(node->text));
	if (seconds > LIMIT_TIMESPAN_DAYS * UINT64_C(86400))
		return err_set(err, ERR_LIMIT, AT_NODE(node), "timespan '%.*s' is longer than %d days", SHOWN(node->text),
			LIMIT_TIMESPAN_DAYS);
	r->c->timespan = seconds * UINT64_C(10000000);
	return true;
}

static bool
read_alias(struct reading *r, const struct yaml_node *alias, struct correlation_alias *out, struct err *err)
{
	for (const struct yaml_node *one = alias->first; one; one = one->next, out++) {
		if (one->kind != YAML_SCALAR || one->text.len == 0)
			return err_set(err, ERR_SYNTAX, AT_NODE(one), "alias '%.*s': a rule's field must be a text",
				SHOWN(alias->key));
		out->line = one->line;
		if (!arena_copy(r->l->keep, alias->key, &out->name) || !arena_copy(r->l->keep, one->key, &out->reference) ||
			!arena_copy(r->l->keep, one->text, &out->field))
			return err_nomem(err);
	}
	return true;
}

static bool
read_aliases(struct reading *r, const struct yaml_node *node, struct err *err)
{
	struct correlation_alias *aliases;
	size_t count = 0;

	if (node->kind != YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'aliases' must be a map of names");
	for (const struct yaml_node *alias = node->first; alias; alias = alias->next) {
		if (alias->kind != YAML_MAP)
			return err_set(err, ERR_SYNTAX, AT_NODE(alias), "alias '%.*s' must be a map from rule to field",
				SHOWN(alias->key));
		count += alias->count;
	}
	if (count > LIMIT_CORRELATION_RULES)
		return err_set(err, ERR_LIMIT, AT_NODE(node), "more than %d aliases", LIMIT_CORRELATION_RULES);
	aliases = ARENA_ARRAY(r->l->keep, struct correlation_alias, count + 1);
	if (!aliases)
		return err_nomem(err);
	r->c->aliases = aliases;
	for (const struct yaml_node *alias = node->first; alias; alias = alias->next) {
		if (!read_alias(r, alias, aliases + r->c->alias_count, err))
			return false;
		r->c->alias_count += alias->count;
	}
	return true;
}

static bool
read_generate(struct reading *r, const struct yaml_node *node, struct err *err)
{
	if (node->kind != YAML_SCALAR || node->type != YAML_BOOL)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'generate' must be true or false");
	r->c->generate = (node->text.ptr[0] | 0x20) == 't';
	return true;
}

static bool
read_condition(struct reading *r, const struct yaml_node *node, struct err *err)
{
	(void)err;
	r->condition = node;
	return true;
}

static const struct {
	const char *name;
	bool (*read)(struct reading *r, const struct yaml_node *node, struct err *err);
	bool needed;
} keys[] = {
	{ "type", read_type, true },
	{ "rules", read_rules, true },
	{ "group-by", read_group, false },
	{ "timespan", read_timespan, true },
	{ "aliases", read_aliases, false },
	{ "generate", read_generate, false },
	{ "condition", read_condition, false },
};

static bool
read_keys(struct reading *r, struct err *err)
{
	for (const struct yaml_node *node = r->map->first; node; node = node->next) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(keys) && !known; i++) {
			if (!slice_eq(node->key, slice_from_text(keys[i].name)))
				continue;
			known = true;
			if (!keys[i].read(r, node, err))
				return false;
		}
		if (!known)
			return err_set(err, ERR_SYNTAX, (uint64_t)node->key_line << 32 | node->key_column,
				"unknown key '%.*s' in the correlation", SHOWN(node->key));
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].needed && !yaml_get(r->map, slice_from_text(keys[i].name)))
			return err_set(err, ERR_SYNTAX, AT_NODE(r->map), "the correlation has no '%s'", keys[i].name);
	return true;
}

/* ---- the condition ---- */

static bool
add_bound(struct reading *r, enum bound_kind kind, quantity number)
{
	r->c->bounds[r->c->bound_count++] = (struct bound){ kind, number };
	return true;
}

/* A member of the condition's map: an operator, `field` or `percentile`. */
static bool
read_condition_key(struct reading *r, const struct yaml_node *node, struct err *err)
{
	quantity number;
	uint64_t percent;

	for (size_t i = 0; i < BOUND_KINDS; i++) {
		if (!slice_eq(node->key, slice_from_text(bound_names[i])))
			continue;
		if (node->kind != YAML_SCALAR || !quantity_parse(node->text, &number))
			return err_set(err, ERR_SYNTAX, AT_NODE(node), "'%s' of the condition must be a number",
				bound_names[i]);
		return add_bound(r, (enum bound_kind)i, number);
	}
	if (slice_eq(node->key, SLICE("field")))
		return read_fields(r, node, &r->c->values, &r->c->value_count, err);
	if (!slice_eq(node->key, SLICE("percentile")))
		return err_set(err, ERR_SYNTAX, AT_NODE(node),
			"unknown '%.*s' in the condition: gt, gte, lt, lte, eq, neq and field are known", SHOWN(node->key));
	if (node->kind != YAML_SCALAR || !slice_to_u64(node->text, &percent) || percent < 1 || percent > 100)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'percentile' must be a whole number from 1 to 100");
	r->c->percentile = (unsigned)percent;
	return true;
}

static bool
read_condition_map(struct reading *r, struct err *err)
{
	for (const struct yaml_node *node = r->condition->first; node; node = node->next)
		if (!read_condition_key(r, node, err))
			return false;
	if (r->c->bound_count == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(r->condition),
			"the correlation's condition compares nothing: it needs gt, gte, lt, lte, eq or neq");
	return true;
}

/* "rule_a and (rule_b or rule_c)": the grammar of detections with the members as identifiers. */
static bool
read_expression(struct reading *r, struct err *err)
{
	struct identifier *names = ARENA_ARRAY(r->l->scratch, struct identifier, r->c->member_count);

	if (!names)
		return err_nomem(err);
	if (r->c->type != CORRELATION_TEMPORAL)
		return err_set(err, ERR_SYNTAX, AT_NODE(r->condition),
			"a condition over rule names belongs to the type temporal");
	for (size_t i = 0; i < r->c->member_count; i++) {
		struct node *leaf = node_new(r->l, NODE_ITEM, 0);

		if (!leaf)
			return err_nomem(err);
		leaf->count = i;
		names[i] = (struct identifier){ .name = r->c->members[i].reference, .node = leaf,
			.next = i + 1 < r->c->member_count ? &names[i + 1] : NULL };
	}
	return condition_load(r->l, r->condition, names, &r->c->expression, err);
}

/* All of the rules, unless the condition asks for another number of them. */
static bool
check_temporal(struct reading *r, struct err *err)
{
	struct correlation *c = r->c;
	quantity all = (quantity)c->member_count * QUANTITY_ONE;

	if (c->bound_count == 0 && !c->expression)
		return add_bound(r, BOUND_GTE, all);
	if (c->type == CORRELATION_TEMPORAL_ORDERED &&
		(c->bound_count != 1 || c->bounds[0].number != all ||
			(c->bounds[0].kind != BOUND_GTE && c->bounds[0].kind != BOUND_EQ)))
		return err_set(err, ERR_SYNTAX, AT_NODE(r->condition),
			"temporal_ordered wants all of its rules, in order: it takes no other condition");
	return true;
}

static bool
check_type(struct reading *r, struct err *err)
{
	struct correlation *c = r->c;
	uint64_t at = AT_NODE(r->condition ? r->condition : r->map);
	const char *type = correlation_type_name(c->type);
	bool temporal = c->type == CORRELATION_TEMPORAL || c->type == CORRELATION_TEMPORAL_ORDERED;

	if (!r->condition && !temporal)
		return err_set(err, ERR_SYNTAX, at, "the correlation has no 'condition'");
	if (correlation_needs_value(c) && c->value_count == 0)
		return err_set(err, ERR_SYNTAX, at, "%s needs a 'field' in its condition", type);
	if (!correlation_needs_value(c) && c->value_count)
		return err_set(err, ERR_SYNTAX, at, "%s counts no values: 'field' means nothing here", type);
	if (correlation_needs_number(c) && c->value_count > 1)
		return err_set(err, ERR_SYNTAX, at, "%s takes one field", type);
	if ((c->type == CORRELATION_VALUE_PERCENTILE) != (c->percentile != 0))
		return err_set(err, ERR_SYNTAX, at, c->percentile ? "'percentile' belongs to the type value_percentile"
			: "value_percentile needs 'percentile', a number from 1 to 100, in its condition");
	return !temporal || check_temporal(r, err);
}

bool
correlation_load(struct loader *l, const struct yaml_node *map, const struct correlation **out, struct err *err)
{
	struct reading r = { .l = l, .map = map, .c = ARENA_NEW(l->keep, struct correlation) };

	if (!r.c)
		return err_nomem(err);
	if (map->kind != YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(map), "'correlation' must be a map");
	if (!read_keys(&r, err))
		return false;
	if (r.condition && r.condition->kind == YAML_MAP) {
		if (!read_condition_map(&r, err))
			return false;
	} else if (r.condition && !read_expression(&r, err)) {
		return false;
	}
	*out = r.c;
	return check_type(&r, err);
}
