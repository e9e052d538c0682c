/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML tree: types, lines, what is refused and where, bombs. */
#include "tests/sigma_help.h"

#include "src/lib/yaml.h"

static const struct {
	const char *text;
	enum yaml_type type;
} scalars[] = {
	{ "abc", YAML_TEXT }, { "'12'", YAML_TEXT }, { "\"null\"", YAML_TEXT }, { "12", YAML_INT }, { "-3", YAML_INT },
	{ "0x1F", YAML_INT }, { "0xZ", YAML_TEXT }, { "1.5", YAML_FLOAT }, { ".5", YAML_FLOAT }, { "1e3", YAML_FLOAT },
	{ "1e", YAML_TEXT }, { "1.2.3", YAML_TEXT }, { "~", YAML_NULL }, { "null", YAML_NULL },
	{ "true", YAML_BOOL }, { "False", YAML_BOOL }, { "yes", YAML_TEXT }, { "on", YAML_TEXT }, { ".", YAML_TEXT },
	{ "2026-11-24", YAML_TEXT }, { "1:30", YAML_TEXT }, { "!!str 12", YAML_TEXT }, { "+7", YAML_INT },
};

START_TEST(scalars_have_types)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "k: %s\n", scalars[_i].text);
	struct yaml_reader *r = yaml_open(slice_from(text, (size_t)len));
	const struct yaml_node *root = NULL;
	struct arena arena;
	struct err err = { 0 };

	arena_init(&arena, 1 << 20);
	ck_assert_msg(yaml_next(r, &arena, &root, &err) == YAML_DOCUMENT, "%s: %s", scalars[_i].text, err.text);
	ck_assert_msg(yaml_get(root, SLICE("k"))->type == scalars[_i].type, "%s", scalars[_i].text);
	ck_assert_int_eq(yaml_next(r, &arena, &root, &err), YAML_END);
	yaml_close(r);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *name, *text;
	enum yaml_step step;
	enum err_code code;
	unsigned line, column;
	enum yaml_step then;
} refusals[] = {
	{ "duplicate key", "a: 1\nb: 2\na: 3\n---\nc: 1\n", YAML_REFUSED, ERR_SYNTAX, 3, 1, YAML_DOCUMENT },
	{ "duplicate below", "x:\n  a: 1\n  a: 3\n---\nc: 1\n", YAML_REFUSED, ERR_SYNTAX, 3, 3, YAML_DOCUMENT },
	{ "anchor", "a: &b 1\n---\nc: 1\n", YAML_REFUSED, ERR_UNSUPPORTED, 1, 4, YAML_DOCUMENT },
	{ "anchored list", "a: &b [1]\n---\nc: 1\n", YAML_REFUSED, ERR_UNSUPPORTED, 1, 4, YAML_DOCUMENT },
	{ "alias", "a: *b\n---\nc: 1\n", YAML_REFUSED, ERR_UNSUPPORTED, 1, 4, YAML_DOCUMENT },
	{ "key is a list", "? [a]\n: 1\n---\nc: 1\n", YAML_REFUSED, ERR_SYNTAX, 1, 3, YAML_DOCUMENT },
	{ "open quote", "a: 'x\n", YAML_BROKEN, ERR_SYNTAX, 2, 1, YAML_END },
	{ "bad indent", "a:\n  b: 1\n c: 2\n", YAML_BROKEN, ERR_SYNTAX, 3, 2, YAML_END },
	{ "control character", "a: \1\n", YAML_BROKEN, ERR_SYNTAX, 0, 0, YAML_END },
	{ "no UTF-8", "a: \xFF\n", YAML_BROKEN, ERR_SYNTAX, 0, 0, YAML_END },
};

START_TEST(refusals_have_a_place)
{
	struct yaml_reader *r = yaml_open(slice_from_text(refusals[_i].text));
	const struct yaml_node *root = NULL;
	struct arena arena;
	struct err err = { 0 };

	arena_init(&arena, 1 << 20);
	ck_assert_msg(yaml_next(r, &arena, &root, &err) == refusals[_i].step, "%s: %s", refusals[_i].name, err.text);
	ck_assert_msg(err.code == refusals[_i].code, "%s: %s", refusals[_i].name, err.text);
	if (refusals[_i].line)
		ck_assert_msg(err.at == ((uint64_t)refusals[_i].line << 32 | refusals[_i].column), "%s: %u:%u",
			refusals[_i].name, (unsigned)(err.at >> 32), (unsigned)err.at);
	ck_assert_msg(yaml_next(r, &arena, &root, &err) == refusals[_i].then, "%s: then", refusals[_i].name);
	yaml_close(r);
	arena_fini(&arena);
}
END_TEST

START_TEST(tree_has_order_and_lines)
{
	static const char text[] = "b: 1\na:\n  - x\n  - {y: z}\n";
	struct yaml_reader *r = yaml_open(slice_from_text(text));
	const struct yaml_node *root = NULL, *list;
	struct arena arena;
	struct err err = { 0 };

	arena_init(&arena, 1 << 20);
	ck_assert_int_eq(yaml_next(r, &arena, &root, &err), YAML_DOCUMENT);
	ck_assert_uint_eq(root->count, 2);
	ck_assert(slice_eq(root->first->key, SLICE("b")));
	list = yaml_get(root, SLICE("a"));
	ck_assert_int_eq(list->kind, YAML_LIST);
	ck_assert_uint_eq(list->key_line, 2);
	ck_assert_uint_eq(list->first->line, 3);
	ck_assert_uint_eq(list->first->column, 5);
	ck_assert(slice_eq(yaml_get(list->first->next, SLICE("y"))->text, SLICE("z")));
	ck_assert_ptr_null(yaml_get(root, SLICE("c")));
	ck_assert_ptr_null(yaml_get(list, SLICE("a")));
	yaml_close(r);
	arena_fini(&arena);
}
END_TEST

/* Text that would cost a naive reader time or memory: `repeat` times a piece. */
static const struct {
	const char *name, *piece;
	size_t repeat;
	enum err_code code;
} bombs[] = {
	{ "open lists", "[", 100000, ERR_LIMIT },
	{ "open maps", "{a: ", 100000, ERR_LIMIT },
	{ "nested keys", "? ", 100000, ERR_SYNTAX },
	{ "dashes", "- ", 100000, ERR_LIMIT },
	{ "many nodes", "- a\n", LIMIT_YAML_NODES + 10, ERR_LIMIT },
};

START_TEST(bombs_are_stopped)
{
	size_t len = strlen(bombs[_i].piece);
	char *text = malloc(len * bombs[_i].repeat);
	struct yaml_reader *r;
	const struct yaml_node *root = NULL;
	struct arena arena;
	struct err err = { 0 };

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < bombs[_i].repeat; i++)
		memcpy(text + i * len, bombs[_i].piece, len);
	arena_init(&arena, LIMIT_RULE_MEMORY);
	r = yaml_open(slice_from(text, len * bombs[_i].repeat));
	ck_assert_int_ne(yaml_next(r, &arena, &root, &err), YAML_DOCUMENT);
	ck_assert_msg(err.code == bombs[_i].code, "%s: %s", bombs[_i].name, err.text);
	ck_assert_int_eq(yaml_next(r, &arena, &root, &err), YAML_END);
	yaml_close(r);
	arena_fini(&arena);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("yaml");
	TCase *tc = tcase_create("yaml");

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, scalars_have_types, 0, (int)ARRAY_LEN(scalars));
	tcase_add_loop_test(tc, refusals_have_a_place, 0, (int)ARRAY_LEN(refusals));
	tcase_add_test(tc, tree_has_order_and_lines);
	tcase_add_loop_test(tc, bombs_are_stopped, 0, (int)ARRAY_LEN(bombs));
	suite_add_tcase(s, tc);
	return help_main(s);
}
