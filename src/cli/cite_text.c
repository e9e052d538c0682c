/* SPDX-License-Identifier: Apache-2.0 */
/* The citation as text.  Every line from evidence goes through the escape for terminals, wherever the text ends up: it
 * is for reading. */
#include "src/cli/cite.h"

#include "base/escape.h"
#include "base/filetime.h"
#include "config.h"
#include "evtx/chunk_log.h"

#include <inttypes.h>

enum { LABEL = 16, HEX_LINE = 16, TIME_TEXT = FILETIME_TEXT };

static void
put(struct cite *c, const char *name, struct slice value)
{
	if (!value.len)
		return;
	buf_printf(&c->out, "  %-*s ", LABEL, name);
	escape_terminal(&c->out, value);
	buf_append_byte(&c->out, '\n');
}

static void
put_text(struct cite *c, const char *name, const char *value)
{
	put(c, name, slice_from_text(value));
}

static void
put_time(struct cite *c, const char *name, uint64_t ticks)
{
	char text[TIME_TEXT];

	filetime_text(ticks, text);
	put_text(c, name, text);
}

static void
put_digest(struct cite *c, const char *name, const uint8_t digest[static DIGEST_LEN])
{
	char text[DIGEST_TEXT];

	digest_text(digest, text);
	put_text(c, name, text);
}

/* Line by line, behind a bar. */
static void
put_lines(struct cite *c, struct slice text)
{
	struct slice line;

	if (text.len && text.ptr[text.len - 1] == '\n')
		text.len--;
	while (text.len && slice_split(&text, '\n', &line)) {
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		buf_append_text(&c->out, "  | ");
		escape_terminal(&c->out, line);
		buf_append_byte(&c->out, '\n');
	}
}

static void
put_list(struct cite *c, const char *name, struct slice list)
{
	struct slice item;

	while (list.len && slice_split(&list, 0, &item))
		put(c, name, item);
}

/* Times of the finding come as ticks or as text: columns are shown as the timeline has them. */
static void
put_column(struct cite *c, const struct finding *finding, enum column column)
{
	struct slice value = finding->column[column];

	switch (columns[column].kind) {
	case COLUMN_KIND_LIST:
	case COLUMN_KIND_NUMBERS:
		put_list(c, columns[column].name, value);
		return;
	case COLUMN_KIND_TEXT:
	case COLUMN_KIND_NUMBER:
	case COLUMN_KIND_TIME:
		put(c, columns[column].name, value);
		return;
	}
}

static bool
is_told_elsewhere(enum column column)
{
	switch ((int)column) {
	case COLUMN_FINDING_ID:
	case COLUMN_RULE_TITLE:
	case COLUMN_RULE_ID:
	case COLUMN_RULE_FILE:
	case COLUMN_TEXT:
	case COLUMN_DETAILS:
	case COLUMN_TIMESTAMP:
	case COLUMN_END_TIME:
		return true;
	}
	return false;
}

static void
finding(struct cite *c, const struct finding *f)
{
	char digest[DIGEST_TEXT];

	buf_printf(&c->out, "Finding %s\n", c->id);
	put_time(c, "Timestamp", f->time);
	put_time(c, "EndTime", f->end_time);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (!is_told_elsewhere((enum column)i))
			put_column(c, f, (enum column)i);
	buf_append_text(&c->out, "\nRule\n");
	cite_each_of_rule(c, f, put);
	if (cite_text_digest(f, digest)) {
		buf_append_text(&c->out, "\nText\n");
		put_text(c, "Sha256", digest);
		put_lines(c, f->column[COLUMN_TEXT]);
	}
}

/* "00001200  2a 2a 00 00 ...  |**..|" with the offset in the file. */
static void
put_hex(struct cite *c, uint64_t offset, struct slice bytes)
{
	for (size_t at = 0; at < bytes.len; at += HEX_LINE) {
		struct slice line = slice_sub(bytes, at, HEX_LINE);

		buf_printf(&c->out, "  %010" PRIx64, offset + at);
		for (size_t i = 0; i < HEX_LINE; i++) {
			if (i < line.len)
				buf_printf(&c->out, "%s%02x", i % 8 ? " " : "  ", line.ptr[i]);
			else
				buf_append_text(&c->out, i % 8 ? "   " : "    ");
		}
		buf_append_text(&c->out, "  |");
		for (size_t i = 0; i < line.len; i++)
			buf_append_byte(&c->out, line.ptr[i] >= ' ' && line.ptr[i] <= '~' ? line.ptr[i] : '.');
		buf_append_text(&c->out, "|\n");
	}
}

static void
put_place(struct cite *c, const char *name, uint64_t offset, uint64_t len)
{
	char text[80];
	struct buf out;

	buf_init(&out, sizeof(text));
	buf_printf(&out, "0x%" PRIx64 " (%" PRIu64 "), %" PRIu64 " bytes", offset, offset, len);
	put(c, name, buf_view(&out));
	buf_fini(&out);
}

static void
put_number(struct cite *c, const char *name, uint64_t number)
{
	struct buf out;

	buf_init(&out, 40);
	buf_printf(&out, "%" PRIu64, number);
	put(c, name, buf_view(&out));
	buf_fini(&out);
}

static void
put_readers(struct cite *c, const struct exhibit *x)
{
	unsigned flags = x->flags;
	const char *flag;

	put_number(c, "RecordNumber", x->number);
	put_number(c, "EventRecordID", x->record_id);
	put_time(c, "TimeCreated", x->time);
	put_time(c, "Written", x->written);
	while ((flag = record_flag_name(&flags)) != NULL)
		put_text(c, "Flag", flag);
	put(c, "SecondOpinion", x->opinion.kind == OPINION_AGREES ? SLICE("libevtx reads the same") : x->opinion.words);
	put(c, "Direct", x->opinion.ours);
	put(c, "Libevtx", x->opinion.theirs);
}

static void
put_xml(struct cite *c, const struct exhibit *x)
{
	struct slice none = x->flags & RECORD_NOT_COUNTED ? SLICE("(not available: libevtx reads what a log counts, and this is residue)") :
		SLICE("(nothing)");

	buf_append_text(&c->out, "\n  Read by the direct reader\n");
	put_lines(c, x->direct_xml);
	buf_printf(&c->out, "\n  Read by libevtx %s\n", chunk_log_library());
	put_lines(c, x->libevtx_xml.len ? x->libevtx_xml : none);
}

static void
record(struct cite *c, const struct exhibited *e)
{
	buf_printf(&c->out, "\nRecord %" PRIu64 "\n", c->records);
	put(c, "Evidence", e->evidence);
	put_number(c, "Part", e->part);
	if (!e->readers) {
		put(c, "Failure", e->failure);
		return;
	}
	put_number(c, "FileSize", e->file_size);
	put_digest(c, "FileSha256", e->file_sha256);
	put_place(c, "Chunk", e->readers->chunk_offset, e->chunk_len);
	put_digest(c, "ChunkSha256", e->chunk_sha256);
	put_place(c, "Record", e->readers->offset, e->raw.len);
	put_digest(c, "RecordSha256", e->record_sha256);
	if (e->is_fact)
		put_text(c, "Fact", "seen here: it is about the log, and no event of its own");
	if (!cite_is_record(e->readers)) {
		buf_append_text(&c->out, "\n  Bytes of the file\n");
		put_hex(c, e->readers->offset, e->raw);
		return;
	}
	put_readers(c, e->readers);
	buf_append_text(&c->out, "\n  Bytes of the file\n");
	put_hex(c, e->readers->offset, e->raw);
	put_xml(c, e->readers);
}

static void
end(struct cite *c)
{
	struct buf command;

	buf_init(&command, 1 << 20);
	cite_command(c, &command);
	buf_append_text(&c->out, "\nMade by\n");
	put_text(c, "Program", "evtriage " PACKAGE_VERSION);
	put(c, "Command", buf_view(&command));
	buf_fini(&command);
}

const struct cite_form cite_text = { "text", finding, record, end };
