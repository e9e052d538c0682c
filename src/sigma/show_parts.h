/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a rule's tree as text, for this folder (show.h is what others see). */
#ifndef SIGMA_SHOW_PARTS_H
#define SIGMA_SHOW_PARTS_H

#include "base/buf.h"
#include "src/sigma/tree.h"

/* A line "NAME: ..." for each search identifier, then "condition: ...". */
void show_tree(const struct rule_tree *tree, struct buf *out);

void show_value(const struct value *value, struct buf *out);

/* The identifier that node is, or NULL. */
const struct named_node *show_name_of(const struct rule_tree *tree, const struct node *node);

#endif
