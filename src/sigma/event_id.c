/* SPDX-License-Identifier: Apache-2.0 */
/* A rule's tree with nothing known but the event id: whether a rule can hold at all is asked for each kind of event before
 * there is one.  What depends on anything else is unknown. */
#include "src/sigma/event_id.h"

static enum truth
atom_with_event_id(const struct atom *atom, uint32_t event_id)
{
	const struct number id = { .magnitude = event_id, .real = event_id };
	uint8_t room[20];
	struct buf text = { .ptr = room, .capacity = sizeof(room), .max = sizeof(room) };
	struct gapped whole = { .gaps = NULL };
	struct text_range range;

	if (atom->kind == ATOM_NUMBER)
		return number_compares(&id, atom->comparison, &atom->is.number) ? TRUTH_TRUE : TRUTH_FALSE;
	if (atom->kind != ATOM_TEXT)
		return TRUTH_UNKNOWN;
	buf_decimal(&text, event_id);
	whole.text = buf_view(&text);
	return pattern_match(&atom->is.pattern, &whole, &range);
}

static enum truth
item_with_event_id(const struct item *item, uint32_t event_id)
{
	enum truth truth = item->all ? TRUTH_TRUE : TRUTH_FALSE;

	if (!item->field.is_event_id)
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < item->count; i++) {
		enum truth one = TRUTH_FALSE;

		for (size_t k = 0; k < item->values[i].count; k++) {
			enum truth atom = atom_with_event_id(&item->values[i].atoms[k], event_id);

			one = atom > one ? atom : one;
		}
		if (item->all ? one < truth : one > truth)
			truth = one;
	}
	return item->negated ? (enum truth)(TRUTH_TRUE - truth) : truth;
}

enum truth
tree_with_event_id(const struct node *node, uint32_t event_id)
{
	bool and = node->kind == NODE_AND;
	enum truth truth = and ? TRUTH_TRUE : TRUTH_FALSE, end = and ? TRUTH_FALSE : TRUTH_TRUE;

	if (node->kind == NODE_ITEM)
		return item_with_event_id(node->item, event_id);
	if (node->kind == NODE_NOT)
		return (enum truth)(TRUTH_TRUE - tree_with_event_id(node->children[0], event_id));
	for (size_t i = 0; i < node->count && truth != end; i++) {
		enum truth one = tree_with_event_id(node->children[i], event_id);

		if (and ? one < truth : one > truth)
			truth = one;
	}
	return truth;
}
