/* SPDX-License-Identifier: Apache-2.0 */
/* An event as JSON from a stranger: read, and made a subject with the built-in names of fields. */
#include "src/subject/events.h"
#include "src/subject/fields.h"
#include "src/subject/json_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mapping mapping = { 0 };
	struct record_field *fields;
	struct record record;
	struct subject subject;
	struct arena arena;
	struct err err;
	size_t count;

	arena_init(&arena, 64 << 20);
	if (mapping_add_default(&mapping, &arena, &err) &&
		json_event_read(slice_from(data, size), &arena, &record, &fields, &count, &err)) {
		const struct record_system *s = &record.system;
		const struct subject_context context = { .mapping = &mapping };

		if (!subject_from_fields(&record, event_type_of(s->channel, s->provider, s->event_id), fields, count, &context,
				&arena, &subject, &err))
			count = 0; /* out of memory */
	}
	arena_fini(&arena);
	return 0;
}
