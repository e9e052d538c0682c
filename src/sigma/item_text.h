/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are looked for as text, encoded or not: with their wildcards and what modifiers make of them. */
#ifndef SIGMA_ITEM_TEXT_H
#define SIGMA_ITEM_TEXT_H

#include "src/sigma/load.h"
#include "src/sigma/modifiers.h"

/* The atom of one value, or in *out those of an encoded one. */
MUST_CHECK bool item_text(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct atom *atom, struct err *err);

/* The atom of a text of which every character is itself. */
MUST_CHECK bool item_text_atom(struct loader *l, const struct modifiers *m, struct slice text, struct atom *out, struct err *err);

#endif
