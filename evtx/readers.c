/* SPDX-License-Identifier: Apache-2.0 */
/* The table of readers, and what they share. */
#include "base/attr.h"
#include "evtx/reader.h"

const struct reader_class *
reader_class_named(const char *name)
{
	static const struct reader_class *const classes[] = { &reader_direct, &reader_libevtx };

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strcmp(classes[i]->name, name) == 0)
			return classes[i];
	}
	return NULL;
}

void
reader_close(struct reader *r)
{
	if (r)
		r->class->close(r);
}
