/* SPDX-License-Identifier: Apache-2.0 */
/* All subjects of logs in memory, as the matcher gets them in a scan: records one by one, split script blocks joined. */
#ifndef TESTS_LOG_EVENTS_H
#define TESTS_LOG_EVENTS_H

#include "base/limits.h"
#include "base/table.h"
#include "evtx/reader.h"
#include "src/sigma/match.h"
#include "src/subject/joiner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct log_events {
	struct arena arena;
	struct table names; /* of fields, each stored once, as templates do */
	struct sigma_event *events;
	size_t count, capacity, records;
	uint64_t text_bytes;
	struct joiner *joiner;
	struct text_digests *texts;
	struct matcher *matcher; /* asked which records are wanted */
	bool all;                /* every record, wanted or not */
};

static inline bool
log_events_init(struct log_events *l, const struct ruleset *rules, bool all)
{
	*l = (struct log_events){ .all = all, .matcher = matcher_new(rules), .joiner = joiner_new("/tmp", LIMIT_WAITING_PARTS),
		.texts = text_digests_new() };
	arena_init(&l->arena, SIZE_MAX / 2);
	table_init(&l->names);
	return l->matcher && l->joiner && l->texts;
}

static inline void
log_events_fini(struct log_events *l)
{
	arena_fini(&l->arena);
	table_fini(&l->names);
	free(l->events);
	matcher_free(l->matcher);
	joiner_free(l->joiner);
	text_digests_free(l->texts);
}

static inline bool
log_events_wanted(void *context, struct slice channel, struct slice provider, uint32_t event_id)
{
	struct log_events *l = context;

	return l->all || matcher_wants(l->matcher, channel, provider, event_id);
}

/* The key as the table has it; tables grow, but their keys stay where they are. */
static inline bool
log_events_name(struct log_events *l, struct slice *name)
{
	const struct table_entry *entry = table_add(&l->names, *name, 0, NULL);

	if (entry)
		*name = entry->key;
	return entry != NULL;
}

static inline bool
log_events_copy_fields(struct log_events *l, struct sigma_event *event, const struct sigma_field **fields, size_t count)
{
	struct sigma_field *copy = ARENA_ARRAY(&l->arena, struct sigma_field, count);

	for (size_t i = 0; copy && i < count; i++) {
		size_t *gaps = ARENA_ARRAY(&l->arena, size_t, (*fields)[i].gap_count);

		copy[i] = (*fields)[i];
		if (!gaps || !log_events_name(l, &copy[i].name) || !arena_copy(&l->arena, (*fields)[i].text, &copy[i].text))
			return false;
		if (copy[i].gap_count)
			memcpy(gaps, copy[i].gaps, copy[i].gap_count * sizeof(*gaps));
		sigma_event_gaps(event, &copy[i], gaps, copy[i].gap_count);
		l->text_bytes += copy[i].text.len;
	}
	*fields = copy;
	return copy != NULL;
}

static inline bool
log_events_add(struct log_events *l, const struct sigma_event *event)
{
	struct sigma_event copy = *event;

	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? 2 * l->capacity : 1024;
		struct sigma_event *grown = reallocarray(l->events, capacity, sizeof(*grown));

		if (!grown)
			return false;
		l->events = grown;
		l->capacity = capacity;
	}
	if (!log_events_name(l, &copy.channel) || !log_events_name(l, &copy.provider) ||
		!log_events_copy_fields(l, &copy, &copy.fields, copy.field_count) ||
		!log_events_copy_fields(l, &copy, &copy.system, copy.system_count))
		return false;
	l->events[l->count++] = copy;
	return true;
}

static inline bool
log_events_part(struct log_events *l, const struct record *record, const struct subject *subject,
	const struct subject_context *context, struct arena *arena, struct err *err)
{
	struct script_part part;
	struct buf encoded;
	bool good;

	if (!part_from_fields(record, subject->own, subject->own_count, context, l->texts, arena, &part, err))
		return false;
	buf_init(&encoded, LIMIT_MESSAGE);
	part_encode(&part, &encoded);
	good = !encoded.failed && joiner_add(l->joiner, buf_view(&encoded), err);
	buf_fini(&encoded);
	return good;
}

static inline bool
log_events_record(struct log_events *l, const struct record *record, struct arena *arena, struct err *err)
{
	struct subject_context context = { .evidence = 0 };
	struct subject subject;

	l->records++;
	arena_reset(arena);
	if (!log_events_wanted(l, record->system.channel, record->system.provider, record->system.event_id))
		return true;
	if (!subject_from_record(record, &context, arena, &subject, err))
		return false;
	if (subject.kind == SUBJECT_SCRIPT_PART)
		return log_events_part(l, record, &subject, &context, arena, err);
	return log_events_add(l, &subject.event) || err_nomem(err);
}

/* Reads one log; a log that cannot be read adds nothing. */
static inline bool
log_events_read(struct log_events *l, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY);
	struct reader_options options = { .first_chunk = 0 };
	struct reader_loss loss;
	struct record record;
	struct source source;
	struct reader *r;
	struct arena arena;
	struct stat st;
	bool good = true;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, 0, "%s", path);
	source = source_from_fd(fd, (uint64_t)st.st_size);
	if (!reader_direct.open(&source, &options, &r, err))
		return close(fd) == 0;
	arena_init(&arena, LIMIT_RECORD_ARENA);
	for (enum reader_step step = READER_CHUNK; good && step != READER_END && step != READER_FAILED;) {
		step = reader_next(r, &record, &loss, err);
		if (step == READER_RECORD)
			good = log_events_record(l, &record, &arena, err);
	}
	arena_fini(&arena);
	reader_close(r);
	close(fd);
	return good;
}

/* After the last log: the split blocks, partial ones with their gaps. */
static inline bool
log_events_join(struct log_events *l, struct err *err)
{
	struct arena arena;
	struct buf encoded;
	bool good = joiner_close(l->joiner, err);

	arena_init(&arena, 4 * (size_t)LIMIT_BLOCK_TEXT);
	buf_init(&encoded, LIMIT_MESSAGE);
	err->code = ERR_OK;
	while (good && joiner_next(l->joiner, &encoded, err)) {
		struct subject subject;

		arena_reset(&arena);
		good = block_subject(buf_view(&encoded), &arena, &subject, err) &&
			(log_events_add(l, &subject.event) || err_nomem(err));
	}
	arena_fini(&arena);
	buf_fini(&encoded);
	return good && err->code == ERR_OK;
}

#endif
