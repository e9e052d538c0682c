/* SPDX-License-Identifier: Apache-2.0 */
#include "src/output/sink.h"

#include "base/attr.h"

const struct sink_class *const sinks[] = { &sink_csv, &sink_jsonl, &sink_json, &sink_table };
const size_t sink_count = ARRAY_LEN(sinks);

const struct sink_class *
sink_named(const char *name)
{
	for (size_t i = 0; i < sink_count; i++)
		if (strcmp(sinks[i]->name, name) == 0)
			return sinks[i];
	return NULL;
}

/* The suffix of the file name alone, in any case; ".csv" by itself is a name without one. */
const struct sink_class *
sink_for_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct slice name = slice_from_text(slash ? slash + 1 : path);

	for (size_t i = 0; i < sink_count; i++) {
		struct slice suffix = slice_from_text(sinks[i]->suffix);

		if (suffix.len < name.len && slice_eq_nocase(slice_sub(name, name.len - suffix.len, suffix.len), suffix))
			return sinks[i];
	}
	return NULL;
}
