/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/subject.h"

#include "src/subject/events.h"
#include "src/subject/fields.h"

#include <check.h>
#include <stdlib.h>

enum { MANY = 40, ARENA = 16 * 1024 * 1024 };

#define PS "Microsoft-Windows-PowerShell/Operational"
#define PS_PROVIDER "Microsoft-Windows-PowerShell"
#define SECURITY "Security"
#define AUDIT "Microsoft-Windows-Security-Auditing"

struct pair {
	const char *name, *text;
};

/* What kind of subject a record becomes. */
static const struct {
	const char *name, *channel, *provider;
	uint32_t id;
	const char *number, *total;
	bool known;
	enum subject_kind kind;
} kinds[] = {
	{ "block of one", PS, PS_PROVIDER, 4104, "1", "1", true, SUBJECT_SCRIPT_BLOCK },
	{ "PowerShell 7", "PowerShellCore/Operational", "PowerShellCore", 4104, "1", "1", true, SUBJECT_SCRIPT_BLOCK },
	{ "channel changed by a collector", "Forwarded", PS_PROVIDER, 4104, "1", "1", true, SUBJECT_SCRIPT_BLOCK },
	{ "channel in other case", "microsoft-windows-powershell/operational", "", 4104, "1", "1", true,
		SUBJECT_SCRIPT_BLOCK },
	{ "part", PS, PS_PROVIDER, 4104, "2", "3", true, SUBJECT_SCRIPT_PART },
	{ "notice", PS, PS_PROVIDER, 4104, "0", "0", true, SUBJECT_NOTICE },
	{ "above total", PS, PS_PROVIDER, 4104, "5", "3", true, SUBJECT_SCRIPT_PART },
	{ "number 0", PS, PS_PROVIDER, 4104, "0", "3", true, SUBJECT_SCRIPT_PART },
	{ "negative", PS, PS_PROVIDER, 4104, "-1", "2", true, SUBJECT_SCRIPT_PART },
	{ "no numbers", PS, PS_PROVIDER, 4104, NULL, NULL, true, SUBJECT_SCRIPT_PART },
	{ "module log", PS, PS_PROVIDER, 4103, NULL, NULL, true, SUBJECT_RECORD },
	{ "classic", "Windows PowerShell", "PowerShell", 400, NULL, NULL, true, SUBJECT_RECORD },
	{ "process", SECURITY, AUDIT, 4688, NULL, NULL, true, SUBJECT_RECORD },
	{ "Sysmon", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1, NULL, NULL, true,
		SUBJECT_RECORD },
	{ "CAPI2 4100", "Microsoft-Windows-CAPI2/Operational", "Microsoft-Windows-CAPI2", 4100, NULL, NULL, false,
		SUBJECT_RECORD },
	{ "Winlogon 4104", "Application", "Microsoft-Windows-Winlogon", 4104, "1", "1", false, SUBJECT_RECORD },
	{ "Sysmon 3", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 3, NULL, NULL, false,
		SUBJECT_RECORD },
};

static struct record
record_of(const char *channel, const char *provider, uint32_t id)
{
	return (struct record){ .offset = 4096, .system = { .channel = slice_from_text(channel),
		.provider = slice_from_text(provider), .computer = SLICE("HOST1"), .user_sid = SLICE("S-1-5-21-1"),
		.event_id = id, .record_id = 77, .time = 133486662000000000, .process_id = 4711, .thread_id = 12,
		.level = 5, .keywords = 0, .has = { true, true, true, true, true, true, false } } };
}

static size_t
fields_of(const struct pair *pairs, struct record_field *fields)
{
	size_t n = 0;

	for (; n < MANY && pairs[n].name; n++)
		fields[n] = (struct record_field){ .name = slice_from_text(pairs[n].name),
			.text = slice_from_text(pairs[n].text) };
	return n;
}

/* The built-in mapping, made once. */
static const struct mapping *
builtin_mapping(void)
{
	static struct arena arena;
	static struct mapping mapping;

	if (mapping.count == 0) {
		arena_init(&arena, 1 << 20);
		ck_assert(mapping_add_default(&mapping, &arena, NULL));
	}
	return &mapping;
}

static void
make(const struct record *record, const struct pair *pairs, struct arena *arena, struct subject *subject)
{
	const struct record_system *s = &record->system;
	struct subject_context context = { .evidence = 3, .mapping = builtin_mapping() };
	struct record_field fields[MANY];
	struct err err = { 0 };

	ck_assert(subject_from_fields(record, event_type_of(s->channel, s->provider, s->event_id), fields,
		fields_of(pairs, fields), &context, arena, subject, &err));
}

START_TEST(test_kind)
{
	struct pair pairs[5] = { { "ScriptBlockText", "whoami" }, { "ScriptBlockId", "x" } };
	struct record record = record_of(kinds[_i].channel, kinds[_i].provider, kinds[_i].id);
	struct subject subject;
	struct arena arena;

	if (kinds[_i].number) {
		pairs[2] = (struct pair){ "MessageNumber", kinds[_i].number };
		pairs[3] = (struct pair){ "MessageTotal", kinds[_i].total };
	}
	arena_init(&arena, ARENA);
	ck_assert_msg(subject_is_known(record.system.channel, record.system.provider, record.system.event_id) ==
		kinds[_i].known, "%s: known", kinds[_i].name);
	make(&record, pairs, &arena, &subject);
	ck_assert_msg(subject.kind == kinds[_i].kind, "%s: kind %d", kinds[_i].name, (int)subject.kind);
	ck_assert_msg(subject.part_count == 1 && subject.parts[0].evidence == 3 && subject.parts[0].offset == 4096,
		"%s: part", kinds[_i].name);
	arena_fini(&arena);
}
END_TEST

#define CONTEXT_HEAD "        Severity = Informational\r\n        Hostname = ConsoleHost\r\n" \
	"        Hostversion = 5.1\r\n        Host-ID = aaaa\r\n"
#define CONTEXT_ENGINE "        Engine-Version = 5.1.19041\r\n        Runspace-ID = bbbb\r\n" \
	"        Pipeline-ID = 1\r\n        Befehlsname = Add-Type\r\n        Befehlstyp = Cmdlet\r\n" \
	"        Skriptname = C:\\a.ps1\r\n        Befehlspfad = \r\n        Sequenznummer = 16\r\n" \
	"        Benutzer = DOM\\ann\r\n"
#define CONTEXT_END "        Shell-ID = Microsoft.PowerShell\r\n"
#define DETAILS "\tNewEngineState=Available\r\n\r\n\tSequenceNumber=13\r\n\r\n\tHostName=ConsoleHost\r\n" \
	"\tHostId=cccc\r\n\tHostApplication=powershell -c a\r\nb\r\n\tEngineVersion=2.0\r\n\tRunspaceId=\r\n" \
	"\tScriptName=\r\n\tCommandLine=x\r\n\tHostId=forged\r\n"

/* Fields a record's own fields lead to.  A NULL text: there is no such field. */
static const struct {
	const char *name, *channel, *provider;
	uint32_t id;
	struct pair own[16];
	struct pair expected[12];
} derived[] = {
	{ "4688, 15 fields, runs as target", SECURITY, AUDIT, 4688,
		{ { "SubjectUserSid", "S-1-5-18" }, { "SubjectUserName", "HOST1$" }, { "SubjectDomainName", "DOM" },
		{ "SubjectLogonId", "0x3e7" }, { "NewProcessId", "0x1a2c" }, { "NewProcessName", "C:\\w\\powershell.exe" },
		{ "ProcessId", "0x4" }, { "CommandLine", "powershell -enc AA" }, { "TargetUserSid", "S-1-5-21-7" },
		{ "TargetUserName", "ann" }, { "TargetDomainName", "DOM" }, { "TargetLogonId", "0x9f" },
		{ "ParentProcessName", "C:\\w\\cmd.exe" }, { "MandatoryLabel", "S-1-16-12288" } },
		{ { "Image", "C:\\w\\powershell.exe" }, { "ParentImage", "C:\\w\\cmd.exe" }, { "ProcessId", "6700" },
		{ "ParentProcessId", "4" }, { "CreatorProcessId", "0x4" }, { "NewProcessId", "0x1a2c" },
		{ "User", "DOM\\ann" }, { "LogonId", "0x9f" }, { "IntegrityLevel", "High" },
		{ "IntegrityLevel", "S-1-16-12288" } } },
	{ "4688, 13 fields, no target", SECURITY, AUDIT, 4688,
		{ { "SubjectUserSid", "S-1-5-18" }, { "SubjectUserName", "HOST1$" }, { "SubjectDomainName", "DOM" },
		{ "SubjectLogonId", "0x3e7" }, { "NewProcessId", "0x10" }, { "ProcessId", "zz" },
		{ "TargetUserSid", "S-1-0-0" }, { "TargetUserName", "-" }, { "TargetLogonId", "0x0" } },
		{ { "User", "NT AUTHORITY\\SYSTEM" }, { "LogonId", "0x3e7" }, { "ProcessId", "16" },
		{ "ParentProcessId", NULL }, { "ParentImage", NULL }, { "IntegrityLevel", NULL } } },
	{ "4103, 15 lines", PS, PS_PROVIDER, 4103,
		{ { "ContextInfo", CONTEXT_HEAD "        Hostanwendung = powershell -c x\r\n" CONTEXT_ENGINE CONTEXT_END },
		{ "Payload", "CommandInvocation(Add-Type): \"Add-Type\"\r\n"
		"ParameterBinding(Add-Type): name=\"TypeDefinition\"; value=\"a \"quoted\"\r\nline\"\r\n"
		"ParameterBinding(Add-Type): name=\"Lang\"; value=\"C#\"\r\n" } },
		{ { "HostApplication", "powershell -c x" }, { "HostId", "aaaa" }, { "CommandName", "Add-Type" },
		{ "ScriptName", "C:\\a.ps1" }, { "CommandPath", NULL }, { "User", "DOM\\ann" }, { "ConnectedUser", NULL },
		{ "ShellId", "Microsoft.PowerShell" }, { "Parameter_TypeDefinition", "a \"quoted\"\r\nline" },
		{ "Parameter_Lang", "C#" }, { "CommandInvocation", "Add-Type" } } },
	{ "4103, 16 lines", PS, PS_PROVIDER, 4103,
		{ { "ContextInfo", CONTEXT_HEAD "        Hostanwendung = powershell\r\n" CONTEXT_ENGINE
		"        Verbundener Benutzer = DOM\\eve\r\n" CONTEXT_END } },
		{ { "ConnectedUser", "DOM\\eve" }, { "EngineVersion", "5.1.19041" }, { "SequenceNumber", "16" } } },
	{ "4103, a command line that imitates keys", PS, PS_PROVIDER, 4103,
		{ { "ContextInfo", CONTEXT_HEAD "        Hostanwendung = powershell -c '\r\n        Engine = 9\r\n"
		"        Benutzer = DOM\\admin\r\n        A = b\r\n'\r\n" CONTEXT_ENGINE CONTEXT_END } },
		{ { "User", "DOM\\ann" }, { "EngineVersion", "5.1.19041" }, { "ConnectedUser", NULL },
		{ "HostApplication", "powershell -c '\r\n        Engine = 9\r\n        Benutzer = DOM\\admin\r\n"
		"        A = b\r\n'" } } },
	{ "4103, cut context", PS, PS_PROVIDER, 4103,
		{ { "ContextInfo", "        Severity = x\r\n        Hostname" }, { "Payload", "ParameterBinding(" } },
		{ { "Severity", "x\r\n        Hostname" }, { "HostName", NULL } } },
	{ "4103, Chinese and Turkish punctuation", PS, PS_PROVIDER, 4103,
		{ { "Payload", "ParameterBinding(A): name=\"P\"\xEF\xBC\x9Bvalue=\"v\"\n"
		"ParameterBinding(A): name=\xE2\x80\x9CQ\xE2\x80\x9D; value=\xE2\x80\x9Cw\xE2\x80\x9D\n" } },
		{ { "Parameter_P", "v" }, { "Parameter_Q", "w" } } },
	{ "400", "Windows PowerShell", "PowerShell", 400,
		{ { "Data", "Available" }, { "Data", "None" }, { "Data", DETAILS } },
		{ { "HostApplication", "powershell -c a\r\nb" }, { "EngineVersion", "2.0" }, { "HostId", "cccc" },
		{ "RunspaceId", NULL }, { "Data", "Available" }, { "CommandLine", "x\r\n\tHostId=forged" } } },
	{ "800", "Windows PowerShell", "PowerShell", 800,
		{ { "Data", "ls \tHostName=no" }, { "Data", "\tUserId=DOM\\ann\r\n\tHostName=ConsoleHost\r\n\tCommandLine=ls\n" },
		{ "Data", "CommandInvocation(ls): \"ls\"" } },
		{ { "User", "DOM\\ann" }, { "UserId", "DOM\\ann" }, { "CommandLine", "ls" } } },
	{ "4688 under the collector's channel", "ForwardedEvents", AUDIT, 4688,
		{ { "NewProcessName", "C:\\a.exe" } }, { { "Image", "C:\\a.exe" } } },
	{ "4688 of another provider", SECURITY, "Other", 4688,
		{ { "NewProcessName", "C:\\a.exe" }, { "ProcessId", "0x4" } }, { { "Image", NULL }, { "ProcessId", "0x4" } } },
	{ "4689", SECURITY, AUDIT, 4689,
		{ { "SubjectUserSid", "S-1-5-20" }, { "SubjectUserName", "HOST1$" }, { "ProcessId", "0x10" },
		{ "ProcessName", "C:\\a.exe" } },
		{ { "Image", "C:\\a.exe" }, { "User", "NT AUTHORITY\\NETWORK SERVICE" }, { "ProcessId", "0x10" } } },
	{ "4657, a number is written", SECURITY, AUDIT, 4657,
		{ { "ObjectName", "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\Lsa" }, { "ObjectValueName", "RunAsPPL" },
		{ "OperationType", "%%1905" }, { "NewValueType", "%%1876" }, { "NewValue", "10" }, { "ProcessName", "C:\\r.exe" } },
		{ { "TargetObject", "HKLM\\System\\CurrentControlSet\\Control\\Lsa\\RunAsPPL" }, { "EventType", "SetValue" },
		{ "Details", "DWORD (0x0000000a)" }, { "Image", "C:\\r.exe" } } },
	{ "4657, a text of a user is deleted", SECURITY, AUDIT, 4657,
		{ { "ObjectName", "\\Registry\\User\\S-1-5-21-1\\Run" }, { "ObjectValueName", "-" }, { "OperationType", "%%1906" },
		{ "NewValueType", "%%1873" }, { "NewValue", "calc" } },
		{ { "TargetObject", "HKU\\S-1-5-21-1\\Run" }, { "EventType", "DeleteValue" }, { "Details", "calc" } } },
	{ "4657, large number, strange key", SECURITY, AUDIT, 4657,
		{ { "ObjectName", "\\REGISTRY\\MACHINERY" }, { "OperationType", "%%1999" }, { "NewValueType", "%%1883" },
		{ "NewValue", "4294967297" } },
		{ { "TargetObject", "\\REGISTRY\\MACHINERY" }, { "EventType", "%%1999" },
		{ "Details", "QWORD (0x00000001-0x00000001)" } } },
	{ "4657, bytes", SECURITY, AUDIT, 4657,
		{ { "ObjectName", "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet1" }, { "NewValueType", "%%1875" }, { "NewValue", "00 01" } },
		{ { "TargetObject", "HKLM\\SYSTEM\\ControlSet1" }, { "Details", "Binary Data" }, { "EventType", NULL } } },
	{ "5156", SECURITY, AUDIT, 5156,
		{ { "ProcessID", "812" }, { "Application", "\\device\\harddiskvolume12\\windows\\a.exe" }, { "Direction", "%%14593" },
		{ "SourceAddress", "10.0.0.1" }, { "DestAddress", "10.0.0.2" }, { "DestPort", "88" }, { "Protocol", "6" } },
		{ { "Image", "\\device\\harddiskvolume12\\windows\\a.exe" }, { "Image", "C:\\windows\\a.exe" },
		{ "Initiated", "true" }, { "SourceIp", "10.0.0.1" }, { "DestinationIp", "10.0.0.2" }, { "DestinationPort", "88" },
		{ "Protocol", "tcp" } } },
	{ "4656", SECURITY, AUDIT, 4656,
		{ { "ObjectName", "\\Device\\HarddiskVolume1\\l.exe" }, { "ProcessId", "0x20" }, { "ProcessName", "C:\\m.exe" },
		{ "AccessMask", "0x1f3fff" }, { "SubjectUserName", "ann" }, { "SubjectDomainName", "-" } },
		{ { "TargetImage", "C:\\l.exe" }, { "SourceImage", "C:\\m.exe" }, { "SourceProcessId", "32" },
		{ "GrantedAccess", "0x1f3fff" }, { "SourceUser", "ann" } } },
	{ "4663", SECURITY, AUDIT, 4663, { { "ObjectName", "C:\\x" }, { "ProcessName", "C:\\m.exe" } },
		{ { "TargetFilename", "C:\\x" }, { "FileName", "C:\\x" }, { "Image", "C:\\m.exe" } } },
	{ "5861", "Microsoft-Windows-WMI-Activity/Operational", "Microsoft-Windows-WMI-Activity", 5861,
		{ { "PossibleCause", "cause" }, { "CONSUMER", "c" } }, { { "Destination", "cause" }, { "Consumer", "c" } } },
	{ "1116", "Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", 1116,
		{ { "Threat Name", "T" }, { "Path", "p" } }, { { "Signature", "T" }, { "Filename", "p" } } },
};

static bool
has_field(const struct subject *s, const struct pair *pair)
{
	bool any = false, same = false;

	for (size_t i = 0; i < s->event.field_count; i++) {
		if (!slice_eq(s->event.fields[i].name, slice_from_text(pair->name)))
			continue;
		any = true;
		same |= pair->text && slice_eq(s->event.fields[i].text, slice_from_text(pair->text));
	}
	return pair->text ? same : !any;
}

START_TEST(test_derived)
{
	struct record record = record_of(derived[_i].channel, derived[_i].provider, derived[_i].id);
	struct subject subject;
	struct arena arena;

	arena_init(&arena, ARENA);
	make(&record, derived[_i].own, &arena, &subject);
	for (const struct pair *p = derived[_i].expected; p->name; p++)
		ck_assert_msg(has_field(&subject, p), "%s: %s", derived[_i].name, p->name);
	arena_fini(&arena);
}
END_TEST

/* Columns of the cases above. */
static const struct {
	size_t row;
	enum column column;
	const char *text;
} column_cases[] = {
	{ 0, COLUMN_PROCESS_ID, "6700" },
	{ 0, COLUMN_PARENT_PROCESS_ID, "4" },
	{ 0, COLUMN_USER, "DOM\\ann" },
	{ 0, COLUMN_USER_SID, "S-1-5-21-7" },
	{ 0, COLUMN_INTEGRITY_LEVEL, "High" },
	{ 0, COLUMN_TEXT, "powershell -enc AA" },
	{ 0, COLUMN_COMMAND_LINE, "powershell -enc AA" },
	{ 0, COLUMN_TIMESTAMP, "2024-01-02T10:50:00.0000000Z" },
	{ 0, COLUMN_OFFSET, "4096" },
	{ 1, COLUMN_PARENT_PROCESS_ID, "" },
	{ 1, COLUMN_USER_SID, "S-1-5-18" },
	{ 2, COLUMN_COMMAND_LINE, "powershell -c x" },
	{ 2, COLUMN_PATH, "C:\\a.ps1" },
	{ 2, COLUMN_PROCESS_ID, "4711" },
	{ 2, COLUMN_THREAD_ID, "12" },
	{ 2, COLUMN_USER_SID, "S-1-5-21-1" },
	{ 7, COLUMN_COMMAND_LINE, "powershell -c a\r\nb" },
	{ 8, COLUMN_TEXT, "ls" },
	{ 8, COLUMN_EVENT_ID, "800" },
};

START_TEST(test_column)
{
	size_t row = column_cases[_i].row;
	enum column column = column_cases[_i].column;
	struct record record = record_of(derived[row].channel, derived[row].provider, derived[row].id);
	struct subject subject;
	struct arena arena;

	arena_init(&arena, ARENA);
	make(&record, derived[row].own, &arena, &subject);
	ck_assert_msg(slice_eq(subject.column[column], slice_from_text(column_cases[_i].text)), "%s: %s is '%.*s'",
		derived[row].name, columns[column].name, SLICE_ARGS(subject.column[column]));
	arena_fini(&arena);
}
END_TEST

START_TEST(test_system_fields)
{
	static const struct pair own[] = { { "Channel", "payload" }, { NULL, NULL } };
	static const struct pair expected[] = { { "EventID", "104" }, { "Channel", "System" }, { "Computer", "HOST1" },
		{ "ComputerName", "HOST1" }, { "Provider_Name", "Microsoft-Windows-Eventlog" }, { "Level", "5" },
		{ "Keywords", "0x0000000000000000" }, { "EventRecordID", "77" }, { "Execution_ProcessID", "4711" },
		{ "Security_UserID", "S-1-5-21-1" }, { "TimeCreated_SystemTime", "2024-01-02T10:50:00.0000000Z" } };
	struct record record = record_of("System", "Microsoft-Windows-Eventlog", 104);
	struct subject subject;
	struct arena arena;

	arena_init(&arena, ARENA);
	make(&record, own, &arena, &subject);
	ck_assert(has_field(&subject, &own[0]));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		bool found = false;

		for (size_t k = 0; k < subject.event.system_count; k++)
			found |= slice_eq(subject.event.system[k].name, slice_from_text(expected[i].name)) &&
				slice_eq(subject.event.system[k].text, slice_from_text(expected[i].text));
		ck_assert_msg(found, "%s", expected[i].name);
	}
	arena_fini(&arena);
}
END_TEST

/* Whoever knows an event again by less than all of it asks whether a rule looks at one of these: none may be missing. */
START_TEST(test_varying_names)
{
	static const struct pair none[] = { { NULL, NULL } };
	struct record record = record_of("System", "Microsoft-Windows-Eventlog", 104);
	struct subject subject;
	struct arena arena;
	size_t plain = 0, listed = 0;

	arena_init(&arena, ARENA);
	record.system.has.thread_id = record.system.has.level = true;
	make(&record, none, &arena, &subject);
	for (size_t i = 0; i < subject.event.system_count; i++) {
		const struct sigma_field *field = &subject.event.system[i];
		bool found = false;

		if (!field->plain || slice_eq(field->name, SLICE("EventID")))
			continue;
		for (size_t k = 0; subject_varying_name(k).len; k++)
			found |= slice_eq(subject_varying_name(k), field->name);
		ck_assert_msg(found, "%.*s", SLICE_ARGS(field->name));
		plain++;
	}
	while (subject_varying_name(listed).len)
		listed++;
	ck_assert_uint_eq(plain, listed);
	arena_fini(&arena);
}
END_TEST

START_TEST(test_exact_text)
{
	/* A lone high surrogate is three bytes of WTF-8 and comes back as it was. */
	static const uint8_t units[] = { 'a', 0, 0x3D, 0xD8 };
	static const struct pair own[] = { { "ScriptBlockText", "a\xED\xA0\xBD" }, { "MessageNumber", "1" },
		{ "MessageTotal", "1" }, { NULL, NULL } };
	struct record record = record_of(PS, PS_PROVIDER, 4104);
	struct subject subject;
	struct arena arena;

	arena_init(&arena, ARENA);
	make(&record, own, &arena, &subject);
	ck_assert(slice_eq(subject.text_utf16, slice_from(units, sizeof(units))));
	ck_assert(slice_eq(subject.column[COLUMN_PARTS], SLICE("1/1")));
	arena_fini(&arena);
}
END_TEST

/* Every arena limit ends in a subject or in ERR_NOMEM. */
START_TEST(test_no_memory)
{
	struct record record = record_of(derived[2].channel, derived[2].provider, derived[2].id);
	struct subject_context context = { 0 };
	struct record_field fields[MANY];
	size_t count = fields_of(derived[2].own, fields), failures = 0;

	for (size_t limit = 0; limit < 16384; limit += 16) {
		struct subject subject;
		struct err err = { 0 };
		struct arena arena;

		arena_init(&arena, limit);
		if (!subject_from_fields(&record, event_type_of(record.system.channel, SLICE_EMPTY, 4103), fields, count,
			&context, &arena, &subject, &err)) {
			ck_assert_int_eq(err.code, ERR_NOMEM);
			failures++;
		}
		arena_fini(&arena);
	}
	ck_assert(failures > 10);
}
END_TEST

START_TEST(test_part_digest)
{
	static const char *const texts[] = { "a\r\nb\r", "a\nb\r", "a\nb\n" };
	struct record record = record_of(PS, PS_PROVIDER, 4104);
	struct subject_context context = { .evidence = 9 };
	struct text_digests *known = text_digests_new();
	struct script_part parts[3], back;
	struct arena arena;
	struct cursor in;
	struct buf out;

	ck_assert_ptr_nonnull(known);
	arena_init(&arena, ARENA);
	buf_init(&out, ARENA);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct pair own[] = { { "ScriptBlockText", texts[i] }, { "MessageNumber", "2" }, { "MessageTotal", "-7" },
			{ "ScriptBlockId", "01234567-89ab-cdef-0123-456789abcdef" }, { "Path", "C:\\p" }, { NULL, NULL } };
		struct record_field fields[MANY];
		struct err err;

		ck_assert(part_from_fields(&record, fields, fields_of(own, fields), &context, known, &arena, &parts[i], &err));
	}
	ck_assert_mem_eq(parts[0].digest, parts[1].digest, 32);
	ck_assert_mem_ne(parts[0].digest, parts[2].digest, 32);
	part_encode(&parts[0], &out);
	for (size_t len = 0; len < out.len; len++) { /* no prefix is a part */
		in = cursor_over(slice_sub(buf_view(&out), 0, len), 0);
		ck_assert(!part_decode(&in, &back));
	}
	in = cursor_over(buf_view(&out), 0);
	ck_assert(part_decode(&in, &back));
	ck_assert(slice_eq(back.text, parts[0].text) && slice_eq(back.path, SLICE("C:\\p")));
	ck_assert_uint_eq(back.total, (uint32_t)-7);
	ck_assert_uint_eq(back.record.evidence, 9);
	text_digests_free(known);
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("subject");
	TCase *tc = tcase_create("subject");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_kind, 0, (int)ARRAY_LEN(kinds));
	tcase_add_loop_test(tc, test_derived, 0, (int)ARRAY_LEN(derived));
	tcase_add_loop_test(tc, test_column, 0, (int)ARRAY_LEN(column_cases));
	tcase_add_test(tc, test_system_fields);
	tcase_add_test(tc, test_varying_names);
	tcase_add_test(tc, test_exact_text);
	tcase_add_test(tc, test_no_memory);
	tcase_add_test(tc, test_part_digest);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
