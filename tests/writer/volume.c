/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/volume.h"

#include "tests/writer/evtx_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_DAY 133540000000000000u /* 2024-03-04 */

enum {
	VOLUME_FILES = 4,
	PARTS_MAX = 4 * 1000 * 1000,
	PART_ARENA = 64 * 1024,
	LOG_MAX = 1 << 30,
	PART_TEXT = 64,
};

static const char block_id[] = "0badf00d-0000-4000-8000-000000000001";

/* Fisher and Yates with a small generator of fixed seed: the same order on every run. */
static void
shuffle(uint32_t *numbers, uint32_t count)
{
	uint64_t state = 0x2545F4914F6CDD1Du;

	for (uint32_t i = 0; i < count; i++)
		numbers[i] = i + 1;
	for (uint32_t i = count; i > 1; i--) {
		uint32_t k, kept = numbers[i - 1];

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		k = (uint32_t)(state % i);
		numbers[i - 1] = numbers[k];
		numbers[k] = kept;
	}
}

static struct slice
part_text(uint32_t number, char text[static PART_TEXT])
{
	int len = snprintf(text, PART_TEXT, "Write-Output 'part %" PRIu32 " of many'\r\n", number);

	return slice_from(text, (size_t)len);
}

static bool
add_part(struct writer_log *log, struct arena *a, uint32_t number, uint32_t total, uint64_t record)
{
	struct writer_event e = writer_event_blank();
	struct guid provider, template_guid;
	char text[PART_TEXT];

	guid_parse(SLICE("a0c1853b-5c40-4b15-8766-3cf1c58f985a"), &provider);
	guid_parse(SLICE("4f13e858-7e73-5e62-55dd-5ae8981b7af9"), &template_guid);
	struct writer_field fields[] = {
		{ SLICE("MessageNumber"), writer_int(a, WRITER_I32, number), WRITER_I32 },
		{ SLICE("MessageTotal"), writer_int(a, WRITER_I32, total), WRITER_I32 },
		{ SLICE("ScriptBlockText"), writer_string(a, part_text(number, text)), WRITER_STRING },
		{ SLICE("ScriptBlockId"), writer_string(a, slice_from_text(block_id)), WRITER_STRING },
		{ SLICE("Path"), writer_string(a, SLICE("")), WRITER_STRING },
	};
	e.provider = SLICE("Microsoft-Windows-PowerShell");
	e.provider_guid = &provider;
	e.channel = SLICE("Microsoft-Windows-PowerShell/Operational");
	e.computer = SLICE("WS01.corp.example");
	e.id = 4104;
	e.version = 1;
	e.level = 5;
	e.task = 2;
	e.opcode = 15;
	e.pid = 4242;
	e.tid = 4244;
	e.record = record;
	e.time = FIRST_DAY + record * 10000;
	e.template_guid = &template_guid;
	e.fields = fields;
	e.field_count = ARRAY_LEN(fields);
	return writer_log_add(log, &e);
}

/* File number i of the set: its share of the shuffled numbers. */
static bool
volume_file(const uint32_t *numbers, uint32_t total, uint32_t i, const struct scenario_sink *sink, struct err *err)
{
	struct writer_log *log = writer_log_new(NULL);
	char name[32];
	struct arena arena;
	struct buf bytes;
	bool ok = log != NULL;

	arena_init(&arena, PART_ARENA);
	buf_init(&bytes, LOG_MAX);
	for (uint32_t k = i; k < total && ok; k += VOLUME_FILES) {
		ok = add_part(log, &arena, numbers[k], total, k + 1);
		arena_reset(&arena);
	}
	ok = ok && writer_log_finish(log, &bytes);
	snprintf(name, sizeof(name), "volume-%" PRIu32 ".evtx", i + 1);
	ok = ok ? sink->log(sink->context, slice_from_text(name), buf_view(&bytes), writer_log_count(log), true, err)
		: err_nomem(err);
	buf_fini(&bytes);
	arena_fini(&arena);
	writer_log_free(log);
	return ok;
}

static bool
tell_text(uint32_t total, const struct scenario_sink *sink, struct err *err)
{
	char text[PART_TEXT];
	struct buf whole;
	bool ok;

	if (!sink->text)
		return true;
	buf_init(&whole, LOG_MAX);
	for (uint32_t number = 1; number <= total; number++)
		buf_append(&whole, part_text(number, text));
	ok = sink->text(sink->context, slice_from_text(block_id), buf_view(&whole), err);
	buf_fini(&whole);
	return ok;
}

bool
volume_run(uint64_t parts, const struct scenario_sink *sink, struct err *err)
{
	uint32_t *numbers, total = (uint32_t)parts;
	bool ok = true;

	if (parts == 0 || parts > PARTS_MAX)
		return err_set(err, ERR_LIMIT, 0, "parts must be 1 to %d", PARTS_MAX);
	numbers = calloc(total, sizeof(*numbers));
	if (!numbers)
		return err_nomem(err);
	shuffle(numbers, total);
	for (uint32_t i = 0; i < VOLUME_FILES && ok; i++)
		ok = volume_file(numbers, total, i, sink, err);
	free(numbers);
	return ok && tell_text(total, sink, err);
}
