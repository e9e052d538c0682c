/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/logsource.h"

#include "base/attr.h"

enum { REMEMBERED_NAMES = 250 }; /* bytes of product, category and service; longer ones are looked up each time */

static bool
find_sources(const struct logsource_finder *f, struct slice product, struct slice category, struct slice service,
	struct source_list *out, struct err *err)
{
	const struct mapping_source **items = ARENA_ARRAY(f->arena, const struct mapping_source *, f->mapping->count + 1);
	size_t count = 0;

	if (!items)
		return err_nomem(err);
	for (size_t i = 0; i < f->mapping->count; i++)
		if (mapping_source_serves(f->mapping->sources[i], product, category, service))
			items[count++] = f->mapping->sources[i];
	*out = (struct source_list){ items, count };
	return true;
}

/* Thousands of rules ask for a hundred sources. */
static bool
find_once(const struct logsource_finder *f, struct slice product, struct slice category, struct slice service,
	struct source_list *out, struct err *err)
{
	struct slice parts[] = { product, category, service };
	uint8_t key[REMEMBERED_NAMES + 3];
	struct source_list *kept;
	struct table_entry *entry;
	size_t len = 0;

	if (product.len + category.len + service.len > REMEMBERED_NAMES)
		return find_sources(f, product, category, service, out, err);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		key[len++] = (uint8_t)parts[i].len;
		if (parts[i].len)
			memcpy(key + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	entry = table_add(f->known, slice_from(key, len), 0, NULL);
	if (!entry)
		return err_nomem(err);
	kept = (struct source_list *)(uintptr_t)entry->value;
	if (!kept) {
		kept = ARENA_NEW(f->arena, struct source_list);
		if (!kept || !find_sources(f, product, category, service, kept, err))
			return err_nomem(err);
		entry->value = (uintptr_t)kept;
	}
	*out = *kept;
	return true;
}

static bool
not_known(struct slice name, const char *what, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, 0, "no event log is known for %s '%.*s'; --mapping can name one", what,
		(int)(name.len < 80 ? name.len : 80), (const char *)name.ptr);
}

bool
logsource_find(const struct logsource_finder *f, struct slice product, struct slice category, struct slice service,
	struct logsource *out, struct err *err)
{
	*out = (struct logsource){ 0 };
	if (category.len && !find_once(f, product, category, SLICE_EMPTY, &out->category, err))
		return false;
	if (category.len && out->category.count == 0)
		return not_known(category, "category", err);
	if (service.len && !find_once(f, product, SLICE_EMPTY, service, &out->service, err))
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
