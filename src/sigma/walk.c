/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files and folders.  Whatever stands there under a rule's name becomes an entry of the set: a rule, or the
 * reason why it is none. */
#include "src/sigma/set.h"

#include "base/limits.h"
#include "src/sigma/ahead.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
read_all(int fd, struct buf *out, struct err *err)
{
	for (;;) {
		uint8_t *room = buf_reserve(out, RULE_FILE_READ);
		ssize_t n;

		if (!room)
			return out->len + RULE_FILE_READ > out->max ? true : err_nomem(err);
		n = read(fd, room, RULE_FILE_READ);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, 0, "cannot be read");
		if (n == 0)
			return true;
		out->len += (size_t)n;
	}
}

bool
rule_file_read(const char *path, struct buf *out, struct err *err)
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

	buf_init(&text, LIMIT_MAPPING_FILE + 2 * RULE_FILE_READ);
	if (rule_file_read(path, &text, err))
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

	buf_init(&text, RULE_FILE_ROOM);
	good = rule_file_read(path, &text, err) && (text.len <= LIMIT_RULE_FILE ||
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

	buf_init(&text, RULE_FILE_ROOM);
	good = rule_file_read(path, &text, err) && ruleset_add_text(set, slice_from_text(path), buf_view(&text), err);
	buf_fini(&text);
	return good;
}

/* A file below a folder: its turn comes when all are known.  The path is the set's now. */
static bool
add_found(struct ruleset *set, char *path, struct err *err)
{
	if (set->pending.len / sizeof(path) == LIMIT_RULES) {
		free(path);
		return err_set(err, ERR_LIMIT, 0, "more than %d rules", LIMIT_RULES);
	}
	buf_append(&set->pending, slice_from(&path, sizeof(path)));
	if (!set->pending.failed)
		return true;
	free(path);
	return err_nomem(err);
}

static bool
add_no_file(struct ruleset *set, const char *path, struct err *err)
{
	struct err why = { 0 };

	err_set(&why, ERR_IO, 0, "no regular file");
	return ruleset_add_refused(set, slice_from_text(path), &why, err);
}

/* What is wrong with a file below a folder is no reason to give up the others. */
static bool
take_found(struct ruleset *set, const char *path, const struct parsed_file *f, struct err *err)
{
	struct slice file = slice_from_text(path);

	if (f->why.code == ERR_IO)
		return ruleset_add_refused(set, file, &f->why, err);
	if (f->why.code != ERR_OK) {
		if (err)
			*err = f->why;
		return false;
	}
	return f->parsed ? ruleset_add_parsed(set, file, f, err) : ruleset_add_text(set, file, buf_view(&f->text), err);
}

static bool
take_pending(struct ruleset *set, struct err *err)
{
	char **paths = (char **)(void *)set->pending.ptr;
	size_t count = set->pending.len / sizeof(*paths);
	struct ahead *ahead = ahead_new((const char *const *)paths, count);
	bool good = ahead != NULL || err_nomem(err);

	for (size_t i = 0; i < count && good; i++)
		good = take_found(set, paths[i], ahead_next(ahead), err);
	ahead_free(ahead);
	return good;
}

static void
forget_pending(struct ruleset *set)
{
	char **paths = (char **)(void *)set->pending.ptr;

	for (size_t i = 0; i < set->pending.len / sizeof(*paths); i++)
		free(paths[i]);
	buf_fini(&set->pending);
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

/* Most file systems tell what an entry is when they name it. */
static unsigned char
type_of(const char *path, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	return lstat(path, &st) == 0 ? (unsigned char)IFTODT(st.st_mode) : DT_UNKNOWN;
}

static bool
add_entry(struct ruleset *set, const char *folder, const struct dirent *entry, unsigned depth, struct err *err)
{
	const char *name = entry->d_name;
	size_t folder_len = strlen(folder), len = folder_len + strlen(name) + 2;
	bool slash = folder_len && folder[folder_len - 1] == '/', good = true;
	char *path = malloc(len);
	unsigned char type;

	if (!path)
		return err_nomem(err);
	snprintf(path, len, "%s%s%s", folder, slash ? "" : "/", name);
	type = type_of(path, entry);
	if (type == DT_REG && is_rule_name(name))
		return add_found(set, path, err);
	if (type == DT_DIR)
		good = add_below(set, path, depth + 1, err);
	else if (type == DT_LNK)
		good = add_link(set, path, name, err);
	else if (type != DT_REG && type != DT_UNKNOWN && is_rule_name(name))
		good = add_no_file(set, path, err);
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
			good = add_entry(set, path, names[i], depth, err);
		free(names[i]);
	}
	free(names);
	return good;
}

static bool
add_top_folder(struct ruleset *set, const char *path, struct err *err)
{
	bool good;

	buf_init(&set->pending, SIZE_MAX / 2);
	good = add_folder(set, path, 0, err) && take_pending(set, err);
	forget_pending(set);
	return good;
}

bool
ruleset_add_path(struct ruleset *set, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set_errno(err, 0, "%s", path);
	if (S_ISDIR(st.st_mode) ? add_top_folder(set, path, err) : add_file(set, path, err))
		return true;
	return err_wrap(err, "%s", path);
}
