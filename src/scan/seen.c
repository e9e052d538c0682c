/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/seen.h"

#include <stdlib.h>

void
seen_init(struct seen *s)
{
	*s = (struct seen){ 0 };
}

void
seen_fini(struct seen *s)
{
	free(s->slots);
	*s = (struct seen){ 0 };
}

/* Keys are parts of a SHA-256, so their low bits are as good as any hash. */
static struct seen_slot *
slot_for(struct seen_slot *slots, size_t size, uint64_t key)
{
	size_t at = key & (size - 1);

	while (slots[at].key && slots[at].key != key)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static bool
grow(struct seen *s)
{
	size_t size = s->size ? s->size * 2 : 1024;
	struct seen_slot *slots;

	if (size > 2 * (size_t)SEEN_MAX || !(slots = calloc(size, sizeof(*slots))))
		return false;
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i].key)
			*slot_for(slots, size, s->slots[i].key) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->size = size;
	return true;
}

enum seen_result
seen_add(struct seen *s, uint64_t key, uint64_t text)
{
	struct seen_slot *slot;

	key |= 1;
	if (s->count * 3 >= s->size * 2 && !grow(s)) {
		if (s->size == 0)
			return SEEN_UNKNOWN;
		slot = slot_for(s->slots, s->size, key);
		if (!slot->key)
			return SEEN_UNKNOWN;
	} else {
		slot = slot_for(s->slots, s->size, key);
	}
	if (slot->key)
		return slot->text == text ? SEEN_AGAIN : SEEN_OTHER_TEXT;
	*slot = (struct seen_slot){ key, text };
	s->count++;
	return SEEN_NEW;
}
