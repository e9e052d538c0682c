/* SPDX-License-Identifier: Apache-2.0 */
/* The spill: strings come back whole from memory, from the file and from what is still to be written; a disk that is
 * full is an error, never a wrong text. */
#include "base/io.h"
#include "base/spill.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { STRINGS = 300 };

/* A string that tells which it is: length and bytes follow from its number. */
static void
fill(struct buf *b, unsigned number, unsigned longest)
{
	unsigned len = number * 7919 % (longest + 1);

	buf_reset(b);
	for (unsigned i = 0; i < len; i++)
		buf_append_byte(b, (uint8_t)(number * 31 + i));
}

static const struct setting {
	const char *name;
	size_t limit;
	unsigned longest;
	bool in_memory;
} settings[] = {
	{ "all in memory", 1 << 20, 1000, true },
	{ "memory, then file", 20000, 1000, false },
	{ "no memory at all", 0, 1000, false },
	{ "more than is held back", 5000, 20000, false },
	{ "strings longer than the memory", 100, 20000, false },
};

static void
check_all(struct spill *s, const struct spill_at *at, unsigned count, const struct setting *t)
{
	struct buf want, got;
	struct slice view;
	struct err err;

	buf_init(&want, SIZE_MAX / 2);
	buf_init(&got, SIZE_MAX / 2);
	for (unsigned i = 0; i < count; i++) {
		unsigned number = (i * 101) % count; /* not in the order they came; 101 is prime */

		fill(&want, number, t->longest);
		buf_reset(&got);
		ck_assert_msg(spill_get(s, at[number], &got, &err), "%s: string %u: %s", t->name, number, err.text);
		ck_assert_msg(slice_eq(buf_view(&got), buf_view(&want)), "%s: string %u", t->name, number);
		ck_assert_msg(spill_view(s, at[number], &got, &view, &err), "%s: view %u: %s", t->name, number, err.text);
		ck_assert_msg(slice_eq(view, buf_view(&want)), "%s: view %u", t->name, number);
	}
	buf_fini(&want);
	buf_fini(&got);
}

START_TEST(test_round)
{
	const struct setting *t = &settings[_i];
	struct spill_at at[STRINGS];
	struct spill s;
	struct buf b;
	struct err err;

	buf_init(&b, SIZE_MAX / 2);
	spill_init(&s, t->limit, "/tmp");
	for (unsigned i = 0; i < STRINGS; i++) {
		fill(&b, i, t->longest);
		ck_assert_msg(spill_add(&s, buf_view(&b), &at[i], &err), "%s: %s", t->name, err.text);
		if (i == STRINGS / 2) /* reading in between does not disturb writing */
			check_all(&s, at, i + 1, t);
	}
	check_all(&s, at, STRINGS, t);
	ck_assert_msg((s.fd < 0) == t->in_memory, "%s: a file only when it is needed", t->name);
	ck_assert_msg(s.memory.capacity <= t->limit || t->limit == 0, "%s: the memory keeps its limit", t->name);
	spill_fini(&s);
	buf_fini(&b);
}
END_TEST

START_TEST(test_no_folder)
{
	struct spill s;
	struct spill_at at;
	struct err err = { 0 };

	spill_init(&s, 4, "/nowhere/at/all");
	ck_assert(spill_add(&s, SLICE("fits"), &at, &err));
	ck_assert(!spill_add(&s, SLICE("does not"), &at, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_msg(strstr(err.text, "/nowhere/at/all"), "says where: %s", err.text);
	spill_fini(&s);
}
END_TEST

/* More than a pipe holds goes through it, whoever is interrupted; past the end of a file there is nothing, and that is no error. */
static void
on_alarm(int number)
{
	(void)number;
}

START_TEST(test_io)
{
	enum { BYTES = 1 << 20, PIECE = 1000 };
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	uint8_t *bytes = malloc(BYTES), *back = malloc(BYTES);
	struct err err = { 0 };
	size_t got = 0;
	int ends[2], fd;
	pid_t child;

	ck_assert(bytes && back && pipe(ends) == 0);
	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		bool done;

		sigaction(SIGALRM, &action, NULL); /* without SA_RESTART */
		setitimer(ITIMER_REAL, &often, NULL);
		done = io_write_all(ends[1], slice_from(bytes, BYTES));
		setitimer(ITIMER_REAL, &never, NULL);
		_exit(done ? 0 : 1);
	}
	close(ends[1]);
	for (ssize_t n; got < BYTES && (n = read(ends[0], back + got, BYTES - got < PIECE ? BYTES - got : PIECE)) > 0; got += (size_t)n)
		if (got % 16000 == 0)
			usleep(2000);
	ck_assert_uint_eq(got, BYTES);
	ck_assert_int_eq(memcmp(bytes, back, BYTES), 0);
	fd = io_temp_file("/tmp", &err);
	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert(io_pwrite_all(fd, slice_from(bytes, BYTES), 1000));
	memset(back, 0, BYTES);
	ck_assert(io_pread_all(fd, 1000, back, BYTES, &got) && got == BYTES && memcmp(bytes, back, BYTES) == 0);
	ck_assert(io_pread_all(fd, 1000 + BYTES - 10, back, 100, &got) && got == 10);
	ck_assert(io_pread_all(fd, 1000 + BYTES, back, 100, &got) && got == 0);
	close(fd);
	ck_assert(!io_pread_all(fd, 0, back, 100, &got) && got == 0);
	ck_assert(!io_write_all(fd, SLICE("x")) && !io_pwrite_all(fd, SLICE("x"), 0));
	ck_assert_int_lt(io_temp_file("/nowhere/at/all", &err), 0);
	ck_assert_msg(strstr(err.text, "cannot make a temporary file in /nowhere/at/all: "), "%s", err.text);
	free(bytes);
	free(back);
}
END_TEST

/* A file of at most 300,000 bytes stands for a disk that is full (Check runs each test in a process of its own). */
START_TEST(test_disk_full)
{
	const struct rlimit small = { 300000, 300000 };
	struct spill_at at[600];
	struct spill s;
	struct buf b;
	struct err err = { 0 };
	unsigned added = 0;

	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	buf_init(&b, SIZE_MAX / 2);
	spill_init(&s, 1000, "/tmp");
	for (; added < 600; added++) {
		fill(&b, added, 2000);
		if (!spill_add(&s, buf_view(&b), &at[added], &err))
			break;
	}
	ck_assert_msg(added > 200 && added < 600, "%u strings found a place", added);
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_msg(strstr(err.text, "cannot write the temporary file in /tmp: File too large"), "%s", err.text);
	buf_reset(&b);
	ck_assert_msg(!spill_get(&s, at[added - 1], &b, &err), "what was never written is not made up");
	spill_fini(&s);
	buf_fini(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spill");
	TCase *tc = tcase_create("spill");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, test_io);
	tcase_add_loop_test(tc, test_round, 0, (int)ARRAY_LEN(settings));
	tcase_add_test(tc, test_no_folder);
	tcase_add_test(tc, test_disk_full);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
