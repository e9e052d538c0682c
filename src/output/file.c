/* SPDX-License-Identifier: Apache-2.0 */
#include "src/output/file.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, BEGIN_AT = 1024 * 1024, NAME_TRIES = 16 };

struct output {
	char *path;         /* as the user wrote it, for messages */
	const char *name;   /* its last part, in path */
	char temp[40];      /* name of the temporary file; "": written straight to the target */
	int folder;         /* of the target, held open: a folder renamed under us stays the same */
	int fd;
	bool is_stdout;
	bool replace;       /* the target may exist when it is time to rename */
	struct buf pending;
	uint64_t written, begun; /* bytes; up to where the system was asked to bring them to the disk */
	struct err failure; /* the first one; ERR_OK: none */
};

/* A path for a message of 256 bytes: the end of it tells more, and the reason must fit behind. */
static const char *
shown(const char *path)
{
	size_t len = strlen(path), most = 140;

	return len > most ? path + (len - most) : path;
}

static bool
check_folders(const struct output *o, const struct output_guard *guard, struct err *err)
{
	return output_guard_allows(guard, o->folder, err) || err_wrap(err, "%s", shown(o->path));
}

static bool
open_folder(struct output *o, struct err *err)
{
	size_t len = (size_t)(o->name - o->path);
	char *folder = len ? strndup(o->path, len) : strdup(".");

	if (!folder)
		return err_nomem(err);
	o->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	return o->folder >= 0 || err_set_errno(err, 0, "%s: cannot open its folder", shown(o->path));
}

static bool
make_temporary(struct output *o, mode_t mode, struct err *err)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return err_set_errno(err, 0, "%s: no random name for a temporary file", shown(o->path));
		snprintf(o->temp, sizeof(o->temp), ".evtriage-%016" PRIx64 ".part", random);
		o->fd = openat(o->folder, o->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (o->fd >= 0)
			break;
		if (errno != EEXIST)
			break;
	}
	if (o->fd < 0) {
		o->temp[0] = '\0';
		return err_set_errno(err, 0, "%s: cannot make a temporary file beside it", shown(o->path));
	}
	/* What replaces a file is not open to more people than that file was. */
	if (mode && fchmod(o->fd, mode) < 0)
		return err_set_errno(err, 0, "%s: cannot set the mode of its successor", shown(o->path));
	return true;
}

/* A pipe, a terminal, /dev/null: there is nothing to rename, and links to them (/dev/fd/3) are the usual way. */
static bool
open_stream(struct output *o, const struct output_guard *guard, struct err *err)
{
	struct stat st;

	o->fd = openat(o->folder, o->name, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (o->fd < 0 || fstat(o->fd, &st) < 0)
		return err_set_errno(err, 0, "%s: cannot open", shown(o->path));
	if (!S_ISCHR(st.st_mode) && !S_ISFIFO(st.st_mode))
		return err_set(err, ERR_IO, 0, "%s: changed while it was opened", shown(o->path));
	if (output_guard_holds(guard, &st, false))
		return err_set(err, ERR_IO, 0, "%s: is evidence, which is never written", shown(o->path));
	return true;
}

static bool
open_target(struct output *o, const struct output_guard *guard, bool force, struct err *err)
{
	struct stat st, target;

	if (!open_folder(o, err))
		return false;
	if (fstatat(o->folder, o->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return err_set_errno(err, 0, "%s: cannot look at it", shown(o->path));
		return check_folders(o, guard, err) && make_temporary(o, 0, err);
	}
	if (!S_ISLNK(st.st_mode) || fstatat(o->folder, o->name, &target, 0) < 0)
		target = st;
	if (S_ISDIR(target.st_mode))
		return err_set(err, ERR_IO, 0, "%s: is a folder", shown(o->path));
	if (output_guard_holds(guard, &target, false))
		return err_set(err, ERR_IO, 0, "%s: is evidence, which is never written", shown(o->path));
	if (S_ISCHR(target.st_mode) || S_ISFIFO(target.st_mode))
		return open_stream(o, guard, err);
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return err_set(err, ERR_IO, 0, "%s: is neither a file nor a pipe", shown(o->path));
	if (!check_folders(o, guard, err))
		return false;
	if (!force)
		return err_set(err, ERR_IO, 0, "%s: exists already (--force replaces it)", shown(o->path));
	/* With force a link itself is replaced, never what it points to. */
	o->replace = true;
	return make_temporary(o, S_ISREG(st.st_mode) ? st.st_mode & 0777 : 0, err);
}

static bool
open_stdout(struct output *o, const struct output_guard *guard, struct err *err)
{
	struct stat st;

	o->is_stdout = true;
	o->fd = STDOUT_FILENO;
	if (fstat(o->fd, &st) < 0)
		return err_set_errno(err, 0, "standard output: cannot be used");
	if (output_guard_holds(guard, &st, false))
		return err_set(err, ERR_IO, 0, "standard output: is evidence, which is never written");
	return true;
}

bool
output_is_stdout(const char *path)
{
	return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

bool
output_open(const char *path, const struct output_guard *guard, bool force, struct output **output, struct err *err)
{
	bool is_stdout = output_is_stdout(path);
	struct output *o = calloc(1, sizeof(*o));
	const char *slash;

	if (!o)
		return err_nomem(err);
	o->fd = o->folder = -1;
	buf_init(&o->pending, 2 * PIECE);
	o->path = strdup(is_stdout ? "standard output" : path);
	if (!o->path) {
		err_nomem(err);
		goto fail;
	}
	slash = strrchr(o->path, '/');
	o->name = slash ? slash + 1 : o->path;
	if (!is_stdout && !*o->name) {
		err_set(err, ERR_IO, 0, "%s: is the name of a folder", *path ? shown(path) : "\"\"");
		goto fail;
	}
	if (is_stdout ? !open_stdout(o, guard, err) : !open_target(o, guard, force, err))
		goto fail;
	*output = o;
	return true;
fail:
	output_abandon(o);
	return false;
}

bool
output_is_same(const struct output *a, const struct output *b)
{
	struct stat x, y;

	if (a->is_stdout || b->is_stdout)
		return a->is_stdout && b->is_stdout;
	return a->temp[0] && b->temp[0] && strcmp(a->name, b->name) == 0 && fstat(a->folder, &x) == 0 &&
	       fstat(b->folder, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Remembers the first failure; every later call gives the same words and does nothing. */
static bool
fail_for_good(struct output *o, struct err *err)
{
	if (err)
		*err = o->failure;
	return false;
}

/* The disk may begin, so that the sync in the end waits for little.  A wish: not every file system can. */
static void
begin_sync(struct output *o)
{
	if (!o->temp[0] || o->written - o->begun < BEGIN_AT)
		return;
	(void)sync_file_range(o->fd, (off_t)o->begun, (off_t)(o->written - o->begun), SYNC_FILE_RANGE_WRITE);
	o->begun = o->written;
}

static bool
write_all(struct output *o, struct slice bytes, struct err *err)
{
	if (!io_write_all(o->fd, bytes)) {
		err_set_errno(&o->failure, 0, "%s: cannot write", shown(o->path));
		return fail_for_good(o, err);
	}
	o->written += bytes.len;
	begin_sync(o);
	return true;
}

static bool
flush_pending(struct output *o, struct err *err)
{
	bool ok = write_all(o, buf_view(&o->pending), err);

	buf_reset(&o->pending);
	return ok;
}

bool
output_write(struct output *o, struct slice bytes, struct err *err)
{
	if (o->failure.code != ERR_OK)
		return fail_for_good(o, err);
	if (bytes.len >= PIECE - o->pending.len) {
		if (!flush_pending(o, err))
			return false;
		if (bytes.len >= PIECE)
			return write_all(o, bytes, err);
	}
	buf_append(&o->pending, bytes);
	if (o->pending.failed) {
		err_nomem(&o->failure);
		return fail_for_good(o, err);
	}
	return true;
}

/* Without force the name must still be free: RENAME_NOREPLACE, or a look beforehand where a file system lacks it. */
static bool
rename_into_place(struct output *o, struct err *err)
{
	struct stat st;

	if (o->replace) {
		if (renameat(o->folder, o->temp, o->folder, o->name) == 0)
			return true;
		return err_set_errno(err, 0, "%s: cannot rename the temporary file to it", shown(o->path));
	}
	if (renameat2(o->folder, o->temp, o->folder, o->name, RENAME_NOREPLACE) == 0)
		return true;
	if (errno == EINVAL || errno == ENOSYS) {
		if (fstatat(o->folder, o->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			errno = EEXIST;
		else if (renameat(o->folder, o->temp, o->folder, o->name) == 0)
			return true;
	}
	return err_set_errno(err, 0, "%s: cannot rename the temporary file to it", shown(o->path));
}

/* The rename lasts once the folder is on disk.  Where a folder cannot be opened or synced, there is nothing to do. */
static bool
sync_folder(const struct output *o, struct err *err)
{
	int fd = openat(o->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return true;
	ok = fsync(fd) == 0 || errno != EIO || err_set_errno(err, 0, "%s: cannot sync its folder", shown(o->path));
	close(fd);
	return ok;
}

static bool
close_checked(struct output *o, struct err *err)
{
	int fd = o->fd;

	o->fd = -1;
	/* EINTR: Linux has closed it all the same.  Network file systems tell of lost writes here. */
	if (close(fd) == 0 || errno == EINTR)
		return true;
	return err_set_errno(err, 0, "%s: cannot close", shown(o->path));
}

static bool
finish(struct output *o, struct err *err)
{
	if (o->failure.code != ERR_OK)
		return fail_for_good(o, err);
	if (!flush_pending(o, err))
		return false;
	if (o->is_stdout)
		return true;
	if (o->temp[0] && fsync(o->fd) < 0)
		return err_set_errno(err, 0, "%s: cannot sync", shown(o->path));
	if (!close_checked(o, err))
		return false;
	if (!o->temp[0])
		return true;
	if (!rename_into_place(o, err))
		return false;
	o->temp[0] = '\0';
	return sync_folder(o, err);
}

bool
output_commit(struct output *o, struct err *err)
{
	bool ok = finish(o, err);

	output_abandon(o);
	return ok;
}

void
output_abandon(struct output *o)
{
	if (!o)
		return;
	if (o->temp[0])
		unlinkat(o->folder, o->temp, 0);
	if (o->fd >= 0 && !o->is_stdout)
		close(o->fd);
	if (o->folder >= 0)
		close(o->folder);
	buf_fini(&o->pending);
	free(o->path);
	free(o);
}
