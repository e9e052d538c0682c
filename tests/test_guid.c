/* SPDX-License-Identifier: Apache-2.0 */
/* GUIDs: bytes as Windows stores them to text and back. */
#include "base/attr.h"
#include "base/guid.h"

#include <check.h>
#include <stdlib.h>

static const struct guid_case {
	const char *name, *text;
	bool good;
} cases[] = {
	{ "plain", "00112233-4455-6677-8899-aabbccddeeff", true },
	{ "braces", "{00112233-4455-6677-8899-aabbccddeeff}", true },
	{ "capitals", "{00112233-4455-6677-8899-AABBCCDDEEFF}", true },
	{ "empty", "", false },
	{ "too short", "00112233-4455-6677-8899-aabbccddeef", false },
	{ "too long", "00112233-4455-6677-8899-aabbccddeeff0", false },
	{ "one brace", "{00112233-4455-6677-8899-aabbccddeeff", false },
	{ "two opening braces", "{00112233-4455-6677-8899-aabbccddeeff{", false },
	{ "no dashes", "00112233044550667708899aabbccddeeff0", false },
	{ "dash elsewhere", "0011223-34455-6677-8899-aabbccddeeff", false },
	{ "no digit", "00112233-4455-6677-8899-aabbccddeefg", false },
	{ "blank in front", " 0112233-4455-6677-8899-aabbccddeeff", false },
};

START_TEST(test_parse)
{
	static const uint8_t stored[16] = { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB,
		0xCC, 0xDD, 0xEE, 0xFF };
	struct guid g = { { 0 } };
	char text[GUID_TEXT];

	ck_assert_msg(guid_parse(slice_from_text(cases[_i].text), &g) == cases[_i].good, "%s", cases[_i].name);
	if (!cases[_i].good) {
		ck_assert_msg(g.bytes[15] == 0, "%s: nothing is set on failure", cases[_i].name);
		return;
	}
	ck_assert_msg(memcmp(g.bytes, stored, 16) == 0, "%s: bytes", cases[_i].name);
	guid_text(&g, text);
	ck_assert_str_eq(text, "00112233-4455-6677-8899-aabbccddeeff");
	guid_text_upper(&g, text);
	ck_assert_str_eq(text, "00112233-4455-6677-8899-AABBCCDDEEFF");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("guid");
	TCase *tc = tcase_create("guid");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_parse, 0, (int)ARRAY_LEN(cases));
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
