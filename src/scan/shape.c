/* SPDX-License-Identifier: Apache-2.0 */
/* Is the log as long as it says, and are its chunks chunks?  Records that are not there cannot be counted as lost; but
 * nobody should have to guess from a low number of records that half of a log was never copied.  Of 454 real logs
 * none is shorter than its header's count of chunks, and one holds slots that are no chunks. */
#include "src/scan/run.h"

#include "base/limits.h"

static bool
tell(struct run *run, uint64_t offset, uint64_t len, const char *reason, struct err *err)
{
	struct notice notice = { .kind = NOTICE_LIMIT, .path = run->input->path, .has_offset = true, .offset = offset,
		.len = len, .reason = slice_from_text(reason) };

	return run_notice(run, &notice, err);
}

/* Where the file would end by its header; 0 when that is not to be trusted.  The field has 16 bits: a log of more than
 * 4 GiB says less than it has, never more. */
static uint64_t
expected_end(const struct file_summary *file)
{
	const struct log_header *h = &file->header;

	if (!file->has_header || !h->signature_ok || !h->checksum_ok)
		return 0;
	return LIMIT_FILE_HEADER + (uint64_t)h->chunk_count * LIMIT_CHUNK;
}

static bool
tell_end(struct run *run, const struct file_summary *file, struct err *err)
{
	unsigned long long end = expected_end(file), size = file->size;
	struct err line = { 0 };

	if (size < end)
		err_set(&line, ERR_OK, 0, "cut short: end expected at 0x%llx by its header, found here", end);
	else if (file->has_header && size <= LIMIT_FILE_HEADER)
		err_set(&line, ERR_OK, 0, "ends behind its header: there is no chunk");
	else if (file->counts.tail_bytes)
		err_set(&line, ERR_OK, 0, "cut short: %d bytes of a last chunk expected, %llu found", LIMIT_CHUNK,
			(unsigned long long)file->counts.tail_bytes);
	else
		return true;
	return tell(run, size, size < end ? end - size : 0, line.text, err);
}

bool
run_tell_shape(struct run *run, const struct file_summary *file, struct err *err)
{
	const struct reader_counts *c = &file->counts;
	struct err line = { 0 };

	if (!tell_end(run, file, err))
		return false;
	if (!c->foreign_chunks)
		return true;
	err_set(&line, ERR_OK, 0, "chunk signature ElfChnk expected, something else found, and no record in these 64 KiB%s",
		c->foreign_chunks > 1 ? "; there are more like this" : "");
	return tell(run, c->first_foreign, LIMIT_CHUNK, line.text, err);
}
