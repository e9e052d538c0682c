/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32.h"

#include "base/crc32_fold.h"
#include "base/cursor.h"

/* Slice-by-8: tables[k][b] is what byte b does to the checksum when k more bytes follow it in the same step.  A
 * table is linear over XOR, so its 256 entries are made by the preprocessor from those of the eight single bits. */
#define BIT(n, i, value) ((n) >> (i) & 1 ? (value) : 0)
#define ENTRY(n, a, b, c, d, e, f, g, h) \
	(BIT(n, 0, a) ^ BIT(n, 1, b) ^ BIT(n, 2, c) ^ BIT(n, 3, d) ^ BIT(n, 4, e) ^ BIT(n, 5, f) ^ BIT(n, 6, g) ^ BIT(n, 7, h))
#define ROWS_4(n, ...) \
	ENTRY(n, __VA_ARGS__), ENTRY((n) + 1, __VA_ARGS__), ENTRY((n) + 2, __VA_ARGS__), ENTRY((n) + 3, __VA_ARGS__)
#define ROWS_16(n, ...) \
	ROWS_4(n, __VA_ARGS__), ROWS_4((n) + 4, __VA_ARGS__), ROWS_4((n) + 8, __VA_ARGS__), ROWS_4((n) + 12, __VA_ARGS__)
#define ROWS_64(n, ...) \
	ROWS_16(n, __VA_ARGS__), ROWS_16((n) + 16, __VA_ARGS__), ROWS_16((n) + 32, __VA_ARGS__), ROWS_16((n) + 48, __VA_ARGS__)
#define SLICE_ROWS(...) \
	{ ROWS_64(0, __VA_ARGS__), ROWS_64(64, __VA_ARGS__), ROWS_64(128, __VA_ARGS__), ROWS_64(192, __VA_ARGS__) }

static const uint32_t tables[8][256] = {
	SLICE_ROWS(0x77073096, 0xEE0E612C, 0x076DC419, 0x0EDB8832, 0x1DB71064, 0x3B6E20C8, 0x76DC4190, 0xEDB88320),
	SLICE_ROWS(0x191B3141, 0x32366282, 0x646CC504, 0xC8D98A08, 0x4AC21251, 0x958424A2, 0xF0794F05, 0x3B83984B),
	SLICE_ROWS(0x01C26A37, 0x0384D46E, 0x0709A8DC, 0x0E1351B8, 0x1C26A370, 0x384D46E0, 0x709A8DC0, 0xE1351B80),
	SLICE_ROWS(0xB8BC6765, 0xAA09C88B, 0x8F629757, 0xC5B428EF, 0x5019579F, 0xA032AF3E, 0x9B14583D, 0xED59B63B),
	SLICE_ROWS(0x3D6029B0, 0x7AC05360, 0xF580A6C0, 0x30704BC1, 0x60E09782, 0xC1C12F04, 0x58F35849, 0xB1E6B092),
	SLICE_ROWS(0xCB5CD3A5, 0x4DC8A10B, 0x9B914216, 0xEC53826D, 0x03D6029B, 0x07AC0536, 0x0F580A6C, 0x1EB014D8),
	SLICE_ROWS(0xA6770BB4, 0x979F1129, 0xF44F2413, 0x33EF4E67, 0x67DE9CCE, 0xCFBD399C, 0x440B7579, 0x8816EAF2),
	SLICE_ROWS(0xCCAA009E, 0x4225077D, 0x844A0EFA, 0xD3E51BB5, 0x7CBB312B, 0xF9766256, 0x299DC2ED, 0x533B85DA),
};

static uint32_t
step(uint32_t crc, uint8_t byte)
{
	return crc >> 8 ^ tables[0][(crc ^ byte) & 0xFF];
}

static uint32_t
step_8(uint32_t crc, uint32_t low, uint32_t high)
{
	low ^= crc;
	return tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^ tables[5][low >> 16 & 0xFF] ^ tables[4][low >> 24] ^
	       tables[3][high & 0xFF] ^ tables[2][high >> 8 & 0xFF] ^ tables[1][high >> 16 & 0xFF] ^ tables[0][high >> 24];
}

static uint32_t
by_tables(uint32_t crc, struct slice bytes)
{
	struct cursor c = cursor_over(bytes, 0);

	while (c.rest.len >= 8) {
		uint32_t low = cursor_u32le(&c);

		crc = step_8(crc, low, cursor_u32le(&c));
	}
	while (c.rest.len)
		crc = step(crc, cursor_u8(&c));
	return crc;
}

uint32_t
crc32_extend_slowly(uint32_t crc, struct slice bytes)
{
	return ~by_tables(~crc, bytes);
}

uint32_t
crc32_extend_folded(uint32_t crc, struct slice bytes, const struct crc32_folder *folder)
{
	uint8_t last[CRC32_LAST];

	if (bytes.len < folder->least || !folder->can())
		return crc32_extend_slowly(crc, bytes);
	bytes = folder->fold(~crc, bytes, last);
	return ~by_tables(by_tables(0, slice_from(last, sizeof(last))), bytes);
}

uint32_t
crc32_extend(uint32_t crc, struct slice bytes)
{
	for (const struct crc32_folder *f = crc32_folders; f->least; f++) {
		if (bytes.len >= f->least && f->can())
			return crc32_extend_folded(crc, bytes, f);
	}
	return crc32_extend_slowly(crc, bytes);
}
