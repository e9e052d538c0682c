/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of our own for the events that matter most, for residue whose definition no log of this run holds.  The
 * GUID of a data template is made from its content and the same on every host, so the fields of one are known for
 * good (measured names and order: evtx-format.md 2.10, 8; the providers' own manifests).  The outer template has one
 * of two layouts; ours lacks the computer, which only the lost one could tell. */
#include "evtx/template.h"

#include "base/utf.h"

enum { NO_DEPENDENCY = 0xFFFF };

/* Which log an event of a data template belongs to: with 20 values the outer template holds these as literals. */
static const struct log_names {
	const char *provider, *channel;
} logs[] = {
	{ "Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational" },
	{ "Microsoft-Windows-Security-Auditing", "Security" },
	{ "Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational" },
	{ "PowerShell", "Windows PowerShell" },
};

enum { LOG_POWERSHELL, LOG_SECURITY, LOG_SYSMON, LOG_CLASSIC, LOG_ANY };

#define SUBJECT "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId "
#define CREATED SUBJECT "NewProcessId NewProcessName TokenElevationType ProcessId CommandLine"
#define TARGET " TargetUserSid TargetUserName TargetDomainName TargetLogonId"
#define SCRIPT "MessageNumber MessageTotal ScriptBlockText ScriptBlockId"
#define SYSMON_START "UtcTime ProcessGuid ProcessId Image "
#define SYSMON_VERSION "FileVersion Description Product Company "
#define SYSMON_REST "CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes " \
	"ParentProcessGuid ParentProcessId ParentImage ParentCommandLine"
#define SYSMON_NET "UtcTime ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname " \
	"SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName"

static const struct data_row {
	const char *guid;
	unsigned log;
	const char *fields; /* names of Data elements; value i belongs to the i-th.  NULL: classic strings and bytes */
} rows[] = {
	{ "4f13e858-7e73-5e62-55dd-5ae8981b7af9", LOG_POWERSHELL, SCRIPT " Path" },
	{ "11a920ac-99a5-465d-bb7e-62c29b88190c", LOG_POWERSHELL, SCRIPT },
	{ "18b48cab-08a1-b68a-70d6-ec12183b9b29", LOG_POWERSHELL, "ContextInfo UserData Payload" },
	{ "36c62dd9-f3f5-57b4-5aea-096c0b5b18c3", LOG_POWERSHELL, "ContextInfo UserData Payload" },
	{ "ecd34601-0225-3e67-b639-d77b70281ce9", LOG_ANY, NULL },
	{ "4329d877-d8d5-512d-ec99-201a0fd92fc7", LOG_ANY, NULL },
	{ "fa7b7cb2-b589-7b8b-65df-fbd26fdf5b82", LOG_SECURITY, CREATED },
	{ "13668ce3-76c8-756a-212a-6ddaa98cc574", LOG_SECURITY, CREATED TARGET },
	{ "0dbda41a-f2c1-5480-dff0-2bf666b4436e", LOG_SECURITY, CREATED TARGET " ParentProcessName MandatoryLabel" },
	{ "c262cd5e-478f-5b54-e307-f59159a719a4", LOG_SECURITY, SUBJECT "Status ProcessId ProcessName" },
	{ "d8a7ede1-c63f-10fe-ac94-c9f4dab4ecd2", LOG_SYSMON, "RuleName " SYSMON_START SYSMON_VERSION SYSMON_REST },
	{ "f9206e9b-e504-3e3d-058e-bfb6c62e3fbd", LOG_SYSMON,
		"RuleName " SYSMON_START SYSMON_VERSION "OriginalFileName " SYSMON_REST },
	{ "3874497e-630b-5f3b-014a-89c7fd55aa14", LOG_SYSMON,
		"RuleName " SYSMON_START SYSMON_VERSION "OriginalFileName " SYSMON_REST " ParentUser" },
	{ "0e4a3166-f8b5-eb89-426d-186c622756c9", LOG_SYSMON,
		"RuleName " SYSMON_START SYSMON_VERSION "OriginalFileName " SYSMON_REST " ParentUser" },
	{ "78f135c0-e661-e7e2-7a7c-1281b0e290ca", LOG_SYSMON, SYSMON_START SYSMON_REST },
	{ "b02d0d41-1f6d-1d5b-183f-d81e7422b56a", LOG_SYSMON, "RuleName " SYSMON_NET },
	{ "4f23df63-fa2a-8636-f645-365e4fca015e", LOG_SYSMON, SYSMON_NET },
};

/* ---- writing a body: sizes are left 0, since every token ends by itself ---- */

struct body {
	struct buf *out;
	size_t base;
};

static void
put_units(struct body *b, struct slice ascii)
{
	for (size_t i = 0; i < ascii.len; i++)
		buf_u16le(b->out, ascii.ptr[i]);
}

static void
put_name(struct body *b, struct slice name)
{
	size_t hash_at;
	uint16_t hash;

	buf_u32le(b->out, (uint32_t)(b->out->len - b->base + 4));
	buf_u32le(b->out, 0);
	hash_at = b->out->len;
	buf_u16le(b->out, 0);
	buf_u16le(b->out, (uint16_t)name.len);
	put_units(b, name);
	buf_u16le(b->out, 0);
	if (b->out->failed)
		return;
	hash = template_name_hash(slice_from(b->out->ptr + hash_at + 4, 2 * name.len));
	b->out->ptr[hash_at] = (uint8_t)hash;
	b->out->ptr[hash_at + 1] = (uint8_t)(hash >> 8);
}

static void
put_text(struct body *b, struct slice text)
{
	buf_u8(b->out, 0x05);
	buf_u8(b->out, 1);
	buf_u16le(b->out, (uint16_t)text.len);
	put_units(b, text);
}

static void
put_value(struct body *b, unsigned slot, bool optional)
{
	buf_u8(b->out, optional ? 0x0E : 0x0D);
	buf_u16le(b->out, (uint16_t)slot);
	buf_u8(b->out, 0);
}

static void
open_element(struct body *b, const char *name, unsigned dependency, bool attributes)
{
	buf_u8(b->out, attributes ? 0x41 : 0x01);
	buf_u16le(b->out, (uint16_t)dependency);
	buf_u32le(b->out, 0);
	put_name(b, slice_from_text(name));
	if (attributes)
		buf_u32le(b->out, 0);
}

static void
put_attribute(struct body *b, const char *name)
{
	buf_u8(b->out, 0x06);
	put_name(b, slice_from_text(name));
}

static void
put_token(struct body *b, uint8_t token)
{
	buf_u8(b->out, token);
}

static struct body
begin_body(struct buf *out)
{
	struct body b = { out, out->len };

	buf_append(out, SLICE("\x0f\x01\x01\x00"));
	return b;
}

/* Where the body lies is known for good only when all of them are made. */
static struct slice
end_body(struct body *b)
{
	buf_u8(b->out, 0x00);
	return slice_from(b->out->ptr, b->out->failed ? 0 : b->out->len - b->base);
}

static void
put_named_data(struct body *b, const char *fields)
{
	struct slice rest = slice_from_text(fields), name;

	for (unsigned slot = 0; slice_split(&rest, ' ', &name); slot++) {
		open_element(b, "Data", NO_DEPENDENCY, true);
		put_attribute(b, "Name");
		put_text(b, name);
		put_token(b, 0x02);
		put_value(b, slot, false);
		put_token(b, 0x04);
	}
}

static void
put_classic_data(struct body *b)
{
	static const struct {
		const char *name;
		unsigned slot;
	} parts[] = { { "Data", 0 }, { "Binary", 2 } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		open_element(b, parts[i].name, parts[i].slot, false);
		put_token(b, 0x02);
		put_value(b, parts[i].slot, true);
		put_token(b, 0x04);
	}
}

static struct slice
make_data(struct buf *out, const struct data_row *row)
{
	struct body b = begin_body(out);

	open_element(&b, "EventData", NO_DEPENDENCY, false);
	put_token(&b, 0x02);
	if (row->fields)
		put_named_data(&b, row->fields);
	else
		put_classic_data(&b);
	put_token(&b, 0x04);
	return end_body(&b);
}

/* ---- System ---- */

/* In the order in which Windows writes them; slots 0 to 12 mean the same in both layouts. */
static const struct system_row {
	const char *element, *attribute; /* attribute NULL: the element's text */
	uint8_t slot;
	bool more; /* the next row is another attribute of the same element */
} system_rows[] = {
	{ "EventID", "Qualifiers", 4, true },
	{ "EventID", NULL, 3, false },
	{ "Version", NULL, 11, false },
	{ "Level", NULL, 0, false },
	{ "Task", NULL, 2, false },
	{ "Opcode", NULL, 1, false },
	{ "Keywords", NULL, 5, false },
	{ "TimeCreated", "SystemTime", 6, false },
	{ "EventRecordID", NULL, 10, false },
	{ "Correlation", "ActivityID", 7, false },
	{ "Execution", "ProcessID", 8, true },
	{ "Execution", "ThreadID", 9, false },
	{ "Security", "UserID", 12, false },
};

static void
put_system_rows(struct body *b)
{
	bool begun = false;

	for (size_t i = 0; i < ARRAY_LEN(system_rows); i++) {
		const struct system_row *row = &system_rows[i];

		if (!begun)
			open_element(b, row->element, NO_DEPENDENCY, row->attribute != NULL);
		begun = row->more;
		if (row->attribute) {
			put_attribute(b, row->attribute);
			put_value(b, row->slot, true);
			if (!row->more)
				put_token(b, 0x03);
			continue;
		}
		put_token(b, 0x02);
		put_value(b, row->slot, true);
		put_token(b, 0x04);
	}
}

/* `log` NULL: provider and channel are the values 14 to 16. */
static void
put_origin(struct body *b, const struct log_names *log)
{
	open_element(b, "Provider", NO_DEPENDENCY, true);
	put_attribute(b, "Name");
	if (log)
		put_text(b, slice_from_text(log->provider));
	else
		put_value(b, 14, true);
	put_token(b, 0x03);
	open_element(b, "Channel", NO_DEPENDENCY, false);
	put_token(b, 0x02);
	if (log)
		put_text(b, slice_from_text(log->channel));
	else
		put_value(b, 16, true);
	put_token(b, 0x04);
}

static struct slice
make_outer(struct buf *out, const struct log_names *log)
{
	unsigned data = log ? 19 : 17;
	struct body b = begin_body(out);

	open_element(&b, "Event", data, true);
	put_attribute(&b, "xmlns");
	put_text(&b, SLICE("http://schemas.microsoft.com/win/2004/08/events/event"));
	put_token(&b, 0x02);
	open_element(&b, "System", NO_DEPENDENCY, false);
	put_token(&b, 0x02);
	put_origin(&b, log);
	put_system_rows(&b);
	put_token(&b, 0x04);
	put_value(&b, data, true);
	put_token(&b, 0x04);
	return end_body(&b);
}

bool
template_store_add_built_in(struct template_store *store)
{
	struct slice bodies[ARRAY_LEN(rows) + 1 + ARRAY_LEN(logs)];
	size_t count = 0, at = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		bodies[count++] = make_data(&store->bytes, &rows[i]);
	for (size_t i = 0; i <= ARRAY_LEN(logs); i++)
		bodies[count++] = make_outer(&store->bytes, i ? &logs[i - 1] : NULL);
	if (store->bytes.failed)
		return false;
	for (size_t i = 0; i < count; i++) {
		bodies[i].ptr = store->bytes.ptr + at;
		at += bodies[i].len;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct guid guid;

		if (!guid_parse(slice_from_text(rows[i].guid), &guid) ||
		    !template_store_add(store, &guid, bodies[i], TEMPLATE_BUILT_IN))
			return false;
	}
	store->layout_count = 0;
	for (size_t i = ARRAY_LEN(rows); i < count; i++)
		store->layouts[store->layout_count++] =
			(struct template){ .origin = TEMPLATE_BUILT_IN, .body = bodies[i] };
	return true;
}

static uint32_t
row_id(const struct data_row *row)
{
	struct guid guid = { { 0 } };
	struct cursor id = cursor_over(slice_from(guid.bytes, 4), 0);

	return guid_parse(slice_from_text(row->guid), &guid) ? cursor_u32le(&id) : 0;
}

/* Classic strings belong to any provider; those of the Windows PowerShell log name their host's command line, in every
 * language (evtx-format.md 8.5). */
static bool
is_classic(struct slice data)
{
	static const uint8_t words[] = { 'H', 0, 'o', 0, 's', 0, 't', 0, 'A', 0, 'p', 0, 'p', 0, 'l', 0, 'i', 0, 'c', 0, 'a', 0,
		't', 0, 'i', 0, 'o', 0, 'n', 0, '=', 0 };

	return slice_find(data, slice_from(words, sizeof(words)), 0) != SIZE_MAX;
}

const struct template *
template_store_outer(const struct template_store *store, size_t value_count, uint32_t data_id, struct slice data)
{
	if (!store->layout_count)
		return NULL;
	if (value_count == 18)
		return &store->layouts[0];
	for (size_t i = 0; value_count == 20 && i < ARRAY_LEN(rows); i++) {
		unsigned log = rows[i].log == LOG_ANY && is_classic(data) ? LOG_CLASSIC : rows[i].log;

		if (log != LOG_ANY && row_id(&rows[i]) == data_id)
			return &store->layouts[1 + log];
	}
	return NULL;
}
