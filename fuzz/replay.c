/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a fuzz target a main: runs it over the files that are named, on any compiler. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 64 * 1024 * 1024 };

static int
replay(const char *path, uint8_t *room)
{
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t size;

	if (!file)
		return perror(path), 0;
	size = fread(room, 1, MOST, file);
	fclose(file);
	/* a block of exactly that size, so that a sanitizer sees the first byte too many */
	exact = malloc(size ? size : 1);
	if (!exact)
		return perror(path), 0;
	for (size_t i = 0; i < size; i++)
		exact[i] = room[i];
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 1;
}

int
main(int argc, char **argv)
{
	uint8_t *room = malloc(MOST);
	int done = 0;

	for (int i = 1; room && i < argc; i++)
		done += replay(argv[i], room);
	free(room);
	printf("%d of %d inputs\n", done, argc - 1);
	return done == argc - 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
