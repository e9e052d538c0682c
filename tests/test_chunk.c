/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mini_chunk.h"

#include "evtx/chunk.h"

#include <check.h>
#include <errno.h>

enum { RECORDS = 4 };

/* Offsets of the four records of `sample`, and its end. */
static size_t
start_of(const struct mini *m, unsigned n)
{
	size_t size = (m->at - LIMIT_CHUNK_HEADER) / RECORDS;

	return LIMIT_CHUNK_HEADER + n * size;
}

static void
sample(struct mini *m, unsigned file_flags)
{
	mini_init(m);
	for (unsigned i = 0; i < RECORDS; i++)
		mini_record(m, MINI_PLAIN);
	mini_finish(m, file_flags);
}

static uint8_t *
record_bytes(struct mini *m, unsigned n)
{
	return mini_chunk(m) + start_of(m, n);
}

static void
damage_nothing(struct mini *m)
{
	(void)m;
}

static void
damage_size_zero(struct mini *m)
{
	mini_set(record_bytes(m, 1) + 4, 0, 4);
}

static void
damage_size_huge(struct mini *m)
{
	mini_set(record_bytes(m, 1) + 4, 0xFFFFFFF8u, 4);
}

static void
damage_size_copy(struct mini *m)
{
	mini_set(record_bytes(m, 2) - 4, 0, 4);
}

static void
damage_last_size(struct mini *m)
{
	mini_set(record_bytes(m, 3) + 4, 40, 4);
}

static void
damage_both_sizes(struct mini *m)
{
	damage_size_huge(m);
	damage_size_copy(m);
}

static void
damage_signature(struct mini *m)
{
	record_bytes(m, 1)[0] = 'x';
}

static void
damage_two_in_a_row(struct mini *m)
{
	damage_signature(m);
	record_bytes(m, 2)[0] = 'x';
}

static void
damage_free_space(struct mini *m)
{
	mini_set(mini_chunk(m) + 48, 0, 4);
}

static void
damage_free_space_low(struct mini *m)
{
	mini_set(mini_chunk(m) + 48, start_of(m, 2), 4);
}

static void
damage_free_space_high(struct mini *m)
{
	memset(mini_chunk(m) + m->at, 0x55, 4096);
	mini_set(mini_chunk(m) + 48, m->at + 4096, 4);
}

static void
damage_header_numbers(struct mini *m)
{
	memset(mini_chunk(m) + 8, 0xFF, 120);
}

static void
stale_header(struct mini *m)
{
	damage_free_space_low(m);
	mini_set(mini_chunk(m) + 32, 2, 8);
	mini_set(mini_chunk(m) + 44, start_of(m, 1), 4);
	mini_checksums(m, start_of(m, 2));
}

static void
stale_header_then_residue(struct mini *m)
{
	stale_header(m);
	mini_set(record_bytes(m, 3) + 8, 900, 8);
}

static void
zeros_to_the_end(struct mini *m)
{
	mini_set(mini_chunk(m) + 48, LIMIT_CHUNK, 4);
	mini_checksums(m, LIMIT_CHUNK);
}

static void
damage_header_size(struct mini *m)
{
	mini_set(mini_chunk(m) + 40, 127, 4);
}

static void
damage_chunk_signature(struct mini *m)
{
	mini_chunk(m)[3] = 'X';
}

static void
damage_checksum(struct mini *m)
{
	mini_chunk(m)[52] ^= 1;
	mini_set(mini_chunk(m) + 120, 1, 4);
}

static void
no_checksums(struct mini *m)
{
	mini_set(mini_chunk(m) + 52, 0, 4);
	mini_set(mini_chunk(m) + 120, 5, 8);
}

static void
damage_file_header(struct mini *m)
{
	memset(m->bytes, 0, LIMIT_FILE_HEADER);
}

static void
zero_chunk(struct mini *m)
{
	memset(mini_chunk(m), 0, LIMIT_CHUNK);
}

static void
other_data(struct mini *m)
{
	memset(mini_chunk(m), 'x', LIMIT_CHUNK);
}

static const struct {
	const char *name;
	void (*damage)(struct mini *m);
	unsigned file_flags;
	uint64_t records, lost;
	unsigned flags, flags_mask;
} damages[] = {
	{ "intact", damage_nothing, 0, 4, 0, RECORD_NO_TEMPLATE, ~0u },
	{ "size 0", damage_size_zero, 0, 4, 0, RECORD_SIZE_COPY_DIFFERS, RECORD_SIZE_COPY_DIFFERS },
	{ "size huge", damage_size_huge, 0, 4, 0, RECORD_SIZE_COPY_DIFFERS, RECORD_SIZE_COPY_DIFFERS },
	{ "size copy", damage_size_copy, 0, 4, 0, RECORD_SIZE_COPY_DIFFERS, RECORD_SIZE_COPY_DIFFERS },
	{ "size of the last record", damage_last_size, 0, 4, 0, RECORD_SIZE_COPY_DIFFERS, RECORD_SIZE_COPY_DIFFERS },
	{ "both sizes", damage_both_sizes, 0, 3, 1, 0, RECORD_SIZE_COPY_DIFFERS },
	{ "signature", damage_signature, 0, 3, 1, 0, RECORD_SIZE_COPY_DIFFERS },
	{ "two signatures in a row are one gap", damage_two_in_a_row, 0, 2, 1, 0, RECORD_SIZE_COPY_DIFFERS },
	{ "free space 0", damage_free_space, 0, 4, 0, RECORD_BAD_CHUNK_HEADER, RECORD_BAD_CHUNK_HEADER },
	{ "free space too low", damage_free_space_low, 0, 4, 0, RECORD_BAD_CHUNK_CHECKSUM, RECORD_BAD_CHUNK_CHECKSUM },
	{ "free space too high", damage_free_space_high, 0, 4, 0, RECORD_BAD_CHUNK_CHECKSUM, RECORD_BAD_CHUNK_CHECKSUM },
	{ "header numbers", damage_header_numbers, 0, 4, 0, RECORD_BAD_CHUNK_HEADER, RECORD_BAD_CHUNK_HEADER },
	{ "stale header of a dirty log", stale_header, LOG_DIRTY, 4, 0, RECORD_BEYOND_FREE_SPACE | RECORD_DIRTY_LOG,
		RECORD_BEYOND_FREE_SPACE | RECORD_DIRTY_LOG | RECORD_BAD_CHUNK_CHECKSUM },
	{ "the same in a clean log is residue", stale_header, 0, 2, 0, 0, RECORD_BEYOND_FREE_SPACE },
	{ "residue has other identifiers", stale_header_then_residue, LOG_DIRTY, 3, 0, RECORD_BEYOND_FREE_SPACE,
		RECORD_BEYOND_FREE_SPACE },
	{ "zeros up to the free space", zeros_to_the_end, 0, 4, 0, 0, RECORD_BAD_CHUNK_CHECKSUM },
	{ "header size", damage_header_size, 0, 4, 0, RECORD_BAD_CHUNK_HEADER, RECORD_BAD_CHUNK_HEADER },
	{ "chunk signature", damage_chunk_signature, 0, 4, 0, RECORD_BAD_CHUNK_HEADER, RECORD_BAD_CHUNK_HEADER },
	{ "checksum", damage_checksum, 0, 4, 0, RECORD_BAD_CHUNK_CHECKSUM, RECORD_BAD_CHUNK_CHECKSUM },
	{ "no checksums kept", no_checksums, 0, 4, 0, 0, RECORD_BAD_CHUNK_CHECKSUM },
	{ "file header gone", damage_file_header, 0, 4, 0, 0, RECORD_DIRTY_LOG },
	{ "zero chunk", zero_chunk, 0, 0, 0, 0, 0 },
	{ "other data", other_data, 0, 0, 0, 0, 0 },
};

START_TEST(damaged_chunk)
{
	struct mini *m = malloc(sizeof(*m));
	struct source source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	struct mini_tally t;

	sample(m, damages[_i].file_flags);
	damages[_i].damage(m);
	ck_assert_msg(mini_read(&source, 0, &t), "%s: %s", damages[_i].name, t.reason);
	ck_assert_msg(t.counts.records == damages[_i].records && t.counts.lost == damages[_i].lost,
		"%s: %llu records, %llu lost (%s)", damages[_i].name, (unsigned long long)t.counts.records,
		(unsigned long long)t.counts.lost, t.reason);
	ck_assert_msg((t.flags & damages[_i].flags_mask) == damages[_i].flags, "%s: flags %x", damages[_i].name, t.flags);
	ck_assert_msg(t.counts.chunks + t.counts.empty_chunks + t.counts.foreign_chunks == 1, "%s: slots", damages[_i].name);
	free(m);
}
END_TEST

START_TEST(long_padding_is_flagged)
{
	struct mini *m = malloc(sizeof(*m));
	struct source source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	struct mini_tally t;

	for (size_t padding = 0; padding <= 32; padding += 32) {
		mini_init(m);
		mini_begin(m);
		mini_words(m, MINI_PLAIN);
		mini_end(m, padding);
		mini_finish(m, 0);
		ck_assert(mini_read(&source, 0, &t));
		ck_assert_int_eq((t.flags & RECORD_LONG_PADDING) != 0, padding != 0);
	}
	free(m);
}
END_TEST

/* Whatever byte changes, in whatever way, one record at most is lost and none disappears uncounted. */
START_TEST(flip_costs_one_record)
{
	static const uint8_t flips[] = { 0x01, 0x10, 0x80, 0xFF };
	struct mini *m = malloc(sizeof(*m));
	struct source source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	struct mini_tally t;

	sample(m, 0);
	for (size_t at = LIMIT_FILE_HEADER; at < LIMIT_FILE_HEADER + m->at; at++) {
		m->bytes[at] ^= flips[_i];
		ck_assert(mini_read(&source, 0, &t));
		ck_assert_msg(t.counts.records + t.counts.lost == RECORDS && t.counts.lost <= 1,
			"byte %zu ^ %02x: %llu records, %llu lost (%s)", at, flips[_i], (unsigned long long)t.counts.records,
			(unsigned long long)t.counts.lost, t.reason);
		m->bytes[at] ^= flips[_i];
	}
	free(m);
}
END_TEST

/* Every record that is wholly there is read, the one that is cut is named, wherever the file ends. */
START_TEST(truncation_keeps_whole_records)
{
	struct mini *m = malloc(sizeof(*m));
	struct mini_tally t;

	sample(m, 0);
	for (size_t len = LIMIT_FILE_HEADER; len < LIMIT_FILE_HEADER + m->at; len++) {
		struct source source = source_from_memory(slice_from(m->bytes, len));
		size_t in = len - LIMIT_FILE_HEADER, size = start_of(m, 1) - start_of(m, 0);
		size_t whole = in < LIMIT_CHUNK_HEADER ? 0 : (in - LIMIT_CHUNK_HEADER) / size;
		bool cut = in >= LIMIT_CHUNK_HEADER && (in - LIMIT_CHUNK_HEADER) % size >= 8;

		ck_assert(mini_read(&source, 0, &t));
		ck_assert_msg(t.counts.records == whole, "%zu bytes: %llu of %zu records", in,
			(unsigned long long)t.counts.records, whole);
		ck_assert_msg(t.counts.lost == cut || !cut, "%zu bytes: the cut record is not named", in);
		ck_assert_uint_le(t.counts.lost, 1);
	}
	free(m);
}
END_TEST

/* --- several slots, and sources that fail --- */

static struct slice
two_chunks(uint8_t *bytes)
{
	struct mini *m = malloc(sizeof(*m));

	sample(m, 0);
	memcpy(bytes, m->bytes, sizeof(m->bytes));
	memcpy(bytes + sizeof(m->bytes), mini_chunk(m), LIMIT_CHUNK);
	free(m);
	return slice_from(bytes, sizeof(m->bytes) + LIMIT_CHUNK);
}

static bool
read_with_bad_first_chunk(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err)
{
	if (len == LIMIT_CHUNK && offset == LIMIT_FILE_HEADER) {
		errno = EIO;
		return err_set_errno(err, offset, "cannot read at offset %llu", (unsigned long long)offset);
	}
	*got = slice_sub(s->memory, (size_t)offset, len).len;
	memcpy(out, s->memory.ptr + offset, *got);
	return true;
}

START_TEST(slots)
{
	uint8_t *bytes = malloc(LIMIT_FILE_HEADER + 2 * LIMIT_CHUNK);
	struct source source = source_from_memory(two_chunks(bytes));
	struct mini_tally t;

	ck_assert(mini_read(&source, 0, &t));
	ck_assert_uint_eq(t.counts.records, 2 * RECORDS);
	ck_assert(mini_read(&source, 1, &t));
	ck_assert_uint_eq(t.counts.records, RECORDS);
	ck_assert_uint_eq(t.first_offset, LIMIT_FILE_HEADER + LIMIT_CHUNK + LIMIT_CHUNK_HEADER);
	ck_assert(mini_read(&source, UINT64_MAX, &t));
	ck_assert_uint_eq(t.counts.records, 0);
	source.size += 100000;
	ck_assert(mini_read(&source, 0, &t));
	ck_assert_msg(t.counts.records == 2 * RECORDS && t.counts.lost == 1, "a file that became shorter");
	source.size -= 100000;
	source.read = read_with_bad_first_chunk;
	ck_assert(mini_read(&source, 0, &t));
	ck_assert_msg(t.counts.records == RECORDS && t.counts.lost == 1, "an unreadable chunk");
	ck_assert_msg(strstr(t.reason, "Input/output error"), "%s", t.reason);
	free(bytes);
}
END_TEST

/* A copy of a sparse file, or of a disk with a bad block: a page in the middle of a chunk reads as zeros. */
START_TEST(a_hole_in_a_chunk)
{
	enum { MANY = 200, HOLE = 8192, PAGE = 4096 };
	struct mini *m = malloc(sizeof(*m));
	struct source source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	size_t size, touched;
	struct mini_tally t;

	mini_init(m);
	for (unsigned i = 0; i < MANY; i++)
		mini_record(m, MINI_PLAIN);
	mini_finish(m, 0);
	size = (m->at - LIMIT_CHUNK_HEADER) / MANY;
	touched = (HOLE + PAGE - LIMIT_CHUNK_HEADER + size - 1) / size - (HOLE - LIMIT_CHUNK_HEADER) / size;
	memset(mini_chunk(m) + HOLE, 0, PAGE);
	ck_assert(mini_read(&source, 0, &t));
	ck_assert_uint_eq(t.counts.records, MANY - touched);
	ck_assert_uint_ge(t.counts.lost, 1);
	free(m);
}
END_TEST

START_TEST(where_the_first_slot_is)
{
	enum { BLOCK = 8192 };
	struct mini *m = malloc(sizeof(*m));
	uint8_t *bytes = calloc(1, BLOCK + LIMIT_CHUNK);
	struct source source;
	struct mini_tally t;

	sample(m, 0);
	memcpy(bytes, m->bytes, 128);
	mini_set(bytes + 40, BLOCK, 2);
	memcpy(bytes + BLOCK, mini_chunk(m), LIMIT_CHUNK);
	source = source_from_memory(slice_from(bytes, BLOCK + LIMIT_CHUNK));
	ck_assert(mini_read(&source, 0, &t));
	ck_assert_msg(t.counts.records == RECORDS, "header block of 8192 bytes");
	source = source_from_memory(slice_from(mini_chunk(m), LIMIT_CHUNK));
	ck_assert(mini_read(&source, 0, &t));
	ck_assert_msg(t.counts.records == RECORDS, "a chunk without a file header");
	mini_set(m->bytes + 40, 1234, 2);
	source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	ck_assert(mini_read(&source, 0, &t));
	ck_assert_msg(t.counts.records == RECORDS, "a wrong header block size");
	free(bytes);
	free(m);
}
END_TEST

START_TEST(file_header)
{
	struct mini *m = malloc(sizeof(*m));
	struct source source = source_from_memory(slice_from(m->bytes, sizeof(m->bytes)));
	struct mini_tally t;
	struct log_header h;
	struct err err;

	sample(m, LOG_FULL);
	ck_assert(log_header_read(&source, &h, &err));
	ck_assert(h.signature_ok && h.checksum_ok);
	ck_assert_uint_eq(h.next_record, RECORDS + 1);
	ck_assert_uint_eq(h.major, 3);
	ck_assert_uint_eq(h.minor, 1);
	ck_assert_uint_eq(h.header_block_size, 4096);
	ck_assert_uint_eq(h.chunk_count, 1);
	ck_assert_uint_eq(h.flags, LOG_FULL);
	ck_assert(log_is_evtx(slice_from(m->bytes, 8)));
	ck_assert(!log_is_evtx(slice_from(m->bytes, 7)));
	ck_assert(log_is_evtx(slice_from(mini_chunk(m), 8)));
	m->bytes[24] ^= 1;
	ck_assert(log_header_read(&source, &h, &err) && !h.checksum_ok);
	m->bytes[0] = 'x';
	ck_assert(log_is_evtx(slice_from(m->bytes, LIMIT_FILE_HEADER + 8)));
	ck_assert(!log_is_evtx(slice_from(m->bytes, LIMIT_FILE_HEADER)));
	source = source_from_memory(slice_from(m->bytes, 127));
	ck_assert(!log_header_read(&source, &h, &err) && err.code == ERR_TRUNCATED);
	source = source_from_memory(slice_from(m->bytes, 4000));
	ck_assert(!mini_read(&source, 0, &t) && strstr(t.reason, "not an event log"));
	free(m);
}
END_TEST

START_TEST(checksum)
{
	static const char text[] = "123456789123456789";

	ck_assert_uint_eq(crc32_extend(0, SLICE("123456789")), 0xCBF43926);
	ck_assert_uint_eq(crc32_extend(0, SLICE_EMPTY), 0);
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		uint32_t crc = crc32_extend(0, slice_from(text, cut));

		crc = crc32_extend(crc, slice_from(text + cut, sizeof(text) - 1 - cut));
		ck_assert_uint_eq(crc, crc32_extend(0, slice_from(text, sizeof(text) - 1)));
	}
}
END_TEST

START_TEST(a_header_proves_itself)
{
	struct mini *m = calloc(1, sizeof(*m));
	struct chunk_header header;
	struct slice chunk;

	ck_assert(m != NULL);
	mini_init(m);
	mini_record(m, MINI_PLAIN);
	mini_finish(m, 0);
	chunk = slice_from(mini_chunk(m), LIMIT_CHUNK);
	chunk_header_read(chunk, &header);
	ck_assert(chunk_header_proves_itself(chunk, &header));
	ck_assert(!chunk_header_proves_itself(slice_sub(chunk, 0, LIMIT_CHUNK_HEADER - 1), &header));
	mini_chunk(m)[LIMIT_CHUNK_HEADER] ^= 1; /* is of the other checksum */
	ck_assert(chunk_header_proves_itself(chunk, &header));
	for (size_t at = 0; at < LIMIT_CHUNK_HEADER; at++) {
		mini_chunk(m)[at] ^= 1;
		chunk_header_read(chunk, &header);
		ck_assert_msg(!chunk_header_proves_itself(chunk, &header) || (at >= 120 && at < 124), "byte %zu", at);
		mini_chunk(m)[at] ^= 1;
	}
	mini_chunk(m)[120] |= CHUNK_NO_CHECKSUMS;
	chunk_header_read(chunk, &header);
	ck_assert(!chunk_header_proves_itself(chunk, &header));
	free(m);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chunk");
	TCase *cases = tcase_create("chunk");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 600);
	tcase_add_loop_test(cases, damaged_chunk, 0, (int)ARRAY_LEN(damages));
	tcase_add_test(cases, long_padding_is_flagged);
	tcase_add_loop_test(cases, flip_costs_one_record, 0, 4);
	tcase_add_test(cases, truncation_keeps_whole_records);
	tcase_add_test(cases, slots);
	tcase_add_test(cases, a_hole_in_a_chunk);
	tcase_add_test(cases, where_the_first_slot_is);
	tcase_add_test(cases, file_header);
	tcase_add_test(cases, checksum);
	tcase_add_test(cases, a_header_proves_itself);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
