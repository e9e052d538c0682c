/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between processes as a worker that was taken over would send them: parts, joined blocks, findings and
 * coverage.  The first byte says what the rest is taken for; every answer but a fault is right. */
#include "base/limits.h"
#include "src/subject/coverage.h"
#include "src/subject/finding.h"
#include "src/subject/joiner.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { ARENA = 64 * 1024 * 1024 };

static void
try_part(struct slice message)
{
	struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);
	struct arena arena;
	struct buf block;
	struct err err;

	arena_init(&arena, ARENA);
	buf_init(&block, ARENA);
	/* The same bytes as one part, and as several one behind the other. */
	while (j && message.len > 4) {
		struct cursor in = cursor_over(message, 0);

		if (!joiner_add(j, cursor_counted(&in), &err) || in.bad)
			break;
		message = in.rest;
	}
	if (j && joiner_close(j, &err)) {
		while (joiner_next(j, &block, &err)) {
			struct subject subject;

			if (!block_subject(buf_view(&block), &arena, &subject, &err) && err.code == ERR_FORMAT)
				abort(); /* what the joiner makes must be readable */
			arena_reset(&arena);
		}
	}
	joiner_free(j);
	buf_fini(&block);
	arena_fini(&arena);
}

static void
try_coverage(struct slice message)
{
	struct coverage *c = coverage_new();
	struct buf lines;
	struct err err;

	buf_init(&lines, ARENA);
	if (c && coverage_merge(c, message, &err) && coverage_lines(c, &lines, &err) &&
		!coverage_encode(c, &lines, &err))
		abort();
	coverage_free(c);
	buf_fini(&lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice message = slice_sub(slice_from(bytes, len), 1, len);
	struct subject subject;
	struct finding finding;
	struct script_part part;
	struct arena arena;
	struct cursor in;
	struct err err;

	if (len == 0)
		return 0;
	arena_init(&arena, ARENA);
	in = cursor_over(message, 0);
	if (bytes[0] == 'p' && part_decode(&in, &part) && part.text.len % 2)
		abort();
	if (bytes[0] == 'j')
		try_part(message);
	if (bytes[0] == 'b' && block_subject(message, &arena, &subject, &err) && subject.text_field >=
		subject.event.field_count)
		abort();
	if (bytes[0] == 'f' && finding_decode(message, &arena, &finding, &err) && finding.text_field != UINT32_MAX &&
		finding.text_field >= finding.field_count)
		abort();
	if (bytes[0] == 'c')
		try_coverage(message);
	arena_fini(&arena);
	return 0;
}
