/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage info: what there is to read and what it could have shown: each file with the counts of both readers, each
 * channel of each computer with its span and gaps. */
#include "base/escape.h"
#include "base/filetime.h"
#include "src/cli/session.h"
#include "src/cli/words.h"
#include "src/scan/json.h"

struct info {
	struct buf text;
	bool jsonl;
};

/* ---- as a table ---- */

static void
add_flags(struct buf *out, const struct log_header *h)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} flags[] = { { LOG_DIRTY, " dirty" }, { LOG_FULL, " full" }, { LOG_NO_CHECKSUMS, " no-checksums" } };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (h->flags & flags[i].flag)
			buf_append_text(out, flags[i].name);
	if (!h->signature_ok)
		buf_append_text(out, " bad-signature");
	if (!h->checksum_ok)
		buf_append_text(out, " bad-header-checksum");
}

static void
add_verdict(struct buf *out, const struct log_verdict *v)
{
	buf_append_text(out, "  libevtx: ");
	if (v->opened) {
		words_count(out, v->records, "record");
		buf_append_text(out, ", ");
		buf_thousands(out, v->recovered);
		buf_printf(out, " recovered%s", v->corrupted ? ", corrupted" : "");
	} else {
		buf_append_text(out, "cannot open it: ");
		escape_terminal(out, slice_from_text(v->reason));
	}
	buf_append_byte(out, '\n');
}

static void
file_as_text(struct buf *out, const struct file_summary *f)
{
	escape_terminal(out, f->path);
	buf_append_text(out, "\n  ");
	words_bytes(out, f->size);
	if (f->has_header) {
		buf_printf(out, ", version %u.%u", f->header.major, f->header.minor);
		add_flags(out, &f->header);
	} else {
		buf_append_text(out, ", no header");
	}
	buf_append_text(out, f->changed ? ", CHANGED while it was read\n  chunks: " : "\n  chunks: ");
	buf_thousands(out, f->counts.chunks);
	buf_append_text(out, " with records, ");
	buf_thousands(out, f->counts.empty_chunks);
	buf_append_text(out, " empty, ");
	buf_thousands(out, f->counts.foreign_chunks);
	buf_append_text(out, " foreign, ");
	buf_thousands(out, f->counts.bad_checksums);
	buf_append_text(out, " with a bad checksum\n  records: ");
	buf_thousands(out, f->counts.records);
	buf_append_text(out, " read, ");
	buf_thousands(out, f->counts.lost);
	buf_append_text(out, " lost\n");
	if (f->has_verdict)
		add_verdict(out, &f->verdict);
}

static void
append_ids(struct buf *out, const struct channel_coverage *c)
{
	buf_append_text(out, ", ids ");
	buf_thousands(out, c->first_id);
	buf_append_text(out, " to ");
	buf_thousands(out, c->last_id);
	buf_append_text(out, " (");
	if (c->different_ids && c->different_ids < c->records) {
		buf_thousands(out, c->different_ids);
		buf_append_text(out, " different, ");
	}
	buf_thousands(out, c->missing_ids);
	buf_append_text(out, " missing)");
}

static void
channel_as_text(struct buf *out, const struct channel_coverage *c)
{
	char first[FILETIME_TEXT], last[FILETIME_TEXT];

	escape_terminal(out, c->computer);
	buf_append_text(out, " | ");
	escape_terminal(out, c->channel);
	buf_append_byte(out, '\n');
	if (c->cleared)
		buf_printf(out, "  cleared: %llu\n", (unsigned long long)c->cleared);
	if (c->records == 0)
		return;
	buf_append_text(out, "  ");
	words_count(out, c->records, "record");
	filetime_text(c->first_time, first);
	filetime_text(c->last_time, last);
	if (c->last_time)
		buf_printf(out, ", %s to %s", first, last);
	if (c->has_id)
		append_ids(out, c);
	buf_append_byte(out, '\n');
	if (c->blocks_warning || c->blocks_verbose) {
		buf_append_text(out, "  script-block records: ");
		buf_thousands(out, c->blocks_verbose);
		buf_append_text(out, " verbose, ");
		buf_thousands(out, c->blocks_warning);
		buf_append_text(out, " warning\n");
	}
	if (c->processes) {
		buf_append_text(out, "  process creations: ");
		buf_thousands(out, c->processes);
		buf_append_text(out, ", with command line: ");
		buf_thousands(out, c->processes_with_command_line);
		buf_append_byte(out, '\n');
	}
}

/* ---- as JSON lines ---- */

static void
file_as_json(struct buf *out, const struct file_summary *f)
{
	struct json j = { .out = out };

	json_begin(&j, NULL, '{');
	json_text(&j, "Type", SLICE("file"));
	manifest_file_members(&j, f);
	json_end(&j, '}');
	buf_append_byte(out, '\n');
}

static void
channel_as_json(struct buf *out, const struct channel_coverage *c)
{
	struct json j = { .out = out };

	json_begin(&j, NULL, '{');
	json_text(&j, "Type", SLICE("channel"));
	manifest_channel_members(&j, c);
	json_end(&j, '}');
	buf_append_byte(out, '\n');
}

/* ---- the command ---- */

static bool
add_coverage_lines(struct buf *out, const struct coverage *coverage, struct err *err)
{
	struct slice rest, line;
	struct buf lines;
	bool done;

	buf_init(&lines, 1 << 30);
	done = coverage_lines(coverage, &lines, err);
	rest = buf_view(&lines);
	while (done && rest.len && slice_split(&rest, '\n', &line)) {
		escape_terminal(out, line);
		buf_append_byte(out, '\n');
	}
	buf_fini(&lines);
	return done;
}

static bool
on_file(void *context, const struct file_summary *file, struct err *err)
{
	struct session *s = context;
	struct info *info = s->command;

	if (s->has_manifest)
		manifest_add_file(&s->manifest, file);
	(info->jsonl ? file_as_json : file_as_text)(&info->text, file);
	return !info->text.failed || err_nomem(err);
}

static bool
run(struct session *s, struct info *info, struct err *err)
{
	const struct scan_listener own = { .file = on_file };
	const struct coverage *coverage;

	s->command = info;
	if (!session_run(s, SCAN_INFO, false, &own))
		return false;
	coverage = s->summary.coverage;
	for (size_t i = 0; coverage && i < coverage_count(coverage); i++)
		(info->jsonl ? channel_as_json : channel_as_text)(&info->text, coverage_at(coverage, i));
	if (!info->jsonl && coverage && !add_coverage_lines(&info->text, coverage, err))
		return false;
	return tee_print(&info->text, !info->jsonl, err);
}

enum exit_status
cmd_info(const struct invocation *call)
{
	struct info info = { .jsonl = strcmp(call->options->type, "jsonl") == 0 };
	enum exit_status status;
	struct err err = { 0 };
	struct session s;

	buf_init(&info.text, 1 << 30);
	if (session_begin(&s, call, call->options->operands) && !run(&s, &info, &err) && err.code)
		session_fail(&s, &err);
	status = session_end(&s);
	buf_fini(&info.text);
	return status;
}
