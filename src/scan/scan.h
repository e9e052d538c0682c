/* SPDX-License-Identifier: Apache-2.0 */
/* One run over evidence.  The parent finds inputs, hands open descriptors to forked workers that do all reading of
 * hostile bytes, joins split script blocks, orders what comes back and tells the caller through a listener.  It
 * prints nothing: the commands in src/cli decide what to show and write. */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "evtx/opinion.h"
#include "evtx/reader.h"
#include "src/output/file.h"
#include "src/scan/opinion_wire.h"
#include "src/sigma/ruleset.h"
#include "src/subject/block_text.h"
#include "src/subject/coverage.h"
#include "src/subject/finding.h"
#include "src/subject/joiner.h"

enum scan_mode {
	SCAN_FINDINGS, /* scan, search: match rules */
	SCAN_BLOCKS,   /* script blocks as texts */
	SCAN_DUMP,     /* records as JSON lines or XML */
	SCAN_INFO,     /* coverage only */
	SCAN_EXPLAIN,  /* why rules hold for events or do not: each that `dump` gets begins with the verdict */
};

enum scan_reader {
	SCAN_READER_AUTO,    /* libevtx opens and gives its verdict, the direct reader reads */
	SCAN_READER_DIRECT,
	SCAN_READER_LIBEVTX, /* libevtx opens and walks everything */
};

struct scan_options {
	enum scan_mode mode;
	enum scan_reader reader;
	const char *const *paths; /* "-" is standard input */
	size_t path_count;
	const struct ruleset *rules; /* closed; NULL where the mode needs none */
	bool dump_xml;
	bool explain_jsonl;       /* explanations as JSON lines */
	uint64_t from, to;        /* subjects in [from, to); to 0: no end */
	const uint32_t *event_ids; /* --include-eid: only these; count 0: all */
	size_t event_id_count;
	bool residual;            /* records of residue take part, flagged */
	bool facts;               /* what logs say of themselves becomes events */
	bool carve;               /* files that are no logs: find chunks and records in them; needs residual */
	bool verify;              /* libevtx is asked about every record of interest, too */
	struct slice cite;        /* lower-case hexadecimal: only findings whose id begins so, and exhibits of the only one */
	bool is_merge;            /* paths are partial results: from, to, event_ids and reader come from them */
	bool hash_inputs;         /* SHA-256 of each input, before and after (manifest) */
	const char *temp_folder;  /* "/tmp" */
	uint64_t worker_memory;   /* bytes, RLIMIT_AS; 0: LIMIT_WORKER_MEMORY_MIB */
	bool require_sandbox;     /* fail unless every layer of the jail holds */
	const struct keyed_seed *record_seed; /* random, for the keys that tell copies of records; NULL: keys that need no secret, and that other runs can compare */
	size_t threads;           /* workers; 0: one for each processor that this process may use */
};

enum notice_kind {
	NOTICE_LOSS,    /* we failed: exit status 3 */
	NOTICE_LIMIT,   /* the evidence or the configuration lacks it */
	NOTICE_SKIPPED, /* left alone on purpose: special file, no event log in a folder */
};

struct notice {
	enum notice_kind kind;
	struct slice path;   /* of the evidence, as reached; may be empty */
	uint32_t input;      /* from a worker that looks at a joined block: index + 1 of the input; 0: the one at hand */
	bool has_offset, has_number;
	uint64_t offset, len;
	uint64_t number;     /* record number */
	uint64_t records;    /* records lost by it; 0: not a matter of records */
	struct slice reason;
};

/* One input, when it has been read. */
struct file_summary {
	struct slice path;
	uint64_t size;
	struct log_header header;
	bool has_header;
	struct log_verdict verdict;   /* of libevtx */
	bool has_verdict;
	struct reader_counts counts;
	uint64_t seen;                /* records seen = written + lost */
	uint8_t sha256[32];
	bool has_sha256;
	bool changed;                 /* size or hash differ at the end */
};

/* The residue of one input, when the second pass has been there. */
struct residue_summary {
	struct slice path;
	uint64_t found;     /* records of residue = copies + left_out + read + undecoded + given_up */
	uint64_t copies;    /* of live records, or of residue told before */
	uint64_t left_out;  /* beyond LIMIT_RESIDUE */
	uint64_t read, undecoded;
	uint64_t given_up;  /* a worker died of them: each time a loss tells where */
};

/* A record that both readers read, and not as the same. */
struct opinion_difference {
	struct slice evidence; /* path */
	uint64_t offset, record_id;
	struct slice path;     /* in the record: "EventData/Data[Path]" */
	struct slice ours, theirs;
};

/* A record of the cited finding.  What is cited are the bytes of the file, read and hashed by the parent. */
struct exhibited {
	struct slice evidence;       /* path */
	uint32_t part;               /* MessageNumber of a script block's part */
	bool is_fact;                /* of a log: the record at whose place it is seen, or the head of a chunk */
	const struct exhibit *readers; /* NULL: it could not be read again; `failure` says why */
	struct slice failure;
	struct slice raw;            /* the record */
	uint64_t chunk_len;          /* of its chunk, from readers->chunk_offset */
	uint64_t file_size;
	uint8_t file_sha256[32], chunk_sha256[32], record_sha256[32];
};

/* Every callback may be NULL; each returns false with *err set to stop the run. */
struct scan_listener {
	void *context;
	bool (*notice)(void *context, const struct notice *notice, struct err *err);
	bool (*findings)(void *context, const struct finding *list, size_t count, struct err *err); /* in final order */
	bool (*block)(void *context, const struct block_text *block, struct err *err);  /* in final order */
	bool (*difference)(void *context, const struct opinion_difference *difference, struct err *err);
	bool (*exhibit)(void *context, const struct exhibited *exhibited, struct err *err);
	bool (*dump)(void *context, struct slice bytes, struct err *err);
	bool (*file)(void *context, const struct file_summary *file, struct err *err);
	bool (*residue)(void *context, const struct residue_summary *residue, struct err *err);
	/* A partial result, piece by piece: with this callback logs are read, but nothing is joined and no row comes. */
	bool (*partial)(void *context, struct slice bytes, struct err *err);
	void (*progress)(void *context, uint64_t files, uint64_t files_total, uint64_t bytes, uint64_t bytes_total,
		uint64_t findings);
	bool (*interrupted)(void *context); /* polled between messages: SIGINT, SIGTERM */
};

/* What libevtx said of the records it was asked about. */
struct opinion_counts {
	uint64_t records;             /* asked about */
	uint64_t kinds[OPINION_KINDS];
	uint64_t known[KNOWN_ERRORS]; /* how often each; a record may show several */
	uint64_t unheard;             /* chunks whose opinions a crash took; listed records without an opinion */
};

struct scan_summary {
	uint64_t files, files_failed, skipped;
	uint64_t bytes;
	uint64_t seen, written, lost;       /* records; seen = written + lost */
	uint64_t residue_found, residue_copies, residual, residue_undecoded, residue_left_out, residue_given_up; /* sums of residue_summary */
	uint64_t blocks_whole, blocks_partial, block_conflicts;
	uint64_t blocks_residual;           /* of the whole ones: in residue alone, in one record */
	uint64_t block_parts, block_duplicates, block_not_parts;
	uint64_t subjects;
	uint64_t findings;
	uint64_t findings_by_level[LEVEL_CRITICAL + 1];
	uint64_t undecided;                 /* of the findings */
	uint64_t open_verdicts;
	struct opinion_counts second;       /* on the records of findings */
	struct opinion_counts verified;     /* on all records of interest (scan_options.verify) */
	uint64_t differences_left_out;      /* beyond LIMIT_DIFFERENCES */
	uint64_t losses, limits;            /* notices of that kind */
	uint64_t rules_without_log;         /* ready rules whose log source no record had */
	uint64_t workers_started;
	bool interrupted;
	struct coverage *coverage;          /* freed by scan_summary_fini */
	uint8_t *rules_met;                 /* a byte a rule: some record was of the kind that it is about; NULL: not known.  Freed likewise */
};

/* How many workers that makes: 1..LIMIT_WORKERS. */
size_t scan_threads(const struct scan_options *options);

/* Errors: ERR_IO, ERR_NOMEM, what a callback failed with.  The summary is filled either way. */
MUST_CHECK bool scan_run(const struct scan_options *options, const struct scan_listener *listener,
	struct scan_summary *summary, struct err *err);
void scan_summary_fini(struct scan_summary *summary);

/* The places no output may touch: every path argument and all files below it.  Errors: ERR_NOMEM. */
MUST_CHECK bool scan_guard(const char *const *paths, size_t count, struct output_guard *guard, struct err *err);
void scan_guard_fini(struct output_guard *guard);

#endif
