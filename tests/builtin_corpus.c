/* SPDX-License-Identifier: Apache-2.0 */
/* The layouts of our own (evtx/template_builtin.c) against the definitions that real logs bring along: every live record
 * is read a second time as residue would be, from a copy of its chunk in which all definitions are broken, so that only
 * ours are left.  What comes out must be the same in System (but for the computer, which ours lack) and in every field.
 * Prints "AGREE|DIFFER ID" for each record that one of ours could read, and what differs behind a "#". */
#include "base/limits.h"
#include "evtx/chunk.h"
#include "evtx/reader.h"
#include "evtx/residue.h"
#include "evtx/survey.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct checker {
	struct template_store store;
	struct arena arena, fields;
	uint8_t broken[LIMIT_CHUNK];
	size_t len;
};

/* Its first token becomes one that no definition has; where its values begin is told by its size, as before. */
static void
break_definitions(struct checker *c, struct slice chunk)
{
	struct survey_templates at = { 0 };
	struct cursor body;
	struct guid guid;
	size_t offset;

	memcpy(c->broken, chunk.ptr, chunk.len);
	c->len = chunk.len;
	while (survey_next_template(chunk, &at, &offset))
		if (template_at(chunk, offset, &guid, &body))
			c->broken[body.at] = 0xEE;
}

/* Which of our definitions the data names; NULL: none, so only the outer layout is ours. */
static const struct guid *
data_of(const struct checker *c, struct slice raw)
{
	for (size_t i = 0; i < c->store.count; i++) {
		uint8_t instance[6] = { 0x0C, 0x01 };

		memcpy(instance + 2, c->store.items[i].guid.bytes, 4);
		if (slice_find(raw, slice_from(instance, sizeof(instance)), 0) != SIZE_MAX)
			return &c->store.items[i].guid;
	}
	return NULL;
}

static const char *
compare_systems(const struct record_system *a, const struct record_system *b)
{
	const struct {
		const char *name;
		bool same;
	} rows[] = {
		{ "Provider", slice_eq(a->provider, b->provider) },
		{ "Channel", slice_eq(a->channel, b->channel) },
		{ "UserID", slice_eq(a->user_sid, b->user_sid) },
		{ "TimeCreated", a->time == b->time },
		{ "EventRecordID", a->record_id == b->record_id },
		{ "Keywords", a->keywords == b->keywords },
		{ "ActivityID", memcmp(&a->activity_id, &b->activity_id, sizeof(a->activity_id)) == 0 },
		{ "EventID", a->event_id == b->event_id },
		{ "ProcessID", a->process_id == b->process_id },
		{ "ThreadID", a->thread_id == b->thread_id },
		{ "Task", a->task == b->task },
		{ "Level", a->level == b->level },
		{ "Opcode", a->opcode == b->opcode },
		{ "Version", a->version == b->version },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!rows[i].same)
			return rows[i].name;
	return NULL;
}

/* What is not the same first; NULL: nothing. */
static const char *
compare(struct checker *c, const struct record *theirs, const struct record *ours)
{
	const struct record_system a_system = record_whole_system(theirs), b_system = record_whole_system(ours);
	const char *system = compare_systems(&a_system, &b_system);
	struct record_field *a, *b;
	size_t a_count, b_count;
	struct err err;

	arena_reset(&c->fields);
	if (system)
		return system;
	if (!record_read_fields(theirs, &c->fields, &a, &a_count, &err) || !record_read_fields(ours, &c->fields, &b, &b_count, &err))
		return "fields that cannot be read";
	for (size_t i = 0; i < a_count && i < b_count; i++)
		if (!slice_eq(a[i].name, b[i].name) || !slice_eq(a[i].text, b[i].text))
			return "a field";
	return a_count == b_count ? NULL : "the number of fields";
}

static void
check_record(struct checker *c, const struct record *record, uint64_t chunk, const char *path)
{
	struct residue residue = { .offset = record->offset, .chunk = chunk, .len = record->size, .class = RECORD_RESIDUAL };
	struct template_memo memo = { .left = LIMIT_CHUNK_TEMPLATES };
	char id[GUID_TEXT] = "outer";
	const struct guid *data;
	struct record ours;
	const char *what;
	struct err err;

	arena_reset(&c->arena);
	if (!residue_read(slice_from(c->broken, c->len), &residue, &c->store, &memo, &c->arena, &ours, &err) ||
		!(ours.flags & RECORD_TEMPLATE_BUILT_IN))
		return;
	data = data_of(c, record->raw);
	if (data)
		guid_text(data, id);
	what = compare(c, record, &ours);
	printf("%s %s\n", what ? "DIFFER" : "AGREE", id);
	if (what)
		printf("# %s at %llu: %s\n", path, (unsigned long long)record->offset, what);
}

static bool
check_log(struct checker *c, const char *path)
{
	int fd = open(path, O_RDONLY);
	struct reader_options options = { .first_chunk = 0 };
	struct reader_loss loss;
	struct record record;
	struct source source;
	struct reader *r;
	struct stat st;
	struct err err;
	enum reader_step step;

	if (fd < 0 || fstat(fd, &st) != 0)
		return perror(path), false;
	source = source_from_fd(fd, (uint64_t)st.st_size);
	if (!reader_direct.open(&source, &options, &r, &err))
		return close(fd), true;
	do {
		step = reader_next(r, &record, &loss, &err);
		if (step == READER_CHUNK)
			break_definitions(c, r->bytes);
		if (step == READER_RECORD)
			check_record(c, &record, r->offset, path);
	} while (step != READER_END && step != READER_FAILED);
	reader_close(r);
	close(fd);
	return true;
}

int
main(int argc, char **argv)
{
	struct checker *c = calloc(1, sizeof(*c));
	bool fine = c != NULL;

	if (!c)
		return EXIT_FAILURE;
	template_store_init(&c->store);
	arena_init(&c->arena, LIMIT_RECORD_ARENA);
	arena_init(&c->fields, LIMIT_RECORD_ARENA);
	fine = template_store_add_built_in(&c->store);
	for (int i = 1; fine && i < argc; i++)
		fine = check_log(c, argv[i]);
	template_store_fini(&c->store);
	arena_fini(&c->arena);
	arena_fini(&c->fields);
	free(c);
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
