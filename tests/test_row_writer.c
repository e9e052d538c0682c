/* SPDX-License-Identifier: Apache-2.0 */
/* Rows come out in order in each output, whoever formats them and however batches are cut; a failure shows by the end. */
#include "src/cli/row_writer.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHANNELS = 2, ROWS = 5000 };

static struct finding findings[ROWS];
static const struct finding *rows[ROWS];

/* Its rule is the row's number; texts of very different lengths. */
static void
put_row(const struct sink_options *options, const struct finding *finding, uint64_t row, struct buf *out)
{
	size_t len = finding->rule * 7919u % 700;

	buf_printf(out, "%u %llu %u ", options->width, (unsigned long long)row, finding->rule);
	if (finding->rule % 97 == 0)
		len *= 1000;
	for (size_t i = 0; i < len; i++)
		buf_append_byte(out, (uint8_t)('a' + i % 26));
	buf_append_byte(out, '\n');
}

static const struct sink_class sink = { .name = "test", .finding = put_row };

static void
make_rows(void)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		findings[i].rule = i;
		rows[i] = &findings[i];
	}
}

static void
expect(const char *path, unsigned width)
{
	const struct sink_options options = { .width = width };
	FILE *file = fopen(path, "rb");
	struct buf wanted;
	uint8_t *got;

	buf_init(&wanted, SIZE_MAX / 2);
	for (size_t i = 0; i < ROWS; i++)
		put_row(&options, rows[i], i, &wanted);
	got = malloc(wanted.len + 1);
	ck_assert(file && got);
	ck_assert_uint_eq(fread(got, 1, wanted.len + 1, file), wanted.len);
	ck_assert(memcmp(got, wanted.ptr, wanted.len) == 0);
	fclose(file);
	free(got);
	buf_fini(&wanted);
}

/* Batches of 0 to 300 rows, or all at once. */
START_TEST(test_order)
{
	static const struct {
		size_t threads, most;
	} settings[] = { { 1, 300 }, { 2, 300 }, { 0, 20 }, { 2, 3 }, { 2, ROWS } };
	char folder[] = "/tmp/evtriage-test-XXXXXX", path[CHANNELS][64];
	struct row_channel channels[CHANNELS];
	struct tee files[CHANNELS];
	struct row_writer *w;
	struct err err = { 0 };
	size_t count;

	make_rows();
	ck_assert(mkdtemp(folder) != NULL);
	for (unsigned i = 0; i < CHANNELS; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%u", folder, i);
		ck_assert(tee_open(&files[i], path[i], NULL, false, false, &err));
		channels[i] = (struct row_channel){ &sink, { .width = i }, &files[i] };
	}
	w = row_writer_new(channels, CHANNELS, settings[_i].threads);
	srand((unsigned)_i);
	for (size_t at = 0; at < ROWS; at += count) {
		count = settings[_i].most == ROWS ? ROWS : (size_t)rand() % (settings[_i].most + 1);
		count = count < ROWS - at ? count : ROWS - at;
		ck_assert_msg(row_writer_put(w, rows + at, count, &err), "%s", err.text);
	}
	ck_assert_msg(row_writer_end(w, &err), "%s", err.text);
	row_writer_free(w);
	for (unsigned i = 0; i < CHANNELS; i++) {
		ck_assert(tee_commit(&files[i], &err));
		expect(path[i], i);
		unlink(path[i]);
	}
	rmdir(folder);
}
END_TEST

START_TEST(test_full_disk)
{
	struct row_channel channel = { .sink = &sink };
	struct tee file;
	struct row_writer *w;
	struct err err = { 0 };
	bool good = true;

	make_rows();
	ck_assert(tee_open(&file, "/dev/full", NULL, true, false, &err));
	channel.file = &file;
	w = row_writer_new(&channel, 1, (size_t)_i);
	for (size_t at = 0; good && at < ROWS; at += 100)
		good = row_writer_put(w, rows + at, 100, &err);
	ck_assert(!row_writer_end(w, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert(!row_writer_put(w, rows, 100, &err)); /* and from then on */
	row_writer_free(w);
	tee_abandon(&file);
}
END_TEST

/* A run that fails leaves it as it is. */
START_TEST(test_no_end)
{
	struct row_channel channel = { .sink = &sink };
	struct tee file;
	struct row_writer *w;
	struct err err = { 0 };

	make_rows();
	ck_assert(tee_open(&file, "/dev/null", NULL, true, false, &err));
	channel.file = &file;
	w = row_writer_new(&channel, 1, 2);
	ck_assert(row_writer_put(w, rows, 300, &err) && row_writer_put(w, rows, 300, &err));
	row_writer_free(w);
	tee_abandon(&file);
	row_writer_free(row_writer_new(&channel, 1, 2));
	row_writer_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("row writer");
	TCase *tc = tcase_create("row writer");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_order, 0, 5);
	tcase_add_loop_test(tc, test_full_disk, 1, 3);
	tcase_add_test(tc, test_no_end);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
