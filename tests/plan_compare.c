/* SPDX-License-Identifier: Apache-2.0 */
/* Holds plans against trees over the logs that are named: one line for each that differs, then the sums; tests/plan.sh
 * reads them. */
#include "tests/plan_compare.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct plan_compared sum = { .records = 0 }, one;
	size_t differ = 0;

	for (int i = 1; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);
		struct source source;
		struct stat st;

		if (fd < 0 || fstat(fd, &st) != 0)
			return perror(argv[i]), EXIT_FAILURE;
		source = source_from_fd(fd, (uint64_t)st.st_size);
		if (!plan_compare(&source, &one)) {
			printf("%s: %s\n", argv[i], one.why);
			differ++;
		}
		sum.records += one.records;
		sum.lost += one.lost;
		sum.planned += one.planned;
		sum.with_fields += one.with_fields;
		sum.with_json += one.with_json;
		sum.with_words += one.with_words;
		sum.repeats += one.repeats;
		close(fd);
	}
	printf("%d logs, %zu differ: %zu records, %zu lost, %zu by plans, %zu fields, %zu JSON, %zu words, %zu repeats\n", argc - 1, differ, sum.records,
		sum.lost, sum.planned, sum.with_fields, sum.with_json, sum.with_words, sum.repeats);
	return differ ? EXIT_FAILURE : EXIT_SUCCESS;
}
