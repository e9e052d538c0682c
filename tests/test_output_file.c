/* SPDX-License-Identifier: Apache-2.0 */
/* Output files: complete or absent, never over evidence, and a failure is told.  Each test runs in a process of its
 * own, within a folder of its own. */
#include "src/output/file.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/evtriage-test-XXXXXX";

/* evidence/log.evtx is evidence, evidence/ an evidence folder; plain is a file, empty a folder; links to the former. */
static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(mkdir("evidence", 0700) | mkdir("evidence/deep", 0700) | mkdir("empty", 0700), 0);
	for (int i = 0; i < 2; i++) {
		int fd = open(i ? "plain" : "evidence/log.evtx", O_WRONLY | O_CREAT, 0640);

		ck_assert_int_eq(write(fd, "before", 6), 6);
		close(fd);
	}
	ck_assert_int_eq(link("evidence/log.evtx", "hard"), 0);
	ck_assert_int_eq(symlink("evidence/log.evtx", "soft"), 0);
	ck_assert_int_eq(symlink("evidence/deep", "softfolder"), 0);
	ck_assert_int_eq(symlink("plain", "softplain"), 0);
	ck_assert_int_eq(symlink("/dev/null", "softnull"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct output_place places[2];

static struct output_guard
guard(void)
{
	struct stat st;

	ck_assert_int_eq(stat("evidence/log.evtx", &st), 0);
	places[0] = (struct output_place){ st.st_dev, st.st_ino, false };
	ck_assert_int_eq(stat("evidence", &st), 0);
	places[1] = (struct output_place){ st.st_dev, st.st_ino, true };
	return (struct output_guard){ places, 2 };
}

static struct slice
content(const char *path, char room[static 64])
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, room, 64);

	ck_assert_msg(n >= 0, "%s can be read", path);
	close(fd);
	return slice_from(room, (size_t)n);
}

static unsigned
leftovers(void)
{
	unsigned count = 0;
	DIR *dir = opendir(".");

	for (struct dirent *entry; (entry = readdir(dir));)
		count += strstr(entry->d_name, ".part") != NULL;
	closedir(dir);
	return count;
}

static const struct target {
	const char *path;
	bool plain_ok, force_ok;
	const char *reason;
} targets[] = {
	{ "new", true, true, NULL },
	{ "./new", true, true, NULL },
	{ "empty/new", true, true, NULL },
	{ "empty/../new", true, true, NULL },
	{ "plain", false, true, "exists already" },
	{ "softplain", false, true, "exists already" },
	{ "dangling", false, true, "exists already" },
	{ "softnull", true, true, NULL },
	{ "/dev/null", true, true, NULL },
	{ "empty", false, false, "is a folder" },
	{ "empty/", false, false, "is the name of a folder" },
	{ "", false, false, "is the name of a folder" },
	{ "missing/new", false, false, "cannot open its folder" },
	{ "plain/new", false, false, "cannot open its folder" },
	{ "evidence/log.evtx", false, false, "is evidence" },
	{ "hard", false, false, "is evidence" },
	{ "soft", false, false, "is evidence" },
	{ "evidence/new", false, false, "folder of evidence" },
	{ "evidence/deep/new", false, false, "folder of evidence" },
	{ "softfolder/new", false, false, "folder of evidence" },
	{ "empty/../evidence/deep/../new", false, false, "folder of evidence" },
};

START_TEST(test_target)
{
	const struct target *t = &targets[_i];
	struct output_guard g = guard();
	char room[64];

	for (int force = 0; force < 2; force++) {
		struct err err = { 0 };
		struct output *o = NULL;
		bool ok = output_open(t->path, &g, force, &o, &err);
		struct stat st;

		ck_assert_msg(ok == (force ? t->force_ok : t->plain_ok), "%s, force %d: %s", t->path, force, err.text);
		if (!ok) {
			ck_assert_msg(err.code == ERR_IO && strstr(err.text, t->reason), "%s: %s", t->path, err.text);
			continue;
		}
		ck_assert(output_write(o, SLICE("after"), &err));
		ck_assert_msg(output_commit(o, &err), "%s, force %d: %s", t->path, force, err.text);
		ck_assert_int_eq(lstat(t->path, &st), 0);
		if (S_ISREG(st.st_mode)) {
			ck_assert_msg(slice_eq(content(t->path, room), SLICE("after")), "%s, force %d", t->path, force);
			ck_assert_int_eq(unlink(t->path), 0);
		}
	}
	ck_assert(slice_eq(content("evidence/log.evtx", room), SLICE("before")));
	ck_assert_msg(strcmp(t->path, "softplain") != 0 || slice_eq(content("plain", room), SLICE("before")),
		"what a link points to is never written");
	ck_assert_uint_eq(leftovers(), 0);
}
END_TEST

START_TEST(test_absent_until_commit)
{
	struct err err = { 0 };
	struct output *o = NULL;
	struct stat st;
	char room[64];

	ck_assert(output_open("new", NULL, false, &o, &err) && output_write(o, SLICE("x"), &err));
	ck_assert_int_eq(access("new", F_OK), -1);
	ck_assert_uint_eq(leftovers(), 1);
	output_abandon(o);
	ck_assert_int_eq(access("new", F_OK), -1);
	ck_assert_uint_eq(leftovers(), 0);
	output_abandon(NULL);

	ck_assert(output_open("plain", NULL, true, &o, &err));
	ck_assert(slice_eq(content("plain", room), SLICE("before")));
	ck_assert_msg(output_commit(o, &err), "%s", err.text);
	ck_assert_int_eq(stat("plain", &st), 0);
	ck_assert_msg(st.st_size == 0 && (st.st_mode & 0777) == 0640, "the mode of what it replaces");

	/* Somebody else takes the name while we write: theirs stays. */
	ck_assert(output_open("race", NULL, false, &o, &err));
	ck_assert_int_eq(link("hard", "race"), 0);
	ck_assert(!output_commit(o, &err));
	ck_assert_msg(strstr(err.text, "race: cannot rename") && strstr(err.text, "File exists"), "%s", err.text);
	ck_assert(slice_eq(content("race", room), SLICE("before")));
	ck_assert_uint_eq(leftovers(), 0);
}
END_TEST

/* Pieces of every size around that of the buffer arrive whole and in order. */
START_TEST(test_pieces)
{
	static const size_t sizes[] = { 1, 262143, 262144, 262145, 0, 600000, 7, 131072, 131072, 3 };
	static uint8_t piece[600000];
	size_t total = 0;
	struct err err = { 0 };
	struct output *o = NULL;
	FILE *file;

	ck_assert(output_open("new", NULL, false, &o, &err));
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		memset(piece, (int)('a' + i), sizes[i]);
		ck_assert(output_write(o, slice_from(piece, sizes[i]), &err));
		total += sizes[i];
	}
	ck_assert(output_commit(o, &err));
	file = fopen("new", "r");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		for (size_t k = 0; k < sizes[i]; k++, total--)
			if (getc(file) != (int)('a' + i))
				ck_abort_msg("byte %zu of piece %zu", k, i);
	ck_assert_int_eq(getc(file), EOF);
	ck_assert_uint_eq(total, 0);
	fclose(file);
}
END_TEST

/* Writes until it fails; then every call says the same and commit fails as well. */
static void
write_until_full(struct output *o, const char *words)
{
	static uint8_t piece[100000];
	struct err err = { 0 }, again = { 0 };
	int written = 0;

	for (; written < 20 && output_write(o, slice_from(piece, sizeof(piece)), &err); written++)
		;
	ck_assert_msg(written < 20, "a full device is noticed");
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_msg(strstr(err.text, words), "%s", err.text);
	ck_assert(!output_write(o, SLICE("x"), &again));
	ck_assert_str_eq(again.text, err.text);
	again = (struct err){ 0 };
	ck_assert(!output_commit(o, &again));
	ck_assert_str_eq(again.text, err.text);
}

START_TEST(test_dev_full)
{
	struct err err = { 0 };
	struct output *o = NULL;

	ck_assert(output_open("/dev/full", NULL, false, &o, &err));
	write_until_full(o, "/dev/full: cannot write: No space left on device");
	ck_assert(output_open("/dev/full", NULL, false, &o, &err)); /* so little that only the last flush fails */
	ck_assert(output_write(o, SLICE("little"), &err));
	ck_assert(!output_commit(o, &err));
	ck_assert_str_eq(err.text, "/dev/full: cannot write: No space left on device");
}
END_TEST

START_TEST(test_disk_full)
{
	const struct rlimit small = { 300000, 300000 };
	struct err err = { 0 };
	struct output *o = NULL;
	char room[64];

	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert(output_open("plain", NULL, true, &o, &err));
	write_until_full(o, "plain: cannot write: File too large");
	ck_assert_msg(slice_eq(content("plain", room), SLICE("before")), "what was there is there still");
	ck_assert_uint_eq(leftovers(), 0);
}
END_TEST

START_TEST(test_closed_pipe)
{
	struct err err = { 0 };
	struct output *o = NULL;
	int ends[2];

	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	close(ends[1]);
	close(ends[0]);
	ck_assert(output_open("-", NULL, false, &o, &err));
	write_until_full(o, "standard output: cannot write: Broken pipe");
}
END_TEST

START_TEST(test_fifo)
{
	struct err err = { 0 };
	struct output *o = NULL;
	char room[64];
	int fd = open("fifo", O_RDONLY | O_NONBLOCK);

	ck_assert(output_open("fifo", NULL, false, &o, &err));
	ck_assert(output_write(o, SLICE("through"), &err) && output_commit(o, &err));
	ck_assert_int_eq(read(fd, room, sizeof(room)), 7);
	close(fd);
	ck_assert_uint_eq(leftovers(), 0);
}
END_TEST

START_TEST(test_stdout_is_evidence)
{
	struct output_guard g = guard();
	struct err err = { 0 };
	struct output *o = NULL;
	int fd = open("hard", O_WRONLY | O_APPEND);

	ck_assert_int_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	ck_assert(!output_open("-", &g, true, &o, &err));
	ck_assert_msg(strstr(err.text, "standard output: is evidence"), "%s", err.text);
	close(fd);
}
END_TEST

START_TEST(test_long_path)
{
	char path[3000];
	struct err err = { 0 };
	struct output *o = NULL;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert(!output_open(path, NULL, false, &o, &err));
	ck_assert_msg(strstr(err.text, "File name too long"), "the reason has room: %s", err.text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("output_file");
	TCase *tc = tcase_create("output_file");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_target, 0, (int)ARRAY_LEN(targets));
	tcase_add_test(tc, test_absent_until_commit);
	tcase_add_test(tc, test_pieces);
	tcase_add_test(tc, test_dev_full);
	tcase_add_test(tc, test_disk_full);
	tcase_add_test(tc, test_closed_pipe);
	tcase_add_test(tc, test_fifo);
	tcase_add_test(tc, test_stdout_is_evidence);
	tcase_add_test(tc, test_long_path);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
