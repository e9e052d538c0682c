/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mini_chunk.h"

#include "evtx/binxml.h"

#include <check.h>
#include <time.h>

/* The tree as text, in a form that shows every kind of node: values in the order they stand, NULL values as ^. */
static void
dump_text(const struct node *part, struct buf *out)
{
	if (part->value.type == VALUE_NULL)
		buf_append_byte(out, '^');
	value_append_text(&part->value, out);
}

static void
dump_name(const struct node *node, struct buf *out)
{
	struct value name = { .type = VALUE_STRING, .raw = node->name };

	value_append_text(&name, out);
}

static void
dump(const struct node *node, struct buf *out, unsigned depth)
{
	static const char *const open[] = { "<", " ", "", "<![CDATA[", "<?" };
	static const char *const end[] = { "", "\"", "", "]]>", "?>" };

	if (depth > 300)
		return;
	buf_append_text(out, open[node->kind]);
	dump_name(node, out);
	if (node->kind == NODE_ATTRIBUTE)
		buf_append_text(out, "=\"");
	if (node->kind == NODE_INSTRUCTION)
		buf_append_byte(out, ' ');
	if (node->kind != NODE_ELEMENT && node->kind != NODE_ATTRIBUTE)
		dump_text(node, out);
	for (const struct node *part = node->attributes; part; part = part->next)
		dump(part, out, depth + 1);
	if (node->kind == NODE_ELEMENT)
		buf_append_byte(out, '>');
	for (const struct node *part = node->children; part; part = part->next)
		dump(part, out, depth + 1);
	buf_append_text(out, end[node->kind]);
	if (node->kind == NODE_ELEMENT)
		buf_append_text(out, "</>");
}

/* <E> with one <D> that holds substitution 0, which D depends on */
#define ONE_OPTIONAL "def 0F 01 01 00 01 FF FF $0 =E 02 01 00 00 $0 =D 02 0E #0 01 04 04 00 end "

static const struct {
	const char *name;
	const char *words;
	const char *tree; /* or, after a '!', part of the reason */
} trees[] = {
	{ "literal elements", MINI_PLAIN, "<A k=\"v\"><B>x</></>" },
	{ "no fragment header", "01 $0 =A 03 00", "<A></>" },
	{ "no end token", "01 $0 =A 03", "<A></>" },
	{ "empty content", "01 $0 =A 02 04 00", "<A></>" },
	{ "two attributes", "41 $0 =A $0 46 =k 05 01 'v 06 =l 05 01 'w 03 00", "<A k=\"v\" l=\"w\"></>" },
	{ "an attribute without parts", "41 $0 =A $0 06 =k 03 00", "<A k=\"\"></>" },
	{ "parts of an attribute", "41 $0 =A $0 06 =k 49 =quot 45 01 'v 49 =amp 05 01 ' 03 00", "<A k=\"\"v&\"></>" },
	{ "parts of a text", "01 $0 =A 02 45 01 'a 49 =lt 45 01 'b 48 #65 05 01 ' 04 00", "<A>a<bA</>" },
	{ "an unknown entity", "01 $0 =A 02 09 =nbsp 04 00", "<A>&nbsp;</>" },
	{ "CDATA", "01 $0 =A 02 07 'x<y 47 'z 04 00", "<A><![CDATA[x<y]]><![CDATA[z]]></>" },
	{ "processing instructions", "0A =t 0B 'data 01 $0 =A 02 0A =u 04 00", "<A><?u ?></>" },
	{ "text beside elements", "01 $0 =A 02 05 01 'x 01 $0 =B 03 05 01 'y 04 00", "<A>x<B></>y</>" },
	{ "wrong sizes do not matter", "41 $9999 =A $7777 06 =k 05 01 'v 03 00", "<A k=\"v\"></>" },
	{ "substitution without a template", "01 $0 =A 02 0D #0 01 0E #0 01 04 00", "<A>^</>" },

	{ "the reference's template", "0F 01 01 00 def 0F 01 01 00 41 FF FF $0 =A $0 06 =k 0E #0 01 02 01 #1 $0 =B 02 0E #1 08 "
		"04 04 00 end $2 #2 01 00 #4 08 00 ~v $7 00", "<A k=\"v\"><B>7</></>" },
	{ "optional NULL takes its attribute", "def 41 FF FF $0 =A $0 46 =k 0E #0 01 06 =l 0D #0 01 03 00 end $1 #0 00 00 00",
		"<A l=\"^\"></>" },
	{ "NULL with a size", "def 41 FF FF $0 =A $0 06 =k 0E #0 01 02 0D #1 01 04 00 end $2 #2 00 00 #2 01 00 ~?v 00",
		"<A>v</>" },
	{ "optional NULL takes its element", ONE_OPTIONAL "$1 #0 00 00 00", "<E></>" },
	{ "a size of 0 is not NULL", ONE_OPTIONAL "$1 #0 01 00 00", "<E><D></></>" },
	{ "the value's own type counts", ONE_OPTIONAL "$1 #4 14 00 $255 00", "<E><D>0xff</></>" },
	{ "a wrong size is shown in hexadecimal", ONE_OPTIONAL "$1 #2 08 00 #255 00", "<E><D>FF00</></>" },
	{ "an unknown type is shown in hexadecimal", ONE_OPTIONAL "$1 #2 27 00 #255 00", "<E><D>FF00</></>" },
	{ "an index that is not there is NULL", ONE_OPTIONAL "$0 00", "<E></>" },
	{ "dependency on NULL takes everything", "def 01 FF FF $0 =E 02 01 #0 $0 =D 02 05 01 'x 0D #1 01 04 04 00 end "
		"$2 #0 00 00 #2 01 00 ~y 00", "<E></>" },
	{ "but never the root", "def 01 #0 $0 =E 02 01 FF FF $0 =System 03 0E #0 21 04 00 end $1 #0 00 00 00",
		"<E><System></></>" },
	{ "normal NULL is empty text", "def 01 FF FF $0 =E 02 01 FF FF $0 =D 02 0D #0 01 04 04 00 end $1 #0 00 00 00",
		"<E><D>^</></>" },
	{ "optional NULL beside a text", "def 01 FF FF $0 =E 02 01 FF FF $0 =D 02 05 01 'x 0E #0 01 04 04 00 end $1 #0 00 00 00",
		"<E><D>x</></>" },

	{ "an array repeats its element", ONE_OPTIONAL "$1 #10 81 00 ~a #0 #0 ~b #0 00", "<E><D>a</><D></><D>b</></>" },
	{ "without its last NUL", ONE_OPTIONAL "$1 #6 81 00 ~a #0 ~b 00", "<E><D>a</><D>b</></>" },
	{ "an empty array is one element", ONE_OPTIONAL "$1 #0 81 00 00", "<E><D></></>" },
	{ "an array of numbers", ONE_OPTIONAL "$1 #5 86 00 #1 #2 03 00", "<E><D>1</><D>2</><D>03</></>" },
	{ "an array of ANSI strings", ONE_OPTIONAL "$1 #5 82 00 61 00 00 62 63 00", "<E><D>a</><D></><D>bc</></>" },
	{ "array of binary is one value", ONE_OPTIONAL "$1 #2 8E 00 #1 00", "<E><D>0100</></>" },
	{ "repeated with attributes and children", "def 01 FF FF $0 =E 02 41 FF FF $0 =D $0 06 =k 05 01 'v 02 0D #0 86 01 FF FF "
		"$0 =C 03 04 04 00 end $1 #4 86 00 #1 #2 00", "<E><D k=\"v\">1<C></></><D k=\"v\">2<C></></></>" },
	{ "two arrays in one element", "def 01 FF FF $0 =E 02 01 FF FF $0 =D 02 0D #0 84 0D #1 84 04 04 00 end "
		"$2 #1 84 00 #2 84 00 01 02 03 00", "<E><D>12</><D>3</></>" },
	{ "an array in an attribute", "def 41 FF FF $0 =E $0 06 =k 0D #0 84 03 00 end $1 #2 84 00 01 02 00",
		"<E k=\"1,2\"></>" },

	{ "embedded element", "def 01 FF FF $0 =E 02 0E #0 21 04 00 end [ 01 $0 =D 02 04 00 ] 00",
		"<E><D></></>" },
	{ "embedded fragments", "def 01 FF FF $0 =E 02 0E #0 21 04 00 end [ 0F 01 01 00 01 $0 =D 03 00 0F 01 01 00 "
		"01 $0 =F 03 00 ] 00", "<E><D></><F></></>" },
	{ "embedded BinXML in an attribute", "def 41 FF FF $0 =E $0 06 =k 0E #0 21 03 00 end $1 #1 21 00 00 00", "<E k=\"00\"></>" },
	{ "embedded template instance", "def 01 FF FF $0 =E 02 0E #0 21 04 00 end [ 0F 01 01 00 def 01 FF FF $0 =D 02 "
		"0E #0 01 04 00 end $1 #2 01 00 ~x 00 ] 00", "<E><D>x</></>" },

	{ "stale template", "0C 01 $7 $512 $0 03 00 00 00 00 00 00 00 00 00 00 00 00 00", "!written over" },
	{ "template in the chunk header", "0C 01 $0 $128 $0", "!inside the chunk header" },
	{ "template outside the chunk", "0C 01 $0 $70000 $0", "!runs past the end" },
	{ "template that is cut", "def 01 FF FF $0 =E 02 04 00 end $1 #500 01 00 00", "!values" },
	{ "too many values", "def 01 FF FF $0 =E 02 04 00 end $4097 00", "!4097 values" },
	{ "very many values", "def 01 FF FF $0 =E 02 04 00 end $0x40000000 00", "!values, allowed are 4096" },
	{ "template body with a rest", "def 01 FF FF $0 =E 02 04 00 00 00 end $0 00", "!2 bytes before its size says" },
	{ "name outside the chunk", "01 $0 $65530 03 00", "!where no name is" },
	{ "name in the chunk header", "01 $0 $0 03 00", "!where no name is" },
	{ "unknown token", "01 $0 =A 02 1F 04 00", "!unexpected token 0x1f" },
	{ "end of an element that is not open", "04 00", "!unexpected token 0x04" },
	{ "start tag without an end", "01 $0 =A 05 01 'x 00", "!start tag should end" },
	{ "end inside an element", "01 $0 =A 02 00", "!unexpected token 0x00" },
	{ "text that is cut", "01 $0 =A 02 05 01 #900", "!runs past the end" },
	{ "no element", "0F 01 01 00 00", "!no element" },
	{ "value that names itself", "def 01 FF FF $0 =E 02 0E #0 21 04 00 end [ ref [ ] 00 ] 00", "<E><E></></>" },
};

static bool
decode(struct mini *m, size_t end, size_t budget, struct buf *out, size_t *used, struct err *err)
{
	struct arena arena;
	struct binxml b = { .chunk = slice_from(mini_chunk(m), LIMIT_CHUNK), .arena = &arena, .budget = budget };
	struct binxml_tree tree;
	bool ok;

	arena_init(&arena, LIMIT_RECORD_ARENA);
	ok = binxml_decode(&b, LIMIT_CHUNK_HEADER + 24, end, &tree, err);
	if (ok && out)
		dump(tree.root, out, 0);
	*used = budget - b.budget;
	arena_fini(&arena);
	return ok;
}

START_TEST(tree_of_words)
{
	const char *wanted = trees[_i].tree;
	struct mini *m = malloc(sizeof(*m));
	struct err err = { .code = ERR_OK };
	struct buf out;
	size_t used;

	buf_init(&out, LIMIT_RECORD_OUTPUT);
	mini_init(m);
	mini_begin(m);
	mini_words(m, trees[_i].words);
	if (decode(m, m->at, LIMIT_RECORD_NODES, &out, &used, &err))
		buf_append_byte(&out, '\0');
	else
		buf_printf(&out, "!%s%c", err.text, '\0');
	if (wanted[0] == '!')
		ck_assert_msg(out.ptr[0] == '!' && strstr((char *)out.ptr, wanted + 1), "%s: %s", trees[_i].name, (char *)out.ptr);
	else
		ck_assert_msg(strcmp((char *)out.ptr, wanted) == 0, "%s: %s", trees[_i].name, (char *)out.ptr);
	buf_fini(&out);
	free(m);
}
END_TEST

START_TEST(element_depth)
{
	struct mini *m = malloc(sizeof(*m));
	struct err err;
	size_t used;

	for (unsigned depth = LIMIT_ELEMENT_DEPTH; depth <= LIMIT_ELEMENT_DEPTH + 1; depth++) {
		mini_init(m);
		mini_begin(m);
		for (unsigned i = 0; i < depth; i++)
			mini_words(m, "01 $0 =A 02");
		for (unsigned i = 0; i < depth; i++)
			mini_words(m, "04");
		ck_assert_int_eq(decode(m, m->at, LIMIT_RECORD_NODES, NULL, &used, &err), depth == LIMIT_ELEMENT_DEPTH);
	}
	ck_assert_msg(err.code == ERR_LIMIT && strstr(err.text, "256 elements"), "%s", err.text);
	free(m);
}
END_TEST

/* The definition of the outer instance names its value `width` times; the value is an instance of the same definition,
 * and so on, `depth` instances inside one another. */
static void
put_bomb(struct mini *m, unsigned width, unsigned depth)
{
	mini_words(m, "def 01 FF FF $0 =E 02");
	for (unsigned i = 0; i < width; i++)
		mini_words(m, "0E #0 21");
	mini_words(m, "04 00 end");
	for (unsigned i = 1; i < depth; i++)
		mini_words(m, "[ ref");
	mini_words(m, "$1 #0 00 00");
	for (unsigned i = 1; i < depth; i++)
		mini_words(m, "00 ]");
	mini_words(m, "00");
}

static const struct {
	const char *name;
	unsigned width, depth;
	const char *reason; /* NULL: decodes */
} bombs[] = {
	{ "small", 2, 5, NULL },
	{ "as deep as allowed", 1, LIMIT_INSTANCE_DEPTH, NULL },
	{ "too deep", 1, LIMIT_INSTANCE_DEPTH + 1, "16 template instances" },
	{ "wide", 8, 10, "more nodes" },
	{ "very wide", 1000, 16, "more nodes" },
	{ "doubling", 2, 16, "more nodes" },
};

START_TEST(expansion_is_bounded)
{
	struct mini *m = malloc(sizeof(*m));
	struct err err = { .code = ERR_OK };
	size_t used;
	bool ok;

	mini_init(m);
	mini_begin(m);
	put_bomb(m, bombs[_i].width, bombs[_i].depth);
	ok = decode(m, m->at, LIMIT_RECORD_NODES, NULL, &used, &err);
	ck_assert_msg(ok == !bombs[_i].reason, "%s: %s", bombs[_i].name, err.text);
	ck_assert_msg(ok || (err.code == ERR_LIMIT && strstr(err.text, bombs[_i].reason)), "%s: %s", bombs[_i].name, err.text);
	ck_assert_uint_le(used, LIMIT_RECORD_NODES);
	free(m);
}
END_TEST

/* 300 elements that each repeat themselves for 20,000 items, in one record. */
START_TEST(array_bomb_is_bounded)
{
	struct mini *m = malloc(sizeof(*m));
	struct err err;
	size_t used;

	mini_init(m);
	mini_begin(m);
	mini_words(m, "def 01 FF FF $0 =E 02");
	for (unsigned i = 0; i < 300; i++)
		mini_words(m, "01 FF FF $0 =D 02 0D #0 81 04");
	mini_words(m, "04 00 end $1 #40000 81 00");
	m->at += 40000;
	mini_words(m, "00");
	ck_assert(!decode(m, m->at, LIMIT_RECORD_NODES, NULL, &used, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	free(m);
}
END_TEST

/* A chunk full of bombs: bounded as a whole, and the honest record behind them is read all the same. */
START_TEST(bombs_do_not_starve_neighbours)
{
	struct mini *m = malloc(sizeof(*m));
	struct source source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	struct mini_tally t;
	clock_t begun;
	size_t bombs_put = 0;

	mini_init(m);
	for (; m->at < 60000; bombs_put++) {
		mini_begin(m);
		put_bomb(m, 8, 14);
		mini_end(m, 0);
	}
	mini_record(m, MINI_PLAIN);
	mini_finish(m, 0);
	begun = clock();
	ck_assert(mini_read(&source, 0, &t));
	ck_assert_uint_eq(t.counts.records, 1);
	ck_assert_uint_eq(t.counts.lost, bombs_put);
	ck_assert_msg(clock() - begun < 2 * CLOCKS_PER_SEC, "took %ld clocks", (long)(clock() - begun));
	free(m);
}
END_TEST

/* --- every damage of a small log ends in a record, a loss or an end --- */

static void
put_log(struct mini *m)
{
	mini_init(m);
	mini_record(m, "0F 01 01 00 def 0F 01 01 00 41 FF FF $0 =Event $0 06 =k 0E #0 01 02 01 #1 $0 =D 02 0E #1 08 04 "
		"01 #2 $0 =L 02 0E #2 81 04 0E #3 21 04 00 end $4 #2 01 00 #4 08 00 #8 81 00 #28 21 00 ~v $7 ~a #0 ~b #0 "
		"0F 01 01 00 01 $0 =M 02 04 00 00");
	for (unsigned i = 0; i < 3; i++)
		mini_record(m, "0F 01 01 00 ref $4 #2 01 00 #4 08 00 #8 81 00 #0 00 00 ~v $7 ~a #0 ~b #0 00");
	mini_record(m, MINI_PLAIN);
	mini_finish(m, 0);
}

START_TEST(flips)
{
	struct mini *m = malloc(sizeof(*m));
	struct source source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	struct mini_tally t;

	put_log(m);
	for (size_t at = LIMIT_FILE_HEADER + LIMIT_CHUNK_HEADER; at < LIMIT_FILE_HEADER + m->at; at++) {
		m->bytes[at] ^= (uint8_t)(1u << _i);
		ck_assert(mini_read(&source, 0, &t));
		ck_assert_msg(t.counts.records + t.counts.lost == 5, "byte %zu bit %d: %llu records, %llu lost (%s)", at, _i,
			(unsigned long long)t.counts.records, (unsigned long long)t.counts.lost, t.reason);
		m->bytes[at] ^= (uint8_t)(1u << _i);
	}
	free(m);
}
END_TEST

START_TEST(truncations)
{
	struct mini *m = malloc(sizeof(*m));
	struct mini_tally t;
	uint64_t before = 0;

	put_log(m);
	for (size_t at = LIMIT_FILE_HEADER + 8; at <= LIMIT_FILE_HEADER + m->at; at++) {
		/* a copy of exactly that size, so that a read behind it is seen */
		uint8_t *copy = malloc(at);
		struct source source = source_from_memory(slice_from(memcpy(copy, m->bytes, at), at));

		ck_assert(mini_read(&source, 0, &t));
		ck_assert_msg(t.counts.records >= before && t.counts.lost <= 1, "%zu bytes: %llu records after %llu", at,
			(unsigned long long)t.counts.records, (unsigned long long)before);
		before = t.counts.records;
		free(copy);
	}
	ck_assert_uint_eq(before, 5);
	free(m);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("binxml");
	TCase *cases = tcase_create("binxml");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 600);
	tcase_add_loop_test(cases, tree_of_words, 0, (int)ARRAY_LEN(trees));
	tcase_add_test(cases, element_depth);
	tcase_add_loop_test(cases, expansion_is_bounded, 0, (int)ARRAY_LEN(bombs));
	tcase_add_test(cases, array_bomb_is_bounded);
	tcase_add_test(cases, bombs_do_not_starve_neighbours);
	tcase_add_loop_test(cases, flips, 0, 8);
	tcase_add_test(cases, truncations);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
