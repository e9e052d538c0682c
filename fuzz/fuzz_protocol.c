/* SPDX-License-Identifier: Apache-2.0 */
/* Frames as a worker that was taken over would send them: every decoder of the protocol over the same bytes. */
#include "base/limits.h"
#include "src/scan/opinion_wire.h"
#include "src/scan/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing that is taken has words that a list would end in. */
static void
opinions(struct slice bytes)
{
	struct cursor in = cursor_over(bytes, 0);
	struct opinion_entry entry;
	struct opinion_head head;
	struct exhibit exhibit;
	struct job_opinion job;

	if (opinion_entry_decode(&in, &entry) && (entry.kind >= OPINION_KINDS || slice_find_byte(entry.words, 0, 0) != SIZE_MAX))
		__builtin_trap();
	in = cursor_over(bytes, 0);
	if (opinion_head_decode(&in, &head) && in.bad)
		__builtin_trap();
	in = cursor_over(bytes, 0);
	if (exhibit_decode(&in, &exhibit) && exhibit.direct_xml.len > bytes.len)
		__builtin_trap();
	in = cursor_over(bytes, 0);
	if (job_opinion_decode(&in, &job) && job_opinion_count(&job))
		(void)job_opinion_offset(&job, job_opinion_count(&job) - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { data, size };
	struct cursor in = cursor_over(bytes, 0);
	struct log_verdict_part verdict = { 0 };
	struct log_header header;
	struct job_counts counts;
	struct block_text block;
	struct finding finding;
	struct notice notice;
	struct job_file job;
	struct arena arena;
	struct err err = { 0 };

	job_file_decode(&in, &job);
	in = cursor_over(bytes, 0);
	job_counts_decode(&in, &counts);
	in = cursor_over(bytes, 0);
	log_header_decode(&in, &header);
	in = cursor_over(bytes, 0);
	if (log_verdict_decode(&in, &verdict) && strlen(verdict.reason) >= sizeof(verdict.reason))
		__builtin_trap();
	in = cursor_over(bytes, 0);
	if (notice_decode(&in, &notice) && notice.reason.len > size)
		__builtin_trap();
	opinions(bytes);
	arena_init(&arena, LIMIT_RECORD_ARENA);
	if (block_text_decode(bytes, &arena, &block))
		for (size_t i = 0; i < block.missing_at_count; i++)
			if (block.missing_at[i] > block.text.len)
				__builtin_trap();
	if (finding_decode(bytes, &arena, &finding, &err)) {
		if (finding.text_field != UINT32_MAX && finding.text_field >= finding.field_count)
			__builtin_trap();
		for (size_t i = 0; i < finding.hit_count; i++)
			if (finding.hits[i].field != UINT32_MAX && finding.hits[i].field >= finding.field_count)
				__builtin_trap();
	}
	arena_fini(&arena);
	return 0;
}
