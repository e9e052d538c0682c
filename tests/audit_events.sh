#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rules written for Sysmon, over the Security log's counterparts of its events, from the record's bytes to the finding:
# 4657 (registry_set and the like), 5156 (network_connection), 4663 (file_event, file_access).  Fields and their types
# are those of Windows: Microsoft's pages on these events, and for the types the records that Windows 10 writes.
. "${top_srcdir:-$(dirname "$0")/..}/tests/tap.sh"

needs jq

cat >"$work/logs.scenario" <<'END'
set channel=security computer=WS01.example pid=4 tid=3712 keywords=0x8020000000000000 task=12801
at 2024-03-05T09:00:00
file auto
# a number is changed, a text is made, a text is deleted
event 4657 record=1
	SubjectUserSid:sid = S-1-5-21-1004336348-1177238915-682003330-1001
	SubjectUserName = anna
	SubjectDomainName = CORP
	SubjectLogonId:hex64 = 0x364eb
	ObjectName = \REGISTRY\MACHINE\SYSTEM\ControlSet001\Control\Lsa
	ObjectValueName = RunAsPPL
	HandleId:hex64 = 0x54
	OperationType = %%1905
	OldValueType = %%1876
	OldValue = 1
	NewValueType = %%1876
	NewValue = 0
	ProcessId:hex64 = 0xce4
	ProcessName = C:\Windows\regedit.exe
event 4657 record=2
	SubjectUserSid:sid = S-1-5-18
	SubjectUserName = WS01$
	SubjectDomainName = CORP
	SubjectLogonId:hex64 = 0x3e7
	ObjectName = \REGISTRY\USER\S-1-5-21-1004336348-1177238915-682003330-1001\SOFTWARE\Microsoft\Windows\CurrentVersion\Run
	ObjectValueName = Updater
	HandleId:hex64 = 0x1a8
	OperationType = %%1904
	OldValueType = -
	OldValue = -
	NewValueType = %%1873
	NewValue = C:\Users\Public\u.exe
	ProcessId:hex64 = 0xce4
	ProcessName = C:\Windows\System32\reg.exe
event 4657 record=3
	SubjectUserSid:sid = S-1-5-18
	SubjectUserName = WS01$
	SubjectDomainName = CORP
	SubjectLogonId:hex64 = 0x3e7
	ObjectName = \REGISTRY\MACHINE\SOFTWARE\Example
	ObjectValueName = Trace
	HandleId:hex64 = 0x1a8
	OperationType = %%1906
	OldValueType = %%1873
	OldValue = on
	NewValueType = -
	NewValue = -
	ProcessId:hex64 = 0xce4
	ProcessName = C:\Windows\System32\reg.exe
# outbound over IPv4, inbound over IPv6
event 5156 record=4 task=12810 version=1
	ProcessID:u64 = 4556
	Application = \device\harddiskvolume3\windows\system32\windowspowershell\v1.0\powershell.exe
	Direction = %%14593
	SourceAddress = 192.0.2.10
	SourcePort = 49278
	DestAddress = 198.51.100.7
	DestPort = 4444
	Protocol:u32 = 6
	FilterRTID:u64 = 70201
	LayerName = %%14611
	LayerRTID:u32 = 48
	RemoteUserID:sid = S-1-0-0
	RemoteMachineID:sid = S-1-0-0
event 5156 record=5 task=12810 version=1
	ProcessID:u64 = 812
	Application = \device\harddiskvolume3\windows\system32\svchost.exe
	Direction = %%14592
	SourceAddress = 2001:db8::10
	SourcePort = 546
	DestAddress = 2001:db8:ffff::2
	DestPort = 547
	Protocol:u32 = 17
	FilterRTID:u64 = 65853
	LayerName = %%14610
	LayerRTID:u32 = 46
	RemoteUserID:sid = S-1-0-0
	RemoteMachineID:sid = S-1-0-0
# a file is written, another is read, and a key is read
event 4663 record=6 task=12800 version=1
	SubjectUserSid:sid = S-1-5-21-1004336348-1177238915-682003330-1001
	SubjectUserName = anna
	SubjectDomainName = CORP
	SubjectLogonId:hex64 = 0x364eb
	ObjectServer = Security
	ObjectType = File
	ObjectName = C:\Users\anna\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Startup\run.ps1
	HandleId:hex64 = 0x1bc
	AccessList := %%4417\r\n\t\t\t\t
	AccessMask:hex32 = 0x2
	ProcessId:hex64 = 0x458
	ProcessName = C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe
	ResourceAttributes = S:AI
event 4663 record=7 task=12800 version=1
	SubjectUserSid:sid = S-1-5-21-1004336348-1177238915-682003330-1001
	SubjectUserName = anna
	SubjectDomainName = CORP
	SubjectLogonId:hex64 = 0x364eb
	ObjectServer = Security
	ObjectType = File
	ObjectName = C:\Users\anna\passwords.ps1
	HandleId:hex64 = 0x1bc
	AccessList := %%4416\r\n\t\t\t\t
	AccessMask:hex32 = 0x1
	ProcessId:hex64 = 0x458
	ProcessName = C:\Windows\explorer.exe
	ResourceAttributes = S:AI
event 4663 record=8 task=12801
	SubjectUserSid:sid = S-1-5-18
	SubjectUserName = WS01$
	SubjectDomainName = CORP
	SubjectLogonId:hex64 = 0x3e7
	ObjectServer = Security
	ObjectType = Key
	ObjectName = \REGISTRY\MACHINE\SYSTEM\run.ps1
	HandleId:hex64 = 0x468
	AccessList := %%4432\r\n\t\t\t\t
	AccessMask:hex32 = 0x2
	ProcessId:hex64 = 0x5a8
	ProcessName = C:\Windows\System32\svchost.exe
END
# The same records as a collector has them: without template, in a log of another name.
{
	sed 's/^file auto/file "ForwardedEvents.evtx"/; s/^set /set layout=plain /' "$work/logs.scenario"
} >"$work/forwarded.scenario"
for name in logs forwarded; do
	"$writer" "$work/$name.scenario" "$work/$name" >"$work/writer.out" 2>&1 || not_ok "logs are built" "$(cat "$work/writer.out")"
done

mkdir "$work/rules"
# rule TITLE CATEGORY SELECTION
rule() {
	printf 'title: %s\nlogsource: { product: windows, category: %s }\ndetection: { s: %s, condition: s }\n---\n' "$1" "$2" "$3" >>"$work/rules/all.yml"
}
rule set-number registry_set "{ TargetObject|endswith: '\\Control\\Lsa\\RunAsPPL', Details: 'DWORD (0x00000000)' }"
rule set-current registry_set "{ TargetObject: 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\RunAsPPL', EventType: SetValue }"
rule set-user registry_set "{ TargetObject|startswith: 'HKU\\', TargetObject|contains: '\\CurrentVersion\\Run\\', Details|contains: '\\Users\\Public\\' }"
rule event-image registry_event "{ Image|endswith: '\\reg.exe' }"
rule added registry_add "{ TargetObject|endswith: '\\Run\\Updater' }"
rule deleted registry_delete "{ TargetObject: 'HKLM\\SOFTWARE\\Example\\Trace' }"
rule set-by-system registry_set "{ User: 'NT AUTHORITY\\SYSTEM' }"
rule net-out network_connection "{ Image|endswith: '\\powershell.exe', Initiated: 'true', DestinationPort: 4444 }"
rule net-drive network_connection "{ Image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', Protocol: tcp }"
rule net-cidr network_connection "{ DestinationIp|cidr: 198.51.100.0/24 }"
rule net-cidr6 network_connection "{ DestinationIp|cidr: '2001:db8:ffff::/48', Initiated: 'false', Protocol: udp }"
rule net-number network_connection "{ SourcePort|lt: 1024 }"
rule file-made file_event "{ TargetFilename|endswith: '.ps1', TargetFilename|contains: '\\Startup\\', Image|endswith: '\\powershell.exe' }"
rule file-any file_event "{ TargetFilename|endswith: '.ps1' }"
rule file-read file_access "{ FileName|endswith: '\\passwords.ps1', User: 'CORP\\anna' }"
rule nothing registry_rename "{ Image|endswith: '.exe' }"

run "all rules are read" 0 "$evtriage" rules check -q -r "$work/rules"
found() { "$evtriage" scan -q -t jsonl -r "$work/rules" "$1" 2>"$work/err" | jq -r '"\(.RuleTitle) \(.RecordIds[0])"' | LC_ALL=C sort | tr '\n' ';'; }
wanted="added 2;deleted 3;event-image 2;event-image 3;file-any 6;file-made 6;file-read 7;net-cidr 4;net-cidr6 5;net-drive 4;net-number 5;net-out 4;set-by-system 2;set-current 1;set-number 1;set-user 2;"
is "what was written for Sysmon finds them" "$(found "$work/logs")" "$wanted"
is "and as forwarded records" "$(found "$work/forwarded")" "$wanted"
"$evtriage" scan -q -t jsonl -r "$work/rules" "$work/logs" >"$work/out"
is "the finding has the record's own fields, and what matched by the name the rule asks for" \
	"$(jq -c 'select(.RuleTitle == "net-out") | [.Event.Application, .Event.Direction, (.Matched | sort)]' "$work/out")" \
	'["\\device\\harddiskvolume3\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe","%%14593",["DestinationPort: 4444","Image: \\powershell.exe","Image: \\powershell.exe","Initiated: true"]]'
run "libevtx reads them as the same" 0 "$evtriage" scan -q -t jsonl --reader libevtx -r "$work/rules" "$work/logs"
is "libevtx: the same findings" "$(jq -r '"\(.RuleTitle) \(.RecordIds[0])"' "$work/out" | LC_ALL=C sort | tr '\n' ';')" "$wanted"
is "what the log source asks for is no match of the rule" "$(jq -c 'select(.RuleTitle == "file-any") | .Matched' "$work/out")" '["TargetFilename: .ps1"]'
run "check says which log has them" 0 "$evtriage" rules check -t jsonl -r "$work/rules" --evidence "$work/logs"
is "by source" "$(jq -r 'select(.Title == "net-out") | .Sources[] | select(.InEvidence) | .Source' "$work/out")" security-5156
finish
