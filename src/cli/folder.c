/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/folder.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 512 };

/* Errors: ERR_IO when it is there, but no empty folder. */
static bool
check_target(const char *path, const struct output_guard *guard, bool force, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t count = 0;
	bool is_free;

	if (!dir) {
		int saved = errno;

		if (fd >= 0)
			close(fd);
		errno = saved;
		return saved == ENOENT || err_set_errno(err, 0, "cannot open the folder");
	}
	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	is_free = output_guard_allows(guard, fd, err);
	closedir(dir);
	if (is_free && count && !force)
		return err_set(err, ERR_IO, 0, "the folder is not empty (--force adds to it)");
	return is_free;
}

/* The folder that will hold the new one must exist and be no evidence. */
static bool
check_parent(const char *path, const struct output_guard *guard, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *parent = !slash ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	bool is_free;
	int fd;

	if (!parent)
		return err_nomem(err);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	is_free = fd >= 0 ? output_guard_allows(guard, fd, err) : err_set_errno(err, 0, "cannot open the folder above it");
	if (fd >= 0)
		close(fd);
	free(parent);
	return is_free;
}

bool
folder_begin(struct folder *f, const char *path, const struct output_guard *guard, bool force, struct err *err)
{
	size_t len = strlen(path);
	int n;

	*f = (struct folder){ .fd = -1 };
	table_init(&f->names);
	while (len > 1 && path[len - 1] == '/')
		len--;
	f->path = strndup(path, len);
	if (!f->path)
		return err_nomem(err);
	if (!check_parent(f->path, guard, err) || !check_target(f->path, guard, force, err))
		return err_wrap(err, "%.120s", path);
	n = asprintf(&f->temp, "%s.part-XXXXXX", f->path);
	if (n < 0) {
		f->temp = NULL;
		return err_nomem(err);
	}
	if (!mkdtemp(f->temp)) {
		err_set_errno(err, 0, "%.120s: cannot make a folder beside it", path);
		free(f->temp);
		f->temp = NULL;
		return false;
	}
	f->fd = open(f->temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return f->fd >= 0 || err_set_errno(err, 0, "%.120s: cannot open", f->temp);
}

static bool
remember(struct folder *f, struct slice name, bool is_folder, struct err *err)
{
	bool added;

	return table_add(&f->names, name, is_folder, &added) != NULL || err_nomem(err);
}

static bool
make_inner(struct folder *f, const char *name, struct err *err)
{
	const char *slash = strchr(name, '/');
	char inner[NAME_MAX_BYTES];

	if (!slash)
		return true;
	snprintf(inner, sizeof(inner), "%.*s", (int)(slash - name), name);
	if (mkdirat(f->fd, inner, 0777) == 0)
		return remember(f, slice_from_text(inner), true, err);
	return errno == EEXIST || err_set_errno(err, 0, "%.200s: cannot make the folder", inner);
}

/* Takes fd over. */
static bool
write_and_close(int fd, const char *name, struct slice bytes, struct err *err)
{
	bool done = io_write_all(fd, bytes);

	if (!done)
		err_set_errno(err, 0, "%.200s: cannot write", name);
	if (close(fd) != 0 && done)
		return err_set_errno(err, 0, "%.200s: cannot write", name);
	return done;
}

bool
folder_write(struct folder *f, const char *name, struct slice bytes, struct err *err)
{
	int fd;

	if (!make_inner(f, name, err))
		return false;
	fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set_errno(err, 0, "%.200s: cannot make the file", name);
	if (!remember(f, slice_from_text(name), false, err)) {
		close(fd);
		return false;
	}
	return write_and_close(fd, name, bytes, err);
}

bool
folder_append(struct folder *f, const char *name, struct slice bytes, struct err *err)
{
	int fd = openat(f->fd, name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_set_errno(err, 0, "%.200s: cannot open", name);
	return write_and_close(fd, name, bytes, err);
}

/* table keys have no terminator */
static const char *
name_at(const struct folder *f, size_t i, char name[static NAME_MAX_BYTES])
{
	snprintf(name, NAME_MAX_BYTES, "%.*s", SLICE_ARGS(f->names.entries[i].key));
	return name;
}

static bool
move_each(struct folder *f, struct err *err)
{
	int to = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX_BYTES];
	bool done = to >= 0;

	for (size_t i = 0; done && i < f->names.count; i++) {
		name_at(f, i, name);
		if (f->names.entries[i].value)
			done = mkdirat(to, name, 0777) == 0 || errno == EEXIST;
		else
			done = renameat(f->fd, name, to, name) == 0;
	}
	if (!done)
		err_set_errno(err, 0, "%.160s: cannot put the files there", f->path);
	if (to >= 0)
		close(to);
	return done;
}

bool
folder_commit(struct folder *f, struct err *err)
{
	mode_t mask = umask(0);

	umask(mask);
	if (syncfs(f->fd) != 0 || fchmod(f->fd, 0777 & ~mask) != 0)
		return err_set_errno(err, 0, "%.160s: cannot write", f->path);
	if (rename(f->temp, f->path) == 0) {
		free(f->temp);
		f->temp = NULL;
		return true;
	}
	/* Not empty; a mount point; a link to a folder. */
	if (errno != ENOTEMPTY && errno != EEXIST && errno != EBUSY && errno != ENOTDIR)
		return err_set_errno(err, 0, "%.160s: cannot put the folder there", f->path);
	return move_each(f, err);
}

void
folder_end(struct folder *f)
{
	char name[NAME_MAX_BYTES];

	for (size_t i = f->names.count; f->temp && i-- > 0;)
		unlinkat(f->fd, name_at(f, i, name), f->names.entries[i].value ? AT_REMOVEDIR : 0);
	if (f->fd >= 0)
		close(f->fd);
	if (f->temp)
		rmdir(f->temp);
	free(f->temp);
	free(f->path);
	table_fini(&f->names);
	*f = (struct folder){ .fd = -1 };
}
