/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest is what an examiner keeps beside the results: what was read (hashes, headers, counts, what the
 * reference reader says of it), with which rules, what was lost and what was out of reach, file by file.  Two runs
 * over the same evidence differ in the object "Run" only.  evtriage(1) describes it under FILES. */
#ifndef SCAN_MANIFEST_H
#define SCAN_MANIFEST_H

#include "src/scan/json.h"
#include "src/scan/scan.h"

/* Items as JSON; those past its bound are counted. */
struct manifest_list {
	struct buf items;
	uint64_t left_out;
};

/* Collects while the run goes on. */
struct manifest {
	struct manifest_list files, notices, residue, differences;
};

void manifest_init(struct manifest *m);
void manifest_fini(struct manifest *m);
void manifest_add_file(struct manifest *m, const struct file_summary *file);
void manifest_add_residue(struct manifest *m, const struct residue_summary *residue);
void manifest_add_notice(struct manifest *m, const struct notice *notice);
void manifest_add_difference(struct manifest *m, const struct opinion_difference *difference);

struct manifest_option {
	const char *name;
	struct slice value;
};

struct manifest_output {
	struct slice path;
	uint64_t rows, bytes;
	uint8_t sha256[32];
	bool complete; /* false: it was taken back, there is no such file */
};

/* What is known in the end. */
struct manifest_run {
	const char *program, *version, *command;
	const char *const *arguments;
	size_t argument_count;
	const struct manifest_option *options;
	size_t option_count;
	uint64_t start, end; /* FILETIME ticks */
	const struct ruleset *rules;           /* may be NULL */
	const struct scan_summary *summary;
	const struct manifest_output *outputs;
	size_t output_count;
	int status;
	const char *failure; /* why the run failed; NULL: it did not */
};

/* Appends the whole manifest; out->failed tells when it did not fit. */
void manifest_write(const struct manifest *m, const struct manifest_run *run, struct buf *out);

/* The members of an item of "Inputs" and of "Coverage", also for other lists of them. */
void manifest_file_members(struct json *j, const struct file_summary *file);
void manifest_channel_members(struct json *j, const struct channel_coverage *c);

/* "loss", "limit", "skipped". */
const char *notice_kind_name(enum notice_kind kind);

#endif
