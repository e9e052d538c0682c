/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/mapping.h"

#include "base/attr.h"
#include "src/sigma/event.h"

bool
mapping_add_default(struct mapping *mapping, struct arena *arena, struct err *err)
{
	return mapping_add(mapping, slice_from(mapping_default_text, mapping_default_len), arena, err);
}

static bool
channel_fits(const struct mapping_source *source, struct slice channel)
{
	for (size_t i = 0; i < source->channels.count; i++) {
		struct slice name = source->channels.items[i];
		bool prefix = name.len && name.ptr[name.len - 1] == '*';

		if (prefix)
			name.len--;
		if (slice_eq_nocase(prefix ? slice_sub(channel, 0, name.len) : channel, name))
			return true;
	}
	return false;
}

static bool
provider_fits(const struct mapping_source *source, struct slice provider)
{
	for (size_t i = 0; i < source->providers.count; i++)
		if (slice_eq_nocase(provider, source->providers.items[i]))
			return true;
	return false;
}

static bool
event_fits(const struct mapping_source *source, uint32_t event_id)
{
	for (size_t i = 0; i < source->event_count; i++)
		if (event_id >= source->events[i].first && event_id <= source->events[i].last)
			return true;
	return source->event_count == 0;
}

bool
mapping_source_fits(const struct mapping_source *source, struct slice channel, struct slice provider,
	uint32_t event_id)
{
	bool by_provider = provider_fits(source, provider);

	if (source->no_log || !event_fits(source, event_id))
		return false;
	if (channel_fits(source, channel))
		return by_provider || source->providers.count == 0 || provider.len == 0;
	return by_provider && slice_eq_nocase(channel, SLICE("ForwardedEvents"));
}

bool
mapping_source_in_channel(const struct mapping_source *source, struct slice channel)
{
	return channel_fits(source, channel) ||
		(source->providers.count && slice_eq_nocase(channel, SLICE("ForwardedEvents")));
}

static bool
list_has(const struct slice_list *list, struct slice name)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_eq_nocase(name, list->items[i]))
			return true;
	return false;
}

bool
mapping_source_serves(const struct mapping_source *source, struct slice product, struct slice category,
	struct slice service)
{
	if (product.len && !slice_eq_nocase(product, source->product))
		return false;
	return (category.len == 0 || list_has(&source->categories, category)) &&
		(service.len == 0 || list_has(&source->services, service));
}

bool
mapping_has_product(const struct mapping *mapping, struct slice product)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (slice_eq_nocase(mapping->sources[i]->product, product))
			return true;
	return false;
}

/* One name against another, by the rules of the matcher. */
static bool
is_same_field(struct slice field, struct slice wanted)
{
	const struct sigma_field one = { .name = field };
	const struct sigma_event event = { .fields = &one, .field_count = 1 };
	size_t at = 0;

	return sigma_event_field(&event, wanted, &at) != NULL;
}

bool
mapping_source_has_field(const struct mapping_source *source, struct slice field)
{
	static const char *const system_names[] = { "EventID", "Level", "EventRecordID", "Execution_ProcessID",
		"Execution_ThreadID", "Channel", "Computer", "ComputerName", "Provider_Name", "Security_UserID",
		"TimeCreated_SystemTime", "Task", "Opcode", "Keywords", "Version" };

	if (source->fields.count == 0 || slice_eq_nocase(field, SLICE("EventID")))
		return true;
	for (size_t i = 0; i < source->fields.count; i++)
		if (is_same_field(source->fields.items[i], field))
			return true;
	for (size_t i = 0; i < source->alias_count; i++)
		if (is_same_field(source->aliases[i].name, field))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(system_names); i++)
		if (is_same_field(slice_from_text(system_names[i]), field))
			return true;
	return false;
}
