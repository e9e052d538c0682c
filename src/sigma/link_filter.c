/* SPDX-License-Identifier: Apache-2.0 */
/* Filters into the trees of the rules they fit.  A filter that fits nothing is a limit, and named: whoever wrote it
 * believes that something is left out. */
#include "base/limits.h"
#include "src/sigma/filter.h"
#include "src/sigma/link.h"
#include "src/sigma/tree.h"

enum { NAMES_A_USE = 16 }; /* copying as many names counts as one use more */

struct linking {
	struct references *r;
	struct rule *rule; /* the filter's document */
	size_t filters;    /* so far */
	size_t uses;       /* of all filters */
	size_t fits;       /* of this one */
};

/* The filter says nothing of that, or the same. */
static bool
key_fits(struct slice filter, struct slice rule)
{
	return filter.len == 0 || slice_eq_nocase(filter, rule);
}

static bool
source_fits(const struct rule *filter, const struct rule *rule)
{
	return key_fits(filter->category, rule->category) && key_fits(filter->product, rule->product) &&
		key_fits(filter->service, rule->service);
}

bool
filter_may_fit(const struct rule *filter, const struct rule *rule)
{
	const struct filter *f = filter->filter;
	bool named = f->reference_count == 0;

	for (size_t i = 0; i < f->reference_count && !named; i++)
		named = slice_eq_nocase(rule->id, f->references[i].text) || slice_eq(rule->name, f->references[i].text);
	return named && source_fits(filter, rule);
}

/* Who explains a verdict on the rule finds the filter among its parts. */
static bool
name_filter(const struct linking *f, const struct rule_tree *before, struct rule_tree *after)
{
	struct named_node *names = ARENA_ARRAY(&f->r->set->keep, struct named_node, before->name_count + 1);

	if (!names)
		return false;
	if (before->name_count)
		memcpy(names, before->names, before->name_count * sizeof(*names));
	names[before->name_count] = (struct named_node){ f->rule->title, f->rule->filter->tree.root };
	after->names = names;
	after->name_count = before->name_count + 1;
	return true;
}

/* "(the rule's condition) and (the filter's)". */
static bool
apply(struct linking *f, struct rule *rule, struct err *err)
{
	struct loader l = { .keep = &f->r->set->keep };
	struct rule_tree *tree = ARENA_NEW(l.keep, struct rule_tree);
	struct node *both = node_new(&l, NODE_AND, 2);

	if (!tree || !both)
		return err_nomem(err);
	both->children[0] = rule->tree->root;
	both->children[1] = f->rule->filter->tree.root;
	*tree = *rule->tree;
	tree->root = both;
	if (!name_filter(f, rule->tree, tree))
		return err_nomem(err);
	rule->tree = tree;
	f->fits++;
	f->uses += 1 + tree->name_count / NAMES_A_USE;
	return true;
}

static bool
apply_to_all(struct linking *f, struct err *err)
{
	for (size_t i = 0; i < f->r->set->count && f->uses < LIMIT_FILTER_USES; i++) {
		struct rule *rule = f->r->set->entries[i].rule;

		if (rule->state == RULE_READY && source_fits(f->rule, rule) && !apply(f, rule, err))
			return false;
	}
	return true;
}

/* Why the reference leads to no rule that can be filtered; NULL: it leads to one. */
static const char *
reference_fault(const struct linking *f, int64_t index)
{
	const struct rule *rule;

	if (index == REFERENCE_AMBIGUOUS)
		return "is the name of several rules";
	if (index < 0)
		return "is no rule that was loaded";
	rule = f->r->set->entries[index].rule;
	if (rule->kind == RULE_OF_CORRELATION)
		return "is a correlation: filters are for the rules below it";
	if (rule->state != RULE_READY)
		return "is no rule that runs";
	return source_fits(f->rule, rule) ? NULL : "has another log source than the filter";
}

static bool
apply_to_named(struct linking *f, struct err *err)
{
	const struct filter *filter = f->rule->filter;

	for (size_t i = 0; i < filter->reference_count && f->uses < LIMIT_FILTER_USES; i++) {
		const struct filter_reference *reference = &filter->references[i];
		int64_t index = references_find(f->r, reference->text);
		const char *fault = reference_fault(f, index);

		if (!fault && !apply(f, f->r->set->entries[index].rule, err))
			return false;
		if (fault && !f->rule->reason[0])
			link_refuse(f->rule, RULE_FILTER, reference->line, "'%.*s' %s", SHOWN(reference->text), fault);
	}
	return true;
}

static bool
link_filter(struct linking *f, struct err *err)
{
	bool named = f->rule->filter->reference_count > 0;

	f->fits = 0;
	if (f->filters++ == LIMIT_FILTERS) {
		link_refuse(f->rule, RULE_INVALID, 0, "more than %d filters", LIMIT_FILTERS);
		f->filters = LIMIT_FILTERS;
		return true;
	}
	if (!(named ? apply_to_named : apply_to_all)(f, err))
		return false;
	if (f->uses >= LIMIT_FILTER_USES)
		link_refuse(f->rule, RULE_INVALID, 0, "filters would be put into rules more than %d times",
			LIMIT_FILTER_USES);
	else if (f->fits == 0 && named)
		f->rule->state = RULE_UNSUPPORTED; /* the reason is there */
	else if (f->fits == 0)
		link_refuse(f->rule, RULE_UNSUPPORTED, 0, "the filter fits no rule that was loaded");
	return true;
}

bool
link_filters(struct references *r, struct err *err)
{
	struct linking f = { .r = r };

	for (size_t i = 0; i < r->set->count; i++) {
		f.rule = r->set->entries[i].rule;
		if (f.rule->state == RULE_FILTER && !link_filter(&f, err))
			return false;
	}
	return true;
}
