/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/events.h"

/* Channels and providers: evtx-format.md 8.1 (manifests of Windows PowerShell 5.1 and PowerShell 7), 8.6, 8.7. */
static const struct event_log logs[] = {
	{ "PowerShell/Operational", "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell" },
	{ "PowerShellCore/Operational", "PowerShellCore/Operational", "PowerShellCore" },
	{ "Windows PowerShell", "Windows PowerShell", "PowerShell" },
	{ "Security", "Security", "Microsoft-Windows-Security-Auditing" },
	{ "Sysmon", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon" },
};

#define SCRIPT_TEXT { "ScriptBlockText", NULL }
#define MODULE_TEXT { "Payload", "ContextInfo" }
#define CLASSIC_TEXT { "CommandLine", "HostApplication" }
#define PROCESS_TEXT { "CommandLine", "Image" }

static const struct event_type types[] = {
	{ &logs[0], 4104, 4104, true, NULL, SCRIPT_TEXT },
	{ &logs[1], 4104, 4104, true, NULL, SCRIPT_TEXT },
	{ &logs[0], 4100, 4103, false, derive_powershell, MODULE_TEXT },
	{ &logs[1], 4100, 4103, false, derive_powershell, MODULE_TEXT },
	{ &logs[3], 4688, 4688, false, NULL, PROCESS_TEXT },
	{ &logs[4], 1, 1, false, NULL, PROCESS_TEXT },
	{ &logs[2], 100, 103, false, derive_classic, CLASSIC_TEXT },
	{ &logs[2], 200, 200, false, derive_classic, CLASSIC_TEXT },
	{ &logs[2], 300, 300, false, derive_classic, CLASSIC_TEXT },
	{ &logs[2], 400, 403, false, derive_classic, CLASSIC_TEXT },
	{ &logs[2], 500, 502, false, derive_classic, CLASSIC_TEXT },
	{ &logs[2], 600, 600, false, derive_classic, CLASSIC_TEXT },
	{ &logs[2], 800, 800, false, derive_classic, CLASSIC_TEXT },
};

/* Which field fills which column; the first that is there and not empty.  Derived fields bear Sigma's names, so one
 * list serves all types.  COLUMN_COMMAND_LINE: what the classic log calls CommandLine is one line typed into the
 * host; the host's own command line is HostApplication and therefore stands first. */
static const struct {
	enum column column;
	const char *field;
} column_fields[] = {
	{ COLUMN_IMAGE, "Image" },
	{ COLUMN_IMAGE, "ProcessName" },
	{ COLUMN_COMMAND_LINE, "HostApplication" },
	{ COLUMN_COMMAND_LINE, "CommandLine" },
	{ COLUMN_PARENT_IMAGE, "ParentImage" },
	{ COLUMN_PARENT_COMMAND_LINE, "ParentCommandLine" },
	{ COLUMN_PROCESS_ID, "ProcessId" },
	{ COLUMN_PROCESS_ID, "ProcessID" },
	{ COLUMN_PARENT_PROCESS_ID, "ParentProcessId" },
	{ COLUMN_USER, "User" },
	{ COLUMN_USER, "TargetUserName" },
	{ COLUMN_USER, "SubjectUserName" },
	{ COLUMN_USER_SID, "SubjectUserSid" },
	{ COLUMN_LOGON_ID, "LogonId" },
	{ COLUMN_LOGON_ID, "TargetLogonId" },
	{ COLUMN_LOGON_ID, "SubjectLogonId" },
	{ COLUMN_INTEGRITY_LEVEL, "IntegrityLevel" },
	{ COLUMN_SCRIPT_BLOCK_ID, "ScriptBlockId" },
	{ COLUMN_PATH, "Path" },
	{ COLUMN_PATH, "ScriptName" },
};

static bool
is_log(const struct event_log *log, struct slice channel, struct slice provider)
{
	return slice_eq_nocase(channel, slice_from_text(log->channel)) ||
		slice_eq_nocase(provider, slice_from_text(log->provider));
}

const struct event_type *
event_type_of(struct slice channel, struct slice provider, uint32_t event_id)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (event_id >= types[i].first && event_id <= types[i].last && is_log(types[i].log, channel, provider))
			return &types[i];
	return NULL;
}

const struct event_log *
event_log_of(struct slice channel)
{
	for (size_t i = 0; i < ARRAY_LEN(logs); i++)
		if (slice_eq_nocase(channel, slice_from_text(logs[i].channel)))
			return &logs[i];
	return NULL;
}

/* "-" is how Windows writes a value that is not there; in the timeline empty is empty. */
static const struct sigma_field *
field_with_text(const struct draft *d, const char *name)
{
	struct slice wanted = slice_from_text(name);

	for (size_t i = 0; i < d->count; i++) {
		struct slice text = d->fields[i].text;

		if (text.len && slice_eq(d->fields[i].name, wanted) && !(text.len == 1 && text.ptr[0] == '-'))
			return &d->fields[i];
	}
	return NULL;
}

/* A bit for names like this one: most rows need no search, for no field of the record could be theirs. */
static uint64_t
name_bit(struct slice name)
{
	return name.len ? UINT64_C(1) << ((name.len * 7 + name.ptr[0]) & 63) : 0;
}

static uint64_t
name_bits(const struct draft *d)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < d->count; i++)
		bits |= name_bit(d->fields[i].name);
	return bits;
}

static const struct sigma_field *
field_for_row(const struct draft *d, size_t row, uint64_t bits)
{
	const char *name = column_fields[row].field;

	return bits & name_bit(slice_from_text(name)) ? field_with_text(d, name) : NULL;
}

void
event_columns(struct draft *d)
{
	struct slice *column = d->subject->column;
	bool filled[COLUMN_COUNT] = { false };
	uint64_t bits = name_bits(d);

	for (size_t i = 0; i < ARRAY_LEN(column_fields); i++) {
		enum column c = column_fields[i].column;
		const struct sigma_field *field = filled[c] ? NULL : field_for_row(d, i, bits);
		uint64_t number;

		if (!field)
			continue;
		if (columns[c].kind == COLUMN_KIND_NUMBER) {
			/* The column is decimal; a record may say 0x1a4, or anything at all. */
			if (slice_to_u64(field->text, &number)) {
				column[c] = draft_number(d, number);
				filled[c] = true;
			}
			continue;
		}
		if (c != COLUMN_USER_SID || column[c].len == 0) /* what System says comes before the creator's */
			column[c] = field->text;
		filled[c] = true;
	}
}
