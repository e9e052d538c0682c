/* SPDX-License-Identifier: Apache-2.0 */
/* One YAML document to one rule: what describes it, its log source, then its detection.  The first thing wrong
 * decides what becomes of it. */
#include "src/sigma/load.h"

#include "base/guid.h"

#include <stddef.h>
#include <stdio.h>

enum key_kind {
	KEY_TEXT, /* a scalar */
	KEY_LIST, /* scalars, or one */
};

/* Descriptive keys and where they go.  All others but those read below are custom and carry no meaning. */
static const struct {
	const char *name;
	enum key_kind kind;
	size_t offset;
} keys[] = {
	{ "title", KEY_TEXT, offsetof(struct rule, title) },
	{ "name", KEY_TEXT, offsetof(struct rule, name) },
	{ "status", KEY_TEXT, offsetof(struct rule, status) },
	{ "description", KEY_TEXT, offsetof(struct rule, description) },
	{ "author", KEY_TEXT, offsetof(struct rule, author) },
	{ "date", KEY_TEXT, offsetof(struct rule, date) },
	{ "evtriage_triage", KEY_TEXT, offsetof(struct rule, note) },
	{ "tags", KEY_LIST, offsetof(struct rule, tags) },
	{ "references", KEY_LIST, offsetof(struct rule, references) },
	{ "falsepositives", KEY_LIST, offsetof(struct rule, false_positives) },
};

static const char *const statuses[] = { "stable", "test", "experimental", "deprecated", "unsupported" };

static bool
copy_text(struct loader *l, const struct yaml_node *node, struct slice *out, struct err *err)
{
	if (node->type == YAML_NULL)
		return true;
	return arena_copy(l->keep, node->text, out) || err_nomem(err);
}

static bool
copy_list(struct loader *l, const struct yaml_node *node, struct rule_list *out, struct err *err)
{
	const struct yaml_node *member = node->kind == YAML_LIST ? node->first : node;
	size_t n = node->kind == YAML_LIST ? node->count : 1, used = 0;
	struct slice *items = ARENA_ARRAY(l->keep, struct slice, n ? n : 1);

	if (!items)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++, member = member->next) {
		if (member->kind != YAML_SCALAR)
			continue; /* only described things are lost by it, nothing that runs */
		if (!copy_text(l, member, &items[used], err))
			return false;
		used += items[used].len > 0;
	}
	*out = (struct rule_list){ .items = items, .count = used };
	return true;
}

static bool
load_descriptions(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct yaml_node *node = yaml_get(root, slice_from_text(keys[i].name));
		char *place = (char *)rule + keys[i].offset;

		if (!node)
			continue;
		if (keys[i].kind == KEY_LIST) {
			if (node->kind != YAML_MAP && !copy_list(l, node, (struct rule_list *)(void *)place, err))
				return false;
		} else if (node->kind == YAML_SCALAR) {
			if (!copy_text(l, node, (struct slice *)(void *)place, err))
				return false;
		} else {
			return err_set(err, ERR_SYNTAX, AT_NODE(node), "'%s' must be a text", keys[i].name);
		}
	}
	return tags_load(l->keep, &rule->tags, &rule->tactics, &rule->techniques) || err_nomem(err);
}

static bool
load_id(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err)
{
	const struct yaml_node *node = yaml_get(root, SLICE("id"));
	struct guid guid;
	char text[GUID_TEXT];

	if (!node)
		return true;
	if (node->kind != YAML_SCALAR || node->text.len != GUID_TEXT - 1 || !guid_parse(node->text, &guid))
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'id' is no UUID");
	guid_text(&guid, text);
	return arena_copy(l->keep, slice_from_text(text), &rule->id) || err_nomem(err);
}

static bool
load_grades(const struct yaml_node *root, struct rule *rule, struct err *err)
{
	const struct yaml_node *level = yaml_get(root, SLICE("level")), *status = yaml_get(root, SLICE("status"));
	bool known = rule->status.len == 0;

	if (level && (level->kind != YAML_SCALAR || !rule_level_parse(level->text, &rule->level)))
		return err_set(err, ERR_SYNTAX, AT_NODE(level),
			"level must be informational, low, medium, high or critical");
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		known = known || slice_eq(rule->status, slice_from_text(statuses[i]));
	if (!known)
		return err_set(err, ERR_SYNTAX, AT_NODE(status),
			"status must be stable, test, experimental, deprecated or unsupported");
	return true;
}

static bool
check_taxonomy(const struct yaml_node *root, struct err *err)
{
	const struct yaml_node *taxonomy = yaml_get(root, SLICE("taxonomy"));

	if (taxonomy && !(taxonomy->kind == YAML_SCALAR && slice_eq(taxonomy->text, SLICE("sigma"))))
		return err_set(err, ERR_UNSUPPORTED, AT_NODE(taxonomy), "taxonomy '%.*s' is not known",
			SHOWN(taxonomy->text));
	return true;
}

static bool
load_source_key(struct loader *l, const struct yaml_node *source, struct slice key, struct slice *out,
	struct err *err)
{
	const struct yaml_node *node = yaml_get(source, key);

	if (!node)
		return true;
	if (node->kind != YAML_SCALAR)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'%.*s' of the logsource must be a text",
			SHOWN(key));
	return copy_text(l, node, out, err);
}

/* The texts of the log source, and that they are not for another product. */
static bool
load_source_texts(struct loader *l, const struct yaml_node *source, struct rule *rule, struct err *err)
{
	if (!load_source_key(l, source, SLICE("category"), &rule->category, err) ||
		!load_source_key(l, source, SLICE("product"), &rule->product, err) ||
		!load_source_key(l, source, SLICE("service"), &rule->service, err))
		return false;
	if (rule->category.len + rule->product.len + rule->service.len == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(source), "the logsource names no category, product or service");
	if (rule->product.len && !mapping_has_product(l->mapping, rule->product)) {
		rule->state = RULE_OTHER_PRODUCT;
		return err_set(err, ERR_UNSUPPORTED, AT_NODE(source), "the %s is for product '%.*s'",
			rule->kind == RULE_OF_FILTER ? "filter" : "rule", SHOWN(rule->product));
	}
	return true;
}

static bool
load_source(struct loader *l, const struct yaml_node *root, struct rule *rule, struct logsource *out,
	struct err *err)
{
	const struct yaml_node *source = yaml_get(root, SLICE("logsource"));
	const struct logsource_finder finder = { l->mapping, l->sources, l->keep };

	if (!source || source->kind != YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(source ? source : root), "the %s has no 'logsource' map",
			rule->kind == RULE_OF_FILTER ? "filter" : "rule");
	if (!load_source_texts(l, source, rule, err))
		return false;
	if (rule->kind == RULE_OF_FILTER ||
		logsource_find(&finder, rule->product, rule->category, rule->service, out, err))
		return true;
	if (rule->product.len == 0) /* "webserver" and the like: no product is named, and no event log is meant */
		rule->state = RULE_OTHER_PRODUCT;
	if (err)
		err->at = AT_NODE(source);
	return false;
}

static bool
load_correlation(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err)
{
	const struct yaml_node *map = yaml_get(root, SLICE("correlation")), *other = yaml_get(root, SLICE("detection"));

	other = other ? other : yaml_get(root, SLICE("logsource"));
	other = other ? other : yaml_get(root, SLICE("filter"));
	if (other)
		return err_set(err, ERR_SYNTAX, AT_NODE(other), "a correlation has no '%.*s' of its own", SHOWN(other->key));
	if (!correlation_load(l, map, &rule->correlation, err))
		return false;
	rule->state = RULE_CORRELATION;
	return true;
}

static bool
load_filter(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err)
{
	const struct yaml_node *detection = yaml_get(root, SLICE("detection"));

	if (detection)
		return err_set(err, ERR_SYNTAX, AT_NODE(detection), "a filter has no 'detection': it stands under 'filter'");
	if (!load_source(l, root, rule, NULL, err) ||
		!filter_load(l, yaml_get(root, SLICE("filter")), &rule->filter, err))
		return false;
	rule->state = RULE_FILTER;
	return true;
}

static bool
load_events(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err)
{
	const struct yaml_node *detection = yaml_get(root, SLICE("detection"));
	struct rule_tree *tree = ARENA_NEW(l->keep, struct rule_tree);

	if (!tree)
		return err_nomem(err);
	if (!load_source(l, root, rule, &tree->source, err))
		return false;
	if (!detection)
		return err_set(err, ERR_SYNTAX, AT_NODE(root), "the rule has no detection");
	if (!detection_load(l, detection, tree, err) || !gate_load(l, tree, err))
		return false;
	rule->tree = tree;
	return true;
}

static const struct {
	const char *key;
	enum rule_kind kind;
} kinds[] = {
	{ "correlation", RULE_OF_CORRELATION },
	{ "filter", RULE_OF_FILTER },
};

static bool
load_rule(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err)
{
	static bool (*const loads[])(struct loader *, const struct yaml_node *, struct rule *, struct err *) = {
		[RULE_OF_EVENTS] = load_events,
		[RULE_OF_CORRELATION] = load_correlation,
		[RULE_OF_FILTER] = load_filter,
	};

	if (root->kind != YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(root), "no Sigma rule: the document is not a map");
	for (size_t i = ARRAY_LEN(kinds); i-- > 0;)
		if (yaml_get(root, slice_from_text(kinds[i].key)))
			rule->kind = kinds[i].kind;
	if (!load_descriptions(l, root, rule, err) || !load_id(l, root, rule, err) || !check_taxonomy(root, err))
		return false;
	if (rule->title.len == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(root), "the rule has no title");
	return load_grades(root, rule, err) && loads[rule->kind](l, root, rule, err);
}

bool
document_load(struct loader *l, const struct yaml_node *root, struct rule *rule, struct err *err)
{
	struct err own = { 0 };

	l->values = 0;
	l->condition_len = 0;
	l->notices = NULL;
	rule->line = root->line;
	rule->state = RULE_READY;
	if (load_rule(l, root, rule, &own)) {
		rule->notices = l->notices;
		return true;
	}
	if (own.code == ERR_NOMEM) {
		if (err)
			*err = own;
		return false;
	}
	if (rule->state == RULE_READY || own.code == ERR_SYNTAX)
		rule->state = own.code == ERR_UNSUPPORTED ? RULE_UNSUPPORTED : RULE_INVALID;
	if (own.at >> 32)
		rule->line = (uint32_t)(own.at >> 32);
	snprintf(rule->reason, sizeof(rule->reason), "%.*s", (int)sizeof(rule->reason) - 1, own.text);
	return true;
}
