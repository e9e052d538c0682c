/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for elements that have no template: found by their shape (plan_shape.c). */
#ifndef EVTX_PLAN_SHAPE_H
#define EVTX_PLAN_SHAPE_H

#include "base/cursor.h"
#include "evtx/plan.h"

struct plan_shapes *plan_shapes_new(void); /* NULL: no memory */
void plan_shapes_free(struct plan_shapes *shapes);

/* A chunk begins: names lie elsewhere. */
void plan_shapes_begin_chunk(struct plan_shapes *shapes);

/* The memory of all plans is given up: forgets them. */
void plan_shapes_reset(struct plan_shapes *shapes);

/* Takes the element off the bytes of the chunk with its end token: its plan, its texts as values, the nodes that the tree
 * decoder charges for all from `start` (a fragment header may stand in front of the element) on.  False when it is not for
 * plans; the bytes stay. */
bool plan_shape_read(struct plan_store *store, struct slice chunk, size_t start, struct slice *bytes,
	struct plan_instance *instance, size_t *nodes);

#endif
