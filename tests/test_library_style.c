/* SPDX-License-Identifier: Apache-2.0 */
/* libevtx's forms of values become those of Windows' viewer, and nothing else changes. */
#include "evtx/library_style.h"

#include "base/attr.h"
#include "base/utf.h"
#include "evtx/xml.h"

#include <check.h>
#include <stdlib.h>

enum { ROOM = 1 << 20 };

static const struct {
	const char *name, *text, *undone; /* NULL: as it is */
} cases[] = {
	{ "32 bits", "0x0000143a", "0x143a" },
	{ "64 bits", "0x00000000000003e7", "0x3e7" },
	{ "zero", "0x00000000", "0x0" },
	{ "zero of 64 bits", "0x0000000000000000", "0x0" },
	{ "no zero in front", "0xc000006d", NULL },
	{ "all 64 bits", "0x8020000000000000", NULL },
	{ "capitals", "0x0000143A", NULL },
	{ "another width", "0x00143a", NULL },
	{ "a digit too few", "0x0000143", NULL },
	{ "a digit too many", "0x0000143ab", NULL },
	{ "no digit", "0x0000143g", NULL },
	{ "another prefix", "0X0000143a", NULL },
	{ "no prefix", "000000143a", NULL },
	{ "within a text", "code 0x0000143a", NULL },
	{ "blanks around", " 0x0000143a ", NULL },
	{ "beyond ASCII", "0x0000143\xC5\xA1", NULL },
	{ "a time", "2024-03-05T09:00:00.123456700Z", "2024-03-05T09:00:00.1234567Z" },
	{ "a time of nine real digits", "2024-03-05T09:00:00.123456789Z", NULL },
	{ "a time of seven", "2024-03-05T09:00:00.1234567Z", NULL },
	{ "a time of nothing", "2024-03-05 09:00:00.123456700Z", NULL },
	{ "empty", "", NULL },
};

/* As an attribute, as all there is in an element, and as the first of two parts of one. */
START_TEST(test_text)
{
	const char *text = cases[_i].text, *undone = cases[_i].undone ? cases[_i].undone : text;
	struct node *root = NULL, parts[2], parent = { .kind = NODE_ELEMENT, .children = &parts[0] };
	struct err err = { 0 };
	struct buf xml, utf16, got;
	struct arena arena;

	arena_init(&arena, ROOM);
	buf_init(&xml, ROOM);
	buf_init(&utf16, ROOM);
	buf_init(&got, ROOM);
	buf_printf(&xml, "<E a=\"%s\">\n  <D>%s</D>\n</E>\n", text, text);
	utf_append_as_utf16le(&utf16, buf_view(&xml));
	ck_assert_msg(xml_parse(buf_view(&utf16), &arena, &root, &err), "%s: %s", cases[_i].name, err.text);
	ck_assert(library_style_undo(root, &arena));
	node_append_text(root->attributes, &got);
	ck_assert_msg(slice_eq(buf_view(&got), slice_from_text(undone)), "%s: attribute '%.*s'", cases[_i].name, SLICE_ARGS(buf_view(&got)));
	buf_reset(&got);
	node_append_text(root->children, &got);
	ck_assert_msg(slice_eq(buf_view(&got), slice_from_text(undone)), "%s: '%.*s'", cases[_i].name, SLICE_ARGS(buf_view(&got)));
	buf_reset(&got);
	buf_reset(&utf16);
	utf_append_as_utf16le(&utf16, slice_from_text(text));
	parts[0] = (struct node){ .kind = NODE_VALUE, .next = &parts[1], .value = { VALUE_STRING, buf_view(&utf16) } };
	parts[1] = (struct node){ .kind = NODE_VALUE, .value = { VALUE_STRING, SLICE_EMPTY } };
	ck_assert(library_style_undo(&parent, &arena));
	node_append_text(&parent, &got);
	ck_assert_msg(slice_eq(buf_view(&got), slice_from_text(text)), "%s, one of two: '%.*s'", cases[_i].name, SLICE_ARGS(buf_view(&got)));
	buf_fini(&xml);
	buf_fini(&utf16);
	buf_fini(&got);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("library_style");
	TCase *tcase = tcase_create("library_style");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_text, 0, (int)ARRAY_LEN(cases));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
