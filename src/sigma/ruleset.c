/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/ruleset.h"

#include "base/limits.h"
#include "src/lib/digest.h"
#include "src/sigma/ahead.h"
#include "src/sigma/collection.h"
#include "src/sigma/link.h"
#include "src/sigma/plan.h"
#include "src/sigma/set.h"

#include <stdio.h>
#include <stdlib.h>

#define PACK_PREFIX "builtin:"

struct ruleset *
ruleset_new(void)
{
	struct ruleset *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	arena_init_large(&set->keep, LIMIT_RULE_MEMORY);
	arena_init(&set->scratch, LIMIT_RULE_MEMORY);
	table_init(&set->fields);
	table_init(&set->sources);
	if (!mapping_add_default(&set->mapping, &set->keep, NULL)) {
		ruleset_free(set);
		return NULL;
	}
	return set;
}

void
ruleset_free(struct ruleset *set)
{
	if (!set)
		return;
	plan_free(set->plan);
	for (struct regex_link *link = set->regexes; link; link = link->next)
		regex_free(link->regex);
	table_fini(&set->sources);
	table_fini(&set->fields);
	arena_fini(&set->scratch);
	arena_fini(&set->keep);
	free(set->entries);
	free(set);
}

static struct rule *
add_rule(struct ruleset *set, struct slice file, struct err *err)
{
	struct rule *rule;

	if (set->count == LIMIT_RULES) {
		err_set(err, ERR_LIMIT, 0, "more than %d rules", LIMIT_RULES);
		return NULL;
	}
	if (set->count == set->capacity) {
		size_t capacity = set->capacity ? set->capacity * 2 : 64;
		struct ruleset_entry *grown = reallocarray(set->entries, capacity, sizeof(*grown));

		if (!grown) {
			err_nomem(err);
			return NULL;
		}
		set->entries = grown;
		set->capacity = capacity;
	}
	rule = ARENA_NEW(&set->keep, struct rule);
	if (!rule) {
		err_nomem(err);
		return NULL;
	}
	rule->file = file;
	rule->line = 1;
	set->entries[set->count] = (struct ruleset_entry){ rule, set->count };
	set->count++;
	return rule;
}

bool
ruleset_add_refused(struct ruleset *set, struct slice file, const struct err *why, struct err *err)
{
	struct slice kept;
	struct rule *rule;

	if (!arena_copy(&set->keep, file, &kept))
		return err_nomem(err);
	rule = add_rule(set, kept, err);
	if (!rule)
		return false;
	rule->state = why->code == ERR_UNSUPPORTED ? RULE_UNSUPPORTED : RULE_INVALID;
	if (why->at >> 32)
		rule->line = (uint32_t)(why->at >> 32);
	snprintf(rule->reason, sizeof(rule->reason), "%.*s", (int)sizeof(rule->reason) - 1, why->text);
	return true;
}

static struct loader
loader_for(struct ruleset *set)
{
	return (struct loader){ .keep = &set->keep, .scratch = &set->scratch, .fields = &set->fields,
		.regexes = &set->regexes, .mapping = &set->mapping, .sources = &set->sources,
		.placeholders = set->placeholders };
}

/* The digest of what came before goes in front, then name and text, each with its length. */
static bool
note_setting(struct ruleset *set, struct slice name, struct slice text, struct err *err)
{
	struct buf head;
	struct digest *d = digest_new();
	bool fine;

	buf_init(&head, LIMIT_MESSAGE);
	buf_append(&head, slice_from(set->settings, sizeof(set->settings)));
	buf_counted(&head, name);
	buf_u64le(&head, text.len);
	fine = d && !head.failed && digest_add(d, buf_view(&head)) && digest_add(d, text);
	buf_fini(&head);
	if (fine)
		return digest_end(d, set->settings) || err_nomem(err);
	digest_free(d);
	return err_nomem(err);
}

const uint8_t *
ruleset_settings(const struct ruleset *set)
{
	return set->settings;
}

bool
ruleset_add_mapping(struct ruleset *set, struct slice file, struct slice text, struct err *err)
{
	struct err why = { 0 };

	table_fini(&set->sources);
	table_init(&set->sources);
	if (mapping_add(&set->mapping, text, &set->keep, &why))
		return note_setting(set, SLICE_EMPTY, text, err);
	if (why.code == ERR_NOMEM)
		return err_nomem(err);
	return err_set(err, why.code, why.at, "%.*s:%u: %.150s", (int)(file.len < 90 ? file.len : 90),
		(const char *)file.ptr, (unsigned)(why.at >> 32), why.text);
}

const struct mapping *
ruleset_mapping(const struct ruleset *set)
{
	return &set->mapping;
}

bool
ruleset_add_placeholder(struct ruleset *set, struct slice name, struct slice text, struct err *err)
{
	return placeholder_add(&set->placeholders, name, text, &set->keep, err) && note_setting(set, name, text, err);
}

static bool
add_document(struct ruleset *set, struct slice file, const uint8_t digest[static DIGEST_LEN],
	const struct yaml_node *root, struct err *err)
{
	struct loader l = loader_for(set);
	struct rule *rule = add_rule(set, file, err);

	if (!rule)
		return false;
	memcpy(rule->sha256, digest, DIGEST_LEN);
	return document_load(&l, root, rule, err);
}

static bool
refuse(struct ruleset *set, struct slice file, const uint8_t digest[static DIGEST_LEN], const struct err *why,
	struct err *err)
{
	if (why->code == ERR_NOMEM) {
		if (err)
			*err = *why;
		return false;
	}
	if (!ruleset_add_refused(set, file, why, err))
		return false;
	memcpy(set->entries[set->count - 1].rule->sha256, digest, DIGEST_LEN);
	return true;
}

/* A document is a rule or a reason why it is none, or it is part of a collection. */
static bool
take_document(struct ruleset *set, struct slice file, const uint8_t digest[static DIGEST_LEN],
	struct collection *collection, const struct yaml_node *root, struct err *err)
{
	const struct yaml_node *rule;
	struct err why = { 0 };

	if (root->kind == YAML_SCALAR && root->type == YAML_NULL)
		return true;
	if (!collection_take(collection, &set->scratch, root, &rule, &why))
		return refuse(set, file, digest, &why, err);
	return !rule || add_document(set, file, digest, rule, err);
}

/* Documents as they are read, or those that were read before. */
struct documents {
	struct yaml_reader *reader; /* or NULL */
	const struct parsed_document *parsed;
	size_t count;
};

static enum yaml_step
next_document(struct documents *d, struct arena *arena, const struct yaml_node **root, struct err *why)
{
	const struct parsed_document *next = d->parsed;

	if (d->reader)
		return yaml_next(d->reader, arena, root, why);
	if (d->count == 0)
		return YAML_END;
	d->parsed++;
	d->count--;
	*root = next->root;
	*why = next->why;
	return next->step;
}

/* An empty document counts only where it is all there is. */
static bool
add_documents(struct ruleset *set, struct slice file, struct slice text, const uint8_t digest[static DIGEST_LEN],
	struct documents *documents, struct err *err)
{
	struct collection collection = { 0 };
	/* a single document has nothing to be collected with */
	bool keep = (documents->reader || documents->count > 1) && collection_may_be(text), good = true;
	size_t before = set->count;

	while (good) {
		const struct yaml_node *root = NULL;
		struct err why = { 0 };
		enum yaml_step step;

		if (!keep) {
			arena_reset(&set->scratch);
			collection = (struct collection){ 0 };
		}
		step = next_document(documents, &set->scratch, &root, &why);
		if (step == YAML_END)
			break;
		good = step == YAML_DOCUMENT ? take_document(set, file, digest, &collection, root, err)
			: refuse(set, file, digest, &why, err);
		if (step == YAML_BROKEN)
			break;
	}
	if (good && set->count == before) {
		struct err why = { .code = ERR_SYNTAX, .text = "there is no rule in the file" };

		good = refuse(set, file, digest, &why, err);
	}
	arena_reset(&set->scratch);
	return good;
}

bool
ruleset_add_text(struct ruleset *set, struct slice file, struct slice text, struct err *err)
{
	uint8_t digest[DIGEST_LEN];
	struct yaml_reader *reader;
	struct slice kept;
	bool good;

	if (!arena_copy(&set->keep, file, &kept) || !digest_sha256(text, digest))
		return err_nomem(err);
	if (text.len > LIMIT_RULE_FILE) {
		struct err why = { .code = ERR_LIMIT };

		err_set(&why, ERR_LIMIT, 0, "the file is larger than %d bytes", LIMIT_RULE_FILE);
		return refuse(set, kept, digest, &why, err);
	}
	reader = yaml_open(text);
	if (!reader)
		return err_nomem(err);
	good = add_documents(set, kept, text, digest, &(struct documents){ .reader = reader }, err);
	yaml_close(reader);
	return good;
}

bool
ruleset_add_parsed(struct ruleset *set, struct slice file, const struct parsed_file *parsed, struct err *err)
{
	struct documents documents = { .parsed = (const struct parsed_document *)(const void *)parsed->documents.ptr,
		.count = parsed->documents.len / sizeof(struct parsed_document) };
	struct slice kept;

	if (!arena_copy(&set->keep, file, &kept))
		return err_nomem(err);
	return add_documents(set, kept, buf_view(&parsed->text), parsed->digest, &documents, err);
}

bool
ruleset_add_default(struct ruleset *set, struct err *err)
{
	for (size_t i = 0; i < rules_pack_count; i++) {
		char name[512];

		snprintf(name, sizeof(name), PACK_PREFIX "%s", rules_pack[i].name);
		if (!ruleset_add_text(set, slice_from_text(name), slice_from(rules_pack[i].text, rules_pack[i].len), err))
			return false;
	}
	return true;
}

bool
ruleset_add_search(struct ruleset *set, struct slice pattern, bool is_regex, struct err *err)
{
	struct loader l = loader_for(set);
	struct rule_tree *tree = ARENA_NEW(&set->keep, struct rule_tree);
	struct node *leaf = node_new(&l, NODE_ITEM, 0);
	const struct logsource_finder finder = { &set->mapping, &set->sources, &set->keep };
	struct rule *rule;
	bool good;

	if (!tree || !leaf)
		return err_nomem(err);
	good = item_for_search(&l, pattern, is_regex, &leaf->item, err);
	arena_reset(&set->scratch);
	if (!good)
		return false;
	rule = add_rule(set, SLICE("search"), err);
	if (!rule)
		return false;
	if (!arena_copy(&set->keep, pattern, &rule->title) || !digest_sha256(pattern, rule->sha256))
		return err_nomem(err);
	if (!logsource_find(&finder, SLICE_EMPTY, SLICE(LOGSOURCE_SEARCH), SLICE_EMPTY, &tree->source, err))
		return false;
	tree->root = leaf;
	rule->state = RULE_READY;
	rule->tree = tree;
	return true;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct ruleset_entry *x = a, *y = b;
	int order = slice_cmp(x->rule->file, y->rule->file);

	return order ? order : x->number < y->number ? -1 : x->number > y->number;
}

/* A copy of the file, as an export beside the shipped rules, is left out; another rule under that id is an error. */
static void
refuse_duplicate(struct rule *rule, const struct rule *first)
{
	bool is_copy = rule_is_copy(rule, first);

	rule->state = is_copy ? RULE_NOT_SELECTED : RULE_INVALID;
	rule->tree = NULL;
	if (is_copy) {
		snprintf(rule->reason, sizeof(rule->reason), "a copy of %.*s", (int)(first->file.len < 160 ? first->file.len : 160),
			(const char *)first->file.ptr);
		return;
	}
	snprintf(rule->reason, sizeof(rule->reason), "duplicate id: %.36s is also the id of %.*s, line %u",
		(const char *)rule->id.ptr, (int)(first->file.len < 120 ? first->file.len : 120),
		(const char *)first->file.ptr, first->line);
}

bool
ruleset_link(struct ruleset *set, struct err *err)
{
	struct table ids;
	bool good = true;

	if (set->count)
		qsort(set->entries, set->count, sizeof(*set->entries), compare_entries);
	table_init(&ids);
	for (size_t i = 0; i < set->count && good; i++) {
		struct rule *rule = set->entries[i].rule;
		const struct table_entry *entry;
		bool added = true;

		if (rule->state == RULE_INVALID || rule->state == RULE_NOT_SELECTED || rule->id.len == 0)
			continue;
		entry = table_add(&ids, rule->id, i, &added);
		if (!entry)
			good = err_nomem(err);
		else if (!added)
			refuse_duplicate(rule, set->entries[entry->value].rule);
	}
	good = good && link_rules(set, err);
	table_fini(&ids);
	return good;
}

bool
ruleset_close(struct ruleset *set, struct err *err)
{
	if (!ruleset_link(set, err))
		return false;
	set->plan = plan_new(set);
	return set->plan || err_nomem(err);
}

size_t
ruleset_count(const struct ruleset *set)
{
	return set->count;
}

void
ruleset_keep_all(struct ruleset *set)
{
	for (size_t i = 0; i < set->count; i++)
		set->entries[i].rule->silent = false;
}

const struct rule *
ruleset_rule(const struct ruleset *set, size_t index)
{
	return set->entries[index].rule;
}

size_t
ruleset_count_state(const struct ruleset *set, enum rule_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++)
		n += set->entries[i].rule->state == state;
	return n;
}

bool
ruleset_pack_file(size_t index, struct slice *name, struct slice *text)
{
	if (index >= rules_pack_count)
		return false;
	*name = slice_from_text(rules_pack[index].name);
	*text = slice_from(rules_pack[index].text, rules_pack[index].len);
	return true;
}
