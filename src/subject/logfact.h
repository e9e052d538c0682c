/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a log as events of their own, in a channel of ours, so that plain Sigma rules can select them: hidden
 * records, gaps and repeats, times that run backwards, checksums and headers that deny what is there.  A fact is no
 * verdict: a log that was exported, wrapped around or copied while it was open has some, and the fields say so. */
#ifndef SUBJECT_LOGFACT_H
#define SUBJECT_LOGFACT_H

#include "src/subject/logspan.h"
#include "src/subject/subject.h"

#define LOG_FACT_CHANNEL "evtriage/log"
#define LOG_FACT_PROVIDER "evtriage"

/* What is known of a log as a whole. */
struct log_facts {
	struct log_fact *items;
	size_t count;
	uint64_t left_out;  /* beyond LIMIT_LOG_FACTS */
	bool renumbered;    /* an export: its record numbers are its own */
	bool closed;        /* in order, by its header */
};

/* Sorts the spans by number and sets them side by side.  Everything in the arena.  Errors: ERR_NOMEM. */
MUST_CHECK bool log_facts_find(struct log_span *spans, size_t count, bool closed, struct arena *arena,
	struct log_facts *facts, struct err *err);

/* The fact as a subject.  `anchor` is the record that shows it (its computer, channel and time are told), or empty where
 * it cannot be read.  Errors: ERR_NOMEM. */
MUST_CHECK bool log_fact_subject(const struct log_facts *facts, const struct log_fact *fact,
	const struct record_system *anchor, uint32_t evidence, struct arena *arena, struct subject *subject, struct err *err);

const char *log_fact_name(enum log_fact_kind kind);

#endif
