/* SPDX-License-Identifier: Apache-2.0 */
/* A sink writes findings in one format.  One file a format; sinks.c has the table.  A sink only appends to a
 * buffer; the caller writes it out (file.h), so formats know nothing of files, and tests need none. */
#ifndef OUTPUT_SINK_H
#define OUTPUT_SINK_H

#include "src/subject/finding.h"

struct sink_options {
	bool csv_raw;  /* no formula guard */
	bool bom;      /* UTF-8 byte order mark in front of CSV */
	bool color;    /* table only */
	unsigned width; /* table: columns of the terminal, 0: not a terminal */
};

struct sink_class {
	const char *name;      /* "csv", for -t */
	const char *suffix;    /* ".csv", for -o */
	const char *summary;   /* for help and manual */
	void (*begin)(const struct sink_options *options, struct buf *out);
	/* row counts from 0 */
	void (*finding)(const struct sink_options *options, const struct finding *finding, uint64_t row, struct buf *out);
	void (*end)(const struct sink_options *options, uint64_t rows, struct buf *out);
};

extern const struct sink_class sink_csv, sink_json, sink_jsonl, sink_table;
extern const struct sink_class *const sinks[];
extern const size_t sink_count;

/* By -t name; by the suffix of a file name.  NULL: none. */
const struct sink_class *sink_named(const char *name);
const struct sink_class *sink_for_file(const char *path);

#endif
