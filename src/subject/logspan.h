/* SPDX-License-Identifier: Apache-2.0 */
/* What a chunk says of the log around it: which record numbers it spans and when they were written, and what in it
 * does not fit together.  A worker makes one for each chunk from a survey; when the whole log is known they are set
 * side by side (logfact.h), since most signs of editing show between chunks. */
#ifndef SUBJECT_LOGSPAN_H
#define SUBJECT_LOGSPAN_H

#include "evtx/survey.h"

/* Facts of a log; their names are those of log_fact_name. */
enum log_fact_kind {
	LOG_HIDDEN,         /* a live record is 8 or more bytes longer than its BinXML */
	LOG_GAP,            /* record numbers are missing */
	LOG_REPEAT,         /* a record number comes again, or goes back */
	LOG_TIME_BACKWARDS, /* written before the record in front of it */
	LOG_CHECKSUM,       /* of a chunk, in a log that was closed */
	LOG_HEADER_RANGE,   /* a header gives other record numbers than there are */
	LOG_RECORD_ID,      /* EventRecordID and record number do not agree, where all others in the log do */
	LOG_FACT_KINDS,
};

struct log_fact {
	uint32_t kind; /* enum log_fact_kind */
	uint64_t offset;             /* in the file: of the record, or of the chunk */
	uint64_t chunk;              /* file offset of the chunk that it lies in */
	uint64_t expected, found;    /* record numbers; ticks for LOG_TIME_BACKWARDS; LOG_HIDDEN: found is the number of the
	                              * first record behind the BinXML, 0 when there is none; LOG_CHECKSUM: chunk_checksums */
	uint64_t number;             /* of the record that shows it */
	uint64_t bytes;              /* LOG_HIDDEN: behind the BinXML */
};

enum { LOG_SPAN_FACTS = 16 }; /* of each chunk; the others are counted */

struct log_span {
	uint64_t chunk;                          /* file offset */
	uint64_t count;                          /* live records */
	uint64_t first, last;                    /* their numbers, as they come */
	uint64_t first_offset, last_offset;      /* in the file */
	uint64_t first_written, last_written;    /* ticks; 0: the headers tell none */
	uint64_t same_id, other_id;              /* EventRecordID is the record number, or is not */
	uint64_t odd_offset, odd_number, odd_id; /* the first of those that are rarer */
	uint64_t facts_left_out;
	uint64_t losses;                         /* places where a record could not be seen */
	uint64_t loss_at_end;                    /* 1: the last of them is behind the last record */
	uint32_t fact_count;
	struct log_fact facts[LOG_SPAN_FACTS];
};

/* Begin, add each live record, end.  `header` and `bad_checksums` of the chunk; `closed`: the log's header says that it
 * was closed in order. */
void log_span_begin(struct log_span *span, uint64_t chunk);
void log_span_add(struct log_span *span, const struct survey_item *item);
void log_span_add_loss(struct log_span *span); /* damage: what is missing there was not taken out */
void log_span_add_hidden(struct log_span *span, const struct survey_item *item); /* residue of class RECORD_HIDDEN */
void log_span_end(struct log_span *span, const struct chunk_header *header, unsigned bad_checksums, bool closed);

void log_span_encode(const struct log_span *span, struct buf *out);
bool log_span_decode(struct cursor *in, struct log_span *span);

#endif
