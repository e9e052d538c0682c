/* SPDX-License-Identifier: Apache-2.0 */
/* Merging partial results (partial.h): one pass over each file finds its logs and proves it whole, then the logs of all
 * are taken in order. */
#include "base/limits.h"
#include "src/scan/early.h"
#include "src/scan/partial.h"
#include "src/subject/correlated.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* One partial result, open. */
struct partial {
	const char *path;
	int fd;
	uint64_t size, at; /* at: of the next frame */
	struct buf frame;  /* of the last one read: type and payload */
	struct digest *digest; /* of everything read; NULL: not wanted */
};

/* One log in it. */
struct log {
	size_t partial;
	uint64_t at;
	uint32_t index; /* there */
	struct slice path;
	bool is_standard_input;
	struct file_summary file;
	uint64_t opinions_at; /* of the first frame of opinions; 0: there is none */
};

/* Where the first pass stands in the opinions of one partial result. */
struct opinions_pass {
	size_t next_log;  /* opinions of this one or a later one may follow */
	bool begun;       /* after them no log begins */
	bool has_row;
	struct opinion_row last; /* of the log before next_log; its bytes are gone */
};

struct merge {
	struct run *run;
	struct partial *partials;
	size_t partial_count;
	struct log *logs;
	size_t log_count, log_capacity;
	struct early early;
};

static bool
damaged(const struct partial *p, struct err *err)
{
	return err_set(err, ERR_FORMAT, p->at, "%.120s: no partial result, or damaged (at %llu)", p->path,
		(unsigned long long)p->at);
}

/* --- frames --- */

static bool
read_bytes(struct partial *p, uint8_t *out, size_t len, struct err *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(p->fd, out + done, len - done, (off_t)(p->at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, p->at, "%.120s: cannot read", p->path);
		if (n == 0)
			return damaged(p, err);
		done += (size_t)n;
	}
	p->at += len;
	return true;
}

static bool
read_frame(struct partial *p, unsigned *type, struct slice *payload, struct err *err)
{
	uint8_t head[4], *room;
	uint32_t len;

	if (p->size - p->at < FRAME_HEAD)
		return damaged(p, err);
	if (!read_bytes(p, head, sizeof(head), err))
		return false;
	len = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
	if (len < 1 || len > LIMIT_MESSAGE || len > p->size - p->at)
		return damaged(p, err);
	buf_reset(&p->frame);
	room = buf_reserve(&p->frame, len);
	if (!room)
		return err_nomem(err);
	if (!read_bytes(p, room, len, err))
		return false;
	p->frame.len = len;
	*type = room[0];
	*payload = slice_from(room + 1, len - 1);
	if (!p->digest || *type == PARTIAL_END)
		return true;
	return (digest_add(p->digest, slice_from(head, sizeof(head))) && digest_add(p->digest, buf_view(&p->frame))) ||
		err_nomem(err);
}

static bool
open_partial(struct partial *p, const char *path, struct err *err)
{
	uint8_t signature[PARTIAL_SIGNATURE];
	struct stat st;

	*p = (struct partial){ .path = path, .fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) };
	buf_init(&p->frame, LIMIT_MESSAGE);
	if (p->fd < 0 || fstat(p->fd, &st) != 0)
		return err_set_errno(err, 0, "%.120s: cannot open", path);
	p->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (p->size < PARTIAL_SIGNATURE)
		return damaged(p, err);
	if (!read_bytes(p, signature, sizeof(signature), err))
		return false;
	if (memcmp(signature, partial_signature, sizeof(signature)) != 0) {
		p->at = 0;
		return damaged(p, err);
	}
	p->digest = digest_new();
	return p->digest ? digest_add(p->digest, slice_from(signature, sizeof(signature))) || err_nomem(err) : err_nomem(err);
}

static void
close_partial(struct partial *p)
{
	if (p->fd >= 0)
		close(p->fd);
	buf_fini(&p->frame);
	digest_free(p->digest);
}

/* --- of the same run --- */

static bool
check_head(const struct run *run, const struct partial *p, struct slice payload, struct err *err)
{
	const struct scan_options *o = run->options;
	struct cursor in = cursor_over(payload, 0);
	uint32_t version = cursor_u32le(&in), count;
	struct slice program = cursor_counted(&in), settings, rules;
	uint8_t own[DIGEST_LEN];
	bool same;

	if (in.bad)
		return damaged(p, err);
	if (version != PARTIAL_VERSION || !slice_eq(program, slice_from_text(PACKAGE_VERSION)))
		return err_set(err, ERR_FORMAT, 0, "%.120s: made by another version of the program", p->path);
	same = cursor_u8(&in) == (uint8_t)o->reader;
	same &= cursor_u8(&in) == o->verify;
	same &= cursor_u64le(&in) == o->from;
	same &= cursor_u64le(&in) == o->to;
	count = cursor_u32le(&in);
	same &= count == o->event_id_count;
	for (uint32_t i = 0; same && i < count; i++)
		same = cursor_u32le(&in) == o->event_ids[i];
	if (!same)
		return err_set(err, ERR_FORMAT, 0,
			"%.90s: made with another --reader, --verify, --from, --to or --include-eid than this one asks for", p->path);
	settings = cursor_take(&in, DIGEST_LEN);
	rules = cursor_take(&in, DIGEST_LEN);
	if (in.bad || in.rest.len)
		return damaged(p, err);
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
	struct log log = { .partial = partial, .at = at };

	log.index = cursor_u32le(&in);
	log.path = cursor_counted(&in);
	log.is_standard_input = cursor_u8(&in);
	if (in.bad || in.rest.len || (m->log_count > first && m->logs[m->log_count - 1].index >= log.index))
		return damaged(&m->partials[partial], err);
	if (m->log_count >= LIMIT_INPUTS)
		return err_set(err, ERR_LIMIT, 0, "more than %d files of evidence", LIMIT_INPUTS);
	if (m->log_count == m->log_capacity) {
		size_t capacity = m->log_capacity ? m->log_capacity * 2 : 64;
		struct log *grown = reallocarray(m->logs, capacity, sizeof(*grown));

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
		return damaged(p, err);
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
	return (payload.len == DIGEST_LEN && memcmp(payload.ptr, sum, DIGEST_LEN) == 0 && p->at == p->size) || damaged(p, err);
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

static bool
find_logs(struct merge *m, size_t index, struct err *err)
{
	struct partial *p = &m->partials[index];
	struct opinions_pass pass = { .next_log = m->log_count };
	bool in_log = false, fine;
	struct slice payload;
	unsigned type;

	if (!read_frame(p, &type, &payload, err))
		return false;
	if (type != PARTIAL_HEAD)
		return damaged(p, err);
	if (!check_head(m->run, p, payload, err))
		return false;
	for (;;) {
		uint64_t at = p->at;
		struct log_totals totals;
		struct cursor in;

		if (run_stop_asked(m->run) || !read_frame(p, &type, &payload, err))
			return false;
		in = cursor_over(payload, 0);
		if (type == PARTIAL_END)
			return in_log ? damaged(p, err) : check_end(p, payload, err);
		if (type == PARTIAL_LOG)
			fine = in_log || pass.begun ? damaged(p, err) : add_log(m, index, at, pass.next_log, payload, err);
		else if (type == PARTIAL_LOG_END)
			fine = (in_log && file_summary_decode(&in, &m->logs[m->log_count - 1].file, &totals)) || damaged(p, err);
		else if (type == PARTIAL_NOTICE)
			fine = in_log || add_early(m, p, payload, err);
		else if (type == PARTIAL_OPINIONS)
			fine = (!in_log && find_opinions(m, &pass, at, payload)) || damaged(p, err);
		else
			fine = (in_log && partial_frame_type(type)) || damaged(p, err);
		if (!fine)
			return false;
		in_log = type == PARTIAL_LOG || (in_log && type != PARTIAL_LOG_END);
	}
}

/* --- all logs, in the order of one run --- */

static int
compare_logs(const void *a, const void *b)
{
	const struct log *x = a, *y = b;
	int order = (x->is_standard_input > y->is_standard_input) - (x->is_standard_input < y->is_standard_input);

	order = order ? order : slice_cmp(x->path, y->path);
	order = order ? order : memcmp(x->file.sha256, y->file.sha256, sizeof(x->file.sha256));
	return order ? order : (x->file.size > y->file.size) - (x->file.size < y->file.size);
}

static bool
is_double(const struct log *a, const struct log *b)
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
		in->items[i] = (struct input){ .path = m->logs[i].path, .size = m->logs[i].file.size, .fd = -1 };
		m->run->bytes_total += m->logs[i].file.size;
	}
	in->count = kept;
	return true;
}

static bool
take_notice(struct merge *m, const struct partial *p, const struct log *log, struct slice payload, struct err *err)
{
	struct cursor in = cursor_over(payload, 0);
	struct slice path = cursor_counted(&in);
	struct notice notice;

	if (!notice_decode(&in, &notice) || (notice.input && notice.input != log->index + 1))
		return damaged(p, err);
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

static bool
take_frame(struct merge *m, struct partial *p, const struct log *log, uint32_t index, enum frame_type type, struct err *err)
{
	struct slice bytes = slice_sub(buf_view(&p->frame), 1, SIZE_MAX);

	if (!move_frame(m, type, &p->frame, log->index, index))
		return damaged(p, err);
	if (!collect_check(m->run, type, bytes, err))
		return err->code == ERR_FORMAT ? damaged(p, err) : false;
	return collect_frame(m->run, type, bytes, err);
}

/* All that its partial result says of the log's records, for when findings are known. */
static bool
take_opinions(struct merge *m, struct partial *p, const struct log *log, uint32_t evidence, struct err *err)
{
	struct opinion_row row;
	struct slice payload;
	unsigned type;

	if (!log->opinions_at)
		return true;
	for (p->at = log->opinions_at;;) {
		struct cursor in;

		if (!read_frame(p, &type, &payload, err))
			return false;
		in = cursor_over(payload, 0);
		if (type != PARTIAL_OPINIONS || cursor_u32le(&in) != log->index)
			return true;
		while (in.rest.len) {
			if (!opinion_row_decode(&in, &row))
				return damaged(p, err);
			if (!opinions_add_row(&m->run->opinions, evidence, &row, err))
				return false;
		}
	}
}

static bool
take_log(struct merge *m, size_t index, struct err *err)
{
	const struct log *log = &m->logs[index];
	struct partial *p = &m->partials[log->partial];
	struct log_totals totals = { 0 };
	struct slice payload;
	unsigned type;

	p->at = log->at;
	m->run->input = &m->run->inputs.items[index];
	if (!read_frame(p, &type, &payload, err))
		return false;
	for (;;) {
		struct file_summary file = { .path = log->path };
		struct cursor in;

		if (!read_frame(p, &type, &payload, err))
			return false;
		in = cursor_over(payload, 0);
		if (type == PARTIAL_LOG_END)
			return (file_summary_decode(&in, &file, &totals) || damaged(p, err)) &&
				commit_file(m->run, &file, &totals, err) && take_opinions(m, p, log, (uint32_t)index, err);
		if (!(type == PARTIAL_NOTICE ? take_notice(m, p, log, payload, err) :
			take_frame(m, p, log, (uint32_t)index, (enum frame_type)partial_frame_type(type), err)))
			return false;
	}
}

/* Copies of live events and templates may be anywhere in the evidence, so residue needs all of it at hand. */
static bool
tell_no_residue(struct merge *m, struct err *err)
{
	struct notice notice = { .kind = NOTICE_LIMIT,
		.reason = SLICE("residual records and facts of logs are left out: partial results do not hold them") };

	return !m->run->options->lacks_residue || run_notice(m->run, &notice, err);
}

static bool
merge_all(struct merge *m, struct err *err)
{
	for (size_t i = 0; i < m->run->options->path_count; i++) {
		m->partial_count++;
		if (!open_partial(&m->partials[i], m->run->options->paths[i], err) || !find_logs(m, i, err))
			return false;
	}
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
	return tell_no_residue(m, err);
}

bool
merge_partials(struct run *run, struct err *err)
{
	struct merge m = { .run = run, .partials = calloc(run->options->path_count + 1, sizeof(*m.partials)) };
	bool done;

	early_init(&m.early);
	arena_init(&run->inputs.names, (size_t)1 << 30);
	done = m.partials ? merge_all(&m, err) : err_nomem(err);
	for (size_t i = 0; i < m.partial_count; i++)
		close_partial(&m.partials[i]);
	free(m.partials);
	free(m.logs);
	early_fini(&m.early);
	return done;
}
