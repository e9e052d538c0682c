/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/logsource.h"

static bool
find_sources(const struct mapping *mapping, struct slice product, struct slice category, struct slice service,
	struct arena *arena, struct source_list *out, struct err *err)
{
	const struct mapping_source **items = ARENA_ARRAY(arena, const struct mapping_source *, mapping->count + 1);
	size_t count = 0;

	if (!items)
		return err_nomem(err);
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping_source_serves(mapping->sources[i], product, category, service))
			items[count++] = mapping->sources[i];
	*out = (struct source_list){ items, count };
	return true;
}

static bool
not_known(struct slice name, const char *what, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, 0, "no event log is known for %s '%.*s'; --mapping can name one", what,
		(int)(name.len < 80 ? name.len : 80), (const char *)name.ptr);
}

bool
logsource_find(const struct mapping *mapping, struct slice product, struct slice category, struct slice service,
	struct arena *arena, struct logsource *out, struct err *err)
{
	*out = (struct logsource){ 0 };
	if (category.len && !find_sources(mapping, product, category, SLICE_EMPTY, arena, &out->category, err))
		return false;
	if (category.len && out->category.count == 0)
		return not_known(category, "category", err);
	if (service.len && !find_sources(mapping, product, SLICE_EMPTY, service, arena, &out->service, err))
		return false;
	return service.len == 0 || out->service.count || not_known(service, "service", err);
}

static bool
any_fits(const struct source_list *list, struct slice channel, struct slice provider, uint32_t event_id)
{
	for (size_t i = 0; i < list->count; i++)
		if (mapping_source_fits(list->items[i], channel, provider, event_id))
			return true;
	return list->count == 0;
}

bool
logsource_fits(const struct logsource *source, struct slice channel, struct slice provider, uint32_t event_id)
{
	return any_fits(&source->category, channel, provider, event_id) &&
		any_fits(&source->service, channel, provider, event_id);
}

static bool
any_log(const struct source_list *list, struct slice *about)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i]->no_log)
			return true;
	if (list->count)
		*about = list->items[0]->about;
	return list->count == 0;
}

bool
logsource_has_log(const struct logsource *source, struct slice *about)
{
	return any_log(&source->category, about) && any_log(&source->service, about);
}
