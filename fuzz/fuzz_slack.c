/* SPDX-License-Identifier: Apache-2.0 */
/* Residue of a chunk, as both passes see it: a survey, the definitions that are carried out, each record read with them
 * and with ours; then the same bytes as an image to be carved, and as slots of a log.  What is carried out of a chunk must stand on its own, and
 * what is read must lie where it was said to lie. */
#include "evtx/carve.h"
#include "evtx/survey.h"
#include "fuzz/visit.h"

enum { TEMPLATES = 256 * 1024, ARENA = 64 * 1024 * 1024 };

static const struct record_keys keys; /* nothing here depends on the seed */

struct pass {
	struct template_store store;
	struct buf bodies;
	struct arena arena;
	struct buf out;
};

static void
take_template(struct pass *p, struct slice chunk, size_t offset)
{
	size_t begin = p->bodies.len;
	struct cursor body;
	struct guid guid;
	struct slice carried;

	if (begin > TEMPLATES / 2 || !template_at(chunk, offset, &guid, &body) || !template_check(chunk, body, &p->bodies)) {
		p->bodies.len = begin;
		return;
	}
	carried = slice_sub(buf_view(&p->bodies), begin, p->bodies.len);
	if (!template_check(carried, cursor_over(carried, 0), NULL))
		__builtin_trap(); /* it stands on its own */
	if (!template_store_add(&p->store, &guid, carried, TEMPLATE_MET))
		return;
}

static void
read_record(struct pass *p, struct slice chunk, uint64_t chunk_at, const struct residue *residue)
{
	struct template_memo memo = { .left = LIMIT_CHUNK_TEMPLATES };
	struct record record;
	struct err err;

	if (residue->chunk != chunk_at || residue->offset - residue->chunk + residue->len > chunk.len)
		__builtin_trap(); /* it lies in its chunk */
	arena_reset(&p->arena);
	buf_reset(&p->out);
	if (residue_read(chunk, residue, &p->store, &memo, &p->arena, &record, &err))
		visit(record.tree, &p->out, 0);
}

static void
survey_all(struct pass *p, struct slice chunk, bool read)
{
	struct chunk_header header;
	struct chunk_walk walk;
	struct survey survey;
	struct survey_item item;
	enum survey_step step;

	chunk_header_read(chunk, &header);
	chunk_walk_init(&walk, chunk, &header, chunk_check(chunk, &header), CHUNK_MAY_BE_STALE, 0);
	survey_init(&survey, &walk, 0, &keys);
	while (step = survey_next(&survey, &item), step != SURVEY_END) {
		if (step == SURVEY_LOST)
			continue;
		if (step == SURVEY_RESIDUE && read)
			read_record(p, chunk, 0, &item.residue);
		if (step == SURVEY_RESIDUE && item.peek.definition)
			take_template(p, chunk, (size_t)item.residue.offset + item.peek.definition);
		if (step == SURVEY_RESIDUE && item.peek.data_definition)
			take_template(p, chunk, (size_t)item.residue.offset + item.peek.data_definition);
	}
}

static void
carve_all(struct pass *p, struct slice image)
{
	struct source source = source_from_memory(image);
	struct carve carve;
	enum carve_step step;
	struct err err;

	if (!carve_init(&carve, &source, 0, &keys))
		return;
	while (step = carve_next(&carve, &err), step != CARVE_END)
		if (step == CARVE_RECORD)
			read_record(p, carve.chunk, carve.residue.chunk, &carve.residue);
	carve_fini(&carve);
}

/* Each slot gives what begins in it and nothing else. */
static void
search_slot(struct pass *p, const struct source *source, uint64_t offset, struct slice slot)
{
	struct carve carve;
	enum carve_step step;
	struct err err;

	if (!carve_init_slot(&carve, source, offset, slot, &keys))
		return;
	while (step = carve_next(&carve, &err), step != CARVE_END) {
		if (step != CARVE_RECORD)
			continue;
		if (carve.residue.offset < offset || carve.residue.offset - offset >= slot.len)
			__builtin_trap();
		read_record(p, carve.chunk, carve.residue.chunk, &carve.residue);
	}
	carve_fini(&carve);
}

static void
search_slots(struct pass *p, struct slice log)
{
	struct source source = source_from_memory(log);

	for (size_t at = log.len % LIMIT_FILE_HEADER; at < log.len; at += LIMIT_CHUNK)
		search_slot(p, &source, at, slice_sub(log, at, LIMIT_CHUNK));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice image = slice_from(data, size), chunk = slice_sub(image, 0, LIMIT_CHUNK);
	struct survey_templates at = { 0 };
	struct pass p;
	size_t offset;

	template_store_init(&p.store);
	buf_init(&p.bodies, TEMPLATES);
	arena_init(&p.arena, ARENA);
	buf_init(&p.out, LIMIT_RECORD_OUTPUT);
	if (buf_reserve(&p.bodies, TEMPLATES)) { /* at once: the store points into it */
		while (survey_next_template(chunk, &at, &offset))
			take_template(&p, chunk, offset);
		survey_all(&p, chunk, false);
		if (template_store_add_built_in(&p.store)) {
			survey_all(&p, chunk, true);
			carve_all(&p, image);
			search_slots(&p, image);
		}
	}
	template_store_fini(&p.store);
	buf_fini(&p.bodies);
	arena_fini(&p.arena);
	buf_fini(&p.out);
	return 0;
}
