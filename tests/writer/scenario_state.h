/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the scenario reader share: the files being made, the settings that events take over, the texts by
 * name.  Each directive is one function (struct scenario *, rest of its line) in the part it belongs to. */
#ifndef TESTS_WRITER_SCENARIO_STATE_H
#define TESTS_WRITER_SCENARIO_STATE_H

#include "tests/writer/compose.h"
#include "tests/writer/scenario.h"

enum {
	SCENARIO_FILES = 64,
	SCENARIO_TEXTS = 256,
	SCENARIO_ALWAYS = 64,
	SCENARIO_TEXT_MAX = 64 * 1024 * 1024,
	SCENARIO_FILE_MAX = 1 << 30,
};

struct log_file {
	struct slice name;
	struct writer_log *log;
	uint64_t next_record;
	uint64_t next_header; /* 0: the record's own id; else an export counts anew */
	bool odd;             /* something in it is meant to be wrong */
	bool is_copy;         /* its bytes are those of copy_of */
	size_t copy_of;
};

struct named_text {
	struct slice name, text;
};

struct scenario {
	struct arena arena;
	const struct scenario_sink *sink;
	struct err *err;
	uint64_t line_number;
	struct slice rest;          /* lines not read yet */
	struct writer_event event;  /* what events take over unless their line says otherwise */
	uint64_t now, step;         /* ticks */
	struct log_file files[SCENARIO_FILES];
	size_t file_count;
	size_t current; /* index of the file in use; SCENARIO_FILES: by host and channel */
	size_t last;    /* file of the last event */
	bool residue;   /* events go behind the live records */
	struct named_text texts[SCENARIO_TEXTS];
	size_t text_count;
	struct named_text always[SCENARIO_ALWAYS]; /* fields that presets have, with other usual values */
	size_t always_count;
	struct slice told[SCENARIO_TEXTS]; /* ids of script blocks whose text the sink has */
	size_t told_count;
};

/* scenario.c */
bool scenario_fail(struct scenario *s, const char *what, struct slice word); /* false */
bool scenario_take_line(struct scenario *s, struct slice *line);
bool scenario_line_continues(const struct scenario *s); /* the next line is indented */

/* scenario_keys.c: true when the key is one of an event's; *ok tells about the value. */
bool scenario_key(struct scenario *s, struct writer_event *e, struct slice key, struct slice value, bool *ok);

/* scenario_files.c */
struct log_file *scenario_file_for(struct scenario *s, const struct writer_event *e); /* NULL: failed */
bool scenario_deliver(struct scenario *s);
bool scenario_do_file(struct scenario *s, struct slice line);
bool scenario_do_copy(struct scenario *s, struct slice line);
bool scenario_do_chunk(struct scenario *s, struct slice line);
bool scenario_do_hide(struct scenario *s, struct slice line);
bool scenario_do_pad(struct scenario *s, struct slice line);
bool scenario_do_residue(struct scenario *s, struct slice line);
bool scenario_do_live(struct scenario *s, struct slice line);

/* scenario_texts.c */
const struct named_text *scenario_text(const struct named_text *table, size_t count, struct slice name);
bool scenario_value(struct scenario *s, struct slice line, struct slice *name, struct slice *value);
bool scenario_do_text(struct scenario *s, struct slice line);
bool scenario_do_always(struct scenario *s, struct slice line);

/* scenario_events.c */
bool scenario_preset(struct scenario *s, const struct event_preset *preset, struct writer_event *e);
bool scenario_put(struct scenario *s, struct writer_event *e); /* writes it and moves the clock */
bool scenario_do_event(struct scenario *s, struct slice line);

/* scenario_scripts.c */
bool scenario_do_script(struct scenario *s, struct slice line);

#endif
