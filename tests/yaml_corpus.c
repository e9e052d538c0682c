/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files as YAML with our reader and with libyaml alone.  usage: yaml_corpus <LIST-OF-FILES
 * Prints how many there were, and how many libyaml was not needed for; fails when they differ. */
#include "tests/yaml_compare.h"

#include <stdlib.h>

enum { MOST = 16 * 1024 * 1024 };

static bool
compare_file(const char *path, uint8_t *room, struct yaml_facts *facts)
{
	FILE *file = fopen(path, "rb");
	size_t size, ours = facts->ours;

	if (!file) {
		perror(path);
		return false;
	}
	size = fread(room, 1, MOST, file);
	fclose(file);
	if (!yaml_compare(slice_from(room, size), facts)) {
		fprintf(stderr, "# %s: our reader and libyaml differ\n", path);
		return false;
	}
	if (facts->ours == ours)
		fprintf(stderr, "# %s: left to libyaml\n", path);
	return true;
}

int
main(void)
{
	uint8_t *room = malloc(MOST);
	struct yaml_facts facts = { 0 };
	bool same = room != NULL;
	char *path = NULL;
	size_t size = 0;

	for (ssize_t len; room && (len = getline(&path, &size, stdin)) > 0;) {
		path[len - 1] = '\0';
		same &= compare_file(path, room, &facts);
	}
	free(path);
	free(room);
	printf("%zu files, %zu without libyaml, %zu documents\n", facts.texts, facts.ours, facts.documents);
	return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
