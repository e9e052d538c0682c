/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/inputs.h"

#include "base/io.h"
#include "base/limits.h"
#include "base/table.h"
#include "src/scan/standard_input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIGNATURE_BYTES = LIMIT_FILE_HEADER + 8, NAMES_MAX = 1 << 30 };

static bool
tell(const struct inputs *in, enum notice_kind kind, struct slice path, const char *reason, struct err *err)
{
	struct notice notice = { .kind = kind, .path = path, .reason = slice_from_text(reason) };

	return !in->listener->notice || in->listener->notice(in->listener->context, &notice, err);
}

static bool
tell_errno(const struct inputs *in, struct slice path, const char *what, struct err *err)
{
	struct err reason = { 0 };

	err_set_errno(&reason, 0, "%s", what);
	return tell(in, NOTICE_LOSS, path, reason.text, err);
}

static bool
stop_asked(const struct inputs *in)
{
	return in->listener->interrupted && in->listener->interrupted(in->listener->context);
}

/* Evidence is opened so that nothing about it changes and no FIFO or terminal can hold us up. */
static int
open_quietly(int folder, const char *name, int flags)
{
	int fd = openat(folder, name, flags | O_RDONLY | O_NOATIME | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	/* Only the owner (or root) may ask for O_NOATIME. */
	if (fd < 0 && errno == EPERM)
		fd = openat(folder, name, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd;
}

int
input_open(const struct input *input, struct err *err)
{
	int fd = input->fd >= 0 ? fcntl(input->fd, F_DUPFD_CLOEXEC, 3) :
		open_quietly(AT_FDCWD, (const char *)input->path.ptr, 0);
	struct stat st;

	if (fd < 0) {
		err_set_errno(err, 0, "cannot open");
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == input->device && st.st_ino == input->inode)
		return fd;
	err_set(err, ERR_IO, 0, "replaced by another file since it was found");
	close(fd);
	return -1;
}

static bool
add(struct inputs *in, struct slice path, const struct stat *st, bool carve, bool named, int fd, struct err *err)
{
	struct slice copy;

	if (in->count >= LIMIT_INPUTS)
		return err_set(err, ERR_LIMIT, 0, "more than %d files of evidence", LIMIT_INPUTS);
	if (in->count == in->capacity) {
		size_t capacity = in->capacity ? in->capacity * 2 : 64;
		struct input *grown = reallocarray(in->items, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		in->items = grown;
		in->capacity = capacity;
	}
	if (!arena_copy(&in->names, path, &copy))
		return err_nomem(err);
	in->items[in->count++] = (struct input){ .path = copy, .size = (uint64_t)st->st_size, .device = st->st_dev,
		.inode = st->st_ino, .carve = carve, .named = named, .fd = fd };
	return true;
}

static bool
looks_like_log_name(struct slice path)
{
	return path.len >= 5 && slice_eq_nocase(slice_sub(path, path.len - 5, 5), SLICE(".evtx"));
}

/* Why a file without the signature is no event log, in words that help. */
static const char *
no_log_reason(const struct stat *st, struct slice start)
{
	if (st->st_size == 0)
		return "empty file: no event log";
	for (size_t i = 0; i < start.len; i++)
		if (start.ptr[i] != 0)
			return "no event log: the signature ElfFile is not there";
	return "no event log: its beginning is all zeros";
}

static bool
is_wanted(const struct inputs *in, const struct stat *st, struct slice start)
{
	return log_is_evtx(start) || (in->carve && st->st_size > 0);
}

/* A regular file, open: takes fd over. */
static bool
consider_file(struct inputs *in, struct slice path, const struct stat *st, int fd, bool named, struct err *err)
{
	uint8_t bytes[SIGNATURE_BYTES];
	size_t n;
	bool is_read = io_pread_all(fd, 0, bytes, sizeof(bytes), &n);
	struct slice start = { bytes, n };
	enum notice_kind kind = named || looks_like_log_name(path) ? NOTICE_LOSS : NOTICE_SKIPPED;
	bool told;

	if (!is_read) {
		told = tell_errno(in, path, "cannot read", err);
		close(fd);
		return told;
	}
	close(fd);
	if (is_wanted(in, st, start))
		return add(in, path, st, !log_is_evtx(start), named, -1, err);
	return tell(in, kind, path, no_log_reason(st, start), err);
}

static const char *
special_reason(mode_t mode)
{
	return S_ISFIFO(mode) ? "FIFO: left alone" : S_ISCHR(mode) ? "character device: left alone" :
		S_ISBLK(mode) ? "block device: left alone" : S_ISSOCK(mode) ? "socket: left alone" :
		"not a regular file: left alone";
}

/* Folders still to be walked; a stack of our own, so that depth costs no C stack. */
struct folder_stack {
	struct folder {
		struct slice path;
		unsigned depth;
	} *items;
	size_t count, capacity;
};

static bool
push_folder(struct inputs *in, struct folder_stack *stack, struct slice path, unsigned depth, struct err *err)
{
	struct slice copy;

	if (depth > LIMIT_FOLDER_DEPTH)
		return tell(in, NOTICE_LOSS, path, "folder is nested too deeply (64 levels): left alone", err);
	if (stack->count == stack->capacity) {
		size_t capacity = stack->capacity ? stack->capacity * 2 : 64;
		struct folder *grown = reallocarray(stack->items, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		stack->items = grown;
		stack->capacity = capacity;
	}
	if (!arena_copy(&in->names, path, &copy))
		return err_nomem(err);
	stack->items[stack->count++] = (struct folder){ copy, depth };
	return true;
}

static bool
consider_entry(struct inputs *in, struct folder_stack *stack, int folder, const char *name, struct slice path,
	unsigned depth, struct err *err)
{
	struct stat st;
	int fd;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return tell_errno(in, path, "cannot look at it", err);
	if (S_ISDIR(st.st_mode))
		return push_folder(in, stack, path, depth + 1, err);
	if (S_ISLNK(st.st_mode))
		return tell(in, NOTICE_SKIPPED, path, "symbolic link: not followed", err);
	if (!S_ISREG(st.st_mode))
		return tell(in, NOTICE_SKIPPED, path, special_reason(st.st_mode), err);
	fd = open_quietly(folder, name, O_NOFOLLOW);
	if (fd < 0)
		return tell_errno(in, path, "cannot open", err);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return tell(in, NOTICE_LOSS, path, "changed its kind while it was opened", err);
	}
	return consider_file(in, path, &st, fd, false, err);
}

static bool
walk_one(struct inputs *in, struct folder_stack *stack, struct folder at, struct buf *path, struct err *err)
{
	int fd = open_quietly(AT_FDCWD, (const char *)at.path.ptr, O_DIRECTORY | (at.depth ? O_NOFOLLOW : 0));
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool going = true;

	if (!dir) {
		going = tell_errno(in, at.path, "cannot read the folder", err);
		if (fd >= 0)
			close(fd);
		return going;
	}
	while (going && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		buf_reset(path);
		buf_append(path, at.path);
		if (!slice_ends_with(at.path, SLICE("/")))
			buf_append_byte(path, '/');
		buf_append_text(path, entry->d_name);
		going = !path->failed ? consider_entry(in, stack, dirfd(dir), entry->d_name, buf_view(path), at.depth, err) :
			err_nomem(err);
	}
	if (going && errno)
		going = tell_errno(in, at.path, "cannot read the folder to its end", err);
	closedir(dir);
	return going;
}

static bool
walk_folder(struct inputs *in, struct slice root, struct err *err)
{
	struct folder_stack stack = { 0 };
	struct buf path;
	bool going;

	buf_init(&path, 1 << 20);
	going = push_folder(in, &stack, root, 0, err);
	while (going && stack.count && !stop_asked(in))
		going = walk_one(in, &stack, stack.items[--stack.count], &path, err);
	free(stack.items);
	buf_fini(&path);
	return going;
}

static bool
consider_standard_input(struct inputs *in, struct err *err)
{
	uint8_t bytes[SIGNATURE_BYTES];
	struct slice start;
	struct stat st;
	bool going, is_read;
	size_t n;
	int fd;

	if (in->has_standard_input)
		return tell(in, NOTICE_SKIPPED, SLICE("-"), "standard input: named already", err);
	in->has_standard_input = true;
	if (!standard_input_open(in->temp_folder, in->listener, &fd, err))
		return false;
	if (fd < 0)
		return true;
	is_read = fstat(fd, &st) == 0 && io_pread_all(fd, 0, bytes, sizeof(bytes), &n);
	start = slice_from(bytes, is_read ? n : 0);
	if (is_read && is_wanted(in, &st, start)) {
		going = add(in, SLICE("-"), &st, !log_is_evtx(start), true, fd, err);
		if (going)
			return true;
	} else {
		going = !is_read ? tell_errno(in, SLICE("-"), "cannot read", err) :
			tell(in, NOTICE_LOSS, SLICE("-"), no_log_reason(&st, start), err);
	}
	close(fd);
	return going;
}

static bool
consider_argument(struct inputs *in, const char *text, struct err *err)
{
	struct slice path = slice_from_text(text);
	struct stat st;
	int fd;

	if (strcmp(text, "-") == 0)
		return consider_standard_input(in, err);
	if (stat(text, &st) != 0)
		return tell_errno(in, path, "cannot open", err);
	if (S_ISDIR(st.st_mode))
		return walk_folder(in, path, err);
	if (!S_ISREG(st.st_mode))
		return tell(in, NOTICE_LOSS, path, special_reason(st.st_mode), err);
	fd = open_quietly(AT_FDCWD, text, 0);
	if (fd < 0 || fstat(fd, &st) != 0)
		return tell_errno(in, path, "cannot open", err);
	return consider_file(in, path, &st, fd, true, err);
}

/* Standard input last: where it is a file that was named as well, the name tells more. */
static int
by_path(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if ((x->fd >= 0) != (y->fd >= 0))
		return x->fd >= 0 ? 1 : -1;
	return slice_cmp(x->path, y->path);
}

/* One file by several ways (hard link, link argument, repeated argument): the first in order stays. */
static bool
drop_doubles(struct inputs *in, struct err *err)
{
	struct table seen;
	size_t kept = 0;
	bool going = true;

	table_init(&seen);
	for (size_t i = 0; going && i < in->count; i++) {
		struct input *input = &in->items[i];
		uint64_t key[2] = { (uint64_t)input->device, (uint64_t)input->inode };
		bool added;

		if (!table_add(&seen, slice_from(key, sizeof(key)), i, &added)) {
			going = err_nomem(err);
		} else if (added) {
			in->items[kept++] = *input;
		} else {
			going = tell(in, NOTICE_SKIPPED, input->path, "the same file as one already named", err);
			if (input->fd >= 0)
				close(input->fd);
		}
	}
	if (going)
		in->count = kept;
	table_fini(&seen);
	return going;
}

bool
inputs_collect(struct inputs *inputs, const struct scan_options *options, const struct scan_listener *listener,
	struct err *err)
{
	*inputs = (struct inputs){ .listener = listener, .temp_folder = options->temp_folder,
		.carve = options->carve };
	arena_init(&inputs->names, NAMES_MAX);
	for (size_t i = 0; i < options->path_count && !stop_asked(inputs); i++)
		if (!consider_argument(inputs, options->paths[i], err))
			return false;
	if (inputs->count)
		qsort(inputs->items, inputs->count, sizeof(*inputs->items), by_path);
	return drop_doubles(inputs, err);
}

void
inputs_fini(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++)
		if (inputs->items[i].fd >= 0)
			close(inputs->items[i].fd);
	free(inputs->items);
	arena_fini(&inputs->names);
	*inputs = (struct inputs){ 0 };
}
