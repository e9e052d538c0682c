/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files read ahead: the order of the paths, whatever two threads do; every file whole, or the reason why not; and no
 * file that is lost or waited for in vain.  Also run under ThreadSanitizer, see .ci/run. */
#include "tests/sigma_help.h"

#include "base/attr.h"
#include "src/sigma/ahead.h"

#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 400, LONG_TEXT = 40 * 1024, MANY_DOCUMENTS = 70 };

static char folder[] = "/tmp/evtriage-ahead-XXXXXX";
static char *paths[MOST];

static void
write_file(size_t i, const char *text, size_t len)
{
	FILE *file;

	ck_assert_int_gt(asprintf(&paths[i], "%s/%zu.yml", folder, i), 0);
	file = fopen(paths[i], "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

/* What file i is like: most are rules, some are not. */
enum nature { PLAIN, BROKEN, MISSING, LONG, SEVERAL, MANY, EMPTY };

static enum nature
nature_of(size_t i)
{
	static const enum nature unusual[] = { BROKEN, MISSING, LONG, SEVERAL, MANY, EMPTY };

	return i % 5 == 3 ? unusual[i / 5 % ARRAY_LEN(unusual)] : PLAIN;
}

/* "number: I", in more or fewer documents, or followed by something that is none. */
static void
make_file(size_t i)
{
	static char text[LONG_TEXT + 64];
	size_t documents = nature_of(i) == SEVERAL ? 3 : nature_of(i) == MANY ? MANY_DOCUMENTS : 1, len = 0;

	for (size_t k = 0; k < documents && nature_of(i) != EMPTY; k++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%snumber: %zu\n", k ? "---\n" : "", i + k);
	if (nature_of(i) == BROKEN)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "text: 'open\n");
	if (nature_of(i) == LONG) {
		memset(text + len, '\n', LONG_TEXT);
		len += LONG_TEXT;
	}
	write_file(i, text, len);
	if (nature_of(i) == MISSING)
		ck_assert_int_eq(unlink(paths[i]), 0);
}

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (size_t i = 0; i < MOST; i++)
		make_file(i);
}

static void
tear_down(void)
{
	for (size_t i = 0; i < MOST; i++) {
		unlink(paths[i]);
		free(paths[i]);
	}
	rmdir(folder);
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
}

static void
check_documents(size_t i, const struct parsed_file *f)
{
	const struct parsed_document *documents = (const void *)f->documents.ptr;
	size_t count = f->documents.len / sizeof(*documents);
	static const size_t wanted[] = { [PLAIN] = 1, [BROKEN] = 1, [SEVERAL] = 3, [EMPTY] = 0 };

	ck_assert_uint_eq(count, wanted[nature_of(i)]);
	for (size_t k = 0; k < count; k++) {
		const struct yaml_node *number = yaml_get(documents[k].root, SLICE("number"));
		char text[24];

		if (nature_of(i) == BROKEN) {
			ck_assert_int_eq(documents[k].step, YAML_BROKEN);
			ck_assert_int_eq(documents[k].why.code, ERR_SYNTAX);
			continue;
		}
		snprintf(text, sizeof(text), "%zu", i + k);
		ck_assert_int_eq(documents[k].step, YAML_DOCUMENT);
		ck_assert(number && slice_eq(number->text, slice_from_text(text)));
	}
}

static void
check_file(size_t i, const struct parsed_file *f)
{
	uint8_t digest[DIGEST_LEN];
	char head[32];

	if (nature_of(i) == MISSING) {
		ck_assert_int_eq(f->why.code, ERR_IO);
		ck_assert(!f->parsed);
		return;
	}
	snprintf(head, sizeof(head), "number: %zu\n", i);
	ck_assert_int_eq(f->why.code, ERR_OK);
	ck_assert_msg(f->parsed == (nature_of(i) != LONG && nature_of(i) != MANY), "file %zu", i);
	ck_assert_msg(nature_of(i) == EMPTY ? f->text.len == 0 : slice_starts_with(buf_view(&f->text), slice_from_text(head)),
		"file %zu: %.*s", i, (int)f->text.len, (const char *)f->text.ptr);
	if (!f->parsed)
		return;
	ck_assert(digest_sha256(buf_view(&f->text), digest) && memcmp(digest, f->digest, DIGEST_LEN) == 0);
	check_documents(i, f);
}

/* Around where a thread is worth it, a batch and the window end, and far beyond. */
static const size_t counts[] = { 0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 41, 63, 64, 65, 100, MOST };

START_TEST(files_come_in_order)
{
	struct ahead *a = ahead_new((const char *const *)paths, counts[_i]);

	ck_assert_ptr_nonnull(a);
	for (size_t i = 0; i < counts[_i]; i++)
		check_file(i, ahead_next(a));
	ahead_free(a);
}
END_TEST

/* A loader that is slower than the thread, and at times faster. */
START_TEST(a_slow_loader_gets_them_too)
{
	struct ahead *a = ahead_new((const char *const *)paths, MOST);

	ck_assert_ptr_nonnull(a);
	for (size_t i = 0; i < MOST; i++) {
		const struct parsed_file *f = ahead_next(a);

		if (i % 37 == 0)
			usleep(2000);
		check_file(i, f);
	}
	ahead_free(a);
}
END_TEST

START_TEST(a_loader_may_stop_early)
{
	for (size_t taken = 0; taken <= counts[_i]; taken += 1 + taken / 4) {
		struct ahead *a = ahead_new((const char *const *)paths, counts[_i]);

		ck_assert_ptr_nonnull(a);
		for (size_t i = 0; i < taken; i++)
			check_file(i, ahead_next(a));
		ahead_free(a);
	}
	ahead_free(NULL);
}
END_TEST

/* As a whole: every file becomes a rule or a reason, in order. */
START_TEST(a_folder_becomes_a_set)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };
	size_t refused = 0;

	ck_assert_ptr_nonnull(set);
	ck_assert_msg(ruleset_add_path(set, folder, &err), "%s", err.text);
	ck_assert(ruleset_link(set, &err));
	for (size_t i = 0; i < ruleset_count(set); i++)
		refused += ruleset_rule(set, i)->state == RULE_INVALID;
	ck_assert_uint_eq(refused, ruleset_count(set));
	ck_assert_uint_ge(refused, MOST - MOST / 5);
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ahead");
	TCase *tc = tcase_create("ahead");

	tcase_set_timeout(tc, 600);
	tcase_add_unchecked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, files_come_in_order, 0, (int)ARRAY_LEN(counts));
	tcase_add_test(tc, a_slow_loader_gets_them_too);
	tcase_add_loop_test(tc, a_loader_may_stop_early, 0, (int)ARRAY_LEN(counts));
	tcase_add_test(tc, a_folder_becomes_a_set);
	suite_add_tcase(s, tc);
	return help_main(s);
}
