/* SPDX-License-Identifier: Apache-2.0 */
/* What both readers of YAML say alike: the type of a plain scalar, and that no key stands twice. */
#ifndef LIB_YAML_TREE_H
#define LIB_YAML_TREE_H

#include "base/attr.h"
#include "src/lib/yaml.h"

enum yaml_type yaml_plain_type(struct slice text);

/* Errors: ERR_SYNTAX (a key stands twice), ERR_NOMEM. */
MUST_CHECK bool yaml_check_keys(struct arena *arena, const struct yaml_node *map, struct err *err);

#endif
