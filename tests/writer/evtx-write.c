/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a program: makes the logs of a scenario, of the broken forms, or a large one for measuring, and pieces that
 * are made up.  It names every file it wrote with its number of live records, so that a test can compare with what others read. */
#include "tests/writer/broken.h"
#include "tests/writer/evtx_writer.h"
#include "tests/writer/made_up.h"
#include "tests/writer/scenario.h"
#include "tests/writer/volume.h"

#include "base/err.h"
#include "base/utf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PATH_SIZE = 4096, SCENARIO_MAX = 64 * 1024 * 1024, LOG_MAX = 1 << 30 };

struct output {
	const char *dir, *texts; /* texts: NULL when nobody asked */
};

/* Every folder of the path but its last part. */
static void
make_folders(char *path)
{
	for (char *p = path + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(path, 0777);
			*p = '/';
		}
}

static bool
write_file(const char *dir, struct slice name, const char *suffix, struct slice bytes, struct err *err)
{
	char path[PATH_SIZE];
	FILE *f;
	bool ok;

	if (snprintf(path, sizeof(path), "%s/%.*s%s", dir, SLICE_ARGS(name), suffix) >= PATH_SIZE)
		return err_set(err, ERR_LIMIT, 0, "path too long: %.*s", SLICE_ARGS(slice_sub(name, 0, 100)));
	make_folders(path);
	f = fopen(path, "wb");
	if (!f)
		return err_set_errno(err, 0, "%s", path);
	ok = fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
	ok = fclose(f) == 0 && ok;
	return ok || err_set_errno(err, 0, "%s", path);
}

static bool
on_log(void *context, struct slice name, struct slice bytes, size_t records, bool clean, struct err *err)
{
	const struct output *o = context;

	printf("%s\t%zu\t%.*s\n", clean ? "clean" : "odd", records, SLICE_ARGS(name));
	return write_file(o->dir, name, "", bytes, err);
}

static bool
id_is_name(struct slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		uint8_t c = id.ptr[i], low = c | 0x20;

		if (!((c >= '0' && c <= '9') || (low >= 'a' && low <= 'z') || c == '-'))
			return false;
	}
	return id.len > 0 && id.len < 200;
}

static bool
on_text(void *context, struct slice id, struct slice text, struct err *err)
{
	const struct output *o = context;
	struct buf strict;
	bool ok;

	if (!o->texts || !id_is_name(id))
		return true;
	buf_init(&strict, text.len * 3 + 1);
	utf_append_strict(&strict, text);
	ok = write_file(o->texts, id, ".txt", buf_view(&strict), err);
	buf_fini(&strict);
	return ok;
}

static bool
read_whole(const char *path, struct buf *out, struct err *err)
{
	FILE *f = fopen(path, "rb");
	size_t got = 1;

	if (!f)
		return err_set_errno(err, 0, "%s", path);
	while (got > 0) {
		uint8_t *room = buf_reserve(out, 65536);

		got = room ? fread(room, 1, 65536, f) : 0;
		out->len += got;
	}
	if (ferror(f) || out->failed)
		err_set_errno(err, 0, "%s", path);
	got = ferror(f) || out->failed;
	fclose(f);
	return !got;
}

static bool
run_scenario(const char *path, struct output *output, struct err *err)
{
	struct scenario_sink sink = { output, on_log, on_text };
	struct buf text;
	bool ok;

	buf_init(&text, SCENARIO_MAX);
	ok = read_whole(path, &text, err) && scenario_run(buf_view(&text), &sink, err);
	buf_fini(&text);
	return ok || err_wrap(err, "%s", path);
}

static bool
run_broken(struct output *output, struct err *err)
{
	const struct broken_form *form;
	bool ok = true;

	for (size_t i = 0; ok && (form = broken_form(i)) != NULL; i++) {
		struct buf bytes;
		size_t records;

		buf_init(&bytes, LOG_MAX);
		ok = broken_make(form, &bytes, &records) || err_set(err, ERR_FORMAT, 0, "%s cannot be made", form->name);
		if (ok)
			printf("%s.evtx\t%zu\t%s\n", form->name, records, form->note);
		ok = ok && write_file(output->dir, slice_from_text(form->name), ".evtx", buf_view(&bytes), err);
		buf_fini(&bytes);
	}
	return ok;
}

static bool
run_made_up(struct output *output, struct err *err)
{
	const struct made_up *piece;
	bool ok = true;

	for (size_t i = 0; ok && (piece = made_up_piece(i)) != NULL; i++) {
		struct buf bytes;

		buf_init(&bytes, LOG_MAX);
		ok = piece->make(&bytes) || err_set(err, ERR_FORMAT, 0, "%s cannot be made", piece->name);
		ok = ok && write_file(output->dir, slice_from_text(piece->name), "", buf_view(&bytes), err);
		buf_fini(&bytes);
	}
	return ok;
}

static bool
run_volume(const char *what, struct output *output, struct err *err)
{
	struct scenario_sink sink = { output, on_log, on_text };
	struct slice count = slice_from_text(what);
	uint64_t parts;

	if (!slice_starts_with(count, SLICE("parts=")) || !slice_to_u64(slice_sub(count, 6, count.len), &parts))
		return err_set(err, ERR_SYNTAX, 0, "not parts=NUMBER: %s", what);
	return volume_run(parts, &sink, err);
}

static int
usage(void)
{
	fputs("usage: evtx-write [--texts DIR] SCENARIO OUTDIR\n"
	      "       evtx-write --broken OUTDIR\n"
	      "       evtx-write --made-up OUTDIR\n"
	      "       evtx-write [--texts DIR] --volume parts=NUMBER OUTDIR\n",
		stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	struct output output = { 0 };
	struct err err = { 0 };
	bool ok;

	if (argc > 3 && strcmp(argv[1], "--texts") == 0) {
		output.texts = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3 || argc > 4)
		return usage();
	output.dir = argv[argc - 1];
	if (argc == 4 && strcmp(argv[1], "--volume") == 0)
		ok = run_volume(argv[2], &output, &err);
	else if (argc == 4)
		return usage();
	else if (strcmp(argv[1], "--broken") == 0)
		ok = run_broken(&output, &err);
	else if (strcmp(argv[1], "--made-up") == 0)
		ok = run_made_up(&output, &err);
	else if (argv[1][0] == '-')
		return usage();
	else
		ok = run_scenario(argv[1], &output, &err);
	if (!ok)
		fprintf(stderr, "evtx-write: %s\n", err.text);
	return ok ? 0 : 1;
}
