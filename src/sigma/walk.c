/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files and folders.  Whatever stands there under a rule's name becomes an entry of the set: a rule, or the
 * reason why it is none. */
#include "src/sigma/set.h"

#include "base/buf.h"
#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

static bool
read_all(int fd, struct buf *out, struct err *err)
{
	for (;;) {
		uint8_t *room = buf_reserve(out, READ_SIZE);
		ssize_t n;

		if (!room)
			return out->len + READ_SIZE > out->max ? true : err_nomem(err);
		n = read(fd, room, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, 0, "cannot be read");
		if (n == 0)
			return true;
		out->len += (size_t)n;
	}
}

/* The whole file; one that is too long comes longer than LIMIT_RULE_FILE, and ruleset_add_text refuses it. */
static bool
read_file(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool good;

	if (fd < 0)
		return err_set_errno(err, 0, "cannot be opened");
	good = read_all(fd, out, err);
	close(fd);
	return good;
}

bool
ruleset_add_mapping_file(struct ruleset *set, const char *path, struct err *err)
{
	struct buf text;
	bool good;

	buf_init(&text, LIMIT_MAPPING_FILE + 2 * READ_SIZE);
	if (read_file(path, &text, err))
		good = ruleset_add_mapping(set, slice_from_text(path), buf_view(&text), err);
	else
		good = err_wrap(err, "%s", path);
	buf_fini(&text);
	return good;
}

bool
ruleset_add_placeholder_file(struct ruleset *set, struct slice name, const char *path, struct err *err)
{
	struct buf text;
	bool good;

	buf_init(&text, LIMIT_RULE_FILE + 2 * READ_SIZE);
	good = read_file(path, &text, err) && (text.len <= LIMIT_RULE_FILE ||
		err_set(err, ERR_LIMIT, 0, "the file is larger than %d bytes", LIMIT_RULE_FILE));
	good = good && ruleset_add_placeholder(set, name, buf_view(&text), err);
	buf_fini(&text);
	return good || err_wrap(err, "%s", path);
}

static bool
add_file(struct ruleset *set, const char *path, struct err *err)
{
	struct buf text;
	bool good;

	buf_init(&text, LIMIT_RULE_FILE + 2 * READ_SIZE);
	good = read_file(path, &text, err) && ruleset_add_text(set, slice_from_text(path), buf_view(&text), err);
	buf_fini(&text);
	return good;
}

/* A file below a folder: what is wrong with it is no reason to give up the others. */
static bool
add_found(struct ruleset *set, const char *path, const struct stat *st, struct err *err)
{
	struct err why = { 0 };

	if (!S_ISREG(st->st_mode))
		err_set(&why, ERR_IO, 0, "no regular file");
	else if (add_file(set, path, &why))
		return true;
	if (why.code == ERR_IO)
		return ruleset_add_refused(set, slice_from_text(path), &why, err);
	if (err)
		*err = why;
	return false;
}

static bool
is_rule_name(const char *name)
{
	struct slice s = slice_from_text(name);

	return slice_eq_nocase(slice_sub(s, s.len < 4 ? 0 : s.len - 4, 4), SLICE(".yml")) ||
		slice_eq_nocase(slice_sub(s, s.len < 5 ? 0 : s.len - 5, 5), SLICE(".yaml"));
}

static bool add_folder(struct ruleset *set, const char *path, unsigned depth, struct err *err);

/* A folder that cannot be read, or lies too deep, below the one that was asked for. */
static bool
add_below(struct ruleset *set, const char *path, unsigned depth, struct err *err)
{
	struct err why = { 0 };

	if (depth >= LIMIT_FOLDER_DEPTH)
		err_set(&why, ERR_IO, 0, "folders nested deeper than %d", LIMIT_FOLDER_DEPTH);
	else if (add_folder(set, path, depth, &why))
		return true;
	if (why.code == ERR_IO)
		return ruleset_add_refused(set, slice_from_text(path), &why, err);
	if (err)
		*err = why;
	return false;
}

/* Links are not followed: loops do no harm, and no rule comes twice.  But one that was meant to bring rules is listed. */
static bool
add_link(struct ruleset *set, const char *path, const char *name, struct err *err)
{
	struct err why = { 0 };
	struct stat st;

	if (!is_rule_name(name) && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)))
		return true;
	err_set(&why, ERR_UNSUPPORTED, 0, "symbolic link: not followed");
	return ruleset_add_refused(set, slice_from_text(path), &why, err);
}

static bool
add_entry(struct ruleset *set, const char *folder, const char *name, unsigned depth, struct err *err)
{
	size_t len = strlen(folder) + strlen(name) + 2;
	bool slash = folder[0] && folder[strlen(folder) - 1] == '/', good = true;
	char *path = malloc(len);
	struct stat st;

	if (!path)
		return err_nomem(err);
	snprintf(path, len, "%s%s%s", folder, slash ? "" : "/", name);
	if (lstat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			good = add_below(set, path, depth + 1, err);
		else if (S_ISLNK(st.st_mode))
			good = add_link(set, path, name, err);
		else if (is_rule_name(name))
			good = add_found(set, path, &st, err);
	}
	free(path);
	return good;
}

static bool
add_folder(struct ruleset *set, const char *path, unsigned depth, struct err *err)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, NULL, alphasort);
	bool good = true;

	if (count < 0)
		return err_set_errno(err, 0, "cannot be opened");
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;

		if (good && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			good = add_entry(set, path, name, depth, err);
		free(names[i]);
	}
	free(names);
	return good;
}

bool
ruleset_add_path(struct ruleset *set, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set_errno(err, 0, "%s", path);
	if (S_ISDIR(st.st_mode) ? add_folder(set, path, 0, err) : add_file(set, path, err))
		return true;
	return err_wrap(err, "%s", path);
}
