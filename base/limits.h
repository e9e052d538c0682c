/* SPDX-License-Identifier: Apache-2.0 */
/* Every bound of the program in one place, with its reason.  All of them are counts and bytes, never clocks, so
 * that the same evidence meets the same bound on every machine.  Reaching one is reported, never passed over. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdint.h>

enum {
	/* --- the file format --- */
	LIMIT_FILE_HEADER = 4096,    /* header block in front of the first chunk */
	LIMIT_CHUNK = 65536,         /* a chunk; a record never crosses one */
	LIMIT_CHUNK_HEADER = 512,
	LIMIT_RECORD_MIN = 28,       /* header 24 + size copy 4 */

	/* --- decoding one record: depth alone does not stop an expansion bomb, so output is counted in all --- */
	LIMIT_INSTANCE_DEPTH = 16,   /* template instances inside one another; 2 in every real record */
	LIMIT_ELEMENT_DEPTH = 256,   /* open elements; 10 in real records */
	LIMIT_RECORD_NODES = 100000, /* nodes of the record's tree in all */
	LIMIT_OPINION_NODES = 10000, /* of a record that libevtx is asked about; real ones have a tenth */
	LIMIT_CHUNK_NODES = 1 << 20, /* of all records of a chunk: about 50 ms; real chunks stay below 100,000 */
	LIMIT_RECORD_NODES_LEAST = 512, /* what a record may have though bombs before it used the chunk's share up */
	LIMIT_RECORD_OUTPUT = 16 * 1024 * 1024, /* bytes rendered from one record in all */
	LIMIT_VALUES = 4096,         /* substitution values of one instance; at most 60 in real records */
	/* Compiled templates of one log: 900 in the whole corpus, 10 KiB each.  When they are more, all are dropped
	 * and made anew; honest definitions of a chunk do not overlap, so together they have at most its size. */
	LIMIT_PLANS = 4096,
	LIMIT_PLAN_MEMORY = 24 * 1024 * 1024,
	LIMIT_PLAN_VARIANTS = 8,     /* definitions of one GUID and size that differ; 1 in real logs, 4 sizes of a GUID */
	LIMIT_PLAN_BYTES = 4 * 65536, /* of definitions looked at in one chunk; the records behind it are decoded as trees */
	LIMIT_RECORD_ARENA = 48 * 1024 * 1024,

	/* --- residue and edited logs --- */
	LIMIT_RESIDUE = 1 << 19,     /* records of residue that a run looks at: 120 bytes each while they are compared */
	LIMIT_TEMPLATE = 65536,      /* bytes of a definition carried out of its chunk; 10,000 in real logs */
	LIMIT_CHUNK_TEMPLATES = 4 * 65536, /* of all of a chunk or slot that are looked at, names included: below one chunk in real logs */
	LIMIT_TEMPLATES_MEMORY = 32 * 1024 * 1024, /* of all: some 13,000; a host has a few hundred */
	LIMIT_RESIDUE_JOB = 1024,    /* records of residue handed to a worker at once */
	LIMIT_LOG_FACTS = 1000,      /* facts of one log that become events; the rest is counted */

	/* --- script blocks --- */
	LIMIT_BLOCK_PARTS = 1 << 20, /* parts of one block that are kept; a million parts are 10 GiB of text */
	LIMIT_WAITING_PARTS = 1 << 24, /* of all blocks: 4 to 6 GiB here, hundreds of GiB of script */
	LIMIT_BLOCK_TEXT = 256 * 1024 * 1024, /* bytes of one joined block that are matched and written */
	LIMIT_BLOCK_VARIANTS = 64,   /* conflicting parts tried one by one; the rest is counted */
	LIMIT_VARIANTS_TEXT = 64 * 1024 * 1024, /* bytes of all variants of a block but the first one */
	LIMIT_BLOCK_SOURCES = 64,    /* copies of one part that are listed as sources; the rest is counted */
	LIMIT_PARAMETERS = 256,      /* lines of one module-log payload that become fields; all stay in Payload */
	LIMIT_WAITING_MEMORY = 24 * 1024 * 1024, /* texts that wait stay in memory up to here, then on disk */

	/* --- rules --- */
	LIMIT_RULE_FILE = 16 * 1024 * 1024,
	LIMIT_YAML_DEPTH = 64,       /* libyaml 0.2.5 is quadratic in nesting */
	LIMIT_YAML_NODES = 1000000,
	LIMIT_CONDITION_DEPTH = 100,
	LIMIT_CONDITION_LENGTH = 16384, /* bytes of all conditions of a rule; 400 in real rules */
	LIMIT_IDENTIFIERS = 1000,    /* of one detection; 30 in real rules */
	LIMIT_CONDITION_CHOICES = 1000, /* ways to choose N of the identifiers: each is a branch to be tried */
	LIMIT_RULE_VALUES = 100000,
	LIMIT_ENCODED_DASHES = 4,    /* option signs of a value that windash and an encoding are asked of: 625 texts */
	LIMIT_RULE_NOTICES = 20,     /* remarks kept of one rule */
	LIMIT_RULES = 1000000,
	LIMIT_MAPPING_FILE = 4 * 1024 * 1024,
	LIMIT_MAPPING_SOURCES = 10000, /* 110 are built in; a rule looks at each once */
	LIMIT_RULE_MEMORY = 1024 * 1024 * 1024, /* compiled rules in all, and the tree of one file */
	LIMIT_CLASSES = 1024,        /* (channel, provider, event id) with their rules remembered by a matcher */
	LIMIT_LITERAL_WINDOWS = 256, /* bytes of a literal that the plan files; a longer one is tried in full behind them */
	LIMIT_LITERAL_BUCKET = 32,   /* literals filed under one window: what each byte of the worst text can cost */
	LIMIT_HOP = 64,              /* bytes a search for keywords hops over at most */
	LIMIT_HOP_LITERALS = 4096,   /* keywords of one log source that are hopped for; more are searched for one by one */
	LIMIT_REGEX_WALK_DEPTH = 64, /* nesting up to which a literal is read off an expression */
	LIMIT_SETS_MEMORY = 4 * 1024 * 1024, /* results that a matcher's caches remember; then all are dropped */
	LIMIT_SETS = 16384,
	LIMIT_LAYOUT_FIELDS = 256,   /* fields of an event whose names are remembered; 40 in real events */
	LIMIT_REGEX_LENGTH = 65536,  /* bytes of one expression; 400 in real rules */
	LIMIT_REGEX_MATCH = 10000,   /* PCRE2's own defaults are no protection: 10^7 steps, 20 GB of heap */
	LIMIT_REGEX_MATCH_BYTE = 16, /* more steps for each byte of the text; real texts need under a tenth of both */
	LIMIT_REGEX_DEPTH = 1000,
	LIMIT_REGEX_SHORT_TEXT = 64 * 1024, /* bytes of a text on which expressions are run also where a worker has died over the block */
	LIMIT_REGEX_HEAP_KIB = 16 * 1024,
	LIMIT_REGEX_JIT_STACK = 1024 * 1024,

	/* --- correlations, filters, collections --- */
	LIMIT_CORRELATION_DEPTH = 16,  /* correlations on correlations */
	LIMIT_CORRELATION_FIELDS = 32, /* of group-by, or of the condition */
	LIMIT_CORRELATION_RULES = 256, /* that one correlation refers to */
	LIMIT_RULE_FEEDS = 1000,       /* correlations that refer to one rule: each is work for each of its events */
	LIMIT_CORRELATION_ALIASES = 4096, /* pairs of a field and a rule that it may be called otherwise in */
	LIMIT_TIMESPAN_DAYS = 36525,
	LIMIT_WINDOW_HITS = 65536,     /* events of one window; the window is cut there, and said so */
	LIMIT_WINDOW_BYTES = 64 * 1024 * 1024,
	LIMIT_CORRELATION_MEMORY = 24 * 1024 * 1024, /* events that wait to be sorted, then sorted runs on disk */
	LIMIT_CORRELATION_PARTS = 256, /* records of one script block that a correlation lists */
	LIMIT_CORRELATION_TEXT = 1000, /* bytes of one group-by value that are shown; all of it is compared */
	LIMIT_FILTERS = 1000,          /* filter documents: each is held against each rule */
	LIMIT_FILTER_USES = 1000000,   /* pairs of filter and rule */
	LIMIT_COLLECTION_NODES = 1000000, /* YAML nodes of one file that come from templates and repeats */

	/* --- events given as JSON, to try a rule on --- */
	LIMIT_JSON_DEPTH = 64,
	LIMIT_JSON_NODES = 100000,
	LIMIT_TEST_TEXT = 64 * 1024 * 1024, /* bytes of a text or of JSON lines */

	/* --- worker --- */
	LIMIT_MESSAGE = 300 * 1024 * 1024, /* one message between parent and worker */
	LIMIT_WORKER_MEMORY_MIB = 1024,    /* RLIMIT_AS beyond what the worker starts with */
	LIMIT_LIBRARY_MEMORY = 512 * 1024 * 1024, /* bytes that libevtx gets for one record, 16 a block less; half of a worker's */
	LIMIT_WORKERS = 256,
	LIMIT_UNIT_CHUNKS = 64,            /* of a log, handed to one worker at a time: 4 MiB, some 5 ms of work and more */
	LIMIT_HELD_MEMORY = 64 * 1024 * 1024, /* results that wait for their turn; past it only the one whose turn it is is heard */
	LIMIT_DEATHS_PER_FILE = 16,        /* workers that a file may kill before the rest of it is given up */
	LIMIT_WATCHDOG_SECONDS = 30,       /* a worker silent for this long is killed: the only clock */

	/* --- walking folders --- */
	LIMIT_FOLDER_DEPTH = 64,
	LIMIT_INPUTS = 1000000,

	/* --- the timeline --- */
	LIMIT_CSV_TEXT = 4000, /* characters of the Text column in CSV and table */
	LIMIT_CSV_VALUE = 1000, /* characters of one field's value in the Details column */
	LIMIT_CSV_CELL = 32000, /* characters of any cell: spreadsheets break at 32,767 */
	LIMIT_MATCHES = 64,    /* matched ranges listed with one finding */
	LIMIT_DETAIL = 4000,   /* characters of one value in Details; JSON's Event holds it whole */
	LIMIT_RECORD_IDS = 100000, /* record ids listed with one finding */
	LIMIT_COVERAGE_KEYS = 65536, /* pairs of computer and channel; the rest is one entry named (others) */
	LIMIT_COVERAGE_CLEARS = 1000, /* events that say a log was cleared, of each pair; later ones count, but copies of them, too */
	LIMIT_COVERAGE_RUNS = 1 << 18, /* runs of consecutive record ids over all pairs, 16 bytes each */
	LIMIT_MANIFEST = 256 * 1024 * 1024, /* bytes of each list in the manifest but that of inputs: about a million notices */
	LIMIT_MANIFEST_INPUTS = 1 << 30,    /* of that: an input takes some 600 bytes and its path */
	LIMIT_DIFFERENCES = 1000, /* places where both readers differ that are named; the rest is counted */
	LIMIT_OPINIONS = 4096, /* different words of libevtx's second opinions that are kept apart; about 40 are known */
	LIMIT_OPINIONS_MEMORY = 8 * 1024 * 1024, /* places and opinions of a partial result, then sorted runs on disk */
	LIMIT_FINDINGS_MEMORY = 24 * 1024 * 1024, /* findings that wait for their place, then on disk */
	LIMIT_ROWS_KNOWN = 1 << 17, /* rows whose copies are told at once, 64 bytes each; copies of others are kept in full */
};

#endif
