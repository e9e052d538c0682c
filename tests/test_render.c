/* SPDX-License-Identifier: Apache-2.0 */
/* A record as JSON (the shape of evtx_dump -o jsonl) and as Windows' XML. */
#include "evtx/render.h"

#include "tests/tree_help.h"

#include <stdio.h>


static const struct {
	const char *name, *tree, *json, *xml;
} cases[] = {
	{ "System and named data",
		"<Event xmlns=\"u\"><System><Provider Name=\"P\" Guid=\"@0F:00112233445566778899AABBCCDDEEFF\"/>"
		"<EventID>@06:0810</EventID><Security/></System><EventData><Data Name=\"A\">@07:FBFFFFFF</Data></EventData></Event>",
		"{\"Event\":{\"#attributes\":{\"xmlns\":\"u\"},\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"P\",\"Guid\":"
		"\"33221100-5544-7766-8899-AABBCCDDEEFF\"}},\"EventID\":4104,\"Security\":null},\"EventData\":{\"A\":-5}}}",
		"<Event xmlns='u'><System><Provider Name='P' Guid='{33221100-5544-7766-8899-aabbccddeeff}'/><EventID>4104</EventID>"
		"<Security/></System><EventData><Data Name='A'>-5</Data></EventData></Event>" },
	{ "text beside attributes", "<E><EventID Qualifiers=\"@06:0040\">@06:0100</EventID></E>",
		"{\"E\":{\"EventID\":{\"#attributes\":{\"Qualifiers\":16384},\"#text\":1}}}",
		"<E><EventID Qualifiers='16384'>1</EventID></E>" },
	{ "attributes without data are left out", "<E><A k=\"\" n=\"@00:0000\"/></E>", "{\"E\":{\"A\":null}}", "<E><A/></E>" },
	{ "times have six digits in JSON, seven in XML",
		"<E><A t=\"@11:01803ED5DEB19D01\">@12:E807020004001D0017003B003A007B00</A></E>",
		"{\"E\":{\"A\":{\"#attributes\":{\"t\":\"1970-01-01T00:00:00.000000Z\"},\"#text\":\"2024-02-29T23:59:58.123000Z\"}}}",
		"<E><A t='1970-01-01T00:00:00.0000001Z'>2024-02-29T23:59:58.123Z</A></E>" },
	{ "a time that is none", "<E><A>@11:FFFFFFFFFFFFFFFF</A></E>", "{\"E\":{\"A\":\"0xffffffffffffffff\"}}",
		"<E><A>0xffffffffffffffff</A></E>" },
	{ "numbers", "<E><A>@0A:FFFFFFFFFFFFFFFF</A><B>@15:E703000000000000</B><C>@0D:01000000</C><D>@04:FF</D><F>@03:80</F></E>",
		"{\"E\":{\"A\":18446744073709551615,\"B\":\"0x3e7\",\"C\":true,\"D\":255,\"F\":-128}}",
		"<E><A>18446744073709551615</A><B>0x3e7</B><C>true</C><D>255</D><F>-128</F></E>" },
	{ "a number of the wrong size is text", "<E><A>@08:FF00</A><B>@0D:FF0000</B></E>",
		"{\"E\":{\"A\":\"FF00\",\"B\":\"FF0000\"}}", "<E><A>FF00</A><B>FF0000</B></E>" },
	{ "numbers that are text", "<E><EventID>4104</EventID></E>", "{\"E\":{\"EventID\":\"4104\"}}", "<E><EventID>4104</EventID></E>" },
	{ "empty and NULL", "<E><A/><B>@00:</B><EventData><Data Name=\"A\"/><Data Name=\"B\">@00:</Data></EventData></E>",
		"{\"E\":{\"A\":null,\"B\":null,\"EventData\":{\"A\":\"\",\"B\":\"\"}}}",
		"<E><A/><B></B><EventData><Data Name='A'/><Data Name='B'></Data></EventData></E>" },
	{ "Windows ends an empty value, and closes what has none", "<E><System><Correlation ActivityID=\"@00:0000\"/><Security/></System>"
		"<EventData><Data Name=\"P\">@01:</Data><Data Name=\"Q\">@01:0000</Data></EventData></E>",
		"{\"E\":{\"System\":{\"Correlation\":null,\"Security\":null},\"EventData\":{\"P\":\"\",\"Q\":\"\"}}}",
		"<E><System><Correlation/><Security/></System><EventData><Data Name='P'></Data><Data Name='Q'></Data></EventData></E>" },
	{ "GUIDs: case by form", "<E><A k=\"@0F:00112233445566778899AABBCCDDEEFF\">@0F:00112233445566778899AABBCCDDEEFF</A>"
		"<B>{33221100-5544-7766-8899-AABBCCDDEEFF}</B></E>",
		"{\"E\":{\"A\":{\"#attributes\":{\"k\":\"33221100-5544-7766-8899-AABBCCDDEEFF\"},\"#text\":"
		"\"33221100-5544-7766-8899-AABBCCDDEEFF\"},\"B\":\"{33221100-5544-7766-8899-AABBCCDDEEFF}\"}}",
		"<E><A k='{33221100-5544-7766-8899-aabbccddeeff}'>{33221100-5544-7766-8899-aabbccddeeff}</A>"
		"<B>{33221100-5544-7766-8899-AABBCCDDEEFF}</B></E>" },
	{ "bytes, reals, truth, unset time", "<E><A>@0E:00ABFF</A><B>@0C:B6F3FDD478FEA840</B><C>@0D:00000000</C>"
		"<D>@12:00000000000000000000000000000000</D><F>@14:00000000</F></E>",
		"{\"E\":{\"A\":\"00ABFF\",\"B\":\"3199.236\",\"C\":false,\"D\":\"0000-00-00T00:00:00.000Z\",\"F\":\"0x0\"}}",
		"<E><A>00ABFF</A><B>3199.236</B><C>false</C><D>0000-00-00T00:00:00.000Z</D><F>0x0</F></E>" },
	{ "one Data without name", "<E><EventData><Data>x</Data><Binary>@0E:00AB</Binary></EventData></E>",
		"{\"E\":{\"EventData\":{\"Data\":{\"#text\":\"x\"},\"Binary\":\"00AB\"}}}",
		"<E><EventData><Data>x</Data><Binary>00AB</Binary></EventData></E>" },
	{ "several Data without name", "<E><EventData><Data>x</Data><Binary>b</Binary><Data/><Data>@06:0700</Data></EventData></E>",
		"{\"E\":{\"EventData\":{\"Data\":{\"#text\":[\"x\",\"\",7]},\"Binary\":\"b\"}}}",
		"<E><EventData><Data>x</Data><Binary>b</Binary><Data/><Data>7</Data></EventData></E>" },
	{ "Data with and without names: none is dropped",
		"<E><EventData><Data Name=\"A\">x</Data><Data>y</Data><Data Name=\"A\">z</Data></EventData></E>",
		"{\"E\":{\"EventData\":{\"A\":\"x\",\"Data\":{\"#text\":\"y\"},\"A_1\":\"z\"}}}",
		"<E><EventData><Data Name='A'>x</Data><Data>y</Data><Data Name='A'>z</Data></EventData></E>" },
	{ "names that come again", "<E><A>x</A><A>y</A><B/><A>z</A></E>", "{\"E\":{\"A\":\"x\",\"A_1\":\"y\",\"B\":null,\"A_2\":\"z\"}}",
		"<E><A>x</A><A>y</A><B/><A>z</A></E>" },
	{ "Data is an element like others in UserData's element", "<E><UserData><U><Data>x</Data><Data>y</Data></U></UserData></E>",
		"{\"E\":{\"UserData\":{\"U\":{\"Data\":\"x\",\"Data_1\":\"y\"}}}}",
		"<E><UserData><U><Data>x</Data><Data>y</Data></U></UserData></E>" },
	{ "Data that holds elements", "<E><EventData><Data Name=\"A\"><B>x</B></Data></EventData></E>",
		"{\"E\":{\"EventData\":{\"A\":{\"#attributes\":{\"Name\":\"A\"},\"B\":\"x\"}}}}",
		"<E><EventData><Data Name='A'><B>x</B></Data></EventData></E>" },
	{ "several parts", "<E><A>a|&amp;|b|@06:0700</A></E>", "{\"E\":{\"A\":\"a&b7\"}}", "<E><A>a&amp;b7</A></E>" },
	{ "text behind a NUL stays", "<E><A>@01:610000006200</A></E>", "{\"E\":{\"A\":\"a\\u0000b\"}}",
		"<E><A>a\xef\xbf\xbd" "b</A></E>" },
	{ "controls, line ends, quotes", "<E><A>@01:0D000A0009001B00220027005C00</A></E>",
		"{\"E\":{\"A\":\"\\r\\n\\t\\u001B\\\"'\\\\\"}}", "<E><A>&#xD;&#xA;\t\xef\xbf\xbd\"'\\</A></E>" },
	{ "markup in text and attribute", "<E><A k=\"<'&>\">&lt;b&gt;&amp;</A></E>",
		"{\"E\":{\"A\":{\"#attributes\":{\"k\":\"<'&>\"},\"#text\":\"<b>&\"}}}",
		"<E><A k='&lt;&apos;&amp;&gt;'>&lt;b&gt;&amp;</A></E>" },
	{ "beyond ASCII, half a pair", "<E><A>@01:E4003DD800DE</A><B>@01:3DD8</B></E>",
		"{\"E\":{\"A\":\"\xc3\xa4\xf0\x9f\x98\x80\",\"B\":\"\xef\xbf\xbd\"}}",
		"<E><A>\xc3\xa4\xf0\x9f\x98\x80</A><B>\xef\xbf\xbd</B></E>" },
	{ "ANSI text", "<E><A>@02:223C80</A></E>", "{\"E\":{\"A\":\"\\\"<\xe2\x82\xac\"}}", "<E><A>\"&lt;\xe2\x82\xac</A></E>" },
	{ "array in an attribute", "<E><A k=\"@88:0100000002000000\"/></E>", "{\"E\":{\"A\":{\"#attributes\":{\"k\":\"1,2\"}}}}",
		"<E><A k='1,2'/></E>" },
	{ "sid and pointer", "<E><A>@13:010100000000000512000000</A><B>@10:EFBEADDE</B></E>",
		"{\"E\":{\"A\":\"S-1-5-18\",\"B\":\"0xdeadbeef\"}}", "<E><A>S-1-5-18</A><B>0xdeadbeef</B></E>" },
};

static void
check(bool (*render)(const struct record *, struct buf *, struct err *), const struct record *record, const char *expected,
	const char *name)
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, 1 << 20);
	buf_append_text(&out, "front ");
	ck_assert_msg(render(record, &out, &err), "%s: %s", name, err.text);
	buf_append_byte(&out, 0);
	ck_assert_msg(strcmp((char *)out.ptr + 6, expected) == 0, "%s:\n%s\n%s", name, (char *)out.ptr + 6, expected);
	ck_assert_msg(memcmp(out.ptr, "front ", 6) == 0, "%s: what was there stays", name);
	buf_fini(&out);
}

START_TEST(test_shape)
{
	struct record record = { .number = 9 };
	struct arena arena;

	arena_init(&arena, 1 << 20);
	record.tree = tree_make(cases[_i].tree, &arena);
	check(render_json, &record, cases[_i].json, cases[_i].name);
	check(render_xml, &record, cases[_i].xml, cases[_i].name);
	arena_fini(&arena);
}
END_TEST

/* Names of 3,000 members, the last third of them for the second time: none is lost, whatever the filter says. */
START_TEST(test_many_names)
{
	struct record record = { .number = 9 };
	struct buf tree, out;
	struct arena arena;
	struct err err = { 0 };

	buf_init(&tree, 1 << 20);
	buf_init(&out, 1 << 20);
	arena_init(&arena, 1 << 24);
	buf_append_text(&tree, "<E><EventData>");
	for (unsigned i = 0; i < 3000; i++)
		buf_printf(&tree, "<Data Name=\"n%u\">%u</Data>", i % 2000, i);
	buf_append_text(&tree, "</EventData></E>");
	buf_append_byte(&tree, 0);
	record.tree = tree_make((const char *)tree.ptr, &arena);
	ck_assert_msg(render_json(&record, &out, &err), "%s", err.text);
	for (unsigned i = 0; i < 3000; i++) {
		char member[40];
		int len = snprintf(member, sizeof(member), i < 2000 ? "\"n%u\":\"%u\"" : "\"n%u_1\":\"%u\"", i % 2000, i);

		ck_assert_msg(slice_find(buf_view(&out), slice_from(member, (size_t)len), 0) != SIZE_MAX, "%s", member);
	}
	buf_fini(&tree);
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *name;
	bool (*render)(const struct record *, struct buf *, struct err *);
	size_t depth, count, len;
	bool ok;
} limits[] = {
	{ "JSON as deep as allowed", render_json, LIMIT_ELEMENT_DEPTH, 0, 0, true },
	{ "XML as deep as allowed", render_xml, LIMIT_ELEMENT_DEPTH, 0, 0, true },
	{ "JSON too deep", render_json, LIMIT_ELEMENT_DEPTH + 1, 0, 0, false },
	{ "XML too deep", render_xml, LIMIT_ELEMENT_DEPTH + 1, 0, 0, false },
	{ "JSON of 6 MB", render_json, 0, 100, 60000, true },
	{ "XML of 6 MB", render_xml, 0, 100, 60000, true },
	{ "JSON of 60 MB", render_json, 0, 1000, 60000, false },
	{ "XML of 60 MB", render_xml, 0, 1000, 60000, false },
};

START_TEST(test_limits)
{
	struct record record = { .number = 9 };
	struct arena arena;
	struct err err = { 0 };
	struct buf out;
	bool ok;

	arena_init(&arena, LIMIT_RECORD_ARENA);
	buf_init(&out, 1 << 30);
	buf_append_text(&out, "x");
	record.tree = limits[_i].depth ? tree_deep(limits[_i].depth, &arena) : tree_wide(limits[_i].count, limits[_i].len, &arena);
	ok = limits[_i].render(&record, &out, &err);
	ck_assert_msg(ok == limits[_i].ok, "%s: %s", limits[_i].name, err.text);
	ck_assert_msg(ok || (err.code == ERR_LIMIT && out.len == 1), "%s: code %d, %zu bytes", limits[_i].name, (int)err.code, out.len);
	ck_assert_msg(out.capacity <= 2 * LIMIT_RECORD_OUTPUT, "%s: %zu bytes of memory", limits[_i].name, out.capacity);
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("render");
	TCase *tc = tcase_create("render");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_shape, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, test_many_names);
	tcase_add_loop_test(tc, test_limits, 0, (int)ARRAY_LEN(limits));
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
