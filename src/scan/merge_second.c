/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass of a merge.  Facts of a log were judged where the log is, so what came of them is taken as it is.  Residue
 * is decoded here, as in one run, since all templates and live records are known here; its bytes stand in the partial
 * result, and workers read them out of there. */
#include "src/scan/merge.h"

#include "base/limits.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { RANGES_MOST = LIMIT_RESIDUE }; /* of a log: each begins with a chunk of a record that is looked at */

/* --- the first pass over the file --- */

static bool
begins_soundly(struct merge *m, struct behind_pass *pass, uint64_t at, struct slice payload)
{
	struct cursor in = cursor_over(payload, 0);
	uint32_t index = cursor_u32le(&in);
	size_t i = pass->next_log;

	while (i < m->log_count && m->logs[i].index < index)
		i++;
	if (in.bad || in.rest.len || i == m->log_count || m->logs[i].index != index)
		return false;
	m->logs[i].behind_at = at;
	pass->next_log = i + 1;
	pass->begun = pass->inside = true;
	pass->ranges = 0;
	return true;
}

static bool
range_decode(struct slice start, uint64_t len, const struct merged_log *log, struct bytes_range *range)
{
	struct cursor in = cursor_over(start, 0);

	range->offset = cursor_u64le(&in);
	if (in.bad || len <= PARTIAL_RANGE_HEAD || len - PARTIAL_RANGE_HEAD > PARTIAL_RANGE_MAX)
		return false;
	range->len = (uint32_t)(len - PARTIAL_RANGE_HEAD);
	return range->offset <= log->file.size && range->len <= log->file.size - range->offset;
}

static bool
range_is_sound(const struct merge *m, struct behind_pass *pass, struct slice payload)
{
	struct bytes_range range;

	if (!range_decode(payload, payload.len, &m->logs[pass->next_log - 1], &range) || pass->ranges >= RANGES_MOST ||
		(pass->ranges && range.offset <= pass->last_range))
		return false;
	pass->ranges++;
	pass->last_range = range.offset;
	return true;
}

static bool
end_decode(struct slice payload, uint64_t *open_verdicts, bool *opened, struct slice *why)
{
	struct cursor in = cursor_over(payload, 0);

	*open_verdicts = cursor_u64le(&in);
	*opened = cursor_u8(&in);
	*why = cursor_counted(&in);
	return !in.bad && in.rest.len == 0 && payload.len < PARTIAL_START && (*opened || why->len);
}

bool
merge_check_behind(struct merge *m, struct behind_pass *pass, uint64_t at, unsigned type, struct slice payload)
{
	uint64_t open_verdicts;
	struct slice why;
	bool opened;

	if (!pass->inside)
		return type == PARTIAL_BEHIND && begins_soundly(m, pass, at, payload);
	if (type == PARTIAL_BYTES)
		return range_is_sound(m, pass, payload);
	if (type == PARTIAL_BEHIND_END) {
		pass->inside = false;
		return end_decode(payload, &open_verdicts, &opened, &why);
	}
	return !pass->ranges && (type == PARTIAL_FINDING || type == PARTIAL_CORRELATION || type == PARTIAL_COVERAGE);
}

/* --- a log again --- */

static const struct merged_log *
log_of(const struct merge *m, const struct evidence *e)
{
	return &m->logs[e->index];
}

static bool
add_range(struct evidence *e, const struct bytes_range *range, struct err *err)
{
	size_t count = e->range_count;

	if (count == 0 || (count >= 16 && (count & (count - 1)) == 0)) {
		size_t capacity = count < 16 ? 16 : count * 2;
		struct bytes_range *grown = reallocarray(e->ranges, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		e->ranges = grown;
	}
	e->ranges[e->range_count++] = *range;
	return true;
}

static bool
take_end(struct evidence *e, const struct partial *p, struct slice payload, struct err *err)
{
	struct slice why;
	bool opened;

	if (!end_decode(payload, &e->open_verdicts, &opened, &why))
		return partial_is_damaged(p, err);
	if (why.len)
		err_set(&e->why, ERR_IO, 0, "%.*s", SLICE_ARGS(why));
	if (opened)
		return true;
	close(e->fd);
	e->fd = -1;
	return true;
}

static bool
find_ranges(const struct merged_log *log, struct partial *p, struct evidence *e, struct err *err)
{
	for (p->at = log->behind_at;;) {
		struct bytes_range range = { 0 };
		struct slice start;
		unsigned type;
		uint32_t len;

		if (!partial_pass_over(p, &type, &start, &len, err))
			return false;
		if (type == PARTIAL_BEHIND_END)
			return take_end(e, p, start, err);
		if (type != PARTIAL_BYTES)
			continue;
		if (e->range_count >= RANGES_MOST || !range_decode(start, len - 1, log, &range))
			return partial_is_damaged(p, err);
		range.position = p->at - range.len;
		if (!add_range(e, &range, err))
			return false;
	}
}

bool
merge_open_again(struct run *run, struct evidence *e, struct err *err)
{
	const struct merged_log *log = log_of(run->merge, e);
	struct partial *p = merge_use(run->merge, log->partial, err);

	if (!p)
		return false;
	e->fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
	if (e->fd < 0)
		return err_set_errno(err, 0, "%.120s: cannot open once more", p->path);
	return !log->behind_at || find_ranges(log, p, e, err);
}

/* --- residue --- */

/* The last range that begins at the chunk or in front of it. */
static const struct bytes_range *
range_of(const struct evidence *e, uint64_t chunk)
{
	size_t low = 0, high = e->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->ranges[middle].offset <= chunk)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &e->ranges[low - 1] : NULL;
}

bool
merge_places(const struct evidence *e, struct slice records, struct buf *out, struct err *err)
{
	struct cursor in = cursor_over(records, 0);
	struct residue residue;

	while (residue_decode(&in, &residue)) {
		const struct bytes_range *range = range_of(e, residue.chunk);
		uint64_t skip = range ? residue.chunk - range->offset : 0;
		bool there = range && skip < range->len;

		buf_u64le(out, there ? range->position + skip : 0);
		buf_u32le(out, !there ? 0 : range->len - skip < LIMIT_CHUNK ? (uint32_t)(range->len - skip) : LIMIT_CHUNK);
	}
	return !out->failed || err_nomem(err);
}

/* --- facts --- */

bool
merge_take_facts(struct run *run, struct evidence *e, struct err *err)
{
	struct merge *m = run->merge;
	const struct merged_log *log = log_of(m, e);
	struct partial *p = log->behind_at ? merge_use(m, log->partial, err) : NULL;
	struct slice payload;
	unsigned type;

	if (!p)
		return !log->behind_at;
	p->at = log->behind_at;
	if (!partial_read(p, &type, &payload, err))
		return false;
	for (;;) {
		if (!partial_read(p, &type, &payload, err))
			return false;
		if (type == PARTIAL_BYTES || type == PARTIAL_BEHIND_END)
			return true;
		if (!(type == PARTIAL_NOTICE ? merge_take_notice(m, p, log, payload, err) :
			merge_take_frame(m, p, log, e->index, (enum frame_type)partial_frame_type(type), err)))
			return false;
	}
}
