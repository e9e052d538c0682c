/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage blocks: every script block as a text file of its own, whole or with what there is of it, and an index
 * that says where each came from.  Without -o the index alone goes to standard output. */
#include "base/escape.h"
#include "base/ascii.h"
#include "base/utf.h"
#include "src/cli/folder.h"
#include "src/cli/session.h"
#include "src/scan/json.h"

#include <stdio.h>

enum { HOST_MAX = 64, ID_MAX = 64, NAME_MAX_BYTES = 192, FLUSH_AT = 256 * 1024 };

_Static_assert(HOST_MAX + ID_MAX + sizeof("__partial_v18446744073709551615") <= NAME_MAX_BYTES, "a name has no room");

static const char index_name[] = "index.jsonl";

struct blocks {
	bool has_folder;
	struct folder folder;
	struct table taken;  /* base names, in lower case: Windows would take them for the same; the number given out last */
	struct buf index;    /* lines that were not written yet */
	struct buf bytes;    /* of the file at hand */
	struct tee file;     /* standard output, or what the manifest is told of the index */
};

/* The number that makes of the name in `text` one that nobody has, 1: it is one; 0: memory ran out.  What was tried for the
 * name is kept with it: one id may have a hundred thousand texts. */
static uint64_t
take_number(struct blocks *b, struct buf *text)
{
	size_t len = text->len;
	bool added;
	struct table_entry *entry = text->failed ? NULL : table_add(&b->taken, buf_view(text), 1, &added);
	uint64_t number = entry ? entry->value : 0;

	while (entry && !added) {
		text->len = len;
		buf_printf(text, "_v%llu", (unsigned long long)++number);
		entry = text->failed ? NULL : table_add(&b->taken, buf_view(text), 1, &added);
	}
	text->len = len;
	entry = entry ? table_find(&b->taken, buf_view(text)) : NULL;
	if (!entry)
		return 0;
	entry->value = number;
	return number;
}

/* host_scriptblockid[_partial][_vN], unique without regard to case.  Blocks come in a fixed order, so the numbers do
 * not depend on the run. */
static bool
base_name(struct blocks *b, const struct block_text *block, char name[static NAME_MAX_BYTES], struct err *err)
{
	uint64_t number;
	struct buf text;

	buf_init(&text, 4096);
	escape_file_name(&text, block->column[COLUMN_COMPUTER], HOST_MAX);
	buf_append_byte(&text, '_');
	escape_file_name(&text, block->column[COLUMN_SCRIPT_BLOCK_ID], ID_MAX);
	if (block->missing.len)
		buf_append_text(&text, "_partial");
	snprintf(name, NAME_MAX_BYTES, "%.*s", SLICE_ARGS(buf_view(&text)));
	for (size_t i = 0; i < text.len; i++)
		text.ptr[i] = ascii_lower(text.ptr[i]);
	number = take_number(b, &text);
	if (number > 1)
		snprintf(name + text.len, NAME_MAX_BYTES - text.len, "_v%llu", (unsigned long long)number);
	buf_fini(&text);
	return number || err_nomem(err);
}

/* Writes name + suffix; the bytes are those in b->bytes. */
static bool
write_file(struct blocks *b, struct json *j, const char *key, const char *name, const char *suffix, struct err *err)
{
	char file[NAME_MAX_BYTES + 16];

	snprintf(file, sizeof(file), "%s%s", name, suffix);
	if (!b->has_folder)
		return true;
	json_text(j, key, slice_from_text(file));
	return folder_write(&b->folder, file, buf_view(&b->bytes), err);
}

/* The text as strict UTF-8 and, where that cannot hold it, the exact UTF-16LE beside it. */
static bool
write_text(struct blocks *b, const struct block_text *block, struct json *j, const char *name, struct err *err)
{
	uint8_t digest[DIGEST_LEN];
	bool exact;

	buf_reset(&b->bytes);
	exact = utf_append_strict(&b->bytes, block->text);
	if (b->bytes.failed || !digest_sha256(buf_view(&b->bytes), digest))
		return err_nomem(err);
	if (!write_file(b, j, "File", name, ".txt", err))
		return false;
	json_digest(j, "Sha256", digest);
	json_number(j, "Bytes", b->bytes.len);
	json_bool(j, "Exact", exact);
	if (exact)
		return true;
	buf_reset(&b->bytes);
	utf_append_as_utf16le(&b->bytes, block->text);
	if (b->bytes.failed)
		return err_nomem(err);
	return write_file(b, j, "Utf16File", name, ".utf16le", err);
}

static void
write_gaps(struct json *j, const struct block_text *block)
{
	if (!block->missing.len)
		return;
	json_text(j, "Missing", block->missing);
	json_begin(j, "Gaps", '[');
	for (size_t i = 0; i < block->missing_at_count; i++)
		json_number(j, NULL, block->missing_at[i]);
	json_end(j, ']');
}

static bool
flush_index(struct blocks *b, struct err *err)
{
	struct slice lines = buf_view(&b->index);
	bool done = !b->index.failed || err_nomem(err);

	if (done && b->has_folder) {
		done = (!b->file.digest || digest_add(b->file.digest, lines) || err_nomem(err)) &&
			folder_append(&b->folder, index_name, lines, err);
		b->file.told.bytes += lines.len;
	} else if (done) {
		done = tee_write(&b->file, lines, err);
	}
	buf_reset(&b->index);
	return done;
}

static bool
on_block(void *context, const struct block_text *block, struct err *err)
{
	static const enum column before[] = { COLUMN_SCRIPT_BLOCK_ID, COLUMN_COMPUTER, COLUMN_TIMESTAMP,
		COLUMN_END_TIME, COLUMN_USER, COLUMN_USER_SID, COLUMN_PATH, COLUMN_PARTS };
	static const enum column behind[] = { COLUMN_CHANNEL, COLUMN_RECORD_IDS, COLUMN_PROCESS_ID, COLUMN_THREAD_ID,
		COLUMN_EVIDENCE, COLUMN_OFFSET, COLUMN_SOURCES, COLUMN_FLAGS };
	struct session *s = context;
	struct blocks *b = s->command;
	struct json j = { .out = &b->index };
	char name[NAME_MAX_BYTES];

	if (!base_name(b, block, name, err))
		return false;
	json_begin(&j, NULL, '{');
	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		json_column(&j, before[i], block->column[before[i]]);
	write_gaps(&j, block);
	if (!write_text(b, block, &j, name, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(behind); i++)
		json_column(&j, behind[i], block->column[behind[i]]);
	json_end(&j, '}');
	buf_append_byte(&b->index, '\n');
	s->blocks_written++;
	b->file.told.rows++;
	return (b->index.len < FLUSH_AT && !b->index.failed) || flush_index(b, err);
}

static bool
end_index(struct blocks *b, struct err *err)
{
	struct digest *digest = b->file.digest;

	if (!flush_index(b, err))
		return false;
	if (!b->has_folder)
		return tee_commit(&b->file, err);
	b->file.digest = NULL;
	if (digest && !digest_end(digest, b->file.told.sha256))
		return err_nomem(err);
	b->file.told.complete = folder_commit(&b->folder, err);
	return b->file.told.complete;
}

/* The index is begun first, so that a folder that cannot be written is told before evidence is read. */
static bool
begin(struct session *s, struct blocks *b, const char *path, struct err *err)
{
	b->has_folder = !output_is_stdout(path);
	if (!b->has_folder)
		return tee_open(&b->file, "-", &s->guard, false, false, err) &&
		       session_accept_output(s, &b->file, NULL, 0, err);
	b->file.told.path = SLICE("index.jsonl");
	if (s->has_manifest && !tee_hash(&b->file, err))
		return false;
	return folder_begin(&b->folder, path, &s->guard, s->options->force, err) &&
	       folder_write(&b->folder, index_name, SLICE_EMPTY, err);
}

static bool
run(struct session *s, struct blocks *b, struct err *err)
{
	const struct text_list *outputs = &s->options->outputs;
	const char *path = outputs->count ? outputs->items[0] : "-";
	const struct scan_listener own = { .block = on_block };

	if (outputs->count > 1)
		return err_set(err, ERR_SYNTAX, 0, "blocks writes one folder");
	if (!begin(s, b, path, err))
		return false;
	s->command = b;
	s->outputs = &b->file;
	s->output_count = 1;
	if (!session_run(s, SCAN_BLOCKS, false, &own))
		return false;
	return end_index(b, err);
}

enum exit_status
cmd_blocks(const struct invocation *call)
{
	struct blocks b = { .folder.fd = -1 };
	enum exit_status status;
	struct err err = { 0 };
	struct session s;

	table_init(&b.taken);
	table_init(&b.folder.names);
	buf_init(&b.index, 1 << 30);
	buf_init(&b.bytes, SIZE_MAX);
	if (session_begin(&s, call, call->options->operands) && !run(&s, &b, &err) && err.code) {
		session_fail(&s, &err);
		s.outcome.usage = err.code == ERR_SYNTAX;
	}
	tee_abandon(&b.file);
	status = session_end(&s);
	folder_end(&b.folder);
	table_fini(&b.taken);
	buf_fini(&b.index);
	buf_fini(&b.bytes);
	return status;
}
