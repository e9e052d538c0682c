/* SPDX-License-Identifier: Apache-2.0 */
/* The fast ways over bytes give what the plain ways give: UTF-16 to JSON and to WTF-8, checksums. */
#include "base/crc32.h"
#include "base/crc32_fold.h"
#include "base/escape.h"
#include "base/hex.h"
#include "base/units.h"
#include "base/utf.h"

#include <check.h>
#include <stdlib.h>

enum { SLOW = 120, ROUNDS = 30000, MOST = 240, BYTES = 700 };

/* Random units, most of them letters, the others around every border that matters. */
static uint32_t
next_unit(uint32_t *state)
{
	static const uint16_t special[] = { 0, 1, 9, 10, 13, 0x1F, 0x20, '"', '\\', 0x7E, 0x7F, 0x80, 0x9F, 0xA0, 0xFF, 0x100, 0x61B,
		0x61C, 0x7FF, 0x800, 0x200D, 0x200E, 0x200F, 0x2010, 0x2027, 0x2028, 0x202E, 0x202F, 0x2065, 0x2066, 0x2069, 0x206A,
		0x7FFF, 0x8000, 0x8022, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFEFF, 0xFFFE, 0xFFFF };

	*state = *state * 1664525 + 1013904223;
	if (*state >> 29)
		return 'a' + (*state >> 8) % 26;
	return special[(*state >> 8) % (sizeof(special) / sizeof(special[0]))];
}

static size_t
random_units(uint32_t *state, uint8_t units[static 2 * MOST])
{
	size_t count;

	for (size_t i = 0; i < MOST; i++) {
		uint32_t unit = next_unit(state);

		units[2 * i] = (uint8_t)unit;
		units[2 * i + 1] = (uint8_t)(unit >> 8);
	}
	*state = *state * 1664525 + 1013904223;
	count = (*state >> 16) % (MOST / 2 + 1);
	return 2 * count + (*state >> 9 & 1); /* half a unit at the end of some */
}

/* One unit after the other, as the encoding is defined. */
static void
to_wtf8(struct buf *out, struct slice utf16)
{
	for (size_t i = 0; i + 1 < utf16.len; i += 2) {
		uint32_t unit = unit_at(utf16.ptr + i), low = i + 3 < utf16.len ? unit_at(utf16.ptr + i + 2) : 0;

		if (unit >> 10 == 0x36 && low >> 10 == 0x37) {
			unit = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF);
			i += 2;
		}
		utf_append_code(out, unit);
	}
}

START_TEST(test_find)
{
	static const uint16_t wanted[] = { 0, 1, '<', '&', 0x100, 0x7FFF, 0x8000, 0x8001, 0xD800, 0xFFFF };
	uint8_t units[2 * MOST];
	uint32_t state = 11;

	for (int round = 0; round < ROUNDS; round++) {
		size_t end = random_units(&state, units) / 2, from = end ? (state >> 3) % (end + 1) : 0, first = from;
		uint16_t unit = wanted[(state >> 20) % (sizeof(wanted) / sizeof(wanted[0]))];

		if (end && state >> 31) {
			size_t at = (state >> 11) % end;

			units[2 * at] = (uint8_t)unit;
			units[2 * at + 1] = (uint8_t)(unit >> 8);
		}
		while (first < end && unit_at(units + 2 * first) != unit)
			first++;
		ck_assert_msg(units_find(units, from, end, unit) == first, "round %d: %04x in %zu units from %zu", round, unit, end, from);
	}
	ck_assert_uint_eq(units_find(NULL, 0, 0, '<'), 0);
}
END_TEST

START_TEST(test_texts)
{
	uint8_t units[2 * MOST], *exact;
	uint32_t state = 2463534242;
	struct buf text, json, fast;

	buf_init(&text, 8 * MOST);
	buf_init(&json, 16 * MOST);
	buf_init(&fast, 16 * MOST);
	for (int round = 0; round < ROUNDS; round++) {
		size_t len = random_units(&state, units), beyond = round % 3 ? (size_t)round % 200 : 0, written;
		uint8_t *room;

		exact = malloc(len + beyond + 1); /* so that a sanitizer sees a byte too many */
		ck_assert(exact);
		memcpy(exact, units, len + beyond);
		buf_reset(&text);
		buf_reset(&json);
		buf_reset(&fast);
		to_wtf8(&text, slice_from(exact, len));
		utf_append_utf16le(&fast, slice_from(exact, len));
		if (!slice_eq(buf_view(&text), buf_view(&fast)))
			ck_abort_msg("round %d: other WTF-8", round);
		escape_json(&json, buf_view(&text));
		buf_reset(&fast);
		room = buf_reserve(&fast, ESCAPE_JSON_ROOM(len));
		ck_assert(room);
		written = escape_json_utf16(room, slice_from(exact, len), len + beyond);
		fast.len += written;
		if (!slice_eq(buf_view(&json), buf_view(&fast)))
			ck_abort_msg("round %d: other JSON", round);
		free(exact);
	}
	buf_fini(&text);
	buf_fini(&json);
	buf_fini(&fast);
}
END_TEST

/* What processors without SSE2 do. */
START_TEST(test_plainly)
{
	uint8_t units[2 * MOST], fast[UNITS], plain[UNITS];
	uint32_t state = 88172645;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned bits, other;

		random_units(&state, units);
		bits = units_pack(units, fast);
		other = units_pack_plainly(units, plain);
		for (unsigned i = 0; i < UNITS; i++)
			other |= (unsigned)(!(other >> i & 1) && fast[i] != plain[i]) << i;
		if (bits != other)
			ck_abort_msg("round %d: ASCII %04x, expected %04x", round, bits, other);
		bits = units_pack_json(units, fast);
		other = units_pack_json_plainly(units, plain);
		for (unsigned i = 0; i < UNITS; i++)
			other |= (unsigned)(!(other >> i & 1) && fast[i] != plain[i]) << i;
		if (bits != other)
			ck_abort_msg("round %d: JSON %04x, expected %04x", round, bits, other);
	}
}
END_TEST

START_TEST(test_digits)
{
	uint64_t number = 0;

	for (int round = 0; round < ROUNDS; round++) {
		uint8_t fast[HEX_DIGITS], plain[HEX_DIGITS];
		int letters = round % 2 ? HEX_LOWER : HEX_UPPER;

		hex_put(fast, number, letters);
		hex_put_plainly(plain, number, letters);
		if (memcmp(fast, plain, sizeof(fast)) != 0)
			ck_abort_msg("%llx: %.16s, expected %.16s", (unsigned long long)number, fast, plain);
		number = number * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	}
}
END_TEST

START_TEST(test_checksum)
{
	uint8_t bytes[BYTES];
	uint32_t state = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(state >> 24);
	}
	ck_assert_uint_eq(crc32_extend(0, SLICE("123456789")), 0xCBF43926);
	for (size_t start = 0; start < 20; start++) {
		for (size_t len = 0; start + len <= sizeof(bytes); len++) {
			struct slice part = slice_from(bytes + start, len);
			uint32_t slow = crc32_extend_slowly(0x12345678, part);

			if (crc32_extend(0x12345678, part) != slow)
				ck_abort_msg("%zu bytes from %zu", len, start);
			if (crc32_extend(crc32_extend(0x12345678, slice_sub(part, 0, len / 3)), slice_sub(part, len / 3, len)) != slow)
				ck_abort_msg("%zu bytes from %zu, in two", len, start);
			for (const struct crc32_folder *f = crc32_folders; f->least; f++)
				if (crc32_extend_folded(0x12345678, part, f) != slow)
					ck_abort_msg("%zu bytes from %zu, by steps of %zu", len, start, f->least);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("units");
	TCase *tc = tcase_create("units");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, SLOW);
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_texts);
	tcase_add_test(tc, test_plainly);
	tcase_add_test(tc, test_digits);
	tcase_add_test(tc, test_checksum);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
