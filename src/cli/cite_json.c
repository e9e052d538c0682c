/* SPDX-License-Identifier: Apache-2.0 */
/* The citation as one JSON object. */
#include "src/cli/cite.h"

#include "base/base64.h"
#include "base/limits.h"
#include "config.h"
#include "evtx/chunk_log.h"

static void
put(struct cite *c, const char *name, struct slice value)
{
	json_text(&c->json, name, value);
}

static void
put_fields(struct json *j, const struct finding *f)
{
	json_begin(j, "Fields", '[');
	for (size_t i = 0; i < f->field_count; i++) {
		json_begin(j, NULL, '{');
		json_text(j, "Name", f->fields[i].name);
		json_text(j, "Text", f->fields[i].text);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void
finding(struct cite *c, const struct finding *f)
{
	struct json *j = &c->json;
	char digest[DIGEST_TEXT];

	*j = (struct json){ .out = &c->out, .pretty = true };
	json_begin(j, NULL, '{');
	json_begin(j, "Finding", '{');
	json_text(j, "FindingId", slice_from_text(c->id));
	json_time(j, "Timestamp", f->time);
	json_time(j, "EndTime", f->end_time);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (i != COLUMN_FINDING_ID && i != COLUMN_TIMESTAMP && i != COLUMN_END_TIME && i != COLUMN_DETAILS)
			json_column(j, (enum column)i, f->column[i]);
	if (cite_text_digest(f, digest))
		json_text(j, "TextSha256", slice_from_text(digest));
	put_fields(j, f);
	json_end(j, '}');
	json_begin(j, "Rule", '{');
	cite_each_of_rule(c, f, put);
	json_end(j, '}');
	json_begin(j, "Records", '[');
}

static void
put_readers(struct json *j, const struct exhibit *x)
{
	static const char *const kinds[OPINION_KINDS] = { [OPINION_AGREES] = "agrees", [OPINION_KNOWN] = "known errors",
		[OPINION_REFUSED] = "refused as known", [OPINION_NONE] = "refused", [OPINION_DIFFERS] = "differs" };
	unsigned flags = x->flags;
	const char *flag;

	json_number(j, "RecordNumber", x->number);
	json_number(j, "EventRecordId", x->record_id);
	json_time(j, "TimeCreated", x->time);
	json_time(j, "Written", x->written);
	json_begin(j, "Flags", '[');
	while ((flag = record_flag_name(&flags)) != NULL)
		json_text(j, NULL, slice_from_text(flag));
	json_end(j, ']');
	json_text(j, "DirectXml", x->direct_xml);
	json_text(j, "LibevtxXml", x->libevtx_xml);
	json_begin(j, "SecondOpinion", '{');
	json_text(j, "Kind", x->flags & RECORD_NOT_COUNTED ? SLICE("not asked") : slice_from_text(kinds[x->opinion.kind]));
	json_text(j, "Words", x->opinion.words);
	if (x->opinion.kind == OPINION_DIFFERS) {
		json_text(j, "Field", x->opinion.path);
		json_text(j, "Direct", x->opinion.ours);
		json_text(j, "Libevtx", x->opinion.theirs);
	}
	json_end(j, '}');
}

static void
put_bytes(struct json *j, struct slice raw)
{
	struct buf text;

	buf_init(&text, 4 * LIMIT_CHUNK);
	base64_append(&text, raw);
	json_text(j, "BytesBase64", buf_view(&text));
	j->out->failed |= text.failed;
	buf_fini(&text);
}

static void
record(struct cite *c, const struct exhibited *e)
{
	struct json *j = &c->json;

	json_begin(j, NULL, '{');
	json_path(j, "Evidence", e->evidence);
	json_number(j, "Part", e->part);
	if (e->is_fact)
		json_bool(j, "Fact", true);
	if (e->readers) {
		json_number(j, "FileSize", e->file_size);
		json_digest(j, "FileSha256", e->file_sha256);
		json_number(j, "ChunkOffset", e->readers->chunk_offset);
		json_number(j, "ChunkSize", e->chunk_len);
		json_digest(j, "ChunkSha256", e->chunk_sha256);
		json_number(j, "RecordOffset", e->readers->offset);
		json_number(j, "RecordSize", e->raw.len);
		json_digest(j, "RecordSha256", e->record_sha256);
		put_bytes(j, e->raw);
		if (cite_is_record(e->readers))
			put_readers(j, e->readers);
	} else {
		json_text(j, "Failure", e->failure);
	}
	json_end(j, '}');
}

static void
end(struct cite *c)
{
	struct json *j = &c->json;
	struct buf command;

	buf_init(&command, 1 << 20);
	cite_command(c, &command);
	json_end(j, ']');
	json_begin(j, "Program", '{');
	json_text(j, "Name", SLICE("evtriage"));
	json_text(j, "Version", SLICE(PACKAGE_VERSION));
	json_text(j, "Libevtx", slice_from_text(chunk_log_library()));
	json_text(j, "Command", buf_view(&command));
	json_end(j, '}');
	json_end(j, '}');
	buf_append_byte(&c->out, '\n');
	buf_fini(&command);
}

const struct cite_form cite_json = { "json", finding, record, end };
