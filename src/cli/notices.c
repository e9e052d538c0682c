/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/notices.h"

#include "src/cli/words.h"
#include "src/scan/manifest.h"

enum { SHOWN_OF_A_KIND = 40, SHOWN_OF_A_FILE = 3, LINE_MAX_BYTES = 64 * 1024 };

void
notice_line(const struct notice *notice, struct buf *out)
{
	buf_printf(out, "%s: ", notice_kind_name(notice->kind));
	if (notice->path.len) {
		buf_append(out, notice->path);
		buf_append_text(out, ": ");
	}
	if (notice->has_number)
		buf_printf(out, "record %llu%s", (unsigned long long)notice->number, notice->has_offset ? " " : ": ");
	if (notice->has_offset)
		buf_printf(out, "at 0x%llx: ", (unsigned long long)notice->offset);
	buf_append(out, notice->reason);
	if (notice->records > 1)
		buf_printf(out, " (%llu records)", (unsigned long long)notice->records);
}

/* Skipped files are told on demand, limits unless -q, losses always. */
static bool
is_told(const struct console *console, enum notice_kind kind)
{
	if (kind == NOTICE_SKIPPED)
		return console->verbose;
	return kind == NOTICE_LOSS || !console->quiet;
}

/* "loss: FILE: and 93 more like these", when the notices go on to another file. */
static void
end_file(struct notices *n, struct console *console)
{
	for (size_t i = 0; n->file_len && i < NOTICE_KINDS; i++) {
		struct buf line;

		if (n->in_file[i] <= SHOWN_OF_A_FILE || console->verbose)
			continue;
		buf_init(&line, LINE_MAX_BYTES);
		buf_printf(&line, "%s: ", notice_kind_name((enum notice_kind)i));
		buf_append(&line, slice_from(n->file, n->file_len));
		buf_printf(&line, ": and %llu more in this file", (unsigned long long)(n->in_file[i] - SHOWN_OF_A_FILE));
		console_say_text(console, buf_view(&line));
		buf_fini(&line);
	}
	memset(n->in_file, 0, sizeof(n->in_file));
}

/* Whether this one still has a line of its own. */
static bool
has_room(struct notices *n, struct console *console, const struct notice *notice)
{
	struct slice path = slice_sub(notice->path, 0, sizeof(n->file));

	if (!slice_eq(slice_from(n->file, n->file_len), path)) {
		end_file(n, console);
		n->file_len = path.len;
		memcpy(n->file, path.len ? path.ptr : (const uint8_t *)"", path.len);
	}
	n->in_file[notice->kind]++;
	return console->verbose || (n->shown[notice->kind] < SHOWN_OF_A_KIND &&
		((notice->path.len == 0 && notice->kind == NOTICE_LOSS) || n->in_file[notice->kind] <= SHOWN_OF_A_FILE));
}

void
notices_add(struct notices *n, struct console *console, const struct notice *notice)
{
	struct buf line;

	if (!is_told(console, notice->kind))
		return;
	if (!has_room(n, console, notice)) {
		n->held_back[notice->kind]++;
		return;
	}
	n->shown[notice->kind]++;
	buf_init(&line, LINE_MAX_BYTES);
	notice_line(notice, &line);
	console_say_text(console, buf_view(&line));
	buf_fini(&line);
}

void
notices_end(struct notices *n, struct console *console, const char *manifest)
{
	static const char *const nouns[NOTICE_KINDS] = { "loss", "limit", "skipped file" };

	end_file(n, console);
	for (size_t i = 0; i < NOTICE_KINDS; i++) {
		struct buf line;

		if (!n->held_back[i])
			continue;
		buf_init(&line, LINE_MAX_BYTES);
		buf_append_text(&line, "not shown: ");
		words_count(&line, n->held_back[i], nouns[i]);
		if (manifest)
			buf_printf(&line, " (all in %s)", manifest);
		else
			buf_append_text(&line, " (-v shows them, --manifest FILE writes them down)");
		console_say_text(console, buf_view(&line));
		buf_fini(&line);
	}
}
