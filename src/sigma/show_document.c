/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that are no rules about events: how a correlation and a filter were read, and what became of their
 * references. */
#include "src/sigma/correlation.h"
#include "src/sigma/filter.h"
#include "src/sigma/set.h"
#include "src/sigma/show.h"
#include "src/sigma/show_parts.h"

enum { TICKS_A_SECOND = 10000000, TITLES_SHOWN = 20 };

static const char *const bound_signs[BOUND_KINDS] = { [BOUND_EQ] = "=", [BOUND_NEQ] = "!=", [BOUND_LT] = "<",
	[BOUND_LTE] = "<=", [BOUND_GT] = ">", [BOUND_GTE] = ">=" };

static void
show_list_sign(size_t i, struct buf *out)
{
	buf_append_text(out, i ? ", " : "");
}

/* "failed (Logon failed)". */
static void
show_members(const struct ruleset *set, const struct correlation *c, struct buf *out)
{
	buf_append_text(out, "rules: ");
	for (size_t i = 0; i < c->member_count; i++) {
		show_list_sign(i, out);
		buf_append(out, c->members[i].reference);
		buf_append_text(out, " (");
		buf_append(out, ruleset_rule(set, c->members[i].rule)->title);
		buf_append_byte(out, ')');
	}
	buf_append_byte(out, '\n');
}

/* "TargetUserName", or "who (TargetUserName in failed, AccountName in cleared)". */
static void
show_fields(const char *what, const struct correlation *c, const struct correlation_field *fields, size_t count,
	struct buf *out)
{
	if (count == 0)
		return;
	buf_append_text(out, what);
	for (size_t i = 0; i < count; i++) {
		show_list_sign(i, out);
		buf_append(out, fields[i].name);
		for (size_t m = 0; fields[i].by_member && m < c->member_count; m++) {
			buf_append_text(out, m ? ", " : " (");
			buf_append(out, fields[i].by_member[m]);
			buf_append_text(out, " in ");
			buf_append(out, c->members[m].reference);
			buf_append_text(out, m + 1 == c->member_count ? ")" : "");
		}
	}
	buf_append_byte(out, '\n');
}

/* No deeper than a condition may be nested. */
static void
show_expression(const struct correlation *c, const struct node *node, struct buf *out)
{
	if (node->kind == NODE_ITEM) {
		buf_append(out, c->members[node->count].reference);
	} else if (node->kind == NODE_NOT) {
		buf_append_text(out, "not ");
		show_expression(c, node->children[0], out);
	} else {
		buf_append_byte(out, '(');
		for (size_t i = 0; i < node->count; i++) {
			if (i)
				buf_append_text(out, node->kind == NODE_AND ? " and " : " or ");
			show_expression(c, node->children[i], out);
		}
		buf_append_byte(out, ')');
	}
}

static const char *
measured(const struct correlation *c)
{
	static const char *const words[] = {
		[CORRELATION_EVENT_COUNT] = "events",
		[CORRELATION_VALUE_COUNT] = "different values",
		[CORRELATION_TEMPORAL] = "rules that found something",
		[CORRELATION_TEMPORAL_ORDERED] = "rules that found something, in this order",
		[CORRELATION_VALUE_SUM] = "sum",
		[CORRELATION_VALUE_AVG] = "average",
		[CORRELATION_VALUE_PERCENTILE] = "percentile",
		[CORRELATION_VALUE_MEDIAN] = "median",
	};

	return words[c->type];
}

static void
show_bounds(const struct correlation *c, struct buf *out)
{
	char number[QUANTITY_TEXT];

	buf_append_text(out, "condition: ");
	if (c->expression)
		show_expression(c, c->expression, out);
	else if (c->bound_count == 0)
		buf_printf(out, "all %s", measured(c));
	else
		buf_append_text(out, measured(c));
	if (c->type == CORRELATION_VALUE_PERCENTILE)
		buf_printf(out, " %u", c->percentile);
	for (size_t i = 0; i < c->bound_count; i++) {
		quantity_text(c->bounds[i].number, number);
		buf_printf(out, "%s %s %s", i ? " and" : "", bound_signs[c->bounds[i].kind], number);
	}
	buf_append_byte(out, '\n');
}

static void
show_correlation(const struct ruleset *set, const struct correlation *c, struct buf *out)
{
	buf_printf(out, "correlation: %s\n", correlation_type_name(c->type));
	show_members(set, c, out);
	show_fields("group by: ", c, c->group, c->group_count, out);
	show_fields("field: ", c, c->values, c->value_count, out);
	buf_printf(out, "timespan: %llu seconds\n", (unsigned long long)(c->timespan / TICKS_A_SECOND));
	show_bounds(c, out);
	buf_printf(out, "findings of its rules: %s\n", c->generate ? "stay" : "left out");
}

/* ---- filters ---- */

static bool
has_filter(const struct rule *rule, const struct filter *filter)
{
	for (size_t i = 0; rule->tree && i < rule->tree->name_count; i++)
		if (rule->tree->names[i].node == filter->tree.root)
			return true;
	return false;
}

static void
show_filtered(const struct ruleset *set, const struct filter *filter, struct buf *out)
{
	size_t count = 0;

	buf_append_text(out, "is part of: ");
	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *rule = ruleset_rule(set, i);

		if (!has_filter(rule, filter) || count++ >= TITLES_SHOWN)
			continue;
		show_list_sign(count - 1, out);
		buf_append(out, rule->title);
	}
	if (count > TITLES_SHOWN)
		buf_printf(out, " ... %zu rules in all", count);
	buf_append_text(out, count ? "\n" : "no rule\n");
}

static void
show_filter(const struct ruleset *set, const struct filter *filter, struct buf *out)
{
	buf_append_text(out, "filter for: ");
	for (size_t i = 0; i < filter->reference_count; i++) {
		show_list_sign(i, out);
		buf_append(out, filter->references[i].text);
	}
	buf_append_text(out, filter->reference_count ? "\n" : "any rule of its log source\n");
	show_tree(&filter->tree, out);
	show_filtered(set, filter, out);
}

bool
show_document(const struct ruleset *set, const struct rule *rule, struct buf *out)
{
	if (rule->state == RULE_READY && rule->tree)
		show_tree(rule->tree, out);
	else if (rule->state == RULE_CORRELATION)
		show_correlation(set, rule->correlation, out);
	else if (rule->filter && (rule->state == RULE_FILTER || rule->state == RULE_UNSUPPORTED))
		show_filter(set, rule->filter, out);
	else
		return false;
	return true;
}
