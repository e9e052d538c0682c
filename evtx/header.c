/* SPDX-License-Identifier: Apache-2.0 */
/* The file header, 128 bytes of a 4,096-byte block.  A log is readable without it: all it adds is what its writer
 * believed, and whether the log was closed properly (evtx-format.md 1.1).
 *
 *	off  size
 *	  0     8  "ElfFile\0"
 *	  8     8  oldest chunk, then current chunk (16)
 *	 24     8  next record identifier
 *	 32     4  header size, 128
 *	 36     2  minor version 1 or 2, then major version 3 (38)
 *	 40     2  size of the header block, 4096
 *	 42     2  number of chunks; overflows in logs of 4 GiB and more
 *	120     4  flags
 *	124     4  CRC-32 of the bytes 0..119
 */
#include "base/crc32.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "evtx/reader.h"

enum { HEADER_SIZE = 128, CHECKED = 120 };

static const struct slice file_signature = { (const uint8_t *)"ElfFile", 8 };
static const struct slice chunk_signature = { (const uint8_t *)"ElfChnk", 8 };

static void
decode(struct slice raw, struct log_header *h)
{
	struct cursor c = cursor_over(raw, 0);

	h->signature_ok = slice_eq(cursor_take(&c, file_signature.len), file_signature);
	h->first_chunk = cursor_u64le(&c);
	h->last_chunk = cursor_u64le(&c);
	h->next_record = cursor_u64le(&c);
	cursor_u32le(&c);
	h->minor = cursor_u16le(&c);
	h->major = cursor_u16le(&c);
	h->header_block_size = cursor_u16le(&c);
	h->chunk_count = cursor_u16le(&c);
	cursor_take(&c, CHECKED - 44);
	h->flags = cursor_u32le(&c);
	h->checksum_ok = cursor_u32le(&c) == crc32_extend(0, slice_sub(raw, 0, CHECKED));
}

bool
log_header_read(const struct source *source, struct log_header *header, struct err *err)
{
	uint8_t raw[HEADER_SIZE];
	size_t got;

	if (!source->read(source, 0, raw, sizeof(raw), &got, err))
		return false;
	if (got < sizeof(raw))
		return err_set(err, ERR_TRUNCATED, got, "file header: %zu bytes, need %d", got, HEADER_SIZE);
	decode(slice_from(raw, sizeof(raw)), header);
	return true;
}

bool
log_is_evtx(struct slice start)
{
	return slice_starts_with(start, file_signature) || slice_starts_with(start, chunk_signature) ||
	       slice_starts_with(slice_sub(start, LIMIT_FILE_HEADER, start.len), chunk_signature);
}
