/* SPDX-License-Identifier: Apache-2.0 */
/* Where no output may go: the evidence itself, and the folders that were given as evidence.  A file below such a
 * folder needs no entry of its own: the folder has one, and an output's parents are all looked at; only hard links
 * from outside to a file inside do, so those files (more than one link) are listed. */
#include "base/limits.h"
#include "src/scan/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
add_place(struct output_guard *guard, const struct stat *st, struct err *err)
{
	struct output_place *grown = reallocarray(guard->places, guard->count + 1, sizeof(*grown));

	if (!grown)
		return err_nomem(err);
	guard->places = grown;
	guard->places[guard->count++] = (struct output_place){ st->st_dev, st->st_ino, S_ISDIR(st->st_mode) };
	return true;
}

/* Hard-linked files below an open folder (fd is taken over). */
static bool
add_linked_files(struct output_guard *guard, int fd, unsigned depth, struct err *err)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool going = true;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return true; /* what cannot be read is told when evidence is collected */
	}
	while (going && (entry = readdir(dir))) {
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISREG(st.st_mode) && st.st_nlink > 1)
			going = add_place(guard, &st, err);
		else if (S_ISDIR(st.st_mode) && depth < LIMIT_FOLDER_DEPTH)
			going = add_linked_files(guard, openat(dirfd(dir), entry->d_name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth + 1, err);
	}
	closedir(dir);
	return going;
}

bool
scan_guard(const char *const *paths, size_t count, struct output_guard *guard, struct err *err)
{
	*guard = (struct output_guard){ 0 };
	for (size_t i = 0; i < count; i++) {
		struct stat st;

		if ((strcmp(paths[i], "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(paths[i], &st)) != 0)
			continue;
		if (strcmp(paths[i], "-") == 0 && !S_ISREG(st.st_mode))
			continue; /* a pipe or a terminal, where messages and results may go as well */
		if (!add_place(guard, &st, err))
			return false;
		if (S_ISDIR(st.st_mode) &&
		    !add_linked_files(guard, open(paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, err))
			return false;
	}
	return true;
}

void
scan_guard_fini(struct output_guard *guard)
{
	free(guard->places);
	*guard = (struct output_guard){ 0 };
}
