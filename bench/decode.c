/* SPDX-License-Identifier: Apache-2.0 */
/* The direct reader alone, in one process and on one core: what it costs to skip a log's records (with its slack read,
 * or the live bytes alone), to render them as JSON lines (as dump does, without slack), to read their fields.  Prints seconds
 * of user and system time, the median over the rounds.
 *
 *	usage: decode skip|live|json|fields|tree LOG [ROUNDS [OUTPUT]]
 */
#include "base/limits.h"
#include "evtx/reader.h"
#include "evtx/render.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 5, ROUNDS_MOST = 1000, FLUSH = 256 * 1024 };

struct bench {
	const char *mode;
	struct arena arena;
	struct buf out;
	int fd; /* of the output */
	uint64_t records, wanted, bytes;
};

static double
seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void
flush(struct bench *b)
{
	b->bytes += b->out.len;
	if (write(b->fd, b->out.ptr, b->out.len) < 0)
		perror("write");
	buf_reset(&b->out);
}

/* Skipping looks at what decides whether a record is wanted, and at what coverage asks of each. */
static void
use(struct bench *b, const struct record *record)
{
	const struct record_system *s = &record->system;
	struct record_field *fields;
	size_t count = 0;
	struct err err; /* set by what fails */

	b->records++;
	b->wanted += s->event_id == 4104 && slice_eq(s->channel, SLICE("Microsoft-Windows-PowerShell/Operational"));
	if (b->mode[0] == 'f') {
		arena_reset(&b->arena);
		if (record_read_fields(record, &b->arena, &fields, &count, &err))
			b->bytes += count;
	}
	if (b->mode[0] != 'j' && b->mode[0] != 't')
		return;
	if (!render_json(record, &b->out, &err))
		fprintf(stderr, "%s\n", err.text);
	buf_append_byte(&b->out, '\n');
	if (b->out.len >= FLUSH)
		flush(b);
}

static bool
walk(struct bench *b, const struct source *source)
{
	struct reader_options options = { .trees_only = b->mode[0] == 't',
		.live_only = b->mode[0] == 'l' || b->mode[0] == 'j' };
	struct reader_loss loss;
	struct record record;
	struct reader *reader;
	struct err err = { 0 };
	enum reader_step step;

	if (!reader_direct.open(source, &options, &reader, &err))
		return fprintf(stderr, "%s\n", err.text), false;
	while (step = reader_next(reader, &record, &loss, &err), step != READER_END && step != READER_FAILED) {
		if (step == READER_RECORD)
			use(b, &record);
	}
	flush(b);
	reader_close(reader);
	return step == READER_END;
}

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : ROUNDS;
	int fd = argc > 2 ? open(argv[2], O_RDONLY) : -1;
	static double times[ROUNDS_MOST];
	struct bench b = { .mode = argc > 1 ? argv[1] : "" };
	struct source source;
	struct stat st;

	b.fd = open(argc > 4 ? argv[4] : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0 || b.fd < 0 || fstat(fd, &st) != 0 || rounds < 1 || rounds > ROUNDS_MOST)
		return fprintf(stderr, "usage: decode skip|live|json|fields|tree LOG [ROUNDS [OUTPUT]]\n"), EXIT_FAILURE;
	source = source_from_fd(fd, (uint64_t)st.st_size);
	arena_init(&b.arena, LIMIT_RECORD_ARENA);
	buf_init(&b.out, 2 * (size_t)LIMIT_RECORD_OUTPUT);
	for (size_t i = 0; i < rounds; i++) {
		double begin = seconds();

		b.records = b.wanted = b.bytes = 0;
		if (!walk(&b, &source))
			return EXIT_FAILURE;
		times[i] = seconds() - begin;
	}
	qsort(times, rounds, sizeof(times[0]), order);
	printf("%.4f s %.2f GB/s %llu records %llu of 4104 %llu bytes, least %.4f s\n", times[rounds / 2],
		(double)st.st_size / 1e9 / times[rounds / 2], (unsigned long long)b.records, (unsigned long long)b.wanted,
		(unsigned long long)b.bytes, times[0]);
	return EXIT_SUCCESS;
}
