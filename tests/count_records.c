/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the records of logs by their signatures alone: a second reading, with none of the program's code, against
 * which the reader's own numbers are held.  Prints "COUNT PATH" a line.  A run of bytes inside the live part that is
 * no record counts as one lost record, or as many as have their signature in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char b[65536 + 8];
static size_t have;

static unsigned long
u32(size_t at)
{
	return b[at] | (unsigned long)b[at + 1] << 8 | (unsigned long)b[at + 2] << 16 | (unsigned long)b[at + 3] << 24;
}

static int
begins(size_t at, size_t end)
{
	return at + 4 <= end && u32(at) == 0x2a2a;
}

static int
whole(size_t at, size_t end)
{
	return begins(at, end) && at + 8 <= end && u32(at + 4) >= 28 && u32(at + 4) <= end - at &&
	       u32(at + u32(at + 4) - 4) == u32(at + 4);
}

static unsigned long
count_slot(int dirty)
{
	size_t free_space = u32(48) >= 512 && u32(48) <= 65536 ? u32(48) : 65536, end = free_space, at = 512, last = 0;
	unsigned long count = 0;
	int foreign = memcmp(b, "ElfChnk", 8) != 0;

	for (end = end < have ? end : have; at < end; ) {
		size_t start = at, seen = 0, zeros = 1;

		for (; whole(at, end); at += u32(at + 4), start = at, count++) {
			if (foreign && last && u32(at + 8) <= u32(last + 8))
				return count; /* an older life of the slot begins */
			last = at;
		}
		if (begins(at, end) && have < 65536 && u32(at + 4) > have - at && u32(at + 4) <= free_space - at)
			return count + 1; /* cut by the end of the file */
		for (; at < end && !whole(at, end); at += 8) {
			seen += (size_t)begins(at, end);
			for (size_t i = at; i < at + 8 && i < end; i++)
				zeros &= b[i] == 0;
		}
		if (at > start && !(at >= end && (zeros || (foreign && !seen))))
			count += seen ? seen : 1;
	}
	/* The header of the chunk that was being written may be older than its records. */
	for (at = end; dirty && last && whole(at, have) && u32(at + 8) == u32(last + 8) + 1; at += u32(at + 4), count++)
		last = at;
	return foreign && !last ? 0 : count;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		unsigned long count = 0;
		int dirty;

		memset(b, 0, sizeof(b));
		if (!file)
			return perror(argv[i]), EXIT_FAILURE;
		have = fread(b, 1, 4096, file);
		dirty = memcmp(b, "ElfFile", 8) == 0 && b[120] & 1;
		while (memset(b, 0, sizeof(b)), have = fread(b, 1, 65536, file))
			count += count_slot(dirty);
		printf("%lu %s\n", count, argv[i]);
		fclose(file);
	}
	return EXIT_SUCCESS;
}
