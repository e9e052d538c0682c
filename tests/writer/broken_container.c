/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/broken.h"

#include "base/limits.h"

enum { FIRST_CHUNK = LIMIT_FILE_HEADER, SECOND_CHUNK = LIMIT_FILE_HEADER + LIMIT_CHUNK };

/* Three chunks, so that an order can be seen. */
static bool
build_three_chunks(struct writer_log *log, const void *context)
{
	(void)context;
	for (uint64_t record = 1; record <= 12; record++) {
		if (record % 4 == 1 && !writer_log_new_chunk(log))
			return false;
		if (!broken_add_event(log, record, SLICE("a record of three chunks")))
			return false;
	}
	return true;
}

/* The context is the offset at which the last record of the chunk ends; two more records follow in the next one. */
static bool
build_end_at(struct writer_log *log, const void *context)
{
	const size_t *offset = context;

	return broken_add_event(log, 1, SLICE("before the long record")) &&
		writer_log_pad_to(log, BROKEN_TIME, 2, *offset) &&
		broken_add_event(log, 3, SLICE("in the next chunk"));
}

static bool
build_hidden(struct writer_log *log, const void *context)
{
	(void)context;
	return broken_add_event(log, 1, SLICE("first")) && broken_add_event(log, 2, SLICE("swallows the next")) &&
		broken_add_event(log, 3, SLICE("hidden")) && writer_log_hide_last(log) &&
		broken_add_event(log, 3, SLICE("took the number of the hidden one"));
}

static bool
add_residue(struct writer_log *log, uint64_t record, struct slice computer)
{
	struct writer_event e = writer_event_blank();
	struct writer_field field = { .name = SLICE("Text") };
	struct arena arena;
	bool ok;

	arena_init(&arena, 1 << 16);
	field.value = writer_string(&arena, SLICE("left behind"));
	e.provider = SLICE("Example-Provider");
	e.channel = SLICE("Example/Operational");
	e.computer = computer;
	e.id = 101;
	e.record = record;
	e.time = 133530000000000000u;
	e.fields = &field;
	e.field_count = 1;
	ok = writer_log_add_residue(log, &e);
	arena_fini(&arena);
	return ok;
}

static bool
build_residue(struct writer_log *log, const void *context)
{
	(void)context;
	return broken_add_event(log, 10, SLICE("live")) && broken_add_event(log, 11, SLICE("live")) &&
		add_residue(log, 11, SLICE("WS01.corp.example")) && add_residue(log, 3, SLICE("WS01.corp.example")) &&
		add_residue(log, 12, SLICE("OTHER.corp.example"));
}

/* Chunks whose buffer was used before: long ones first, so that much of them stays behind the short ones. */
static bool
build_slack(struct writer_log *log, const void *context)
{
	(void)context;
	for (uint64_t record = 1; record <= 30; record++)
		if (!broken_add_event(log, record, SLICE("an old record of the buffer's first life")))
			return false;
	return writer_log_new_chunk(log) && add_residue(log, 1, SLICE("OTHER.corp.example")) &&
		broken_add_event(log, 31, SLICE("new"));
}

static bool
build_nothing(struct writer_log *log, const void *context)
{
	(void)log;
	(void)context;
	return true;
}

static const size_t ends[] = { 65528, 65536 };

/* clang-format off */
static const struct broken_form forms[] = {
	{ "plain-good", "nothing is wrong: eight records", .fix = false },
	{ "dirty-stale-count", "dirty, header counts only the first of three chunks: all twelve records are live",
		.options = { .dirty = true, .stale_file = true }, .build = build_three_chunks },
	{ "dirty-stale-chunk", "dirty, last chunk's header knows half of its records: all are live, ids go on",
		.options = { .dirty = true, .stale_chunk = true } },
	{ "wrapped", "circular log, oldest chunk second in the file: twelve records",
		.options = { .rotate = 1 }, .build = build_three_chunks },
	{ "minor-2", "version 3.2", .options = { .minor = 2 } },
	{ "zero-tail", "two preallocated empty chunk slots at the end", .options = { .zero_tail = 2 } },
	{ "no-crc", "flag 4: checksums are zero and not wrong", .options = { .no_crc = true } },
	{ "no-records", "a cleared log: one chunk without records, counters -1", .build = build_nothing },
	{ "header-alone", "no chunk behind the header", .cut = LIMIT_FILE_HEADER },
	{ "empty-file", "no bytes at all", .cut = SIZE_MAX },
	{ "header-cut", "100 bytes of header", .cut = 100 },
	{ "header-block-cut", "the header, but not its block", .cut = 128 },
	{ "chunk-cut", "second chunk cut behind its second record", .cut = SECOND_CHUNK + 1900 },
	{ "chunk-header-cut", "second chunk is 300 bytes long", .cut = SECOND_CHUNK + 300 },
	{ "record-cut", "first chunk cut inside its first record", .cut = FIRST_CHUNK + 600 },
	{ "garbage-tail", "1,000 other bytes behind the last chunk", .garbage = 1000 },
	{ "garbage-chunk", "a slot of other data behind the last chunk", .garbage = LIMIT_CHUNK },
	{ "file-signature", "not ElfFile", .pokes = { { POKE_FILE, 0, 0, 1, 'X' } }, .fix = true },
	{ "file-crc", "header checksum wrong", .pokes = { { POKE_FILE, 0, 124, 4, 0x12345678 } } },
	{ "file-flags", "unknown flags, as one real sample has", .pokes = { { POKE_FILE, 0, 120, 4, 0x1B970000 } }, .fix = true },
	{ "file-block-zero", "header block size 0", .pokes = { { POKE_FILE, 0, 40, 2, 0 } }, .fix = true },
	{ "file-block-huge", "header block size 65,535", .pokes = { { POKE_FILE, 0, 40, 2, 0xFFFF } }, .fix = true },
	{ "file-header-size", "header size 4 billion", .pokes = { { POKE_FILE, 0, 32, 4, 0xFFFFFFFF } }, .fix = true },
	{ "file-version", "version 9.9", .pokes = { { POKE_FILE, 0, 36, 4, 0x00090009 } }, .fix = true },
	{ "file-count-zero", "number of chunks 0, clean: records are there all the same",
		.pokes = { { POKE_FILE, 0, 42, 2, 0 } }, .fix = true },
	{ "file-count-huge", "number of chunks 65,535", .pokes = { { POKE_FILE, 0, 42, 2, 0xFFFF } }, .fix = true },
	{ "file-numbers", "first and last chunk number 2^64-1",
		.pokes = { { POKE_FILE, 0, 8, 8, UINT64_MAX }, { POKE_FILE, 0, 16, 8, UINT64_MAX } }, .fix = true },
	{ "chunk-zero", "an empty slot between two good chunks",
		.build = build_three_chunks, .pokes = { { POKE_CHUNK, 1, 0, LIMIT_CHUNK, 0 } }, .fix = true },
	{ "chunk-signature", "second of three chunks is no ElfChnk",
		.build = build_three_chunks, .pokes = { { POKE_CHUNK, 1, 3, 1, 'X' } }, .fix = true },
	{ "chunk-header-size", "chunk header size 129", .pokes = { { POKE_CHUNK, 0, 40, 4, 129 } }, .fix = true },
	{ "chunk-free-low", "free space offset 16", .pokes = { { POKE_CHUNK, 0, 48, 4, 16 } }, .fix = true },
	{ "chunk-free-high", "free space offset 70,000", .pokes = { { POKE_CHUNK, 0, 48, 4, 70000 } }, .fix = true },
	{ "chunk-free-end", "free space offset 65,536 with zeros behind the records",
		.pokes = { { POKE_CHUNK, 0, 48, 4, 65536 } }, .fix = true },
	{ "chunk-last-low", "last record offset points at the first record",
		.pokes = { { POKE_CHUNK, 0, 44, 4, 512 } }, .fix = true },
	{ "chunk-numbers", "record numbers and ids of the chunk header are 2^64-1",
		.pokes = { { POKE_CHUNK, 0, 8, 8, UINT64_MAX }, { POKE_CHUNK, 0, 16, 8, UINT64_MAX },
			{ POKE_CHUNK, 0, 24, 8, UINT64_MAX }, { POKE_CHUNK, 0, 32, 8, UINT64_MAX } }, .fix = true },
	{ "chunk-header-crc", "checksum of the chunk header wrong", .pokes = { { POKE_CHUNK, 0, 124, 4, 1 } } },
	{ "chunk-records-crc", "checksum of the records wrong", .pokes = { { POKE_CHUNK, 0, 52, 4, 1 } } },
	{ "chunk-string-table", "buckets of the string table point anywhere: names are read by offset",
		.pokes = { { POKE_CHUNK, 0, 128, 8, 0xFFFFFFF000001234 }, { POKE_CHUNK, 0, 136, 8, 0x1FF00000200 } }, .fix = true },
	{ "chunk-template-table", "buckets of the template table point anywhere",
		.pokes = { { POKE_CHUNK, 0, 384, 8, 0xFFFFFFF000001234 }, { POKE_CHUNK, 0, 392, 8, 0x1FF00000200 } }, .fix = true },
	{ "record-ends-65528", "the longest that Windows writes", .build = build_end_at, .context = &ends[0] },
	{ "record-ends-65536", "legal; libevtx loses it without a word", .build = build_end_at, .context = &ends[1] },
	{ "record-hidden", "record 2 was enlarged over another one, which lies intact inside", .build = build_hidden },
	{ "record-residue", "behind the live records: a known id, an older id, the next id of another host",
		.build = build_residue },
	{ "chunk-slack", "second chunk's buffer holds the first one's records behind its own; their templates are overwritten",
		.options = { .keep_slack = true }, .build = build_slack },
	{ "record-signature", "second record has no signature", .pokes = { { POKE_RECORD, 1, 0, 4, 0x2B2B } }, .fix = true },
	{ "record-copy", "second record's size copy differs", .pokes = { { POKE_RECORD_END, 1, 4, 4, 40 } }, .fix = true },
	{ "record-size-zero", "second record has size 0", .pokes = { { POKE_RECORD, 1, 4, 4, 0 } }, .fix = true },
	{ "record-size-small", "second record has size 27", .pokes = { { POKE_RECORD, 1, 4, 4, 27 } }, .fix = true },
	{ "record-size-huge", "second record has size 4 billion",
		.pokes = { { POKE_RECORD, 1, 4, 4, 0xFFFFFFFF } }, .fix = true },
	{ "record-size-chunk", "second record has size 65,536", .pokes = { { POKE_RECORD, 1, 4, 4, 65536 } }, .fix = true },
	{ "record-size-odd", "last record's size is no multiple of 4, its copy agrees (libevtx reads past the chunk)",
		.pokes = { { POKE_RECORD, 3, 4, 4, 60001 }, { POKE_RECORD, 3, 59997, 4, 60001 },
			{ POKE_CHUNK, 0, 48, 4, 65535 } }, .fix = true },
	{ "record-size-short", "second record ends inside its own BinXML, its copy agrees",
		.pokes = { { POKE_RECORD, 1, 4, 4, 64 }, { POKE_RECORD, 1, 60, 4, 64 } }, .fix = true },
	{ "record-time-max", "header time 2^64-1", .pokes = { { POKE_RECORD, 1, 16, 8, UINT64_MAX } }, .fix = true },
	{ "record-time-zero", "header time 0", .pokes = { { POKE_RECORD, 1, 16, 8, 0 } }, .fix = true },
	{ "record-id-max", "header id 2^64-1", .pokes = { { POKE_RECORD, 1, 8, 8, UINT64_MAX } }, .fix = true },
	{ "record-id-twice", "two records with the id 1", .pokes = { { POKE_RECORD, 1, 8, 8, 1 } }, .fix = true },
};
/* clang-format on */

const struct broken_form *
broken_container(size_t i)
{
	return i < ARRAY_LEN(forms) ? &forms[i] : NULL;
}
