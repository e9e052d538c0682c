/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/made_up.h"

#include "base/attr.h"
#include "base/crc32.h"
#include "base/limits.h"
#include "evtx/template.h"

enum {
	HEADS = 20,
	RECORDS = 40,
	RECORD = 96,
	BUCKETS = 32,
	TABLE = 384,       /* of templates, in a header */
	BODY = 4096,
	NAME_UNITS = 15000,
	ELEMENTS = 2000,
	ELEMENT = 11,
	CLAIMS = 12,
	CLAIM = 64,        /* of a definition of CLAIM_ELEMENTS, whose names alone are longer than one may be */
	CLAIM_ELEMENTS = 3,
};

static void
fill(struct buf *out, size_t end)
{
	while (!out->failed && out->len < end)
		buf_u8(out, 0);
}

static void
patch_u32(struct buf *out, size_t at, uint32_t v)
{
	for (size_t i = 0; !out->failed && i < 4; i++)
		out->ptr[at + i] = (uint8_t)(v >> (8 * i));
}

/* A header of a chunk without records, whose table leads to that offset from everywhere. */
static void
put_head(struct buf *out, uint32_t definition, bool proven)
{
	size_t begin = out->len;
	uint32_t crc;

	buf_append(out, SLICE("ElfChnk\0"));
	fill(out, begin + 40);
	buf_u32le(out, 128);
	buf_u32le(out, 0);
	buf_u32le(out, LIMIT_CHUNK_HEADER); /* free space */
	fill(out, begin + 120);
	buf_u32le(out, 1);
	fill(out, begin + TABLE);
	for (unsigned i = 0; i < BUCKETS; i++)
		buf_u32le(out, definition);
	if (out->failed)
		return;
	crc = crc32_extend(0, slice_from(out->ptr + begin, 120));
	crc = crc32_extend(crc, slice_from(out->ptr + begin + 128, LIMIT_CHUNK_HEADER - 128));
	patch_u32(out, begin + 124, proven ? crc : crc + 1);
}

/* Goes on as if it were sound, and never ends. */
static void
put_endless_definition(struct buf *out)
{
	buf_u32le(out, 0);
	buf_append(out, SLICE("0123456789abcdef"));
	buf_u32le(out, BODY);
	for (unsigned i = 0; i < BODY / 4; i++)
		buf_append(out, SLICE("\x0f\x01\x01\0"));
}

static void
put_heads(struct buf *out, bool heavy, bool proven)
{
	for (unsigned i = 0; i < HEADS; i++)
		put_head(out, heavy ? (HEADS - i) * LIMIT_CHUNK_HEADER : 0, proven);
	if (heavy)
		put_endless_definition(out);
}

static bool
make_heads(struct buf *out)
{
	put_heads(out, false, false);
	return !out->failed;
}

static bool
make_heavy_heads(struct buf *out)
{
	put_heads(out, true, false);
	return !out->failed;
}

static bool
make_proven_heads(struct buf *out)
{
	put_heads(out, true, true);
	return !out->failed;
}

/* Each says by its own definition that it stands in another chunk. */
static bool
make_records(struct buf *out)
{
	for (uint32_t i = 0; i < RECORDS; i++) {
		size_t begin = out->len;

		buf_append(out, SLICE("**\0\0"));
		buf_u32le(out, RECORD);
		buf_u64le(out, 1000 + i);
		buf_u64le(out, UINT64_C(132000000000000000) + i);
		buf_append(out, SLICE("\x0f\x01\x01\0\x0c\x01GGGG"));
		buf_u32le(out, 600 + 8 * i + 38);
		buf_u32le(out, 0);
		buf_append(out, SLICE("GGGGGGGGGGGGGGGG"));
		buf_u32le(out, 4);
		buf_append(out, SLICE("\x0f\x01\x01\0"));
		fill(out, begin + RECORD - 4);
		buf_u32le(out, RECORD);
	}
	return !out->failed;
}

/* The fragment and elements that all lead to one name. */
static void
put_elements(struct buf *out, unsigned count, uint32_t name)
{
	buf_append(out, SLICE("\x0f\x01\x01\0"));
	for (unsigned i = 0; i < count; i++) {
		buf_append(out, SLICE("\x01\0\0\0\0\0\0"));
		buf_u32le(out, name);
	}
	buf_u8(out, 0xff);
}

static void
put_long_name(struct buf *out)
{
	size_t begin, hash;

	buf_u32le(out, 0);
	hash = out->len;
	buf_u16le(out, 0);
	buf_u16le(out, NAME_UNITS);
	begin = out->len;
	for (unsigned i = 0; i < NAME_UNITS; i++)
		buf_u16le(out, 'A');
	buf_u16le(out, 0);
	if (!out->failed)
		patch_u32(out, hash, template_name_hash(slice_from(out->ptr + begin, NAME_UNITS * 2)) | (uint32_t)NAME_UNITS << 16);
}

/* A whole chunk, with a definition whose elements all have the same long name. */
static bool
make_names(struct buf *out)
{
	uint32_t body = 4 + ELEMENTS * ELEMENT + 1;

	put_head(out, LIMIT_CHUNK_HEADER, true);
	buf_u32le(out, 0);
	buf_append(out, SLICE("0123456789abcdef"));
	buf_u32le(out, body);
	put_elements(out, ELEMENTS, LIMIT_CHUNK_HEADER + TEMPLATE_HEADER + body);
	put_long_name(out);
	fill(out, LIMIT_CHUNK);
	return !out->failed;
}

/* A whole chunk, with residual records each of which needs a definition of its own that no table knows, and that is much
 * work. */
static bool
make_claims(struct buf *out)
{
	uint32_t definitions = LIMIT_CHUNK_HEADER, records = definitions + CLAIMS * CLAIM, name = records + CLAIMS * RECORD;

	put_head(out, 0, true);
	for (uint32_t i = 0; i < CLAIMS; i++) {
		size_t end = out->len + CLAIM;

		buf_u32le(out, 0);
		buf_append(out, SLICE("0123456789abcdef"));
		buf_u32le(out, 4 + CLAIM_ELEMENTS * ELEMENT + 1);
		put_elements(out, CLAIM_ELEMENTS, name);
		fill(out, end);
	}
	for (uint32_t i = 0; i < CLAIMS; i++) {
		size_t begin = out->len;

		buf_append(out, SLICE("**\0\0"));
		buf_u32le(out, RECORD);
		buf_u64le(out, 1000 + i);
		buf_u64le(out, UINT64_C(132000000000000000) + i);
		buf_append(out, SLICE("\x0f\x01\x01\0\x0c\x01" "0123"));
		buf_u32le(out, definitions + i * CLAIM);
		fill(out, begin + RECORD - 4);
		buf_u32le(out, RECORD);
	}
	put_long_name(out);
	fill(out, LIMIT_CHUNK);
	return !out->failed;
}

static const struct made_up pieces[] = {
	{ "heads", make_heads },
	{ "heavy-heads", make_heavy_heads },
	{ "proven-heads", make_proven_heads },
	{ "records", make_records },
	{ "names", make_names },
	{ "claims", make_claims },
};

const struct made_up *
made_up_piece(size_t index)
{
	return index < ARRAY_LEN(pieces) ? &pieces[index] : NULL;
}
