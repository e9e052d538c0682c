/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's outbox: wherever the worker ends, what it had laid there and what it had sent make up its words, each once;
 * and numbers that lie give nothing. */
#include "src/scan/outbox.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 40, WORD = 7, LARGE = OUTBOX_ROOM + 1 };

static uint8_t
letter(size_t at)
{
	return (uint8_t)('a' + at % 23);
}

/* Where the child stands, as the parent sees it; it ends in front of a step. */
struct stand {
	int steps, last;
	size_t said;
};

static void
step(struct stand *s)
{
	if (s->steps++ == s->last)
		_exit(0);
}

/* Words are put and now and then sent in pieces, as worker_send does it. */
static void
child(struct outbox *box, int fd, int last, size_t *said)
{
	struct stand s = { .last = last };
	uint8_t word[WORD];

	for (int i = 1;; i++) {
		for (size_t k = 0; k < WORD; k++)
			word[k] = letter(s.said + k);
		step(&s);
		if (!outbox_put(box, slice_from(word, WORD)))
			_exit(1);
		*said = s.said += WORD;
		if (i % 3)
			continue;
		for (struct slice rest = outbox_view(box); rest.len; rest = slice_sub(rest, 5, rest.len)) {
			step(&s);
			if (write(fd, rest.ptr, rest.len < 5 ? rest.len : 5) < 0)
				_exit(1);
		}
		step(&s);
		outbox_clear(box, 0);
	}
}

START_TEST(test_every_end)
{
	struct outbox *box = outbox_new(), *shared = outbox_new();
	size_t *said = (size_t *)(void *)shared->bytes;
	struct buf all;
	uint8_t piece[512];
	ssize_t n;
	int ends[2], status;
	pid_t pid;

	buf_init(&all, SIZE_MAX / 2);
	ck_assert(pipe(ends) == 0);
	pid = fork();
	if (pid == 0)
		child(box, ends[1], _i, said);
	close(ends[1]);
	while ((n = read(ends[0], piece, sizeof(piece))) > 0)
		buf_append(&all, slice_from(piece, (size_t)n));
	ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
	outbox_take(box, all.len, &all);
	ck_assert_uint_eq(all.len, *said);
	for (size_t i = 0; i < all.len; i++)
		ck_assert_uint_eq(all.ptr[i], letter(i));
	close(ends[0]);
	buf_fini(&all);
	outbox_free(box);
	outbox_free(shared);
}
END_TEST

START_TEST(test_lies)
{
	static const struct {
		uint64_t sent, len, received, taken;
	} cases[] = {
		{ 0, 0, 0, 0 },
		{ 10, 5, 10, 5 },
		{ 10, 5, 12, 3 },
		{ 10, 5, 15, 0 },
		{ 10, 5, 16, 0 },
		{ 10, 5, 9, 0 },
		{ 0, OUTBOX_ROOM, 0, OUTBOX_ROOM },
		{ 0, OUTBOX_ROOM + 1, 0, 0 },
		{ 0, UINT64_MAX, 0, 0 },
		{ UINT64_MAX, 5, 3, 0 },
		{ UINT64_MAX - 2, UINT64_MAX, 0, 0 },
	};
	struct outbox *box = outbox_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out;

		buf_init(&out, SIZE_MAX / 2);
		box->sent = cases[i].sent;
		box->len = cases[i].len;
		outbox_take(box, cases[i].received, &out);
		ck_assert_msg(out.len == cases[i].taken, "case %zu: %zu bytes", i, out.len);
		buf_fini(&out);
	}
	outbox_free(box);
}
END_TEST

START_TEST(test_room)
{
	struct outbox *box = outbox_new();
	uint8_t *large = calloc(1, LARGE);

	ck_assert(!outbox_put(box, slice_from(large, LARGE)));
	ck_assert(outbox_put(box, slice_from(large, OUTBOX_ROOM)) && !outbox_put(box, slice_from(large, 1)));
	outbox_clear(box, LARGE);
	ck_assert_uint_eq(outbox_end(box), (uint64_t)OUTBOX_ROOM + LARGE);
	ck_assert(outbox_put(box, slice_from(large, 1)));
	free(large);
	outbox_free(box);
}
END_TEST

/* What one worker shares with the parent another one must not reach. */
START_TEST(test_kept_from_others)
{
	struct outbox *box = outbox_new();
	int status;
	pid_t pid;

	ck_assert(outbox_keep_from_others(box));
	pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit(outbox_put(box, SLICE("x")) ? 1 : 2);
	}
	ck_assert(waitpid(pid, &status, 0) == pid);
	ck_assert(status != 0 && !(WIFEXITED(status) && WEXITSTATUS(status) <= 2));
	ck_assert_uint_eq(box->len, 0);
	outbox_free(box);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("outbox");
	TCase *c = tcase_create("all");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(c, test_every_end, 0, STEPS);
	tcase_add_test(c, test_lies);
	tcase_add_test(c, test_room);
	tcase_add_test(c, test_kept_from_others);
	suite_add_tcase(s, c);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
