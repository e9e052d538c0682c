/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/value.h"

#include "evtx/tree.h"

#include "base/attr.h"
#include "base/plain.h"

#include <check.h>
#include <stdlib.h>

#define RAW(lit) { (const uint8_t *)("" lit), sizeof(lit) - 1 }

static const struct {
	const char *name;
	struct value value;
	const char *text;
} texts[] = {
	{ "null", { VALUE_NULL, RAW("ab") }, "" },
	{ "string", { VALUE_STRING, RAW("a\0b\0") }, "ab" },
	{ "string with its NUL", { VALUE_STRING, RAW("a\0b\0\0\0") }, "ab" },
	{ "string beyond the BMP", { VALUE_STRING, RAW("\x3d\xd8\x00\xde") }, "\xf0\x9f\x98\x80" },
	{ "lone surrogate", { VALUE_STRING, RAW("\x3d\xd8") }, "\xed\xa0\xbd" },
	{ "string with half a unit", { VALUE_STRING, RAW("a\0b") }, "a" },
	{ "empty string", { VALUE_STRING, RAW("") }, "" },
	{ "byte order mark alone", { VALUE_STRING, RAW("\xff\xfe") }, "\xef\xbb\xbf" },
	{ "ansi", { VALUE_ANSI, RAW("a\x80\xe9\x81\0") }, "a\xe2\x82\xac\xc3\xa9\xc2\x81" },
	{ "int8", { VALUE_INT8, RAW("\xff") }, "-1" },
	{ "uint8", { VALUE_UINT8, RAW("\xff") }, "255" },
	{ "int16", { VALUE_INT16, RAW("\0\x80") }, "-32768" },
	{ "uint16", { VALUE_UINT16, RAW("\1\x80") }, "32769" },
	{ "int32", { VALUE_INT32, RAW("\x5f\x80\4\x80") }, "-2147188641" },
	{ "uint32", { VALUE_UINT32, RAW("\xff\xff\xff\xff") }, "4294967295" },
	{ "int64", { VALUE_INT64, RAW("\0\0\0\0\0\0\0\x80") }, "-9223372036854775808" },
	{ "uint64", { VALUE_UINT64, RAW("\xff\xff\xff\xff\xff\xff\xff\xff") }, "18446744073709551615" },
	{ "uint32 of two bytes", { VALUE_UINT32, RAW("\xab\1") }, "AB01" },
	{ "float", { VALUE_FLOAT, RAW("\xcd\xcc\xcc\x3d") }, "0.1" },
	{ "double", { VALUE_DOUBLE, RAW("\x58\x39\xb4\xc8\x76\xfe\xa8\x40") }, "3199.232" },
	{ "double that needs 17 digits", { VALUE_DOUBLE, RAW("\x34\x33\x33\x33\x33\x33\xd3\x3f") }, "0.30000000000000004" },
	{ "infinite double", { VALUE_DOUBLE, RAW("\0\0\0\0\0\0\xf0\xff") }, "-INF" },
	{ "no number", { VALUE_DOUBLE, RAW("\0\0\0\0\0\0\xf8\x7f") }, "NaN" },
	{ "true", { VALUE_BOOL, RAW("\2\0\0\0") }, "true" },
	{ "false of one byte", { VALUE_BOOL, RAW("\0") }, "false" },
	{ "boolean of three bytes", { VALUE_BOOL, RAW("\1\2\3") }, "010203" },
	{ "binary", { VALUE_BINARY, RAW("\xab\x01\0") }, "AB0100" },
	{ "guid", { VALUE_GUID, RAW("\xda\x53\xc1\xa0\x40\x5c\x15\x4b\x87\x66\x3c\xf1\xc5\x8f\x98\x5a") },
		"{A0C153DA-5C40-4B15-8766-3CF1C58F985A}" },
	{ "guid of 15 bytes", { VALUE_GUID, RAW("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17") }, "0102030405060708090A0B0C0D0E0F" },
	{ "size of four bytes", { VALUE_SIZE, RAW("\xef\xbe\xad\xde") }, "0xdeadbeef" },
	{ "size of eight bytes", { VALUE_SIZE, RAW("\1\0\0\0\1\0\0\0") }, "0x100000001" },
	{ "size of five bytes", { VALUE_SIZE, RAW("\1\0\0\0\1") }, "0100000001" },
	{ "filetime", { VALUE_FILETIME, RAW("\0\x80\x3e\xd5\xde\xb1\x9d\1") }, "1970-01-01T00:00:00.0000000Z" },
	{ "filetime out of range", { VALUE_FILETIME, RAW("\xff\xff\xff\xff\xff\xff\xff\xff") }, "0xffffffffffffffff" },
	{ "systemtime", { VALUE_SYSTEMTIME, RAW("\xe8\7\2\0\4\0\35\0\27\0\73\0\72\0\x7b\0") }, "2024-02-29T23:59:58.123Z" },
	{ "systemtime not set", { VALUE_SYSTEMTIME, RAW("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") }, "0000-00-00T00:00:00.000Z" },
	{ "systemtime of the 30th of February", { VALUE_SYSTEMTIME, RAW("\xe8\7\2\0\4\0\36\0\0\0\0\0\0\0\0\0") },
		"E807020004001E000000000000000000" },
	{ "systemtime with month 99", { VALUE_SYSTEMTIME, RAW("\xe8\7\143\0\4\0\35\0\0\0\0\0\0\0\0\0") },
		"E807630004001D000000000000000000" },
	{ "sid", { VALUE_SID, RAW("\1\1\0\0\0\0\0\5\22\0\0\0") }, "S-1-5-18" },
	{ "sid that is too short for its count", { VALUE_SID, RAW("\1\2\0\0\0\0\0\5\22\0\0\0") }, "010200000000000512000000" },
	{ "hex32", { VALUE_HEX32, RAW("\xe7\3\0\0") }, "0x3e7" },
	{ "hex64", { VALUE_HEX64, RAW("\0\0\0\0\0\0\0\x80") }, "0x8000000000000000" },
	{ "hex64 of 0", { VALUE_HEX64, RAW("\0\0\0\0\0\0\0\0") }, "0x0" },
	{ "handle", { VALUE_EVTHANDLE, RAW("\1\2") }, "0102" },
	{ "unknown type", { 0x16, RAW("\1\2") }, "0102" },
	{ "type beyond the table", { 0x7F, RAW("\1\2") }, "0102" },
	{ "array of numbers", { VALUE_ARRAY | VALUE_UINT16, RAW("\1\0\2\0\3") }, "1,2,03" },
	{ "array of booleans", { VALUE_ARRAY | VALUE_BOOL, RAW("\1\0\0\0\0\0\0\0") }, "true,false" },
	{ "array of pointers", { VALUE_ARRAY | VALUE_SIZE, RAW("\1\0\0\0\0\0\0\0") }, "0x1" },
	{ "array of sids", { VALUE_ARRAY | VALUE_SID, RAW("\1\1\0\0\0\0\0\5\22\0\0\0\1\1\0\0\0\0\0\5\23\0\0\0") },
		"S-1-5-18,S-1-5-19" },
	{ "array of sids that is cut", { VALUE_ARRAY | VALUE_SID, RAW("\1\1\0\0\0\0\0\5\22\0\0\0\1\xff") }, "S-1-5-18,01FF" },
};

START_TEST(text_of_value)
{
	struct buf out;

	buf_init(&out, 1000);
	value_append_text(&texts[_i].value, &out);
	ck_assert_msg(slice_eq(buf_view(&out), slice_from_text(texts[_i].text)), "%s: %.*s", texts[_i].name,
		SLICE_ARGS(buf_view(&out)));
	ck_assert_msg(!value_is_plain(texts[_i].value.type) || plain_is(buf_view(&out)), "%s is not plain", texts[_i].name);
	buf_fini(&out);
}
END_TEST

/* What stands in the middle of a plain word, too. */
START_TEST(plain_texts)
{
	static const char *const plain[] = { "", "0x3E7", "S-1-5-18", "false", "FALSE", "als", "alse", "rue", "ru", "inf", "n" };
	static const char *const others[] = { "g", "falsee", "als ", "tru e", "in f", "infinite" };

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		ck_assert_msg(plain_is(slice_from_text(plain[i])), "%s", plain[i]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		ck_assert_msg(!plain_is(slice_from_text(others[i])), "%s", others[i]);
}
END_TEST

static const struct {
	const char *name;
	struct value value;
	bool ok;
	uint64_t number;
} numbers[] = {
	{ "uint8", { VALUE_UINT8, RAW("\xff") }, true, 255 },
	{ "int32", { VALUE_INT32, RAW("\7\0\0\0") }, true, 7 },
	{ "negative", { VALUE_INT32, RAW("\xff\xff\xff\xff") }, false, 0 },
	{ "hex64", { VALUE_HEX64, RAW("\0\0\0\0\0\0\0\x80") }, true, UINT64_C(1) << 63 },
	{ "size", { VALUE_SIZE, RAW("\1\2\0\0") }, true, 513 },
	{ "bool", { VALUE_BOOL, RAW("\2\0\0\0") }, true, 1 },
	{ "wrong size", { VALUE_UINT32, RAW("\1") }, false, 0 },
	{ "decimal text", { VALUE_STRING, RAW("4\0001\0000\0004\0") }, true, 4104 },
	{ "decimal text with its NUL", { VALUE_STRING, RAW("4\0002\0\0\0") }, true, 42 },
	{ "text with an inner NUL", { VALUE_STRING, RAW("4\0\0\0002\0") }, false, 0 },
	{ "hexadecimal text", { VALUE_ANSI, RAW("0x1f") }, true, 31 },
	{ "other text", { VALUE_STRING, RAW("x\0") }, false, 0 },
	{ "null", { VALUE_NULL, RAW("") }, false, 0 },
	{ "guid", { VALUE_GUID, RAW("0123456789abcdef") }, false, 0 },
};

START_TEST(number_of_value)
{
	uint64_t number = 0;

	ck_assert_msg(value_to_u64(&numbers[_i].value, &number) == numbers[_i].ok, "%s", numbers[_i].name);
	ck_assert_msg(!numbers[_i].ok || number == numbers[_i].number, "%s: %llu", numbers[_i].name, (unsigned long long)number);
}
END_TEST

START_TEST(times_and_guids)
{
	const uint64_t epoch = UINT64_C(116444736000000000);
	struct value file = { VALUE_FILETIME, RAW("\0\x80\x3e\xd5\xde\xb1\x9d\1") };
	struct value system = { VALUE_SYSTEMTIME, RAW("\xb2\7\1\0\4\0\1\0\0\0\0\0\0\0\0\0") };
	struct value text = { VALUE_ANSI, RAW("1970-01-01T00:00:00.000000000Z") };
	struct value unset = { VALUE_SYSTEMTIME, RAW("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") };
	struct value guid = { VALUE_GUID, RAW("0123456789abcdef") };
	struct value guid_text = { VALUE_ANSI, RAW("{33323130-3534-3736-3839-616263646566}") };
	struct guid a, b;
	uint64_t ticks;

	ck_assert(value_to_ticks(&file, &ticks) && ticks == epoch);
	ck_assert(value_to_ticks(&system, &ticks) && ticks == epoch);
	ck_assert(value_to_ticks(&text, &ticks) && ticks == epoch);
	ck_assert(!value_to_ticks(&unset, &ticks));
	ck_assert(!value_to_ticks(&guid, &ticks));
	ck_assert(value_to_guid(&guid, &a) && value_to_guid(&guid_text, &b));
	ck_assert_mem_eq(a.bytes, b.bytes, sizeof(a.bytes));
	ck_assert(!value_to_guid(&text, &a));
}
END_TEST

START_TEST(exact_utf16)
{
	struct value string = { VALUE_STRING, RAW("a\0\0\0b\0\0\0") }, other = { VALUE_ANSI, RAW("ab") };

	ck_assert(slice_eq(value_utf16(&string), SLICE("a\0\0\0b\0")));
	ck_assert_uint_eq(value_utf16(&other).len, 0);
}
END_TEST

/* <E k="v">x<C>y</C>z</E> */
START_TEST(tree_lookup)
{
	struct node z = { .kind = NODE_CDATA, .value = { VALUE_STRING, RAW("z\0") } };
	struct node y = { .kind = NODE_VALUE, .value = { VALUE_STRING, RAW("y\0") } };
	struct node c = { .kind = NODE_ELEMENT, .next = &z, .name = RAW("C\0"), .children = &y };
	struct node x = { .kind = NODE_VALUE, .next = &c, .value = { VALUE_STRING, RAW("x\0") } };
	struct node v = { .kind = NODE_VALUE, .value = { VALUE_STRING, RAW("v\0") } };
	struct node k = { .kind = NODE_ATTRIBUTE, .name = RAW("k\0"), .children = &v };
	struct node e = { .kind = NODE_ELEMENT, .name = RAW("E\0"), .attributes = &k, .children = &x };
	struct buf out;

	buf_init(&out, 100);
	ck_assert_ptr_eq(node_child(&e, "C"), &c);
	ck_assert_ptr_null(node_child(&e, "CC"));
	ck_assert_ptr_eq(node_attribute(&e, "k"), &k);
	ck_assert_ptr_null(node_attribute(&e, "K"));
	node_append_text(&e, &out);
	node_append_text(&k, &out);
	node_append_text(&y, &out);
	ck_assert(slice_eq(buf_view(&out), SLICE("xzvy")));
	buf_fini(&out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("value");
	TCase *cases = tcase_create("value");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(cases, plain_texts);
	tcase_add_loop_test(cases, text_of_value, 0, (int)ARRAY_LEN(texts));
	tcase_add_loop_test(cases, number_of_value, 0, (int)ARRAY_LEN(numbers));
	tcase_add_test(cases, times_and_guids);
	tcase_add_test(cases, exact_utf16);
	tcase_add_test(cases, tree_lookup);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
