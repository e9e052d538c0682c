/* SPDX-License-Identifier: Apache-2.0 */
/* Prints "RECORDS+LOST PATH" of each log by the direct reader: what tests/counts.sh holds against count_records.  A
 * file that the reader refuses has 0. */
#include "evtx/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
count(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct reader_options options = { .first_chunk = 0 };
	struct reader_loss loss;
	struct record record;
	struct source source;
	struct reader *r;
	struct stat st;
	struct err err;
	enum reader_step step;

	if (fd < 0 || fstat(fd, &st) != 0)
		return perror(path), false;
	source = source_from_fd(fd, (uint64_t)st.st_size);
	if (!reader_direct.open(&source, &options, &r, &err))
		return printf("0 %s\n", path), close(fd), true;
	do
		step = reader_next(r, &record, &loss, &err);
	while (step != READER_END && step != READER_FAILED);
	printf("%llu %s\n", (unsigned long long)(r->counts.records + r->counts.lost), path);
	reader_close(r);
	close(fd);
	return step == READER_END;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!count(argv[i]))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
