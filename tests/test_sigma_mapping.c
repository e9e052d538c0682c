/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping of log sources: its form and what is wrong with others, which records a rule's log source means, and the
 * conditions that a source adds to rules. */
#include "tests/sigma_help.h"

#define BLOCK "source a\n\tchannel C\n\tcategory k\n"

static const struct {
	const char *name, *text;
	unsigned line;
	const char *reason; /* NULL: good */
} forms[] = {
	{ "empty", "", 0, NULL },
	{ "comments", "# a\n\n \t # b\n", 0, NULL },
	{ "block", BLOCK, 0, NULL },
	{ "all words", BLOCK "\tproduct windows\n\tservice s t # two\n\tprovider \"P Q\"\n\tevent 1 3-5 0x10\n"
		"\twhen F a b\n\tfields A B\n\tfields C\n\trename A D\n\tfield E first A B\n\tfield F word A 1 x 2 y\n"
		"\tfield G account A B C\n\tfield H account A B C D E F\n\tabout \"what to do\"\r\n", 0, NULL },
	{ "like", BLOCK "source b\n\tlike a\n\tcategory x\n", 0, NULL },
	{ "like a built-in", "source b\n\tlike security-4688\n\tcategory x\n", 0, NULL },
	{ "no log", "source a\n\tno-log\n\tcategory x\n", 0, NULL },
	{ "unknown word", BLOCK "\tchanel X\n", 4, "unknown word 'chanel'" },
	{ "before the first", "\n\tchannel X\n", 2, "before the first" },
	{ "no channel", "source a\n\tcategory k\n", 1, "no channel" },
	{ "no use", "\nsource a\n\tchannel C\nsource b\n\tchannel C\n\tcategory k\n", 2, "no category and no service" },
	{ "too few words", BLOCK "\tservice\n", 4, "the form is: service NAME" },
	{ "too many words", BLOCK "\tlike a b\n", 4, "the form is: like SOURCE" },
	{ "open quote", BLOCK "\tchannel \"A B\n", 4, "quote" },
	{ "bad event", BLOCK "\tevent x\n", 4, "'x' is no event id" },
	{ "range backwards", BLOCK "\tevent 5-3\n", 4, "'5-3' is no event id" },
	{ "event too large", BLOCK "\tevent 65536\n", 4, "no event id" },
	{ "like nothing", BLOCK "\tlike b\n", 4, "no source 'b'" },
	{ "like itself", "source z\n\tlike z\n", 2, "no source 'z'" },
	{ "unknown function", BLOCK "\tfield A magic B\n", 4, "unknown function 'magic'" },
	{ "account of four", BLOCK "\tfield A account B C D E\n", 4, "does not take 4" },
	{ "word without pair", BLOCK "\tfield A word B C\n", 4, "does not take 2" },
	{ "decimal of two", BLOCK "\tfield A decimal B C\n", 4, "does not take 2" },
};

START_TEST(form_is_read)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };
	char place[64];
	bool good = ruleset_add_mapping(set, SLICE("my.map"), slice_from_text(forms[_i].text), &err);

	ck_assert_msg(good == !forms[_i].reason, "%s: %s", forms[_i].name, err.text);
	if (!good) {
		snprintf(place, sizeof(place), "my.map:%u: ", forms[_i].line);
		ck_assert_msg(strncmp(err.text, place, strlen(place)) == 0, "%s: %s", forms[_i].name, err.text);
		ck_assert_msg(strstr(err.text, forms[_i].reason) != NULL, "%s: %s", forms[_i].name, err.text);
	}
	ruleset_free(set);
}
END_TEST

#define SYSMON "Microsoft-Windows-Sysmon/Operational"
#define AUDIT "Microsoft-Windows-Security-Auditing"

static const char own_mapping[] = "source edr\n\tchannel \"Vendor EDR\" Vendor-*\n\tevent 7 9-11\n\tcategory process_creation\n"
	"\twhen Kind start\n"
	"source security-4688\n\tchannel Security\n\tevent 4688 592\n\tcategory process_creation\n"
	"source az\n\tproduct azure\n\tchannel Azure\n\tservice activitylogs\n";

static const struct {
	const char *mapping, *source, *channel, *provider;
	uint32_t id;
	bool fits;
} sources[] = {
	{ NULL, "category: registry_set", "Security", AUDIT, 4657, true },
	{ NULL, "category: registry_add", "Security", AUDIT, 4657, true },
	{ NULL, "category: registry_rename", "Security", AUDIT, 4657, false },
	{ NULL, "category: network_connection", "Security", AUDIT, 5156, true },
	{ NULL, "category: network_connection", SYSMON, "", 3, true },
	{ NULL, "category: file_event", "Security", AUDIT, 4663, true },
	{ NULL, "category: file_access", "Security", AUDIT, 4663, true },
	{ NULL, "category: process_access", "Security", AUDIT, 4656, true },
	{ NULL, "category: process_termination", "Security", AUDIT, 4689, true },
	{ NULL, "category: dns_query", "Microsoft-Windows-DNS-Client/Operational", "", 3008, true },
	{ NULL, "category: dns_query", "Microsoft-Windows-DNS-Client/Operational", "", 3006, false },
	{ NULL, "category: wmi_event", "Microsoft-Windows-WMI-Activity/Operational", "", 5861, true },
	{ NULL, "category: file_delete", SYSMON, "", 26, true },
	{ NULL, "category: file_rename", SYSMON, "", 11, false },
	{ NULL, "category: process_creation", "ForwardedEvents", AUDIT, 4688, true },
	{ NULL, "category: process_creation", "ForwardedEvents", "Other", 4688, false },
	{ NULL, "service: security", "ForwardedEvents", AUDIT, 4624, false },
	{ NULL, "service: security-mitigations", "microsoft-windows-security-mitigations/KERNELMODE", "", 1, true },
	{ NULL, "service: microsoft-servicebus-client", "Microsoft-ServiceBus-Client/Admin", "", 1, true },
	{ NULL, "service: ldap_debug", "Microsoft-Windows-LDAP-Client/Debug", "", 30, true },
	{ NULL, "category: antivirus", "Microsoft-Windows-Windows Defender/Operational", "", 1010, true },
	{ own_mapping, "category: process_creation", "Vendor EDR", "x", 10, true },
	{ own_mapping, "category: process_creation", "Vendor EDR", "x", 8, false },
	{ own_mapping, "category: process_creation", "vendor-a", "x", 7, true },
	{ own_mapping, "category: process_creation", "Security", "Other", 592, true },
	{ own_mapping, "category: process_creation", SYSMON, "", 1, true },
	{ own_mapping, "product: azure\n    service: activitylogs", "Azure", "", 1, true },
	{ own_mapping, "product: azure", "Anything", "", 1, true },
};

static struct ruleset *
rules_with(const char *mapping, const char *source, const char *selection)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };
	char text[1024];

	snprintf(text, sizeof(text), "title: t\nlogsource:\n    %s\ndetection:\n    s: {%s}\n    condition: s\n", source,
		selection);
	ck_assert_msg(!mapping || ruleset_add_mapping(set, SLICE("my.map"), slice_from_text(mapping), &err), "%s", err.text);
	ck_assert(ruleset_add_text(set, SLICE("t.yml"), slice_from_text(text), &err) && ruleset_close(set, &err));
	ck_assert_msg(ruleset_rule(set, 0)->state == RULE_READY, "%s: %s", source, ruleset_rule(set, 0)->reason);
	return set;
}

START_TEST(records_fit)
{
	struct ruleset *set = rules_with(sources[_i].mapping, sources[_i].source, "F: a");
	struct matcher *m = matcher_new(set);

	ck_assert_msg(matcher_rule_wants(m, 0, slice_from_text(sources[_i].channel), slice_from_text(sources[_i].provider),
			sources[_i].id) == sources[_i].fits, "%s: %s %u", sources[_i].source, sources[_i].channel, sources[_i].id);
	matcher_free(m);
	ruleset_free(set);
}
END_TEST

/* A rule that holds, but for the conditions of its source. */
static const struct {
	const char *mapping, *source, *channel;
	uint32_t id;
	struct help_field fields[HELP_FIELDS];
	bool holds;
} conditions[] = {
	{ NULL, "category: registry_add", SYSMON, 12, { { "F", "a" }, { "EventType", "CreateKey" } }, true },
	{ NULL, "category: registry_add", SYSMON, 12, { { "F", "a" }, { "EventType", "DeleteKey" } }, false },
	{ NULL, "category: registry_delete", SYSMON, 12, { { "F", "a" }, { "EventType", "deletevalue" } }, true },
	{ NULL, "category: registry_delete", SYSMON, 12, { { "F", "a" } }, false },
	{ NULL, "category: registry_event", SYSMON, 12, { { "F", "a" }, { "EventType", "DeleteKey" } }, true },
	{ NULL, "category: registry_set", SYSMON, 13, { { "F", "a" } }, true },
	{ NULL, "category: registry_set", "Security", 4657, { { "F", "a" }, { "EventType", "SetValue" } }, true },
	{ NULL, "category: registry_set", "Security", 4657, { { "F", "a" }, { "EventType", "DeleteValue" } }, false },
	{ NULL, "category: registry_add", "Security", 4657, { { "F", "a" }, { "OperationType", "%%1904" } }, true },
	{ NULL, "category: registry_add", "Security", 4657, { { "F", "a" }, { "OperationType", "%%1905" } }, false },
	{ NULL, "category: file_event", "Security", 4663,
		{ { "F", "a" }, { "ObjectType", "File" }, { "AccessMask", "0x2" } }, true },
	{ NULL, "category: file_event", "Security", 4663,
		{ { "F", "a" }, { "ObjectType", "File" }, { "AccessMask", "0x1" } }, false },
	{ NULL, "category: file_event", "Security", 4663,
		{ { "F", "a" }, { "ObjectType", "Key" }, { "AccessMask", "0x2" } }, false },
	{ own_mapping, "category: process_creation", "Vendor EDR", 7, { { "F", "a" }, { "Kind", "start" } }, true },
	{ own_mapping, "category: process_creation", "Vendor EDR", 7, { { "F", "a" }, { "Kind", "stop" } }, false },
	{ own_mapping, "category: process_creation", SYSMON, 1, { { "F", "a" } }, true },
};

START_TEST(conditions_hold)
{
	struct ruleset *set = rules_with(conditions[_i].mapping, conditions[_i].source, "F: a");
	struct help_event e;

	help_event_make(&e, conditions[_i].fields, conditions[_i].channel, conditions[_i].id);
	ck_assert_msg(help_run(set, &e.event).told == conditions[_i].holds, "%s: %s %u", conditions[_i].source,
		conditions[_i].channel, conditions[_i].id);
	ruleset_free(set);
}
END_TEST

START_TEST(fields_are_known)
{
	struct arena arena;
	struct mapping mapping = { 0 };
	const struct mapping_source *process = NULL, *sysmon = NULL;

	arena_init(&arena, 1 << 20);
	ck_assert(mapping_add_default(&mapping, &arena, NULL));
	for (size_t i = 0; i < mapping.count; i++) {
		if (slice_eq(mapping.sources[i]->name, SLICE("security-4688")))
			process = mapping.sources[i];
		if (slice_eq(mapping.sources[i]->name, SLICE("sysmon-process-creation")))
			sysmon = mapping.sources[i];
	}
	ck_assert(process && sysmon);
	ck_assert(mapping_source_has_field(process, SLICE("Image")));
	ck_assert(mapping_source_has_field(process, SLICE("commandline")));
	ck_assert(mapping_source_has_field(process, SLICE("EventID")));
	ck_assert(mapping_source_has_field(process, SLICE("Computer")));
	ck_assert(mapping_source_has_field(process, SLICE("CreatorProcessId")));
	ck_assert(!mapping_source_has_field(process, SLICE("OriginalFileName")));
	ck_assert(!mapping_source_has_field(process, SLICE("ParentCommandLine")));
	ck_assert(mapping_source_has_field(sysmon, SLICE("OriginalFileName")));
	arena_fini(&arena);
}
END_TEST

START_TEST(too_large_is_refused)
{
	struct ruleset *set = ruleset_new();
	size_t len = LIMIT_MAPPING_FILE + 1;
	char *text = malloc(len);
	struct err err = { 0 };

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', len);
	ck_assert(!ruleset_add_mapping(set, SLICE("m"), slice_from(text, len), &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	free(text);
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma mapping");
	TCase *tc = tcase_create("mapping");

	tcase_add_loop_test(tc, form_is_read, 0, (int)ARRAY_LEN(forms));
	tcase_add_loop_test(tc, records_fit, 0, (int)ARRAY_LEN(sources));
	tcase_add_loop_test(tc, conditions_hold, 0, (int)ARRAY_LEN(conditions));
	tcase_add_test(tc, fields_are_known);
	tcase_add_test(tc, too_large_is_refused);
	suite_add_tcase(s, tc);
	return help_main(s);
}
