/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/presets.h"

#define AUDIT_SUCCESS 0x8020000000000000u
#define CLASSIC_KEYWORD 0x80000000000000u
#define SYSMON_KEYWORD 0x8000000000000000u

#define S WRITER_STRING
#define ENGINE_DETAIL \
	{ "SequenceNumber", S, "13" }, { "HostName", S, "ConsoleHost" }, { "HostVersion", S, "5.1.19041.1682" }, \
	{ "HostId", S, "0d4a6f5e-1c52-4a0e-9a36-5b8f2f6f0c11" }, { "HostApplication", S, "powershell.exe" }, \
	{ "EngineVersion", S, "5.1.19041.1682" }, { "RunspaceId", S, "3a1f0c77-7be2-49b0-8f0f-9b1f8f3fb0a2" }, \
	{ "PipelineId", S, "" }, { "CommandName", S, "" }, { "CommandType", S, "" }, { "ScriptName", S, "" }, \
	{ "CommandPath", S, "" }, { "CommandLine", S, "" }
#define SUBJECT \
	{ "SubjectUserSid", WRITER_SID, "S-1-5-18" }, { "SubjectUserName", S, "" }, { "SubjectDomainName", S, "" }, \
	{ "SubjectLogonId", WRITER_HEX64, "0x3e7" }
#define NEW_PROCESS \
	{ "NewProcessId", WRITER_SIZE, "0x1000" }, { "NewProcessName", S, "" }, { "TokenElevationType", S, "%%1936" }, \
	{ "ProcessId", WRITER_SIZE, "0x4" }
#define TARGET \
	{ "TargetUserSid", WRITER_SID, "S-1-0-0" }, { "TargetUserName", S, "-" }, { "TargetDomainName", S, "-" }, \
	{ "TargetLogonId", WRITER_HEX64, "0x0" }

static const struct channel_preset channels[] = {
	{ "powershell", "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell",
		"a0c1853b-5c40-4b15-8766-3cf1c58f985a", false },
	{ "powershellcore", "PowerShellCore/Operational", "PowerShellCore", "f90714a8-5509-434a-bf6d-b1624c8a19a2",
		false },
	{ "classic", "Windows PowerShell", "PowerShell", NULL, true },
	{ "security", "Security", "Microsoft-Windows-Security-Auditing", "54849625-5478-4994-a5ba-3e3b0328c30d", false },
	{ "eventlog", "Security", "Microsoft-Windows-Eventlog", "fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148", false },
	{ "sysmon", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon",
		"5770385f-c22a-43e0-bf4c-06f5698ffbd9", false },
	{ "system", "System", "Service Control Manager", "555908d1-a6d7-4695-8e1e-26931d2012f4", false },
	{ "application", "Application", "Example Application", NULL, true },
};

static const struct event_preset events[] = {
	{ "4104", "powershell", 4104, 1, 5, 2, 15, 0, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"4f13e858-7e73-5e62-55dd-5ae8981b7af9", NULL, NULL,
		{ { "MessageNumber", WRITER_I32, "1" }, { "MessageTotal", WRITER_I32, "1" }, { "ScriptBlockText", S, "" },
			{ "ScriptBlockId", S, "00000000-0000-0000-0000-000000000000" }, { "Path", S, "" } } },
	{ "4104-4.0", "powershell", 4104, 1, 5, 102, 15, 0, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"11a920ac-99a5-465d-bb7e-62c29b88190c", NULL, NULL,
		{ { "MessageNumber", WRITER_I32, "1" }, { "MessageTotal", WRITER_I32, "1" }, { "ScriptBlockText", S, "" },
			{ "ScriptBlockId", S, "00000000-0000-0000-0000-000000000000" } } },
	{ "4105", "powershell", 4105, 1, 5, 102, 15, 0, WRITER_EVENT_DATA, SHAPE_FIELDS, NULL, NULL, NULL,
		{ { "ScriptBlockId", S, "" }, { "RunspaceId", S, "" } } },
	{ "4106", "powershell", 4106, 1, 5, 103, 15, 0, WRITER_EVENT_DATA, SHAPE_FIELDS, NULL, NULL, NULL,
		{ { "ScriptBlockId", S, "" }, { "RunspaceId", S, "" } } },
	{ "4103", "powershell", 4103, 1, 4, 106, 20, 0, WRITER_EVENT_DATA, SHAPE_MODULE,
		"36c62dd9-f3f5-57b4-5aea-096c0b5b18c3", NULL, NULL,
		{ { "Severity", S, "Informational" }, { "Host Name", S, "ConsoleHost" },
			{ "Host Version", S, "5.1.19041.1682" }, { "Host ID", S, "0d4a6f5e-1c52-4a0e-9a36-5b8f2f6f0c11" },
			{ "Host Application", S, "powershell.exe" }, { "Engine Version", S, "5.1.19041.1682" },
			{ "Runspace ID", S, "3a1f0c77-7be2-49b0-8f0f-9b1f8f3fb0a2" }, { "Pipeline ID", S, "7" },
			{ "Command Name", S, "Get-Item" }, { "Command Type", S, "Cmdlet" }, { "Script Name", S, "" },
			{ "Command Path", S, "" }, { "Sequence Number", S, "22" }, { "User", S, "" },
			{ "Connected User", S, "" }, { "Shell ID", S, "Microsoft.PowerShell" } } },
	{ "400", "classic", 400, -1, 4, 4, -1, CLASSIC_KEYWORD, WRITER_CLASSIC_DATA, SHAPE_ENGINE,
		"ecd34601-0225-3e67-b639-d77b70281ce9", NULL, NULL,
		{ { "NewEngineState", S, "Available" }, { "PreviousEngineState", S, "None" }, ENGINE_DETAIL } },
	{ "403", "classic", 403, -1, 4, 4, -1, CLASSIC_KEYWORD, WRITER_CLASSIC_DATA, SHAPE_ENGINE,
		"ecd34601-0225-3e67-b639-d77b70281ce9", NULL, NULL,
		{ { "NewEngineState", S, "Stopped" }, { "PreviousEngineState", S, "Available" }, ENGINE_DETAIL } },
	{ "600", "classic", 600, -1, 4, 6, -1, CLASSIC_KEYWORD, WRITER_CLASSIC_DATA, SHAPE_ENGINE,
		"ecd34601-0225-3e67-b639-d77b70281ce9", NULL, NULL,
		{ { "ProviderName", S, "FileSystem" }, { "NewProviderState", S, "Started" }, ENGINE_DETAIL } },
	{ "800", "classic", 800, -1, 4, 8, -1, CLASSIC_KEYWORD, WRITER_CLASSIC_DATA, SHAPE_COMMAND,
		"ecd34601-0225-3e67-b639-d77b70281ce9", NULL, NULL,
		{ { "DetailSequence", S, "1" }, { "DetailTotal", S, "1" }, { "SequenceNumber", S, "15" },
			{ "UserId", S, "" }, { "HostName", S, "ConsoleHost" }, { "HostVersion", S, "5.1.19041.1682" },
			{ "HostId", S, "0d4a6f5e-1c52-4a0e-9a36-5b8f2f6f0c11" }, { "HostApplication", S, "powershell.exe" },
			{ "EngineVersion", S, "5.1.19041.1682" },
			{ "RunspaceId", S, "3a1f0c77-7be2-49b0-8f0f-9b1f8f3fb0a2" }, { "PipelineId", S, "7" },
			{ "ScriptName", S, "" }, { "CommandLine", S, "" } } },
	{ "4688v0", "security", 4688, 0, 0, 13312, 0, AUDIT_SUCCESS, WRITER_EVENT_DATA, SHAPE_FIELDS, NULL, NULL, NULL,
		{ SUBJECT, NEW_PROCESS } },
	{ "4688v1", "security", 4688, 1, 0, 13312, 0, AUDIT_SUCCESS, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"fa7b7cb2-b589-7b8b-65df-fbd26fdf5b82", NULL, NULL, { SUBJECT, NEW_PROCESS, { "CommandLine", S, "" } } },
	{ "4688v2-13", "security", 4688, 2, 0, 13312, 0, AUDIT_SUCCESS, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"13668ce3-76c8-756a-212a-6ddaa98cc574", NULL, NULL,
		{ SUBJECT, NEW_PROCESS, { "CommandLine", S, "" }, TARGET } },
	{ "4688", "security", 4688, 2, 0, 13312, 0, AUDIT_SUCCESS, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"0dbda41a-f2c1-5480-dff0-2bf666b4436e", NULL, NULL,
		{ SUBJECT, NEW_PROCESS, { "CommandLine", S, "" }, TARGET,
			{ "ParentProcessName", S, "C:\\Windows\\explorer.exe" }, { "MandatoryLabel", WRITER_SID, "S-1-16-8192" } } },
	{ "4689", "security", 4689, 0, 0, 13313, 0, AUDIT_SUCCESS, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"c262cd5e-478f-5b54-e307-f59159a719a4", NULL, NULL,
		{ SUBJECT, { "Status", WRITER_HEX32, "0" }, { "ProcessId", WRITER_SIZE, "0x1000" }, { "ProcessName", S, "" } } },
	{ "sysmon1", "sysmon", 1, 5, 4, 1, 0, SYSMON_KEYWORD, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"3874497e-630b-5f3b-014a-89c7fd55aa14", NULL, NULL,
		{ { "RuleName", S, "-" }, { "UtcTime", S, "" },
			{ "ProcessGuid", WRITER_GUID, "b3c2a1f0-0001-65e6-0000-000000001000" },
			{ "ProcessId", WRITER_U32, "4096" }, { "Image", S, "" }, { "FileVersion", S, "10.0.19041.546" },
			{ "Description", S, "-" }, { "Product", S, "-" }, { "Company", S, "-" }, { "OriginalFileName", S, "-" },
			{ "CommandLine", S, "" }, { "CurrentDirectory", S, "C:\\Windows\\System32\\" }, { "User", S, "" },
			{ "LogonGuid", WRITER_GUID, "b3c2a1f0-0002-65e6-0000-0020e7030000" },
			{ "LogonId", WRITER_HEX64, "0x3e7" }, { "TerminalSessionId", WRITER_U32, "1" },
			{ "IntegrityLevel", S, "Medium" },
			{ "Hashes", S, "SHA256=0000000000000000000000000000000000000000000000000000000000000000" },
			{ "ParentProcessGuid", WRITER_GUID, "b3c2a1f0-0003-65e6-0000-000000000800" },
			{ "ParentProcessId", WRITER_U32, "2048" }, { "ParentImage", S, "C:\\Windows\\explorer.exe" },
			{ "ParentCommandLine", S, "C:\\Windows\\Explorer.EXE" }, { "ParentUser", S, "" } } },
	{ "sysmon3", "sysmon", 3, 5, 4, 3, 0, SYSMON_KEYWORD, WRITER_EVENT_DATA, SHAPE_FIELDS,
		"b02d0d41-1f6d-1d5b-183f-d81e7422b56a", NULL, NULL,
		{ { "RuleName", S, "-" }, { "UtcTime", S, "" },
			{ "ProcessGuid", WRITER_GUID, "b3c2a1f0-0001-65e6-0000-000000001000" },
			{ "ProcessId", WRITER_U32, "4096" }, { "Image", S, "" }, { "User", S, "" }, { "Protocol", S, "tcp" },
			{ "Initiated", WRITER_BOOL, "true" }, { "SourceIsIpv6", WRITER_BOOL, "false" }, { "SourceIp", S, "" },
			{ "SourceHostname", S, "-" }, { "SourcePort", WRITER_U16, "50123" }, { "SourcePortName", S, "-" },
			{ "DestinationIsIpv6", WRITER_BOOL, "false" }, { "DestinationIp", S, "" },
			{ "DestinationHostname", S, "-" }, { "DestinationPort", WRITER_U16, "443" },
			{ "DestinationPortName", S, "-" } } },
	{ "1102", "eventlog", 1102, 0, 4, 104, 0, 0x4020000000000000u, WRITER_USER_DATA, SHAPE_FIELDS, NULL,
		"LogFileCleared", "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
		{ { "SubjectUserSid", WRITER_SID, "S-1-5-18" }, { "SubjectUserName", S, "" }, { "SubjectDomainName", S, "" },
			{ "SubjectLogonId", WRITER_HEX64, "0x3e7" } } },
};

const struct channel_preset *
channel_preset_find(struct slice word)
{
	for (size_t i = 0; i < ARRAY_LEN(channels); i++)
		if (slice_eq(word, slice_from_text(channels[i].word)))
			return &channels[i];
	return NULL;
}

const struct event_preset *
event_preset_find(struct slice word)
{
	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		if (slice_eq(word, slice_from_text(events[i].word)))
			return &events[i];
	return NULL;
}
