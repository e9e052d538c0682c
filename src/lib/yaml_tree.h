/* SPDX-License-Identifier: Apache-2.0 */
/* What both readers of YAML say alike: the type of a plain scalar, and that no key stands twice. */
#ifndef LIB_YAML_TREE_H
#define LIB_YAML_TREE_H

#include "base/attr.h"
#include "src/lib/yaml.h"

enum yaml_type yaml_plain_type(struct slice text);

/* Puts a member at the end of a list or map whose last one is *last, NULL while it has none. */
static inline void
yaml_add_member(struct yaml_node *parent, struct yaml_node **last, struct yaml_node *member)
{
	if (*last)
		(*last)->next = member;
	else
		parent->first = member;
	*last = member;
	parent->count++;
}

/* Errors: ERR_SYNTAX (a key stands twice), ERR_NOMEM. */
MUST_CHECK bool yaml_check_keys(struct arena *arena, const struct yaml_node *map, struct err *err);

#endif
