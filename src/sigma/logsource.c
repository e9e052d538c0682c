/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/logsource.h"

#include "base/attr.h"

enum row_kind {
	ROW_CATEGORY,
	ROW_SERVICE,
};

enum { IDS_MAX = 14 };

struct logsource_row {
	enum row_kind kind;
	bool prefix;          /* the channel name goes on, in a way that differs between builds */
	const char *name;
	const char *channel;
	const char *provider; /* NULL: any; only where a channel has many providers */
	uint16_t ids[IDS_MAX]; /* none: any */
};

#define SYSMON "Microsoft-Windows-Sysmon/Operational"
#define POSH "Microsoft-Windows-PowerShell/Operational"
#define CORE "PowerShellCore/Operational"
#define CLASSIC "Windows PowerShell"
#define DEFENDER "Microsoft-Windows-Windows Defender/Operational"
#define AUDITING "Microsoft-Windows-Security-Auditing"
#define CATEGORY(name, channel, ...) { ROW_CATEGORY, false, name, channel, NULL, { __VA_ARGS__ } }
#define SERVICE(name, channel) { ROW_SERVICE, false, name, channel, NULL, { 0 } }

/* Rows of one name stand together.  file_access and file_rename are missing on purpose: their source is an ETW
 * session, no event log. */
/* clang-format off */
static const struct logsource_row rows[] = {
	CATEGORY("process_creation", SYSMON, 1),
	{ ROW_CATEGORY, false, "process_creation", "Security", AUDITING, { 4688 } },
	CATEGORY("registry_set", SYSMON, 13),
	CATEGORY("registry_add", SYSMON, 12),
	CATEGORY("registry_delete", SYSMON, 12),
	CATEGORY("registry_rename", SYSMON, 14),
	CATEGORY("registry_event", SYSMON, 12, 13, 14),
	CATEGORY("file_event", SYSMON, 11),
	CATEGORY("file_change", SYSMON, 2),
	CATEGORY("file_delete", SYSMON, 23),
	CATEGORY("file_delete_detected", SYSMON, 26),
	CATEGORY("file_block_executable", SYSMON, 27),
	CATEGORY("file_block", SYSMON, 27),
	CATEGORY("file_block_shredding", SYSMON, 28),
	CATEGORY("file_executable_detected", SYSMON, 29),
	CATEGORY("ps_script", POSH, 4104),
	CATEGORY("ps_script", CORE, 4104),
	CATEGORY("ps_module", POSH, 4103),
	CATEGORY("ps_module", CORE, 4103),
	CATEGORY("ps_classic_start", CLASSIC, 400),
	CATEGORY("ps_classic_provider_start", CLASSIC, 600),
	CATEGORY("ps_classic_script", CLASSIC, 800),
	CATEGORY("image_load", SYSMON, 7),
	CATEGORY("network_connection", SYSMON, 3),
	CATEGORY("process_access", SYSMON, 10),
	CATEGORY("process_tampering", SYSMON, 25),
	CATEGORY("process_termination", SYSMON, 5),
	CATEGORY("dns_query", SYSMON, 22),
	CATEGORY("pipe_created", SYSMON, 17, 18),
	CATEGORY("create_remote_thread", SYSMON, 8),
	CATEGORY("create_stream_hash", SYSMON, 15),
	CATEGORY("driver_load", SYSMON, 6),
	CATEGORY("raw_access_thread", SYSMON, 9),
	CATEGORY("wmi_event", SYSMON, 19, 20, 21),
	CATEGORY("clipboard_capture", SYSMON, 24),
	CATEGORY("clipboard_change", SYSMON, 24),
	CATEGORY("sysmon_status", SYSMON, 4, 16),
	CATEGORY("sysmon_error", SYSMON, 255),
	CATEGORY("antivirus", DEFENDER, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116),

	SERVICE("security", "Security"),
	SERVICE("evtriage-log", "evtriage/log"), /* facts of the logs themselves: src/subject/logfact.h */
	SERVICE("system", "System"),
	SERVICE("application", "Application"),
	SERVICE("sysmon", SYSMON),
	SERVICE("powershell", POSH),
	SERVICE("powershell", CORE),
	SERVICE("powershell-classic", CLASSIC),
	SERVICE("windefend", DEFENDER),
	SERVICE("taskscheduler", "Microsoft-Windows-TaskScheduler/Operational"),
	SERVICE("wmi", "Microsoft-Windows-WMI-Activity/Operational"),
	SERVICE("ntlm", "Microsoft-Windows-NTLM/Operational"),
	SERVICE("applocker", "Microsoft-Windows-AppLocker/MSI and Script"),
	SERVICE("applocker", "Microsoft-Windows-AppLocker/EXE and DLL"),
	SERVICE("applocker", "Microsoft-Windows-AppLocker/Packaged app-Deployment"),
	SERVICE("applocker", "Microsoft-Windows-AppLocker/Packaged app-Execution"),
	SERVICE("bits-client", "Microsoft-Windows-Bits-Client/Operational"),
	SERVICE("codeintegrity-operational", "Microsoft-Windows-CodeIntegrity/Operational"),
	SERVICE("firewall-as", "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"),
	SERVICE("printservice-admin", "Microsoft-Windows-PrintService/Admin"),
	SERVICE("printservice-operational", "Microsoft-Windows-PrintService/Operational"),
	SERVICE("smbclient-security", "Microsoft-Windows-SmbClient/Security"),
	SERVICE("smbclient-connectivity", "Microsoft-Windows-SmbClient/Connectivity"),
	SERVICE("smbserver-connectivity", "Microsoft-Windows-SMBServer/Connectivity"),
	SERVICE("terminalservices-localsessionmanager",
		"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"),
	SERVICE("appxdeployment-server", "Microsoft-Windows-AppXDeploymentServer/Operational"),
	SERVICE("appxpackaging-om", "Microsoft-Windows-AppxPackaging/Operational"),
	SERVICE("appmodel-runtime", "Microsoft-Windows-AppModel-Runtime/Admin"),
	SERVICE("msexchange-management", "MSExchange Management"),
	/* The first is what all maps say, the second what records have. */
	SERVICE("dns-client", "Microsoft-Windows-DNS Client Events/Operational"),
	SERVICE("dns-client", "Microsoft-Windows-DNS-Client/Operational"),
	SERVICE("dns-server", "DNS Server"),
	SERVICE("dns-server-audit", "Microsoft-Windows-DNS-Server/Audit"),
	SERVICE("dns-server-audit", "Microsoft-Windows-DNSServer/Audit"),
	SERVICE("dns-server-analytic", "Microsoft-Windows-DNS-Server/Analytical"),
	SERVICE("dns-server-analytic", "Microsoft-Windows-DNSServer/Analytical"),
	SERVICE("driver-framework", "Microsoft-Windows-DriverFrameworks-UserMode/Operational"),
	SERVICE("dhcp", "Microsoft-Windows-DHCP-Server/Operational"),
	SERVICE("ldap", "Microsoft-Windows-LDAP-Client/Debug"),
	SERVICE("ldap_debug", "Microsoft-Windows-LDAP-Client/Debug"),
	SERVICE("lsa-server", "Microsoft-Windows-LSA/Operational"),
	SERVICE("security-mitigations", "Microsoft-Windows-Security-Mitigations/Kernel Mode"),
	SERVICE("security-mitigations", "Microsoft-Windows-Security-Mitigations/User Mode"),
	SERVICE("security-mitigations", "Microsoft-Windows-Security-Mitigations/KernelMode"),
	SERVICE("security-mitigations", "Microsoft-Windows-Security-Mitigations/UserMode"),
	SERVICE("diagnosis-scripted", "Microsoft-Windows-Diagnosis-Scripted/Operational"),
	SERVICE("shell-core", "Microsoft-Windows-Shell-Core/Operational"),
	SERVICE("openssh", "OpenSSH/Operational"),
	SERVICE("bitlocker", "Microsoft-Windows-BitLocker/BitLocker Management"),
	SERVICE("vhdmp", "Microsoft-Windows-VHDMP/Operational"),
	SERVICE("capi2", "Microsoft-Windows-CAPI2/Operational"),
	SERVICE("ntfs", "Microsoft-Windows-Ntfs/Operational"),
	SERVICE("sense", "Microsoft-Windows-SENSE/Operational"),
	SERVICE("certificateservicesclient-lifecycle-system",
		"Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"),
	SERVICE("application-experience", "Microsoft-Windows-Application-Experience/Program-Telemetry"),
	SERVICE("application-experience",
		"Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant"),
	SERVICE("kernel-shimengine", "Microsoft-Windows-Kernel-ShimEngine/Operational"),
	SERVICE("kernel-shimengine", "Microsoft-Windows-Kernel-ShimEngine/Diagnostic"),
	{ ROW_SERVICE, true, "kernel-event-tracing", "Microsoft-Windows-Kernel-EventTracing", NULL, { 0 } },
	{ ROW_SERVICE, true, "hyper-v-worker", "Microsoft-Windows-Hyper-V-Worker", NULL, { 0 } },
	SERVICE("iis-configuration", "Microsoft-IIS-Configuration/Operational"),
	{ ROW_SERVICE, true, "servicebus-client", "Microsoft-ServiceBus-Client", NULL, { 0 } },
	{ ROW_SERVICE, true, "microsoft-servicebus-client", "Microsoft-ServiceBus-Client", NULL, { 0 } },
};

static const struct logsource_row search_rows[] = {
	CATEGORY("", POSH, 4103, 4104),
	CATEGORY("", CORE, 4103, 4104),
	CATEGORY("", CLASSIC, 400, 403, 600, 800),
	CATEGORY("", SYSMON, 1),
	{ ROW_CATEGORY, false, "", "Security", AUDITING, { 4688 } },
};
/* clang-format on */

static bool
find_rows(enum row_kind kind, struct slice name, const struct logsource_row **first, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].kind != kind || !slice_eq_nocase(name, slice_from_text(rows[i].name)))
			continue;
		if (*count == 0)
			*first = &rows[i];
		++*count;
	}
	return *count > 0;
}

static bool
not_known(struct slice name, const char *what, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, 0, "no event log is known for %s '%.*s'", what,
		(int)(name.len < 80 ? name.len : 80), (const char *)name.ptr);
}

bool
logsource_find(struct slice category, struct slice service, struct logsource *out, struct err *err)
{
	struct logsource found = { 0 };

	if (category.len && !find_rows(ROW_CATEGORY, category, &found.category, &found.category_count))
		return not_known(category, "category", err);
	if (service.len && !find_rows(ROW_SERVICE, service, &found.service, &found.service_count))
		return not_known(service, "service", err);
	*out = found;
	return true;
}

struct logsource
logsource_for_search(void)
{
	return (struct logsource){ .category = search_rows, .category_count = ARRAY_LEN(search_rows) };
}

static bool
row_fits(const struct logsource_row *row, struct slice channel, struct slice provider, uint32_t event_id)
{
	struct slice name = slice_from_text(row->channel);

	if (!slice_eq_nocase(row->prefix ? slice_sub(channel, 0, name.len) : channel, name))
		return false;
	if (row->provider && provider.len && !slice_eq_nocase(provider, slice_from_text(row->provider)))
		return false;
	if (row->ids[0] == 0)
		return true;
	for (size_t i = 0; i < IDS_MAX && row->ids[i]; i++)
		if (row->ids[i] == event_id)
			return true;
	return false;
}

static bool
any_fits(const struct logsource_row *row, size_t count, struct slice channel, struct slice provider,
	uint32_t event_id)
{
	for (size_t i = 0; i < count; i++)
		if (row_fits(&row[i], channel, provider, event_id))
			return true;
	return count == 0;
}

bool
logsource_fits(const struct logsource *source, struct slice channel, struct slice provider, uint32_t event_id)
{
	return any_fits(source->category, source->category_count, channel, provider, event_id) &&
		any_fits(source->service, source->service_count, channel, provider, event_id);
}
