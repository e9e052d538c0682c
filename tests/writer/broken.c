/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/broken.h"

#include "base/limits.h"

enum { EVENT_ARENA = 1 << 20, CHUNKS = 2, EVENTS_PER_CHUNK = 4 };

bool
broken_add_event(struct writer_log *log, uint64_t record, struct slice text)
{
	struct writer_event e = writer_event_blank();
	struct writer_field fields[2];
	struct arena arena;
	bool ok;

	arena_init(&arena, EVENT_ARENA);
	fields[0] = (struct writer_field){ .name = SLICE("Text"), .value = writer_string(&arena, text) };
	fields[1] = (struct writer_field){ .name = SLICE("Number"), .value = writer_int(&arena, WRITER_U32, record) };
	e.provider = SLICE("Example-Provider");
	e.channel = SLICE("Example/Operational");
	e.computer = SLICE("WS01.corp.example");
	e.id = 100;
	e.version = 0;
	e.level = 4;
	e.task = 0;
	e.opcode = 0;
	e.pid = 1234;
	e.tid = 5678;
	e.record = record;
	e.time = BROKEN_TIME + record * 10000000;
	e.fields = fields;
	e.field_count = ARRAY_LEN(fields);
	ok = writer_log_add(log, &e);
	arena_fini(&arena);
	return ok;
}

static bool
two_chunks(struct writer_log *log, const void *context)
{
	uint64_t record = 1;

	(void)context;
	for (int chunk = 0; chunk < CHUNKS; chunk++) {
		if (chunk && !writer_log_new_chunk(log))
			return false;
		for (int i = 0; i < EVENTS_PER_CHUNK; i++)
			if (!broken_add_event(log, record++, SLICE("an ordinary record")))
				return false;
	}
	return true;
}

static size_t
size_at(const struct buf *file, size_t at)
{
	const uint8_t *p = file->ptr + at;

	return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

/* Where the poke goes, from the sizes as the writer left them; SIZE_MAX when that is outside. */
static size_t
poke_offset(const struct buf *file, const struct poke *p)
{
	size_t at = 0;

	if (p->place == POKE_CHUNK)
		at = LIMIT_FILE_HEADER + (size_t)p->index * LIMIT_CHUNK;
	if (p->place == POKE_RECORD || p->place == POKE_RECORD_END) {
		at = LIMIT_FILE_HEADER + LIMIT_CHUNK_HEADER;
		for (unsigned i = 0; i < p->index && at + 8 < file->len; i++)
			at += size_at(file, at + 4);
	}
	if (p->place == POKE_RECORD_END)
		at += size_at(file, at + 4) - p->at;
	else
		at += p->at;
	return at + p->size <= file->len ? at : SIZE_MAX;
}

static bool
apply_pokes(const struct broken_form *form, struct buf *file)
{
	size_t at[BROKEN_POKES];

	for (size_t i = 0; i < BROKEN_POKES && form->pokes[i].place != POKE_NOWHERE; i++) {
		at[i] = poke_offset(file, &form->pokes[i]);
		if (at[i] == SIZE_MAX)
			return false;
	}
	for (size_t i = 0; i < BROKEN_POKES && form->pokes[i].place != POKE_NOWHERE; i++)
		for (size_t k = 0; k < form->pokes[i].size; k++)
			file->ptr[at[i] + k] = (uint8_t)(k < 8 ? form->pokes[i].value >> (8 * k) : 0);
	return true;
}

bool
broken_make(const struct broken_form *form, struct buf *out, size_t *records)
{
	struct writer_log *log = writer_log_new(&form->options);
	bool ok = log && (form->build ? form->build : two_chunks)(log, form->context);

	ok = ok && writer_log_finish(log, out);
	*records = ok ? writer_log_count(log) : 0;
	writer_log_free(log);
	if (!ok || !apply_pokes(form, out))
		return false;
	if (form->fix)
		writer_fix_file(out);
	if (form->cut)
		out->len = form->cut == SIZE_MAX ? 0 : form->cut;
	for (size_t i = 0; i < form->garbage; i++)
		buf_append_byte(out, 0xA5);
	return !out->failed;
}

const struct broken_form *
broken_form(size_t i)
{
	size_t containers = 0;

	while (broken_container(containers))
		containers++;
	return i < containers ? broken_container(i) : broken_body(i - containers);
}
