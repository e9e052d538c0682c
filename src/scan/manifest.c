/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/manifest.h"

#include "base/limits.h"
#include "src/scan/jail.h"

#include <stdio.h>

const char *
notice_kind_name(enum notice_kind kind)
{
	static const char *const names[] = {
		[NOTICE_LOSS] = "loss", [NOTICE_LIMIT] = "limit", [NOTICE_SKIPPED] = "skipped"
	};

	return names[kind];
}

void
manifest_init(struct manifest *m)
{
	*m = (struct manifest){ 0 };
	buf_init(&m->files.items, LIMIT_MANIFEST_INPUTS);
	buf_init(&m->notices.items, LIMIT_MANIFEST);
	buf_init(&m->residue.items, LIMIT_MANIFEST);
	buf_init(&m->differences.items, LIMIT_MANIFEST);
}

void
manifest_fini(struct manifest *m)
{
	buf_fini(&m->files.items);
	buf_fini(&m->notices.items);
	buf_fini(&m->residue.items);
	buf_fini(&m->differences.items);
}

static void
write_header(struct json *j, const struct log_header *h)
{
	json_begin(j, "Header", '{');
	json_bool(j, "SignatureOk", h->signature_ok);
	json_bool(j, "ChecksumOk", h->checksum_ok);
	json_number(j, "MajorVersion", h->major);
	json_number(j, "MinorVersion", h->minor);
	json_number(j, "FirstChunk", h->first_chunk);
	json_number(j, "LastChunk", h->last_chunk);
	json_number(j, "NextRecord", h->next_record);
	json_number(j, "HeaderBlockSize", h->header_block_size);
	json_number(j, "ChunkCount", h->chunk_count);
	json_number(j, "Flags", h->flags);
	json_bool(j, "Dirty", h->flags & LOG_DIRTY);
	json_bool(j, "Full", h->flags & LOG_FULL);
	json_end(j, '}');
}

static void
write_verdict(struct json *j, const struct log_verdict *v)
{
	json_begin(j, "Libevtx", '{');
	json_bool(j, "Opened", v->opened);
	if (v->opened) {
		json_number(j, "MajorVersion", v->major);
		json_number(j, "MinorVersion", v->minor);
		json_bool(j, "Corrupted", v->corrupted);
		json_number(j, "Records", v->records);
		json_number(j, "Recovered", v->recovered);
	} else {
		json_text(j, "Reason", slice_from_text(v->reason));
	}
	json_end(j, '}');
}

static void
write_counts(struct json *j, const struct reader_counts *c)
{
	json_number(j, "Chunks", c->chunks);
	json_number(j, "EmptyChunks", c->empty_chunks);
	json_number(j, "ForeignChunks", c->foreign_chunks);
	json_number(j, "BadChecksums", c->bad_checksums);
	json_number(j, "TailBytes", c->tail_bytes);
	json_number(j, "RecordsWritten", c->records);
	json_number(j, "RecordsLost", c->lost);
}

/* A collected item is one line, at the depth at which it will stand.  *before is for end_item. */
static struct json
begin_item(struct manifest_list *list, size_t *before)
{
	struct json j = { .out = &list->items };

	*before = list->items.len;
	if (list->items.len)
		buf_append_text(&list->items, ",\n\t\t");
	json_begin(&j, NULL, '{');
	return j;
}

static void
end_item(struct manifest_list *list, struct json *j, size_t before)
{
	json_end(j, '}');
	if (!list->items.failed)
		return;
	list->items.len = before;
	list->items.failed = false;
	list->left_out++;
}

void
manifest_file_members(struct json *j, const struct file_summary *file)
{
	json_path(j, "Path", file->path);
	json_number(j, "Size", file->size);
	if (file->has_sha256)
		json_digest(j, "Sha256", file->sha256);
	json_bool(j, "Changed", file->changed);
	if (file->has_header)
		write_header(j, &file->header);
	if (file->has_verdict)
		write_verdict(j, &file->verdict);
	json_number(j, "RecordsSeen", file->seen);
	write_counts(j, &file->counts);
}

void
manifest_add_file(struct manifest *m, const struct file_summary *file)
{
	size_t before;
	struct json j = begin_item(&m->files, &before);

	manifest_file_members(&j, file);
	end_item(&m->files, &j, before);
}

void
manifest_add_residue(struct manifest *m, const struct residue_summary *residue)
{
	size_t before;
	struct json j = begin_item(&m->residue, &before);

	json_path(&j, "Path", residue->path);
	json_number(&j, "Found", residue->found);
	json_number(&j, "Copies", residue->copies);
	json_number(&j, "Read", residue->read);
	json_number(&j, "Undecoded", residue->undecoded);
	json_number(&j, "LeftOut", residue->left_out);
	json_number(&j, "GivenUp", residue->given_up);
	end_item(&m->residue, &j, before);
}

void
manifest_add_notice(struct manifest *m, const struct notice *notice)
{
	size_t before;
	struct json j = begin_item(&m->notices, &before);

	json_text(&j, "Kind", slice_from_text(notice_kind_name(notice->kind)));
	if (notice->path.len)
		json_path(&j, "Path", notice->path);
	if (notice->has_offset) {
		json_number(&j, "Offset", notice->offset);
		json_number(&j, "Length", notice->len);
	}
	if (notice->has_number)
		json_number(&j, "RecordNumber", notice->number);
	if (notice->records)
		json_number(&j, "Records", notice->records);
	json_text(&j, "Reason", notice->reason);
	end_item(&m->notices, &j, before);
}

void
manifest_add_difference(struct manifest *m, const struct opinion_difference *difference)
{
	size_t before;
	struct json j = begin_item(&m->differences, &before);

	json_path(&j, "Path", difference->evidence);
	json_number(&j, "Offset", difference->offset);
	json_number(&j, "RecordId", difference->record_id);
	json_text(&j, "Field", difference->path);
	json_text(&j, "Direct", difference->ours);
	json_text(&j, "Libevtx", difference->theirs);
	end_item(&m->differences, &j, before);
}

/* ---- the whole ---- */

static void
write_invocation(struct json *j, const struct manifest_run *run)
{
	json_begin(j, "Program", '{');
	json_text(j, "Name", slice_from_text(run->program));
	json_text(j, "Version", slice_from_text(run->version));
	json_end(j, '}');
	json_text(j, "Command", slice_from_text(run->command));
	json_begin(j, "Arguments", '[');
	for (size_t i = 0; i < run->argument_count; i++)
		json_text(j, NULL, slice_from_text(run->arguments[i]));
	json_end(j, ']');
	json_begin(j, "Options", '{');
	for (size_t i = 0; i < run->option_count; i++)
		json_text(j, run->options[i].name, run->options[i].value);
	json_end(j, '}');
	json_text(j, "Sandbox", slice_from_text(jail_tier()));
}

static void
write_run(struct json *j, const struct manifest_run *run)
{
	json_begin(j, "Run", '{');
	json_time(j, "Start", run->start);
	json_time(j, "End", run->end);
	json_number(j, "Workers", run->summary->workers_started);
	json_end(j, '}');
	json_number(j, "ExitStatus", (uint64_t)run->status);
	json_bool(j, "Interrupted", run->summary->interrupted);
	if (run->failure)
		json_text(j, "Failure", slice_from_text(run->failure));
}

static void
write_totals(struct json *j, const struct scan_summary *s)
{
	const struct {
		const char *name;
		uint64_t value;
	} totals[] = {
		{ "Files", s->files },
		{ "FilesFailed", s->files_failed },
		{ "Skipped", s->skipped },
		{ "Bytes", s->bytes },
		{ "RecordsSeen", s->seen },
		{ "RecordsWritten", s->written },
		{ "RecordsLost", s->lost },
		{ "ResidueFound", s->residue_found },
		{ "ResidueCopies", s->residue_copies },
		{ "ResidualRead", s->residual },
		{ "ResidueUndecoded", s->residue_undecoded },
		{ "ResidueLeftOut", s->residue_left_out },
		{ "ResidueGivenUp", s->residue_given_up },
		{ "BlocksResidual", s->blocks_residual },
		{ "BlocksWhole", s->blocks_whole },
		{ "BlocksPartial", s->blocks_partial },
		{ "BlockConflicts", s->block_conflicts },
		{ "BlockParts", s->block_parts },
		{ "BlockDuplicates", s->block_duplicates },
		{ "BlockNotParts", s->block_not_parts },
		{ "Subjects", s->subjects },
		{ "Findings", s->findings },
		{ "Undecided", s->undecided },
		{ "OpenVerdicts", s->open_verdicts },
		{ "Losses", s->losses },
		{ "Limits", s->limits },
		{ "RulesWithoutLog", s->rules_without_log },
	};

	json_begin(j, "Totals", '{');
	for (size_t i = 0; i < ARRAY_LEN(totals); i++)
		json_number(j, totals[i].name, totals[i].value);
	json_begin(j, "FindingsByLevel", '{');
	for (size_t i = LEVEL_CRITICAL; i >= LEVEL_INFORMATIONAL; i--)
		json_number(j, rule_level_name((enum rule_level)i),
			s->findings_by_level[i] + (i == LEVEL_INFORMATIONAL ? s->findings_by_level[LEVEL_NONE] : 0));
	json_end(j, '}');
	json_end(j, '}');
}

static void
write_opinion_counts(struct json *j, const char *key, const struct opinion_counts *c)
{
	json_begin(j, key, '{');
	json_number(j, "Records", c->records);
	json_number(j, "Agree", c->kinds[OPINION_AGREES]);
	json_number(j, "AgreeButForKnownErrors", c->kinds[OPINION_KNOWN]);
	json_number(j, "RefusedAsKnown", c->kinds[OPINION_REFUSED]);
	json_number(j, "Refused", c->kinds[OPINION_NONE]);
	json_number(j, "Differ", c->kinds[OPINION_DIFFERS]);
	json_number(j, "Unheard", c->unheard);
	json_begin(j, "KnownErrors", '{');
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		if (c->known[i])
			json_number(j, known_error_name((enum known_error)i), c->known[i]);
	json_end(j, '}');
	json_end(j, '}');
}

static void
write_rules(struct json *j, const struct ruleset *rules, const uint8_t *met)
{
	json_begin(j, "Rules", '[');
	for (size_t i = 0; rules && i < ruleset_count(rules); i++) {
		const struct rule *rule = ruleset_rule(rules, i);

		json_begin(j, NULL, '{');
		json_path(j, "File", rule->file);
		json_number(j, "Line", rule->line);
		json_text(j, "Id", rule->id);
		json_text(j, "Title", rule->title);
		json_text(j, "State", slice_from_text(rule_state_name(rule->state)));
		if (rule->reason[0])
			json_text(j, "Reason", slice_from_text(rule->reason));
		if (met && rule->state == RULE_READY)
			json_bool(j, "Met", met[i]);
		json_digest(j, "Sha256", rule->sha256);
		json_end(j, '}');
	}
	json_end(j, ']');
}

void
manifest_channel_members(struct json *j, const struct channel_coverage *c)
{
	json_text(j, "Computer", c->computer);
	json_text(j, "Channel", c->channel);
	json_number(j, "Records", c->records);
	if (c->last_time) {
		json_time(j, "First", c->first_time);
		json_time(j, "Last", c->last_time);
	} else {
		json_null(j, "First");
		json_null(j, "Last");
	}
	if (c->has_id) {
		json_number(j, "FirstRecordId", c->first_id);
		json_number(j, "LastRecordId", c->last_id);
	} else {
		json_null(j, "FirstRecordId");
		json_null(j, "LastRecordId");
	}
	json_number(j, "DifferentRecordIds", c->different_ids);
	json_number(j, "MissingRecordIds", c->missing_ids);
	json_number(j, "BlocksWarning", c->blocks_warning);
	json_number(j, "BlocksVerbose", c->blocks_verbose);
	json_number(j, "ProcessCreations", c->processes);
	json_number(j, "ProcessCreationsWithCommandLine", c->processes_with_command_line);
	json_number(j, "Cleared", c->cleared);
}

static void
write_coverage(struct json *j, const struct coverage *coverage)
{
	json_begin(j, "Coverage", '[');
	for (size_t i = 0; coverage && i < coverage_count(coverage); i++) {
		json_begin(j, NULL, '{');
		manifest_channel_members(j, coverage_at(coverage, i));
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void
write_outputs(struct json *j, const struct manifest_run *run)
{
	json_begin(j, "Outputs", '[');
	for (size_t i = 0; i < run->output_count; i++) {
		const struct manifest_output *o = &run->outputs[i];

		json_begin(j, NULL, '{');
		json_path(j, "Path", o->path);
		json_bool(j, "Complete", o->complete);
		json_number(j, "Rows", o->rows);
		json_number(j, "Bytes", o->bytes);
		if (o->complete)
			json_digest(j, "Sha256", o->sha256);
		else
			json_null(j, "Sha256");
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void
write_collected(struct json *j, const char *key, const struct manifest_list *list, uint64_t more_left_out)
{
	char left_out[40];

	json_begin(j, key, '[');
	json_raw(j, buf_view(&list->items));
	json_end(j, ']');
	snprintf(left_out, sizeof(left_out), "%sLeftOut", key);
	json_number(j, left_out, list->left_out + more_left_out);
}

void
manifest_write(const struct manifest *m, const struct manifest_run *run, struct buf *out)
{
	struct json j = { .out = out, .pretty = true };

	json_begin(&j, NULL, '{');
	write_invocation(&j, run);
	write_run(&j, run);
	write_totals(&j, run->summary);
	write_outputs(&j, run);
	write_coverage(&j, run->summary->coverage);
	write_rules(&j, run->rules, run->summary->rules_met);
	write_collected(&j, "Inputs", &m->files, 0);
	write_collected(&j, "Residue", &m->residue, 0);
	write_collected(&j, "Notices", &m->notices, 0);
	write_opinion_counts(&j, "SecondOpinion", &run->summary->second);
	write_opinion_counts(&j, "Verified", &run->summary->verified);
	write_collected(&j, "Differences", &m->differences, run->summary->differences_left_out);
	json_end(&j, '}');
	buf_append_byte(out, '\n');
}
