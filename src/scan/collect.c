/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back from workers, frame by frame.  Nothing here looks into a text of evidence; every frame is checked
 * as if its sender had been taken over. */
#include "src/lib/digest.h"
#include "src/scan/partial.h"

bool
run_notice(struct run *run, const struct notice *notice, struct err *err)
{
	if (run->listener->partial && !partial_notice(run, notice, err))
		return false;
	return run->counting.notice(run->counting.context, notice, err);
}

static bool
lies(struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, 0, "the worker sent a %s that is not well formed", what);
}

/* The row's place in the order, from a finding or a block; its own place is that of its first part. */
static void
fill_key(struct order_key *key, const struct slice *column, const struct subject_part *parts, size_t count)
{
	const struct subject_part *first = &parts[0];

	for (size_t i = 1; i < count; i++) {
		const struct subject_part *p = &parts[i];

		if (p->evidence < first->evidence || (p->evidence == first->evidence && p->offset < first->offset))
			first = p;
	}
	key->computer = column[COLUMN_COMPUTER];
	key->channel = column[COLUMN_CHANNEL];
	key->record_id = parts[0].record_id;
	for (size_t i = 0; i < count; i++)
		key->residual |= (parts[i].flags & (RECORD_IS_RESIDUAL | RECORD_IS_HIDDEN)) != 0;
	key->evidence = first->evidence;
	key->offset = first->offset;
}

static bool
parts_are_sane(const struct run *run, const struct subject_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].evidence >= run->inputs.count)
			return false;
	return count > 0;
}

/* When its row is written the arena takes a copy of it, and Details besides: a finding that is so large decoded would fail there,
 * and no worker makes one (a finding has one long text, and 9 bytes of wire make 40 of any field). */
static bool
has_room_for_row(const struct arena *arena, struct slice payload)
{
	return payload.len <= (arena->limit - arena->used) / 3;
}

static bool
check_finding(struct run *run, struct slice payload, struct err *err)
{
	struct finding finding;

	arena_reset(&run->arena);
	if (!finding_decode(payload, &run->arena, &finding, err)) {
		bool is_large = err->code == ERR_NOMEM && !has_room_for_row(&run->arena, payload);

		return err->code == ERR_FORMAT || is_large ? lies(err, "finding") : false;
	}
	if (!has_room_for_row(&run->arena, payload))
		return lies(err, "finding");
	return (finding.rule < ruleset_count(run->options->rules) &&
		       parts_are_sane(run, finding.parts, finding.part_count)) ||
		lies(err, "finding");
}

static bool
collect_finding(struct run *run, struct slice payload, struct err *err)
{
	struct order_key key = { 0 };
	struct finding finding;

	arena_reset(&run->arena);
	if (!finding_peek(payload, &run->arena, &finding, err))
		return false;
	fill_key(&key, finding.column, finding.parts, finding.part_count);
	memcpy(key.id, finding.id, sizeof(key.id));
	key.time = finding.time;
	key.rule = finding.rule;
	run->rows++;
	return order_add(&run->order, &key, payload, err);
}

/* Two blocks are one when all but the place of their records is the same. */
static bool
block_id(const struct block_text *block, uint8_t id[static 16], struct buf *scratch, struct err *err)
{
	static const enum column identity[] = { COLUMN_COMPUTER, COLUMN_SCRIPT_BLOCK_ID, COLUMN_PARTS };
	uint8_t digest[DIGEST_LEN];

	buf_reset(scratch);
	for (size_t i = 0; i < ARRAY_LEN(identity); i++)
		buf_counted(scratch, block->column[identity[i]]);
	buf_counted(scratch, block->missing);
	buf_counted(scratch, block->text);
	if (scratch->failed || !digest_sha256(buf_view(scratch), digest))
		return err_nomem(err);
	memcpy(id, digest, 16);
	return true;
}

static bool
decode_block(struct run *run, struct slice payload, struct block_text *block, struct err *err)
{
	arena_reset(&run->arena);
	return (block_text_decode(payload, &run->arena, block) && parts_are_sane(run, block->parts, block->part_count)) ||
		lies(err, "script block");
}

static bool
collect_block(struct run *run, struct slice payload, struct err *err)
{
	struct order_key key = { 0 };
	struct block_text block;

	if (!decode_block(run, payload, &block, err))
		return false;
	fill_key(&key, block.column, block.parts, block.part_count);
	if (!block_id(&block, key.id, &run->text, err))
		return false;
	key.time = UINT64_MAX;
	for (size_t i = 0; i < block.part_count; i++)
		if (block.parts[i].time < key.time)
			key.time = block.parts[i].time;
	run->rows++;
	return order_add(&run->order, &key, payload, err);
}

static void
count_whole(struct run *run, bool residual)
{
	run->summary->blocks_whole++;
	run->summary->blocks_residual += residual;
}

static bool
collect_block_seen(struct run *run, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	uint64_t key = cursor_u64le(&in), text = cursor_u64le(&in);
	bool residual = cursor_u8(&in);

	if (in.bad)
		return lies(err, "script block's hash");
	switch (seen_add(&run->seen, key, text)) {
	case SEEN_NEW:
	case SEEN_UNKNOWN:
		count_whole(run, residual);
		break;
	case SEEN_AGAIN:
		run->summary->block_duplicates++;
		break;
	case SEEN_OTHER_TEXT:
		count_whole(run, residual);
		run->summary->block_conflicts++;
		break;
	}
	return true;
}

static bool
collect_notice(struct run *run, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct notice notice;

	if (!notice_decode(&in, &notice))
		return lies(err, "notice");
	if (notice.input > run->inputs.count)
		return lies(err, "notice");
	if (notice.input)
		notice.path = run->inputs.items[notice.input - 1].path;
	else
		notice.path = run->input ? run->input->path : SLICE_EMPTY;
	return run_notice(run, &notice, err);
}

static bool
collect_dump(struct run *run, struct slice payload, struct err *err)
{
	return !run->listener->dump || run->listener->dump(run->listener->context, payload, err);
}

static bool
collect_rules(struct run *run, struct slice payload)
{
	for (size_t i = 0; run->rules_with_log && i < payload.len && i < ruleset_count(run->options->rules); i++)
		run->rules_with_log[i] |= payload.ptr[i];
	return true;
}

static bool
is_part(const struct run *run, struct slice payload)
{
	struct cursor in = cursor_over(payload, 0);
	struct script_part part;

	return part_decode(&in, &part) && in.rest.len == 0 && part.record.number == part.number &&
		part.record.evidence < run->inputs.count;
}

/* What an empty coverage takes, a fuller one takes as well. */
static bool
check_coverage(struct run *run, struct slice payload, struct err *err)
{
	bool fine = coverage_merge(run->probe, payload, err);

	coverage_reset(run->probe);
	return fine || (err->code == ERR_FORMAT ? lies(err, "coverage") : false);
}

bool
collect_check(struct run *run, enum frame_type type, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	enum scan_mode mode = run->options->mode;
	struct block_text block;
	struct notice notice;

	switch (type) {
	case FRAME_PART:
		return is_part(run, payload) || lies(err, "part of a script block");
	case FRAME_FINDING:
		return mode == SCAN_FINDINGS ? check_finding(run, payload, err) : lies(err, "finding");
	case FRAME_CORRELATION:
		return (run->correlate && correlate_check(run, payload)) || lies(err, "event for a correlation");
	case FRAME_BLOCK:
		return mode == SCAN_BLOCKS ? decode_block(run, payload, &block, err) : lies(err, "block");
	case FRAME_BLOCK_SEEN:
		return payload.len == 17 || lies(err, "script block's hash");
	case FRAME_NOTICE:
		return (notice_decode(&in, &notice) && notice.input <= run->inputs.count) || lies(err, "notice");
	case FRAME_DUMP:
		return mode == SCAN_DUMP || mode == SCAN_EXPLAIN || lies(err, "record");
	case FRAME_SURVEY:
		return residue_survey_is_sound(payload) || lies(err, "survey");
	case FRAME_TEMPLATE:
		return residue_template_is_sound(payload) || lies(err, "template");
	case FRAME_COVERAGE:
		return check_coverage(run, payload, err);
	case FRAME_RULES:
		return mode == SCAN_FINDINGS || mode == SCAN_EXPLAIN || lies(err, "list of rules");
	case FRAME_JOB_FILE:
	case FRAME_JOB_BLOCK:
	case FRAME_JOB_BLOCK_PLAIN:
	case FRAME_JOB_OPINION:
	case FRAME_OPINION:
	case FRAME_EXHIBIT:
	case FRAME_JOB_HASH:
	case FRAME_JOB_RESIDUE:
	case FRAME_JOB_FACTS:
	case FRAME_ALIVE:
	case FRAME_HEADER:
	case FRAME_VERDICT:
	case FRAME_DIGEST:
	case FRAME_CHUNK:
	case FRAME_DONE:
	case FRAME_FAILED:
		break;
	}
	return lies(err, "message");
}

static uint32_t
input_index(const struct run *run)
{
	return run->input ? (uint32_t)(run->input - run->inputs.items) : 0;
}

bool
collect_frame(struct run *run, enum frame_type type, struct slice payload, struct err *err)
{
	switch (type) {
	case FRAME_PART:
		return joiner_add(run->joiner, payload, err);
	case FRAME_FINDING:
		return collect_finding(run, payload, err);
	case FRAME_CORRELATION:
		return correlate_take(run, payload, err);
	case FRAME_BLOCK:
		return collect_block(run, payload, err);
	case FRAME_BLOCK_SEEN:
		return collect_block_seen(run, payload, err);
	case FRAME_NOTICE:
		return collect_notice(run, payload, err);
	case FRAME_DUMP:
		return collect_dump(run, payload, err);
	case FRAME_SURVEY:
		return residue_pool_add_survey(&run->residue, input_index(run), payload, err);
	case FRAME_TEMPLATE:
		return residue_pool_add_template(&run->residue, input_index(run), payload, err);
	case FRAME_COVERAGE:
		return coverage_merge(run->summary->coverage, payload, err);
	case FRAME_RULES:
		return collect_rules(run, payload);
	case FRAME_JOB_FILE:
	case FRAME_JOB_BLOCK:
	case FRAME_JOB_BLOCK_PLAIN:
	case FRAME_JOB_HASH:
	case FRAME_JOB_RESIDUE:
	case FRAME_JOB_FACTS:
	case FRAME_JOB_OPINION:
	case FRAME_OPINION:
	case FRAME_EXHIBIT:
	case FRAME_ALIVE:
	case FRAME_HEADER:
	case FRAME_VERDICT:
	case FRAME_DIGEST:
	case FRAME_CHUNK:
	case FRAME_DONE:
	case FRAME_FAILED:
		break;
	}
	return lies(err, "message");
}
