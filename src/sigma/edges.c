/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/edges.h"

static uint64_t
key_of(enum edge_kind kind, struct slice text)
{
	if (kind == EDGE_WHOLE)
		return edge_whole_key(text);
	return kind == EDGE_FRONT ? edge_front_key(text, edge_key_len(text.len)) : edge_back_key(text, edge_key_len(text.len));
}

struct edge
edge_of(enum edge_kind kind, struct slice text, uint32_t atom)
{
	return (struct edge){ .key = key_of(kind, text), .text = text.ptr, .len = (uint32_t)text.len, .atom = atom };
}

bool
edge_table_make(struct edge_table *t, struct arena *arena, const struct buf *edges, enum edge_kind kind, size_t *shortest)
{
	t->count = edges->len / sizeof(*t->edges);
	if (t->count == 0)
		return true;
	for (t->bits = 4; (size_t)1 << t->bits < t->count * 2;)
		t->bits++;
	t->heads = ARENA_ARRAY(arena, uint32_t, (size_t)1 << t->bits);
	t->edges = ARENA_ARRAY(arena, struct edge, t->count);
	if (!t->heads || !t->edges)
		return false;
	memcpy(t->edges, edges->ptr, edges->len);
	for (size_t i = t->count; i-- > 0;) {
		struct edge *e = &t->edges[i];
		uint32_t *head = &t->heads[edge_head(t, e->key)];

		e->next = *head;
		*head = (uint32_t)i + 1;
		t->lengths[edge_byte(kind, edge_text(e))] |= edge_length_bit(kind, e->len);
		*shortest = e->len < *shortest ? e->len : *shortest;
	}
	return true;
}
