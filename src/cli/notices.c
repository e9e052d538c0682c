/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/notices.h"

#include "src/cli/words.h"
#include "src/scan/manifest.h"

enum { SHOWN_OF_A_KIND = 20, LINE_MAX_BYTES = 64 * 1024 };

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

void
notices_add(struct notices *n, struct console *console, const struct notice *notice)
{
	struct buf line;

	if (!is_told(console, notice->kind))
		return;
	if (!console->verbose && n->shown[notice->kind] >= SHOWN_OF_A_KIND) {
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
notices_end(const struct notices *n, struct console *console, const char *manifest)
{
	static const char *const nouns[NOTICE_KINDS] = { "more loss", "more limit", "more skipped file" };

	for (size_t i = 0; i < NOTICE_KINDS; i++) {
		struct buf line;

		if (!n->held_back[i])
			continue;
		buf_init(&line, LINE_MAX_BYTES);
		buf_append_text(&line, "... and ");
		words_count(&line, n->held_back[i], nouns[i]);
		if (manifest)
			buf_printf(&line, " (all in %s)", manifest);
		else
			buf_append_text(&line, " (-v shows them, --manifest FILE writes them down)");
		console_say_text(console, buf_view(&line));
		buf_fini(&line);
	}
}
