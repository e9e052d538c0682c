/* SPDX-License-Identifier: Apache-2.0 */
/* Rule collections, the old way of writing several rules in one file (sigma.md 1.3): `action: global` is a template
 * for the documents behind it, `action: reset` drops it, `action: repeat` is the rule in front once more with some
 * keys changed.  On a conflict the template wins, as in pySigma, and a repeat wins over what it repeats. */
#ifndef SIGMA_COLLECTION_H
#define SIGMA_COLLECTION_H

#include "src/lib/yaml.h"

/* Of one file; begins with zeros.  Trees must stay until the end of a file for which collection_may_be says so. */
struct collection {
	const struct yaml_node *global;   /* NULL: none */
	const struct yaml_node *previous; /* the last rule, as a whole; NULL: none */
	size_t nodes;                     /* that came from templates and repeats, against LIMIT_COLLECTION_NODES */
	bool id_taken;                    /* the template's id and name have gone to a rule */
};

/* False when no document of that text can be one of a collection. */
bool collection_may_be(struct slice text);

/* The rule that a document makes, *rule: the document itself or a merged tree in the arena; NULL when it makes none
 * (a template, a reset).  Errors: ERR_SYNTAX (a bad action, nothing to repeat), ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK bool collection_take(struct collection *c, struct arena *arena, const struct yaml_node *document,
	const struct yaml_node **rule, struct err *err);

#endif
