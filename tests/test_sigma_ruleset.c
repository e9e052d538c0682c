/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets: order, duplicates, files and folders, log sources, classes of the matcher, searches. */
#include "base/buf.h"
#include "tests/sigma_help.h"

#include <sys/stat.h>
#include <unistd.h>

#define ID1 "11111111-1111-4111-8111-111111111111"
#define RULE(title, id) "title: " title "\nid: " id "\nlogsource: {product: windows}\n" \
	"detection: {s: {F: a}, condition: s}\n"

static void
add(struct ruleset *set, const char *file, const char *text)
{
	struct err err = { 0 };

	ck_assert_msg(ruleset_add_text(set, slice_from_text(file), slice_from_text(text), &err), "%s", err.text);
}

START_TEST(first_of_an_id_stays)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	add(set, "c.yml", RULE("third", ID1));
	add(set, "b.yml", RULE("first", ID1) "---\n" RULE("second", "22222222-2222-4222-8222-222222222222"));
	add(set, "a.yml", "nothing");
	ck_assert(ruleset_close(set, &err));
	ck_assert_uint_eq(ruleset_count(set), 4);
	ck_assert_int_eq(ruleset_rule(set, 0)->state, RULE_INVALID);
	ck_assert(slice_eq(ruleset_rule(set, 1)->title, SLICE("first")));
	ck_assert_int_eq(ruleset_rule(set, 1)->state, RULE_READY);
	ck_assert(slice_eq(ruleset_rule(set, 2)->title, SLICE("second")));
	ck_assert_uint_eq(ruleset_rule(set, 2)->line, 6);
	ck_assert_int_eq(ruleset_rule(set, 3)->state, RULE_INVALID);
	ck_assert_ptr_nonnull(strstr(ruleset_rule(set, 3)->reason, "b.yml"));
	ck_assert_uint_eq(ruleset_count_state(set, RULE_READY), 2);
	ck_assert_uint_eq(ruleset_count_state(set, RULE_INVALID), 2);
	ruleset_free(set);
}
END_TEST

START_TEST(good_documents_of_a_bad_file_stay)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	add(set, "a.yml", RULE("one", ID1) "---\ntitle: 'x\n");
	ck_assert(ruleset_close(set, &err));
	ck_assert_uint_eq(ruleset_count(set), 2);
	ck_assert_int_eq(ruleset_rule(set, 0)->state, RULE_READY);
	ck_assert_int_eq(ruleset_rule(set, 1)->state, RULE_INVALID);
	ruleset_free(set);
}
END_TEST

static void
write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(folders_are_walked)
{
	static const char *const made[] = { "sub/b.yaml", "sub", "a.yml", "notes.txt", "link.yml", "pipe.yml", "loop", "note" };
	char folder[] = "/tmp/evtriage-rules-XXXXXX", path[256];
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sub", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file(folder, "sub/b.yaml", RULE("b", "22222222-2222-4222-8222-222222222222"));
	write_file(folder, "a.yml", RULE("a", ID1));
	write_file(folder, "notes.txt", "no rule");
	snprintf(path, sizeof(path), "%s/link.yml", folder);
	ck_assert_int_eq(symlink("a.yml", path), 0);
	snprintf(path, sizeof(path), "%s/loop", folder);
	ck_assert_int_eq(symlink(".", path), 0);
	snprintf(path, sizeof(path), "%s/note", folder);
	ck_assert_int_eq(symlink("notes.txt", path), 0);
	snprintf(path, sizeof(path), "%s/pipe.yml", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_msg(ruleset_add_path(set, folder, &err), "%s", err.text);
	ck_assert(ruleset_close(set, &err));
	ck_assert_uint_eq(ruleset_count(set), 5);
	ck_assert(slice_eq(ruleset_rule(set, 0)->title, SLICE("a")));
	for (size_t i = 1; i < 3; i++) { /* a link to a rule, a link to a folder; one to something else is nobody's rule */
		ck_assert_int_eq(ruleset_rule(set, i)->state, RULE_UNSUPPORTED);
		ck_assert_ptr_nonnull(strstr(ruleset_rule(set, i)->reason, "symbolic link"));
	}
	ck_assert_ptr_nonnull(strstr(ruleset_rule(set, 3)->reason, "no regular file"));
	ck_assert(slice_eq(ruleset_rule(set, 4)->title, SLICE("b")));
	ruleset_free(set);
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, made[i]);
		remove(path);
	}
	rmdir(folder);
}
END_TEST

START_TEST(missing_path_is_an_error)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert(!ruleset_add_path(set, "/nonexistent/rules", &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ruleset_free(set);
}
END_TEST

static const struct {
	const char *source, *channel, *provider;
	uint32_t id;
	bool wanted;
} sources[] = {
	{ "category: ps_script", "Microsoft-Windows-PowerShell/Operational", "", 4104, true },
	{ "category: ps_script", "MICROSOFT-WINDOWS-POWERSHELL/OPERATIONAL", "", 4104, true },
	{ "category: ps_script", "PowerShellCore/Operational", "PowerShellCore", 4104, true },
	{ "category: ps_script", "Microsoft-Windows-PowerShell/Operational", "", 4103, false },
	{ "category: ps_module", "Microsoft-Windows-PowerShell/Operational", "", 4103, true },
	{ "category: ps_classic_start", "Windows PowerShell", "PowerShell", 400, true },
	{ "category: ps_classic_start", "Windows PowerShell", "PowerShell", 403, false },
	{ "category: ps_classic_provider_start", "Windows PowerShell", "PowerShell", 600, true },
	{ "category: ps_classic_script", "Windows PowerShell", "PowerShell", 800, true },
	{ "service: powershell-classic", "Windows PowerShell", "PowerShell", 403, true },
	{ "category: process_creation", "Security", "Microsoft-Windows-Security-Auditing", 4688, true },
	{ "category: process_creation", "Security", "", 4688, true },
	{ "category: process_creation", "Security", "Other", 4688, false },
	{ "category: process_creation", "Microsoft-Windows-Sysmon/Operational", "", 1, true },
	{ "category: process_creation\n    service: sysmon", "Security", "", 4688, false },
	{ "category: process_creation\n    service: sysmon", "Microsoft-Windows-Sysmon/Operational", "", 1, true },
	{ "category: registry_event", "Microsoft-Windows-Sysmon/Operational", "", 14, true },
	{ "category: antivirus", "Microsoft-Windows-Windows Defender/Operational", "", 1116, true },
	{ "service: dns-client", "Microsoft-Windows-DNS-Client/Operational", "", 3008, true },
	{ "service: hyper-v-worker", "Microsoft-Windows-Hyper-V-Worker-Admin", "", 18500, true },
	{ "service: security", "System", "", 1, false },
	{ "product: windows", "Anything", "", 1, true },
};

START_TEST(log_sources_fit)
{
	char source[256];
	struct ruleset *set;
	struct matcher *m;
	bool wanted;

	snprintf(source, sizeof(source), "    %s", sources[_i].source);
	set = help_rules("    s: {F: a}\n    condition: s", source);
	m = matcher_new(set);
	ck_assert_int_eq(ruleset_rule(set, 0)->state, RULE_READY);
	wanted = matcher_wants(m, slice_from_text(sources[_i].channel), slice_from_text(sources[_i].provider),
		sources[_i].id);
	ck_assert_msg(wanted == sources[_i].wanted, "%s: %s %u", sources[_i].source, sources[_i].channel, sources[_i].id);
	ck_assert_int_eq(wanted, matcher_rule_wants(m, 0, slice_from_text(sources[_i].channel),
		slice_from_text(sources[_i].provider), sources[_i].id));
	matcher_free(m);
	ruleset_free(set);
}
END_TEST

static const struct {
	const char *detection;
	uint32_t id;
	bool wanted;
} ids[] = {
	{ "    s: {EventID: 4625, F: a}\n    condition: s", 4625, true },
	{ "    s: {EventID: 4625, F: a}\n    condition: s", 4624, false },
	{ "    s: {EventID: [1, 2]}\n    condition: s", 2, true },
	{ "    s: {EventID: '4625'}\n    condition: s", 4624, false },
	{ "    s: {EventID: 4625}\n    t: {F: a}\n    condition: t and not s", 4625, false },
	{ "    s: {EventID: 4625}\n    t: {F: a}\n    condition: t or s", 4624, true },
};

START_TEST(event_ids_are_known_beforehand)
{
	struct ruleset *set = help_rules(ids[_i].detection, "    service: security");
	struct matcher *m = matcher_new(set);

	ck_assert_int_eq(matcher_wants(m, SLICE("Security"), SLICE_EMPTY, ids[_i].id), ids[_i].wanted);
	matcher_free(m);
	ruleset_free(set);
}
END_TEST

START_TEST(many_classes_are_forgotten)
{
	struct ruleset *set = help_rules("    s: {EventID: 77}\n    condition: s", "    service: security");
	struct matcher *m = matcher_new(set);

	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t id = 0; id < LIMIT_CLASSES * 2 + 3; id++)
			ck_assert_int_eq(matcher_wants(m, SLICE("Security"), SLICE_EMPTY, id), id == 77);
	matcher_free(m);
	ruleset_free(set);
}
END_TEST

static const struct {
	const char *pattern;
	bool is_regex;
	const char *text;
	bool found;
} searches[] = {
	{ "a*c", false, "xA*Cx", true }, { "a*c", false, "abc", false }, { "\\x", false, "a\\X", true },
	{ "a.c", true, "xabcx", true }, { "a.c", true, "ABC", false },
};

START_TEST(search_finds)
{
	const struct help_field fields[HELP_FIELDS] = { { "ScriptBlockText", searches[_i].text } };
	struct ruleset *set = ruleset_new();
	struct help_event e;
	struct err err = { 0 };

	ck_assert(ruleset_add_search(set, slice_from_text(searches[_i].pattern), searches[_i].is_regex, &err));
	ck_assert(ruleset_close(set, &err));
	help_event_make(&e, fields, "Microsoft-Windows-PowerShell/Operational", 4104);
	ck_assert_msg(help_run(set, &e.event).told == searches[_i].found, "%s", searches[_i].pattern);
	help_event_make(&e, fields, "Security", 4624);
	ck_assert_uint_eq(help_run(set, &e.event).told, 0);
	ruleset_free(set);
}
END_TEST

START_TEST(bad_search_is_an_error)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert(!ruleset_add_search(set, SLICE("a("), true, &err));
	ck_assert_int_eq(err.code, ERR_SYNTAX);
	ruleset_free(set);
}
END_TEST

enum { MANY_FIELDS = 41, MANY_VALUES = 60 };

/* So many values that two threads make the indexes: each is found, in its own field alone. */
START_TEST(many_values_are_found)
{
	struct ruleset *set = ruleset_new();
	struct buf text;
	struct err err = { 0 };

	buf_init(&text, LIMIT_RULE_FILE);
	for (int f = 0; f < MANY_FIELDS; f++) {
		buf_printf(&text, "%stitle: rule %d\nlogsource: {product: windows}\ndetection:\n  s:\n    F%d|%s:\n", f ? "---\n" : "", f, f,
			f % 3 == 0 ? "contains" : f % 3 == 1 ? "startswith" : "endswith");
		for (int v = 0; v < MANY_VALUES; v++)
			buf_printf(&text, "      - 'x%dy%dz'\n", f, v);
		buf_append_text(&text, "  condition: s\n");
	}
	ck_assert(!text.failed);
	ck_assert(ruleset_add_text(set, SLICE("many.yml"), buf_view(&text), &err));
	ck_assert(ruleset_close(set, &err));
	ck_assert_uint_eq(ruleset_count_state(set, RULE_READY), MANY_FIELDS);
	for (int f = 0; f < MANY_FIELDS; f++)
		for (int v = f % 7; v < MANY_VALUES; v += 7) {
			char own[16], other[16], value[32];
			const struct help_field fields[HELP_FIELDS] = { { own, value }, { other, value } };
			struct help_event e;

			snprintf(own, sizeof(own), "F%d", f);
			snprintf(other, sizeof(other), "F%d", (f + 3) % MANY_FIELDS);
			snprintf(value, sizeof(value), "X%dY%dZ", f, v);
			help_event_make(&e, fields, "Security", 1);
			ck_assert_msg(help_run(set, &e.event).told == 1, "%s in %s", value, own);
		}
	buf_fini(&text);
	ruleset_free(set);
}
END_TEST

static bool
stop(void *context, const struct sigma_result *result, struct err *err)
{
	(void)context;
	(void)result;
	return err_set(err, ERR_IO, 0, "enough");
}

START_TEST(listener_can_stop)
{
	const struct help_field fields[HELP_FIELDS] = { { "F", "a" } };
	const struct sigma_listener listener = { NULL, stop, help_limit };
	struct ruleset *set = help_rules("    s: {F: a}\n    condition: s", "    product: windows");
	struct matcher *m = matcher_new(set);
	struct help_event e;
	struct err err = { 0 };
	size_t open = 0;

	help_event_make(&e, fields, "Security", 1);
	ck_assert(!matcher_run(m, &e.event, &listener, &open, &err));
	ck_assert_str_eq(err.text, "enough");
	matcher_free(m);
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma ruleset");
	TCase *tc = tcase_create("ruleset");

	tcase_add_test(tc, first_of_an_id_stays);
	tcase_add_test(tc, good_documents_of_a_bad_file_stay);
	tcase_add_test(tc, folders_are_walked);
	tcase_add_test(tc, missing_path_is_an_error);
	tcase_add_loop_test(tc, log_sources_fit, 0, (int)ARRAY_LEN(sources));
	tcase_add_loop_test(tc, event_ids_are_known_beforehand, 0, (int)ARRAY_LEN(ids));
	tcase_add_test(tc, many_classes_are_forgotten);
	tcase_add_loop_test(tc, search_finds, 0, (int)ARRAY_LEN(searches));
	tcase_add_test(tc, bad_search_is_an_error);
	tcase_add_test(tc, many_values_are_found);
	tcase_add_test(tc, listener_can_stop);
	suite_add_tcase(s, tc);
	return help_main(s);
}
