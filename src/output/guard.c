/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence is never written, nor is anything put into its folders: devices and inodes decide, so that links, mounts and
 * names do not matter. */
#include "src/output/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDERS_UP_MAX = 4096 };

bool
output_guard_holds(const struct output_guard *guard, const struct stat *st, bool is_folder)
{
	for (size_t i = 0; guard && i < guard->count; i++) {
		const struct output_place *place = &guard->places[i];

		if (place->is_folder == is_folder && place->device == st->st_dev && place->inode == st->st_ino)
			return true;
	}
	return false;
}

/* Takes fd over; `st` is of it. */
static bool
walk_up(const struct output_guard *guard, int fd, struct stat st, struct err *err)
{
	for (int up = 0; up < FOLDERS_UP_MAX; up++) {
		int above = -1;
		struct stat other;

		if (output_guard_holds(guard, &st, true)) {
			close(fd);
			return err_set(err, ERR_IO, 0, "lies in a folder of evidence, where nothing is written");
		}
		above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (above < 0 || fstat(above, &other) < 0) {
			err_set_errno(err, 0, "cannot look at the folders above it");
			close(fd);
			if (above >= 0)
				close(above);
			return false;
		}
		close(fd);
		fd = above;
		if (other.st_dev == st.st_dev && other.st_ino == st.st_ino) { /* the root */
			close(fd);
			return true;
		}
		st = other;
	}
	close(fd);
	return err_set(err, ERR_LIMIT, 0, "more than %d folders deep", FOLDERS_UP_MAX);
}

bool
output_guard_allows(const struct output_guard *guard, int folder, struct err *err)
{
	int fd = openat(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		return walk_up(guard, fd, st, err);
	err_set_errno(err, 0, "cannot look at its folder");
	if (fd >= 0)
		close(fd);
	return false;
}
