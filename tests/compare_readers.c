/* SPDX-License-Identifier: Apache-2.0 */
/* Reads every record of the logs that are named by both readers and prints what came of it: one line "COUNT KIND WORDS"
 * for each kind of opinion, and with -v a line for each record that is neither the same nor excused by the table of
 * libevtx's known errors.  Each log is read in a process of its own: libevtx may crash.  Exit status 1 when there
 * were such records. */
#include "base/limits.h"
#include "base/table.h"
#include "evtx/opinion.h"
#include "evtx/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct tally {
	struct table words;
	bool verbose;
	const char *path;
	uint64_t bad;
};

static const char *const kinds[OPINION_KINDS] = { "agree", "known", "refused", "none", "differ" };

static void
add(struct tally *t, const struct record *record, const struct opinion *o)
{
	struct table_entry *entry;
	struct buf line;

	buf_init(&line, 4096);
	buf_printf(&line, "%s ", kinds[o->kind]);
	if (o->kind != OPINION_DIFFERS)
		opinion_append(o, &line);
	entry = table_add(&t->words, buf_view(&line), 0, NULL);
	if (entry)
		entry->value++;
	buf_fini(&line);
	if (o->kind != OPINION_NONE && o->kind != OPINION_DIFFERS)
		return;
	t->bad++;
	if (t->verbose)
		printf("# %s@%llu %s: %s [%s] [%s]\n", t->path, (unsigned long long)record->offset, kinds[o->kind],
			o->kind == OPINION_NONE ? o->reason : o->difference.path, o->difference.ours, o->difference.theirs);
}

static bool
compare_log(struct tally *t, int fd, uint64_t size)
{
	struct source source = source_from_fd(fd, size);
	struct second *second = second_new();
	struct reader *reader = NULL;
	struct reader_loss loss;
	struct record record;
	struct opinion opinion;
	struct err err;
	size_t ordinal = 0;
	enum reader_step step = READER_END;

	if (!second)
		return false;
	if (!reader_direct.open(&source, NULL, &reader, &err))
		return second_free(second), true;
	while (step = reader_next(reader, &record, &loss, &err), step != READER_END && step != READER_FAILED) {
		ordinal = step == READER_CHUNK ? 0 : ordinal + (step == READER_LOST);
		if (step == READER_CHUNK)
			second_open(second, reader->bytes);
		if (step != READER_RECORD || record.class != RECORD_LIVE)
			continue;
		second_read(second, ordinal++, &record, &opinion);
		add(t, &record, &opinion);
	}
	reader_close(reader);
	second_free(second);
	return true;
}

static int
run(const char *path, bool verbose)
{
	struct tally t = { .verbose = verbose, .path = path };
	int fd = open(path, O_RDONLY);
	struct stat st;

	table_init(&t.words);
	if (fd < 0 || fstat(fd, &st) != 0 || !compare_log(&t, fd, (uint64_t)st.st_size))
		return 2;
	for (size_t i = 0; i < t.words.count; i++)
		printf("%llu %.*s\n", (unsigned long long)t.words.entries[i].value, (int)t.words.entries[i].key.len,
			(const char *)t.words.entries[i].key.ptr);
	table_fini(&t.words);
	close(fd);
	return t.bad ? 1 : 0;
}

int
main(int argc, char **argv)
{
	int result = 0, status;

	for (int i = 1; i < argc; i++) {
		pid_t pid;

		if (strcmp(argv[i], "-v") == 0)
			continue;
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			status = run(argv[i], strcmp(argv[1], "-v") == 0);
			fflush(stdout);
			_exit(status);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return 2;
		if (WIFSIGNALED(status))
			printf("1 crash\n");
		else if (WEXITSTATUS(status))
			result = WEXITSTATUS(status);
	}
	return result;
}
