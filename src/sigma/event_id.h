/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGMA_EVENT_ID_H
#define SIGMA_EVENT_ID_H

#include "src/sigma/tree.h"

/* What the event id alone says of the tree: false when no event with that id can match. */
enum truth tree_with_event_id(const struct node *node, uint32_t event_id);

#endif
