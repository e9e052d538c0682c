/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/verdict.h"

#include "base/ckd.h"
#include "base/limits.h"
#include "evtx/chunk.h"
#include "evtx/chunk_log.h"

#include <stdio.h>

static void
refuse(struct log_verdict_part *part, const char *reason)
{
	if (!part->refused)
		snprintf(part->reason, sizeof(part->reason), "%.*s", (int)sizeof(part->reason) - 1, reason);
	part->refused = true;
}

static void
judge_chunk(struct chunk_log *log, struct slice chunk, uint32_t flags, bool counted, struct log_verdict_part *part)
{
	struct chunk_log_view view;
	bool opened = chunk_log_view(log, chunk, flags, true, &view);

	if (!counted) {
		if (!opened || view.corrupted)
			return;
		part->sound_beyond++;
		opened = chunk_log_view(log, chunk, flags, false, &view);
	}
	part->used += counted;
	part->corrupted |= counted && view.corrupted;
	part->records += view.records;
	part->recovered += view.recovered;
	if (!opened)
		refuse(part, chunk_log_reason(log));
}

/* A chunk that is not all there the library leaves alone. */
static void
judge_chunks(const struct source *source, const struct log_header *header, uint64_t first, uint64_t end,
	struct chunk_log *log, struct log_verdict_part *part)
{
	struct err ignored;
	uint64_t offset;
	size_t got;

	for (uint64_t i = first; i < end; i++) {
		uint8_t *bytes = chunk_log_room(log);

		if (ckd_mul(&offset, i, (uint64_t)LIMIT_CHUNK) || ckd_add(&offset, offset, (uint64_t)LIMIT_FILE_HEADER) ||
			offset >= source->size || !source->read(source, offset, bytes, LIMIT_CHUNK, &got, &ignored) ||
			got < LIMIT_CHUNK)
			return;
		if (!chunk_is_zero(slice_from(bytes, LIMIT_CHUNK)))
			judge_chunk(log, slice_from(bytes, LIMIT_CHUNK), header->flags, i < header->chunk_count, part);
		else if (i < header->chunk_count)
			part->empty++;
	}
}

void
libevtx_judge(const struct source *source, uint64_t first, uint64_t end, struct log_verdict_part *part)
{
	struct chunk_log *log = chunk_log_new();
	struct log_header header;
	struct err why = { 0 };

	*part = (struct log_verdict_part){ .asked = true };
	if (!log)
		refuse(part, "memory ran out");
	else if (!log_header_read(source, &header, &why))
		refuse(part, why.text);
	else
		judge_chunks(source, &header, first, end, log, part);
	chunk_log_free(log);
}

void
log_verdict_add(struct log_verdict_part *sum, const struct log_verdict_part *next)
{
	if (next->refused && !sum->refused)
		memcpy(sum->reason, next->reason, sizeof(sum->reason));
	sum->asked |= next->asked;
	sum->refused |= next->refused;
	sum->corrupted |= next->corrupted;
	sum->used += next->used;
	sum->empty += next->empty;
	sum->sound_beyond += next->sound_beyond;
	sum->records += next->records;
	sum->recovered += next->recovered;
}

/* The library looks at the low 16 bits of these. */
static bool
numbers_disagree(const struct log_header *h)
{
	uint16_t first = (uint16_t)h->first_chunk, last = (uint16_t)h->last_chunk;

	return first > last || h->chunk_count != (uint16_t)(last - first + 1);
}

static bool
header_will_do(const struct log_header *h, struct log_verdict *verdict)
{
	if (!h->signature_ok)
		snprintf(verdict->reason, sizeof(verdict->reason), "unsupported file signature");
	else if (h->major != 3 || h->minor < 1 || h->minor > 2)
		snprintf(verdict->reason, sizeof(verdict->reason), "unsupported version %u.%u", h->major, h->minor);
	else if (h->header_block_size != 4096)
		snprintf(verdict->reason, sizeof(verdict->reason), "header block of %u bytes", h->header_block_size);
	return !verdict->reason[0];
}

void
log_verdict_finish(const struct log_verdict_part *sum, const struct log_header *h, struct log_verdict *verdict)
{
	*verdict = (struct log_verdict){ .opened = false };
	if (!header_will_do(h, verdict))
		return;
	if (sum->refused) {
		memcpy(verdict->reason, sum->reason, sizeof(verdict->reason));
		return;
	}
	verdict->opened = true;
	verdict->major = h->major;
	verdict->minor = h->minor;
	verdict->records = sum->records;
	verdict->recovered = sum->recovered;
	verdict->corrupted = !h->checksum_ok || numbers_disagree(h) || sum->corrupted || sum->empty > 0 ||
		(uint16_t)(sum->used + sum->sound_beyond) != h->chunk_count;
}

void
libevtx_verdict(const struct source *source, struct log_verdict *verdict)
{
	struct log_header header = { 0 };
	struct log_verdict_part part;
	struct err why = { 0 };

	if (!log_header_read(source, &header, &why)) {
		*verdict = (struct log_verdict){ .opened = false };
		snprintf(verdict->reason, sizeof(verdict->reason), "%.*s", (int)sizeof(verdict->reason) - 1, why.text);
		return;
	}
	libevtx_judge(source, 0, UINT64_MAX, &part);
	log_verdict_finish(&part, &header, verdict);
}
