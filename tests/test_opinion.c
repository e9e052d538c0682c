/* SPDX-License-Identifier: Apache-2.0 */
/* The second opinion, on evidence of our own writer: every row of the table of libevtx's known errors has a record here
 * that shows it, and what is not in the table is told as a difference. */
#include "evtx/opinion.h"

#include "base/attr.h"
#include "base/limits.h"
#include "evtx/compare.h"
#include "evtx/reader.h"
#include "evtx/xml.h"
#include "tests/tree_help.h"
#include "tests/writer/broken.h"
#include "tests/writer/wchunk.h"

#include <check.h>
#include <stdlib.h>

const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libevtx.so\nleak:libfdata_list_initialize\n";
}

static const struct guid inner_guid = { { 1, 2, 3 } }, other_guid = { { 4, 5, 6 } };

/* --- bodies --- */

static void
one_value(struct wchunk *c, const void *context)
{
	const struct writer_value *value = context;

	wxml_fragment(c);
	broken_define_data(c, &broken_guid, value->type, 1, true);
	wxml_value(c, wxml_values(c, 1), 0, value->type, value->bytes);
	wxml_end(c);
}

/* <Event><Data Name="Value">%0%0</Data></Event> */
static void
two_substitutions(struct wchunk *c, const void *context)
{
	(void)context;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 2, true);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
	wxml_end(c);
}

static void
normal_null(struct wchunk *c, const void *context)
{
	(void)context;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, false);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_NULL, SLICE_EMPTY);
	wxml_end(c);
}

static void
no_value(struct wchunk *c, const void *context)
{
	(void)context;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true);
	wxml_values(c, 0);
	wxml_end(c);
}

/* <Event k="..."/>, its value by the context: 'e' begins with an entity, 's' is text and a substitution, 'm' is markup
 * that nobody escapes. */
static void
attribute(struct wchunk *c, const void *context)
{
	char kind = *(const char *)context;
	struct wxml_definition d;
	struct wxml_element event;

	wxml_fragment(c);
	ck_assert(wxml_instance(c, &broken_guid, &d));
	wxml_fragment(c);
	event = wxml_open(c, SLICE("Event"), WXML_DEPENDS_ON_NOTHING, true);
	wxml_attribute(c, SLICE("k"), false);
	if (kind == 'e') {
		wxml_entity(c, SLICE("quot"), true);
		wxml_value_text(c, SLICE("x"), false);
	} else if (kind == 's') {
		wxml_value_text(c, SLICE("x"), true);
		wxml_substitution(c, 0, WRITER_STRING, true);
	} else {
		wxml_value_text(c, SLICE("v\" w=\"x"), false);
	}
	wxml_close_empty(c, &event);
	wxml_end(c);
	wxml_definition_end(c, &d);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
	wxml_end(c);
}

/* Literal text, an entity, text: the library puts these together as we do. */
static void
literal_parts(struct wchunk *c, const void *context)
{
	struct wxml_definition d;
	struct wxml_element event;

	(void)context;
	wxml_fragment(c);
	ck_assert(wxml_instance(c, &broken_guid, &d));
	wxml_fragment(c);
	event = wxml_open(c, SLICE("Event"), WXML_DEPENDS_ON_NOTHING, false);
	wxml_content(c, &event);
	wxml_escaped_text(c, SLICE("a & b < c"), false);
	wxml_close(c, &event);
	wxml_end(c);
	wxml_definition_end(c, &d);
	wxml_values(c, 0);
	wxml_end(c);
}

/* <name>x</name> as an instance of its own. */
static void
instance(struct wchunk *c, const struct guid *guid, struct slice name)
{
	struct wxml_definition d;

	if (wxml_instance(c, guid, &d)) {
		struct wxml_element e;

		wxml_fragment(c);
		e = wxml_open(c, name, WXML_DEPENDS_ON_NOTHING, false);
		wxml_content(c, &e);
		wxml_substitution(c, 0, WRITER_STRING, true);
		wxml_close(c, &e);
		wxml_end(c);
		wxml_definition_end(c, &d);
	}
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
}

/* <Event> with a value of two instances; the second has the name that is the context. */
static void
two_instances(struct wchunk *c, const void *context)
{
	size_t descriptors, began;
	struct wxml_definition d;
	struct wxml_element event;

	wxml_fragment(c);
	ck_assert(wxml_instance(c, &broken_guid, &d));
	wxml_fragment(c);
	event = wxml_open(c, SLICE("Event"), WXML_DEPENDS_ON_NOTHING, false);
	wxml_content(c, &event);
	wxml_substitution(c, 0, WRITER_BINXML, true);
	wxml_close(c, &event);
	wxml_end(c);
	wxml_definition_end(c, &d);
	descriptors = wxml_values(c, 1);
	began = c->at;
	wxml_fragment(c);
	instance(c, &inner_guid, SLICE("EventData"));
	wxml_fragment(c);
	instance(c, &other_guid, slice_from_text(context));
	wxml_end(c);
	wxml_value_is(c, descriptors, 0, WRITER_BINXML, began);
	wxml_end(c);
}

static void
no_template(struct wchunk *c, const void *context)
{
	struct wxml_element event;

	(void)context;
	wxml_fragment(c);
	event = wxml_open(c, SLICE("Event"), WXML_NO_DEPENDENCY_FIELD, true);
	wxml_attribute(c, SLICE("k"), false);
	wxml_value_text(c, SLICE("v"), false);
	wxml_close_empty(c, &event);
	wxml_end(c);
}

/* A value of BinXML whose template is defined inside it, behind the instance that uses it. */
static void
inner_definition(struct wchunk *c, const void *context)
{
	size_t offset_at, descriptors, began;

	(void)context;
	wxml_fragment(c);
	wchunk_bytes(c, SLICE("\x0C\x01\xF0\x0D\xCA\xFE"));
	offset_at = c->at;
	wchunk_u32(c, 0);
	descriptors = wxml_values(c, 1);
	began = c->at;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true); /* the instance's head has 10 bytes */
	wchunk_patch_u32(c, offset_at, (uint32_t)began + 4 + 10);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
	wxml_end(c);
	wxml_value_is(c, descriptors, 0, WRITER_BINXML, began);
	wxml_end(c);
}

/* --- the table --- */

#define VALUE(type, lit) one_value, &(const struct writer_value){ type, { (const uint8_t *)(lit), sizeof(lit) - 1 } }
#define KNOWN(which) OPINION_KNOWN, 1u << (which), NULL
#define REFUSED(words) OPINION_REFUSED, 0, words
#define AGREES OPINION_AGREES, 0, NULL

/* clang-format off */
static const struct {
	const char *name;
	writer_body *body;
	const void *context;
	enum opinion_kind kind;
	unsigned known;
	const char *words; /* of a refusal; of a difference its path */
} cases[] = {
	{ "a text", VALUE(WRITER_STRING, "o\0k\0"), AGREES },
	{ "a text with its NUL", VALUE(WRITER_STRING, "o\0k\0\0\0"), AGREES },
	{ "an empty text", VALUE(WRITER_STRING, ""), AGREES },
	{ "a NUL inside", VALUE(WRITER_STRING, "a\0\0\0b\0"), AGREES },
	{ "one line feed is no text", VALUE(WRITER_STRING, "\n\0"), AGREES },
	{ "blanks stay", VALUE(WRITER_STRING, " \0 \0x\0 \0"), AGREES },
	{ "nothing", VALUE(WRITER_NULL, ""), AGREES },
	{ "literal text and references", literal_parts, NULL, AGREES },
	{ "code page", VALUE(WRITER_ANSI, "\x80 <b>\0"), AGREES },
	{ "positive numbers", VALUE(WRITER_I32, "\x7F\0\0\x40"), AGREES },
	{ "unsigned numbers", VALUE(WRITER_U64, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), AGREES },
	{ "a time has nine digits", VALUE(WRITER_FILETIME, "\x01\x80\x3E\xD5\xDE\xB1\x9D\x01"), AGREES },
	{ "a time in words", VALUE(WRITER_SYSTEMTIME, "\xE8\x07\x03\0\x01\0\x04\0\x0C\0\x22\0\x38\0\x0C\x03"), AGREES },
	{ "hexadecimal numbers have all zeros", VALUE(WRITER_HEX64, "\xE7\x03\0\0\0\0\0\0"), AGREES },
	{ "pointers are decimal", VALUE(WRITER_SIZE, "\xEF\xBE\xAD\xDE"), AGREES },
	{ "reals have six digits", VALUE(WRITER_DOUBLE, "\xB6\xF3\xFD\xD4\x78\xFE\xA8\x40"), AGREES },
	{ "GUID", VALUE(WRITER_GUID, "0123456789abcdef"), AGREES },
	{ "SID", VALUE(WRITER_SID, "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0"), AGREES },
	{ "bytes", VALUE(WRITER_BINARY, "\0\x01\xFE\xFF"), AGREES },
	{ "strings", VALUE(0x81, "a\0\0\0\0\0c\0\0\0"), AGREES },

	{ "beyond U+FFFF", VALUE(WRITER_STRING, "a\0\x3D\xD8\x00\xDE" "b\0"), KNOWN(KNOWN_PAIR) },
	{ "a high surrogate alone", VALUE(WRITER_STRING, "\x00\xD8" "b\0" "c\0"), KNOWN(KNOWN_SURROGATE) },
	{ "a low surrogate alone", VALUE(WRITER_STRING, "\x00\xDC" "b\0" "c\0"), KNOWN(KNOWN_SURROGATE) },
	{ "byte order mark", VALUE(WRITER_STRING, "\xFF\xFE" "a\0"), KNOWN(KNOWN_BOM) },
	{ "byte order mark, swapped", VALUE(WRITER_STRING, "\xFE\xFF" "a\x01"), KNOWN(KNOWN_BOM) },
	{ "NULs at the end", VALUE(WRITER_STRING, "a\0\0\0\0\0"), KNOWN(KNOWN_NUL) },
	{ "negative, 8 bits", VALUE(WRITER_I8, "\xFB"), KNOWN(KNOWN_NEGATIVE) },
	{ "negative, 16 bits", VALUE(WRITER_I16, "\xFB\xFF"), KNOWN(KNOWN_NEGATIVE) },
	{ "negative, 32 bits", VALUE(WRITER_I32, "\x5F\0\x04\x80"), KNOWN(KNOWN_NEGATIVE) },
	{ "negative, 64 bits", VALUE(WRITER_I64, "\x85\x02\x03\x04\x05\x06\x07\x88"), KNOWN(KNOWN_NEGATIVE) },
	{ "a reference in a code page", VALUE(WRITER_ANSI, "a &amp; b\0"), KNOWN(KNOWN_MARKUP) },
	{ "two substitutions", two_substitutions, NULL, KNOWN(KNOWN_PARTS) },
	{ "RenderingInfo in the second instance", two_instances, "RenderingInfo", KNOWN(KNOWN_INSTANCE) },
	{ "a time past all calendars", VALUE(WRITER_FILETIME, "\xFF\xFE\xFD\xFC\xFF\xFE\xFD\xFC"), KNOWN(KNOWN_TIME) },
	{ "a time that is not set", VALUE(WRITER_SYSTEMTIME, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), KNOWN(KNOWN_TIME) },
	{ "no time in words", VALUE(WRITER_SYSTEMTIME, "\x85\x02\x03\x04\x05\x06\x07\x88\x85\x02\x03\x04\x05\x06\x07\x88"),
		KNOWN(KNOWN_TIME) },
	{ "a small real", VALUE(WRITER_FLOAT, "\xAC\xC5\x27\x37"), KNOWN(KNOWN_REAL) },
	{ "a number of another size", VALUE(WRITER_U8, "\x01\x02"), KNOWN(KNOWN_SIZE) },
	{ "a SID with bytes behind it", VALUE(WRITER_SID, "\x01\x01\0\0\0\0\0\x05\x20\0\0\0extra!!!"), KNOWN(KNOWN_SIZE) },

	{ "no template", no_template, NULL, REFUSED("0x05 in attribute (record without template)") },
	{ "an attribute that begins with a reference", attribute, "e", REFUSED("0x49 in attribute (several parts)") },
	{ "an attribute of text and substitution", attribute, "s", REFUSED("text beside a substitution") },
	{ "normal substitution of NULL", normal_null, NULL, REFUSED("normal substitution of NULL") },
	{ "ends in half a pair", VALUE(WRITER_STRING, "a\0\x00\xD8"), REFUSED("text that ends in half a surrogate pair") },
	{ "EvtHandle", VALUE(0x20, "\0\0\0\0"), REFUSED("value type it does not know") },
	{ "array of booleans", VALUE(0x8D, "\x01\0\0\0\0\0\0\0"), REFUSED("value type it does not know") },
	{ "array of SIDs", VALUE(0x93, "\x01\x01\0\0\0\0\0\x05\x12\0\0\0"), REFUSED("value type it does not know") },
	{ "odd text", VALUE(WRITER_STRING, "x\0y"), REFUSED("value of another size than its type") },
	{ "pointer of no size", VALUE(WRITER_SIZE, ""), REFUSED("value of another size than its type") },
	{ "three bytes of a number", VALUE(WRITER_U16, "\x01\x02\x03"), REFUSED("value of another size than its type") },
	{ "half a GUID", VALUE(WRITER_GUID, "01234567"), REFUSED("value of another size than its type") },
	{ "no values", no_value, NULL, REFUSED("substitution of a value that is not there") },
	{ "BinXML without an element", VALUE(WRITER_BINXML, ""), REFUSED("embedded BinXML without an element") },
	{ "a definition inside a value", inner_definition, NULL, REFUSED("template definition inside a value") },

	{ "another second instance is a difference", two_instances, "UserData", OPINION_DIFFERS, 0, "UserData" },
};
/* clang-format on */

/* --- running it --- */

/* A log of three records; the second is the case. */
static void
make_log(writer_body *body, const void *context, struct buf *file)
{
	struct writer_options options = { .minor = 1 };
	struct writer_log *log = writer_log_new(&options);

	buf_init(file, 1 << 24);
	ck_assert(log && broken_add_event(log, 1, SLICE("before")));
	ck_assert(writer_log_add_body(log, 2, BROKEN_TIME, body, context));
	ck_assert(broken_add_event(log, 3, SLICE("behind")));
	ck_assert(writer_log_finish(log, file));
	writer_log_free(log);
}

/* The opinion on the record with that number; `hint` is added to its place. */
static void
ask(const struct buf *file, uint64_t number, size_t hint, struct opinion *opinion, struct buf *xml)
{
	struct source source = source_from_memory(buf_view(file));
	struct second *second = second_new();
	struct reader *reader;
	struct reader_loss loss;
	struct record record;
	enum reader_step step;
	struct err err = { 0 };
	size_t ordinal = 0;
	bool found = false;

	ck_assert(second);
	ck_assert_msg(reader_direct.open(&source, NULL, &reader, &err), "%s", err.text);
	while (step = reader_next(reader, &record, &loss, &err), step != READER_END) {
		ordinal = step == READER_CHUNK ? 0 : ordinal + 1;
		if (step == READER_CHUNK)
			second_open(second, reader->bytes);
		if (step != READER_RECORD || record.number != number)
			continue;
		second_read(second, ordinal - 1 + hint, &record, opinion);
		found = true;
		if (xml) {
			buf_init(xml, 1 << 20);
			utf_append_utf16le(xml, second_xml(second));
		}
	}
	ck_assert_msg(found, "the direct reader reads record %u: %s", (unsigned)number, loss.reason);
	reader_close(reader);
	second_free(second);
}

START_TEST(test_case)
{
	struct opinion opinion;
	struct buf file, words;

	make_log(cases[_i].body, cases[_i].context, &file);
	ask(&file, 2, 0, &opinion, NULL);
	buf_init(&words, 1000);
	opinion_append(&opinion, &words);
	buf_append_byte(&words, 0);
	ck_assert_msg(opinion.kind == cases[_i].kind && opinion.known == cases[_i].known, "%s: kind %d, known %x: %s", cases[_i].name,
		(int)opinion.kind, opinion.known, (char *)words.ptr);
	if (opinion.kind == OPINION_REFUSED)
		ck_assert_msg(strcmp((char *)words.ptr, cases[_i].words) == 0, "%s: %s", cases[_i].name, (char *)words.ptr);
	if (opinion.kind == OPINION_DIFFERS)
		ck_assert_str_eq(opinion.difference.path, cases[_i].words);
	ck_assert_msg((opinion.kind == OPINION_AGREES) == (words.len == 1), "%s: %s", cases[_i].name, (char *)words.ptr);
	ask(&file, 3, 0, &opinion, NULL);
	ck_assert_msg(opinion.kind == OPINION_AGREES, "%s: the record behind it", cases[_i].name);
	buf_fini(&words);
	buf_fini(&file);
}
END_TEST

/* Every row of the table has a case. */
START_TEST(test_complete)
{
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		all |= cases[i].known;
	ck_assert_uint_eq(all, (1u << KNOWN_ERRORS) - 1);
	for (unsigned i = 0; i < KNOWN_ERRORS; i++)
		ck_assert(*known_error_name((enum known_error)i));
}
END_TEST

/* What is known to go wrong is no excuse that a text needs which is the same. */
START_TEST(test_same_attribute)
{
	static const uint8_t text[] = "<\0E\0 \0A\0=\0\"\0\x00\xDC\"\0/\0>\0";
	struct difference difference;
	struct comparer comparer;
	struct arena arena;
	struct node *tree = NULL;
	unsigned known = 0;
	struct err err;

	arena_init(&arena, LIMIT_RECORD_ARENA);
	comparer_init(&comparer);
	ck_assert(xml_parse(slice_from(text, sizeof(text) - 1), &arena, &tree, &err));
	ck_assert(tree->attributes && tree->attributes->children);
	ck_assert(compare_trees(&comparer, tree, tree, &known, &difference));
	ck_assert_uint_eq(known, 0);
	comparer_fini(&comparer);
	arena_fini(&arena);
}
END_TEST

/* The place is a hint: a record is known by its identifier and time. */
START_TEST(test_hint)
{
	static const size_t hints[] = { 0, 1, 2, 1000, (size_t)0 - 1, SIZE_MAX / 2 };
	struct opinion opinion;
	struct buf file, xml;

	make_log(one_value, &(const struct writer_value){ WRITER_STRING, SLICE("x\0") }, &file);
	for (uint64_t number = 1; number <= 3; number++) {
		ask(&file, number, hints[_i], &opinion, &xml);
		ck_assert_msg(opinion.kind == OPINION_AGREES, "record %u: %s", (unsigned)number, opinion.reason);
		ck_assert(slice_starts_with(buf_view(&xml), SLICE("<Event")));
		buf_fini(&xml);
	}
	buf_fini(&file);
}
END_TEST

/* What is wrong with the chunk costs its opinions: named, and known. */
static const struct {
	const char *name;
	size_t at, size;
	uint8_t byte;
	const char *words;
} damages[] = {
	{ "free space", 48, 4, 0xFF, "chunk header it does not accept" },
	{ "header size", 40, 1, 1, "chunk header it does not accept" },
	{ "no chunk signature", 0, 1, 'x', "not in its list of records" },
	{ "last record", 44, 2, 0, "not in its list of records" },
};

START_TEST(test_damage)
{
	struct opinion opinion;
	struct buf file;

	make_log(one_value, &(const struct writer_value){ WRITER_STRING, SLICE("x\0") }, &file);
	memset(file.ptr + LIMIT_FILE_HEADER + damages[_i].at, damages[_i].byte, damages[_i].size);
	ask(&file, 2, 0, &opinion, NULL);
	ck_assert_msg(opinion.kind == OPINION_REFUSED && strcmp(opinion.reason, damages[_i].words) == 0, "%s: %s", damages[_i].name,
		opinion.reason);
	buf_fini(&file);
}
END_TEST

/* --- trees against trees: what is no known error is a difference, with its place and both texts --- */

static const struct {
	const char *name, *ours, *theirs; /* as tree_make reads them */
	const char *path, *our_text, *their_text; /* path NULL: the same */
} trees[] = {
	{ "the same", "<Event a=\"1\"><System><Level>4</Level></System></Event>",
		"<Event a=\"1\"><System><Level>4</Level></System></Event>", NULL, NULL, NULL },
	{ "a text", "<Event><System><Level>4</Level></System></Event>", "<Event><System><Level>5</Level></System></Event>",
		"System/Level", "4", "5" },
	{ "a number of ours", "<Event><Level>@08:10000000</Level></Event>", "<Event><Level>0x10</Level></Event>", "Level", "16",
		"0x10" },
	{ "named data", "<Event><EventData><Data Name=\"A\">x</Data></EventData></Event>",
		"<Event><EventData><Data Name=\"A\">y</Data></EventData></Event>", "EventData/Data[A]", "x", "y" },
	{ "a name of data", "<Event><EventData><Data Name=\"A\">x</Data></EventData></Event>",
		"<Event><EventData><Data Name=\"B\">x</Data></EventData></Event>", "EventData/Data[A]@Name", "A", "B" },
	{ "an attribute", "<Event><P Name=\"A\"/></Event>", "<Event><P Name=\"AB\"/></Event>", "P@Name", "A", "AB" },
	{ "an attribute less", "<Event><P Name=\"A\"/></Event>", "<Event><P/></Event>", "P@Name", "A", "(no such attribute)" },
	{ "an attribute more", "<Event><P/></Event>", "<Event><P Name=\"A\"/></Event>", "P@Name", "(no such attribute)", "(there)" },
	{ "an attribute without data", "<Event><P Name=\"@00:0000\" k=\"v\"/></Event>", "<Event><P k=\"v\"/></Event>", NULL, NULL,
		NULL },
	{ "an element less", "<Event><A>1</A><B>2</B></Event>", "<Event><A>1</A></Event>", "B", "(there)", "(no such element)" },
	{ "an element more", "<Event><A>1</A></Event>", "<Event><A>1</A><B>2</B></Event>", "B", "(no such element)", "(there)" },
	{ "another element", "<Event><A>1</A></Event>", "<Event><B>1</B></Event>", "A", "(there)", "(no such element)" },
	{ "another root", "<Event><A>1</A></Event>", "<Other><A>1</A></Other>", "Event", "(there)", "(another root)" },
	{ "a real that is another", "<Event><A>@0C:000000000000F03F</A></Event>", "<Event><A>1.000010e+000</A></Event>", "A", "1",
		"1.000010e+000" },
	{ "a wrong character is excused only as it is wrong", "<Event><A>@01:3DD800DE</A></Event>", "<Event><A>x</A></Event>", "A",
		"\xf0\x9f\x88\x81", "x" },
	{ "text in an element with children", "<Event><A><B>1</B></A></Event>", "<Event><A>1</A></Event>", "A/B", "(there)",
		"(no such element)" },
};

START_TEST(test_tree)
{
	struct comparer comparer;
	struct difference d;
	struct arena arena;
	unsigned known = 99;
	bool same;

	arena_init(&arena, 1 << 20);
	comparer_init(&comparer);
	same = compare_trees(&comparer, tree_make(trees[_i].ours, &arena), tree_make(trees[_i].theirs, &arena), &known, &d);
	ck_assert_msg(same == !trees[_i].path && known == 0, "%s: %d, %x, %s", trees[_i].name, same, known, d.path);
	if (!same) {
		ck_assert_str_eq(d.path, trees[_i].path);
		ck_assert_str_eq(d.ours, trees[_i].our_text);
		ck_assert_str_eq(d.theirs, trees[_i].their_text);
	}
	comparer_fini(&comparer);
	arena_fini(&arena);
}
END_TEST

/* Long texts are shown around the place; no path is too long, no tree too deep. */
START_TEST(test_long)
{
	struct buf ours, theirs;
	struct comparer comparer;
	struct difference d;
	struct arena arena;
	unsigned known;

	arena_init(&arena, 1 << 24);
	buf_init(&ours, 1 << 20);
	buf_init(&theirs, 1 << 20);
	comparer_init(&comparer);
	for (int i = 0; i < 2; i++) {
		struct buf *b = i ? &theirs : &ours;

		buf_append_text(b, "<Event><A>");
		for (int k = 0; k < 5000; k++)
			buf_append_text(b, "\xc3\xa4");
		buf_append_text(b, i ? "1" : "2");
		for (int k = 0; k < 5000; k++)
			buf_append_text(b, "\xc3\xa4");
		buf_append_text(b, "</A></Event>");
		buf_append_byte(b, 0);
	}
	ck_assert(!compare_trees(&comparer, tree_make((char *)ours.ptr, &arena), tree_make((char *)theirs.ptr, &arena), &known, &d));
	ck_assert_msg(strstr(d.ours, "2") && strstr(d.theirs, "1"), "%s", d.ours);
	ck_assert(slice_starts_with(slice_from_text(d.ours), SLICE("\xE2\x80\xA6")) && utf_is_strict(slice_from_text(d.ours)));
	ck_assert(!compare_trees(&comparer, tree_deep(LIMIT_ELEMENT_DEPTH + 2, &arena), tree_deep(LIMIT_ELEMENT_DEPTH + 2, &arena),
		&known, &d));
	ck_assert_str_eq(d.ours, "(too deep)");
	comparer_fini(&comparer);
	buf_fini(&ours);
	buf_fini(&theirs);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("opinion");
	TCase *tc = tcase_create("opinion");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_case, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, test_complete);
	tcase_add_test(tc, test_same_attribute);
	tcase_add_loop_test(tc, test_hint, 0, 6);
	tcase_add_loop_test(tc, test_damage, 0, (int)ARRAY_LEN(damages));
	tcase_add_loop_test(tc, test_tree, 0, (int)ARRAY_LEN(trees));
	tcase_add_test(tc, test_long);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
