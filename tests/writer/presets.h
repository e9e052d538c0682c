/* SPDX-License-Identifier: Apache-2.0 */
/* What a scenario need not spell out: channels by a short word, and the events that Windows writes with their fields,
 * types and usual values (evtx-format.md 8). */
#ifndef TESTS_WRITER_PRESETS_H
#define TESTS_WRITER_PRESETS_H

#include "tests/writer/evtx_writer.h"

struct channel_preset {
	const char *word;
	const char *channel, *provider, *guid; /* guid NULL: none */
	bool bare_system;
};

/* How the fields become the event's data. */
enum preset_shape {
	SHAPE_FIELDS,  /* as they are */
	SHAPE_ENGINE,  /* classic 400, 403, 600: first field, second field, all as detail lines */
	SHAPE_COMMAND, /* classic 800: CommandLine, all as detail lines, invocation lines */
	SHAPE_MODULE,  /* 4103: ContextInfo from the fields, UserData, Payload from invocation lines */
};

enum { PRESET_FIELDS = 24 };

struct preset_field {
	const char *name;
	uint8_t type;
	const char *text; /* usual value */
};

struct event_preset {
	const char *word;
	const char *channel; /* word of a channel_preset; NULL: what is set */
	uint16_t id;
	int8_t version, level;
	int16_t task, opcode;
	uint64_t keywords;
	enum writer_body body;
	enum preset_shape shape;
	const char *template_guid; /* of the data's template on real hosts */
	const char *user_data_root, *user_data_namespace;
	struct preset_field fields[PRESET_FIELDS];
};

const struct channel_preset *channel_preset_find(struct slice word); /* NULL: none */
const struct event_preset *event_preset_find(struct slice word);     /* NULL: none */

#endif
