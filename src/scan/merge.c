/* SPDX-License-Identifier: Apache-2.0 */
/* Merging partial results (partial.h): one pass over each file finds its logs and proves it whole, then the logs of all
 * are taken in order. */
#include "src/scan/merge.h"

#include "base/limits.h"
#include "src/subject/correlated.h"

#include <stdlib.h>

/* Where the first pass stands in the opinions of one partial result. */
struct opinions_pass {
	size_t next_log;  /* opinions of this one or a later one may follow */
	bool begun;       /* after them no log begins */
	bool has_row;
	struct opinion_row last; /* of the log before next_log; its bytes are gone */
};

/* --- of the same run --- */

static bool
check_head(const struct run *run, const struct partial *p, struct slice payload, struct err *err)
{
	const struct scan_options *o = run->options;
	struct cursor in = cursor_over(payload, 0);
	uint32_t version = cursor_u32le(&in), count;
	struct slice program = cursor_counted(&in), settings, rules;
	uint8_t own[DIGEST_LEN];
	bool same, residual, facts;

	if (in.bad)
		return partial_is_damaged(p, err);
	if (version != PARTIAL_VERSION || !slice_eq(program, slice_from_text(PACKAGE_VERSION)))
		return err_set(err, ERR_FORMAT, 0, "%.120s: made by another version of the program", p->path);
	same = cursor_u8(&in) == (uint8_t)o->reader;
	same &= cursor_u8(&in) == o->verify;
	residual = cursor_u8(&in);
	facts = cursor_u8(&in);
	same &= cursor_u8(&in) == o->carve;
	same &= cursor_u64le(&in) == o->from;
	same &= cursor_u64le(&in) == o->to;
	count = cursor_u32le(&in);
	same &= count == o->event_id_count;
	for (uint32_t i = 0; same && i < count; i++)
		same = cursor_u32le(&in) == o->event_ids[i];
	if (!same)
		return err_set(err, ERR_FORMAT, 0,
			"%.90s: made with another --reader, --verify, --carve, --from, --to or --include-eid than this one asks for",
			p->path);
	if ((o->residual && !residual) || (o->facts && !facts))
		return err_set(err, ERR_FORMAT, 0, "%.120s: made with --residual no, which merge must be given, too", p->path);
	settings = cursor_take(&in, DIGEST_LEN);
	rules = cursor_take(&in, DIGEST_LEN);
	if (in.bad || in.rest.len)
		return partial_is_damaged(p, err);
	if (memcmp(ruleset_settings(o->rules), settings.ptr, DIGEST_LEN) != 0)
		return err_set(err, ERR_FORMAT, 0, "%.120s: made with another --mapping or --expand than this one asks for", p->path);
	if (!partial_rules(o->rules, own))
		return err_nomem(err);
	return memcmp(own, rules.ptr, DIGEST_LEN) == 0 ||
		err_set(err, ERR_FORMAT, 0, "%.120s: made with other rules than these; -r must name the same", p->path);
}

/* --- the first pass --- */

static bool
add_log(struct merge *m, size_t partial, uint64_t at, size_t first, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct merged_log log = { .partial = partial, .at = at };

	log.index = cursor_u32le(&in);
	log.path = cursor_counted(&in);
	log.is_standard_input = cursor_u8(&in);
	log.carve = cursor_u8(&in);
	if (in.bad || in.rest.len || (m->log_count > first && m->logs[m->log_count - 1].index >= log.index))
		return partial_is_damaged(&m->partials[partial], err);
	if (m->log_count >= LIMIT_INPUTS)
		return err_set(err, ERR_LIMIT, 0, "more than %d files of evidence", LIMIT_INPUTS);
	if (m->log_count == m->log_capacity) {
		size_t capacity = m->log_capacity ? m->log_capacity * 2 : 64;
		struct merged_log *grown = reallocarray(m->logs, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		m->logs = grown;
		m->log_capacity = capacity;
	}
	if (!arena_copy(&m->run->inputs.names, log.path, &log.path))
		return err_nomem(err);
	m->logs[m->log_count++] = log;
	return true;
}

static bool
add_early(struct merge *m, const struct partial *p, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct slice path = cursor_counted(&in);
	struct notice notice;

	if (!notice_decode(&in, &notice))
		return partial_is_damaged(p, err);
	notice.path = path;
	return early_add(&m->early, &notice, err);
}

static bool
check_end(struct partial *p, struct slice payload, struct err *err)
{
	uint8_t sum[DIGEST_LEN];
	struct digest *digest = p->digest;

	p->digest = NULL;
	if (!digest_end(digest, sum))
		return err_nomem(err);
	return (payload.len == DIGEST_LEN && memcmp(payload.ptr, sum, DIGEST_LEN) == 0 && p->at == p->size) || partial_is_damaged(p, err);
}

/* Which rows may stand in this run's partial results. */
static bool
row_is_asked_for(const struct run *run, const struct opinion_row *row)
{
	return opinion_row_is_listed(row) ? run->options->reader == SCAN_READER_AUTO : run->options->verify;
}

static bool
rows_are_sound(const struct run *run, struct opinions_pass *pass, struct cursor *in)
{
	while (in->rest.len) {
		struct opinion_row row;
		int order;

		if (!opinion_row_decode(in, &row) || !row_is_asked_for(run, &row))
			return false;
		order = opinion_row_is_listed(&pass->last) - opinion_row_is_listed(&row);
		order = order ? order : (row.place > pass->last.place) - (row.place < pass->last.place);
		if (pass->has_row && order <= 0)
			return false;
		pass->last = row;
		pass->has_row = true;
	}
	return true;
}

/* Opinions stand in the order of logs, which stand in the order of their index. */
static bool
find_opinions(struct merge *m, struct opinions_pass *pass, uint64_t at, struct slice payload)
{
	struct cursor in = cursor_over(payload, 0);
	uint32_t index = cursor_u32le(&in);
	size_t i = pass->next_log;

	pass->begun = true;
	if (in.bad || in.rest.len == 0)
		return false;
	while (i < m->log_count && m->logs[i].index < index)
		i++;
	if (i == m->log_count || m->logs[i].index != index)
		return false;
	if (!m->logs[i].opinions_at) {
		m->logs[i].opinions_at = at;
		pass->has_row = false;
	}
	pass->next_log = i;
	return rows_are_sound(m->run, pass, &in);
}

/* Which rules had their log source, in all of the partial result.  That of facts counts where facts do. */
static bool
take_rules(struct run *run, const struct partial *p, struct slice payload, struct err *err)
{
	bool facts = payload.len && payload.ptr[0];

	if (payload.len != ruleset_count(run->options->rules) + 1)
		return partial_is_damaged(p, err);
	return (facts && !run->options->facts) || collect_frame(run, FRAME_RULES, slice_sub(payload, 1, SIZE_MAX), err);
}

struct first_pass {
	bool in_log;
	struct behind_pass behind;
	struct opinions_pass opinions;
};

/* A frame where it may stand: logs, then what the second pass gave of them, then opinions. */
static bool
find_frame(struct merge *m, struct partial *p, struct first_pass *pass, uint64_t at, unsigned type, struct slice payload,
	struct err *err)
{
	bool outside = !pass->in_log && !pass->behind.inside;
	struct cursor in = cursor_over(payload, 0);
	struct log_totals totals;

	switch (type) {
	case PARTIAL_LOG:
		pass->in_log = true;
		return (outside && !pass->behind.begun && !pass->opinions.begun) ?
			add_log(m, (size_t)(p - m->partials), at, pass->opinions.next_log, payload, err) : partial_is_damaged(p, err);
	case PARTIAL_LOG_END:
		if (!pass->in_log || !file_summary_decode(&in, &m->logs[m->log_count - 1].file, &totals))
			return partial_is_damaged(p, err);
		pass->in_log = false;
		return true;
	case PARTIAL_NOTICE:
		return !outside || add_early(m, p, payload, err);
	case PARTIAL_RULES:
		return outside ? take_rules(m->run, p, payload, err) : partial_is_damaged(p, err);
	case PARTIAL_OPINIONS:
		return (outside && find_opinions(m, &pass->opinions, at, payload)) || partial_is_damaged(p, err);
	default:
		if (pass->in_log && partial_frame_type(type))
			return true;
		return (!pass->in_log && !pass->opinions.begun && merge_check_behind(m, &pass->behind, at, type, payload)) ||
			partial_is_damaged(p, err);
	}
}

static bool
find_logs(struct merge *m, size_t index, struct err *err)
{
	struct partial *p = &m->partials[index];
	struct first_pass pass = { .behind.next_log = m->log_count, .opinions.next_log = m->log_count };
	struct slice payload;
	unsigned type;

	p->digest = digest_new();
	if (!p->digest || !digest_add(p->digest, slice_from(partial_signature, PARTIAL_SIGNATURE)))
		return err_nomem(err);
	if (!partial_read(p, &type, &payload, err))
		return false;
	if (type != PARTIAL_HEAD)
		return partial_is_damaged(p, err);
	if (!check_head(m->run, p, payload, err))
		return false;
	for (;;) {
		uint64_t at = p->at;

		if (run_stop_asked(m->run) || !partial_read(p, &type, &payload, err))
			return false;
		if (type == PARTIAL_END)
			return pass.in_log || pass.behind.inside ? partial_is_damaged(p, err) : check_end(p, payload, err);
		if (!find_frame(m, p, &pass, at, type, payload, err))
			return false;
	}
}

/* --- all logs, in the order of one run --- */

static int
compare_logs(const void *a, const void *b)
{
	const struct merged_log *x = a, *y = b;
	int order = (x->is_standard_input > y->is_standard_input) - (x->is_standard_input < y->is_standard_input);

	order = order ? order : slice_cmp(x->path, y->path);
	order = order ? order : memcmp(x->file.sha256, y->file.sha256, sizeof(x->file.sha256));
	return order ? order : (x->file.size > y->file.size) - (x->file.size < y->file.size);
}

static bool
is_double(const struct merged_log *a, const struct merged_log *b)
{
	return compare_logs(a, b) == 0 && a->file.has_sha256 && b->file.has_sha256 && !a->is_standard_input;
}

static bool
make_inputs(struct merge *m, struct err *err)
{
	struct inputs *in = &m->run->inputs;
	size_t kept = 0;

	if (m->log_count)
		qsort(m->logs, m->log_count, sizeof(*m->logs), compare_logs);
	for (size_t i = 0; i < m->log_count; i++) {
		struct notice notice = { .kind = NOTICE_SKIPPED, .path = m->logs[i].path,
			.reason = SLICE("the same file as one already named") };

		if (!kept || !is_double(&m->logs[kept - 1], &m->logs[i]))
			m->logs[kept++] = m->logs[i];
		else if (!early_add(&m->early, &notice, err))
			return false;
	}
	m->log_count = kept;
	in->items = calloc(kept + 1, sizeof(*in->items));
	if (!in->items)
		return err_nomem(err);
	for (size_t i = 0; i < kept; i++) {
		in->items[i] = (struct input){ .path = m->logs[i].path, .size = m->logs[i].file.size, .carve = m->logs[i].carve,
			.fd = -1 };
		m->run->bytes_total += m->logs[i].file.size;
	}
	in->count = kept;
	return true;
}

bool
merge_take_notice(struct merge *m, const struct partial *p, const struct merged_log *log, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct slice path = cursor_counted(&in);
	struct notice notice;

	if (!notice_decode(&in, &notice) || (notice.input && notice.input != log->index + 1))
		return partial_is_damaged(p, err);
	notice.input = 0;
	notice.path = slice_eq(path, log->path) ? log->path : path;
	return run_notice(m->run, &notice, err);
}

/* Records in it are of this log, whose index is another one here. */
static bool
move_frame(const struct merge *m, enum frame_type type, struct buf *frame, uint32_t from, uint32_t to)
{
	uint8_t *payload = frame->ptr + 1;
	size_t len = frame->len - 1;

	if (type == FRAME_PART)
		return part_move(payload, len, from, to);
	if (type == FRAME_FINDING)
		return finding_move(payload, len, from, to);
	if (type == FRAME_CORRELATION)
		return correlated_input_move(payload, len, m->run->options->rules, from, to);
	return true;
}

bool
merge_take_frame(struct merge *m, struct partial *p, const struct merged_log *log, uint32_t index, enum frame_type type,
	struct err *err)
{
	struct slice bytes = slice_sub(buf_view(&p->frame), 1, SIZE_MAX);

	bool second_pass = m->run->options->residual || m->run->options->facts;

	if ((type == FRAME_SURVEY || type == FRAME_TEMPLATE) && !second_pass)
		return true;
	if (!move_frame(m, type, &p->frame, log->index, index))
		return partial_is_damaged(p, err);
	if (!collect_check(m->run, type, bytes, err))
		return err->code == ERR_FORMAT ? partial_is_damaged(p, err) : false;
	return collect_frame(m->run, type, bytes, err);
}

/* All that its partial result says of the log's records, for when findings are known. */
static bool
take_opinions(struct merge *m, struct partial *p, const struct merged_log *log, uint32_t evidence, struct err *err)
{
	struct opinion_row row;
	struct slice payload;
	unsigned type;

	if (!log->opinions_at)
		return true;
	for (p->at = log->opinions_at;;) {
		struct cursor in;

		if (!partial_read(p, &type, &payload, err))
			return false;
		in = cursor_over(payload, 0);
		if (type != PARTIAL_OPINIONS || cursor_u32le(&in) != log->index)
			return true;
		while (in.rest.len) {
			if (!opinion_row_decode(&in, &row))
				return partial_is_damaged(p, err);
			if (!opinions_add_row(&m->run->opinions, evidence, &row, err))
				return false;
		}
	}
}

static bool
take_log(struct merge *m, size_t index, struct err *err)
{
	const struct merged_log *log = &m->logs[index];
	struct partial *p = merge_use(m, log->partial, err);
	struct log_totals totals = { 0 };
	struct slice payload;
	unsigned type;

	if (!p)
		return false;
	p->at = log->at;
	m->run->input = &m->run->inputs.items[index];
	if (!partial_read(p, &type, &payload, err))
		return false;
	for (;;) {
		struct file_summary file = { .path = log->path };
		struct cursor in;

		if (!partial_read(p, &type, &payload, err))
			return false;
		in = cursor_over(payload, 0);
		if (type == PARTIAL_LOG_END)
			return (file_summary_decode(&in, &file, &totals) || partial_is_damaged(p, err)) &&
				commit_file(m->run, &file, &totals, err) && take_opinions(m, p, log, (uint32_t)index, err);
		if (!(type == PARTIAL_NOTICE ? merge_take_notice(m, p, log, payload, err) :
			merge_take_frame(m, p, log, (uint32_t)index, (enum frame_type)partial_frame_type(type), err)))
			return false;
	}
}

static bool
merge_all(struct merge *m, struct err *err)
{
	for (size_t i = 0; i < m->run->options->path_count; i++, m->partial_count++)
		m->partials[i] = (struct partial){ .path = m->run->options->paths[i], .fd = -1 };
	for (size_t i = 0; i < m->partial_count; i++)
		if (!merge_use(m, i, err) || !find_logs(m, i, err))
			return false;
	if (!make_inputs(m, err))
		return false;
	early_sort(&m->early);
	for (size_t i = 0; i < m->early.count; i++)
		if (!run_notice(m->run, &m->early.items[i], err))
			return false;
	for (size_t i = 0; i < m->log_count; i++)
		if (run_stop_asked(m->run) || !take_log(m, i, err))
			return false;
	m->run->next_input = m->run->inputs.count; /* all of them are read */
	return true;
}

struct partial *
merge_use(struct merge *m, size_t partial, struct err *err)
{
	struct partial *p = &m->partials[partial];

	if (m->open == p)
		return p;
	if (m->open)
		partial_close(m->open);
	m->open = p;
	return partial_open(p, p->path, err) ? p : NULL;
}

bool
merge_partials(struct run *run, struct err *err)
{
	struct merge *m = calloc(1, sizeof(*m));

	if (!m)
		return err_nomem(err);
	run->merge = m;
	early_init(&m->early);
	arena_init(&run->inputs.names, (size_t)1 << 30);
	m->run = run;
	m->partials = calloc(run->options->path_count + 1, sizeof(*m->partials));
	return m->partials ? merge_all(m, err) : err_nomem(err);
}

void
merge_free(struct merge *m)
{
	if (!m)
		return;
	if (m->open)
		partial_close(m->open);
	free(m->partials);
	free(m->logs);
	early_fini(&m->early);
	free(m);
}
