/* SPDX-License-Identifier: Apache-2.0 */
/* What a finding says of its second opinion: in Reader who read, in Flags what libevtx makes of its records. */
#include "src/scan/opinion.h"

#include "base/limits.h"
#include "src/scan/run.h"

enum { FLAGS_SHOWN = 8 /* different opinions named with one finding */ };

/* "libevtx: words", once each. */
static bool
append_flags(struct run *run, struct finding *finding, const uint32_t *verdicts, size_t count, struct err *err)
{
	struct slice *column = &finding->column[COLUMN_FLAGS];
	struct buf flags;
	bool done;

	buf_init(&flags, LIMIT_MESSAGE);
	buf_append(&flags, *column);
	for (size_t i = 0; i < count; i++) {
		buf_append_text(&flags, "libevtx: ");
		buf_append(&flags, run->opinions.words.entries[verdicts[i] - VERDICT_WORDS].key);
		buf_append_byte(&flags, 0);
	}
	done = !flags.failed && arena_copy(&run->arena, buf_view(&flags), column);
	buf_fini(&flags);
	return done || err_nomem(err);
}

/* The first few different opinions on the records of a finding, agreements left out; *agrees when there is nothing
 * but these.  A fact stands at the place of a record that may have been asked about for another finding. */
static size_t
different_opinions(const struct run *run, const struct finding *finding, uint32_t verdicts[static FLAGS_SHOWN], bool *agrees)
{
	size_t count = 0, seen;

	*agrees = true;
	for (size_t i = 0; i < finding->part_count && count < FLAGS_SHOWN; i++) {
		const struct subject_part *part = &finding->parts[i];
		const struct opinion_record *record;

		if (opinion_is_of_copy(finding, i))
			continue;
		record = opinion_can_be_asked(part) ?
			opinion_find(run->opinions.records, run->opinions.count, part->evidence, part->offset) : NULL;
		*agrees = *agrees && record && record->verdict == VERDICT_AGREES;
		if (!record || record->verdict < VERDICT_WORDS)
			continue;
		for (seen = 0; seen < count && verdicts[seen] != record->verdict; seen++)
			;
		verdicts[seen] = record->verdict;
		count += seen == count;
	}
	return count;
}

bool
opinions_columns(struct run *run, struct finding *finding, struct err *err)
{
	uint32_t verdicts[FLAGS_SHOWN];
	size_t count;
	bool agrees;

	if (run->options->reader != SCAN_READER_AUTO || slice_eq(finding->column[COLUMN_READER], SLICE("libevtx")))
		return true;
	count = different_opinions(run, finding, verdicts, &agrees);
	if (agrees)
		finding->column[COLUMN_READER] = SLICE("direct+libevtx");
	return agrees || append_flags(run, finding, verdicts, count, err);
}
