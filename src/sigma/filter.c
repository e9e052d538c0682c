/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/filter.h"

#include "base/limits.h"
#include "src/sigma/load.h"

/* `rules` is the one key of a filter's map that is not part of a detection. */
static struct yaml_node *
without_rules(struct loader *l, const struct yaml_node *map)
{
	struct yaml_node *copy = ARENA_NEW(l->scratch, struct yaml_node);
	const struct yaml_node **end;

	if (!copy)
		return NULL;
	*copy = *map;
	copy->first = NULL;
	copy->count = 0;
	end = &copy->first;
	for (const struct yaml_node *member = map->first; member; member = member->next) {
		struct yaml_node *kept;

		if (slice_eq(member->key, SLICE("rules")))
			continue;
		kept = ARENA_NEW(l->scratch, struct yaml_node);
		if (!kept)
			return NULL;
		*kept = *member;
		kept->next = NULL;
		*end = kept;
		end = &kept->next;
		copy->count++;
	}
	return copy;
}

/* A list, one name, or `any`, which is what an empty list means, too. */
static bool
read_references(struct loader *l, const struct yaml_node *rules, struct filter *filter, struct err *err)
{
	const struct yaml_node *member = rules->kind == YAML_LIST ? rules->first : rules;
	size_t count = rules->kind == YAML_LIST ? rules->count : 1;
	struct filter_reference *references;

	if (rules->kind == YAML_SCALAR && slice_eq_nocase(rules->text, SLICE("any")))
		return true;
	references = ARENA_ARRAY(l->keep, struct filter_reference, count + 1);
	if (!references)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++, member = member->next) {
		if (member->kind != YAML_SCALAR || member->text.len == 0)
			return err_set(err, ERR_SYNTAX, AT_NODE(member),
				"'rules' of the filter must be ids or names of rules, or any");
		references[i].line = member->line;
		if (!arena_copy(l->keep, member->text, &references[i].text))
			return err_nomem(err);
	}
	filter->references = references;
	filter->reference_count = count;
	return true;
}

bool
filter_load(struct loader *l, const struct yaml_node *map, const struct filter **out, struct err *err)
{
	struct filter *filter = ARENA_NEW(l->keep, struct filter);
	const struct yaml_node *rules = yaml_get(map, SLICE("rules")), *detection;

	if (!filter)
		return err_nomem(err);
	if (map->kind != YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(map), "'filter' must be a map");
	if (!rules)
		return err_set(err, ERR_SYNTAX, AT_NODE(map),
			"the filter does not say which 'rules' it is for: ids, names or any");
	detection = without_rules(l, map);
	if (!detection)
		return err_nomem(err);
	*out = filter;
	return read_references(l, rules, filter, err) && detection_load(l, detection, &filter->tree, err);
}
