/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the program.  One table (options.c) is the truth: parsing, help, completion, the manifest and the
 * check of the manual all walk it, so an option is one row and one field here.  An option may have several rows when
 * it means something else to another command; a row says which commands know it. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "src/sigma/rule.h"

/* Commands as bits, in the order of the table in commands.c. */
enum command_bit {
	COMMAND_SCAN = 1 << 0,
	COMMAND_BLOCKS = 1 << 1,
	COMMAND_SEARCH = 1 << 2,
	COMMAND_DUMP = 1 << 3,
	COMMAND_INFO = 1 << 4,
	COMMAND_RULES = 1 << 5,
	COMMAND_CITE = 1 << 7,
	COMMAND_COMPLETE = 1 << 6, /* hidden: writes the completion scripts */
	COMMAND_MERGE = 1 << 12,
};

struct text_list {
	const char **items;
	size_t count;
};

struct number_list {
	uint32_t *items;
	size_t count;
};

struct options {
	enum command_bit command;
	struct text_list operands; /* what is no option: paths; first the pattern, the sub-command */
	struct text_list rules, outputs;
	struct text_list mappings, placeholders; /* "NAME=FILE" */
	struct text_list statuses, tags, logsources, rule_ids, excluded_rules; /* words, at commas as well */
	struct text_list evidence;
	const char *field;
	const char *type, *reader, *residual, *manifest, *temp_dir, *partial;
	enum rule_level min_level, fail_on; /* LEVEL_NONE: not given */
	uint64_t from, to;
	struct number_list event_ids;
	uint32_t threads;                   /* 0: not given */
	bool quiet, verbose, no_color, rules_strict, csv_raw, bom, force, regexp, carve, require_sandbox, verify, help, version;
	struct arena arena; /* of the lists */
};

enum option_kind {
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char * */
	OPTION_FILE,    /* const char *, completed as a file name */
	OPTION_FILES,   /* struct text_list: may be repeated */
	OPTION_WORDS,   /* struct text_list: WORD[,WORD]..., may be repeated */
	OPTION_PAIRS,   /* struct text_list: NAME=FILE, may be repeated */
	OPTION_CHOICE,  /* const char *: one of `choices` */
	OPTION_LEVEL,   /* enum rule_level */
	OPTION_TIME,    /* uint64_t, FILETIME ticks */
	OPTION_COUNT,   /* uint32_t: 1..LIMIT_WORKERS */
	OPTION_NUMBERS, /* struct number_list: N[,N]..., may be repeated */
};

struct option_info {
	const char *name; /* without the dashes */
	char letter;      /* 0: none */
	enum option_kind kind;
	unsigned commands; /* enum command_bit */
	size_t field;      /* offset in struct options */
	const char *argument; /* its name in help and manual; NULL for a flag */
	const char *choices;  /* "csv|json"; also what completion offers for levels */
	const char *preset;   /* default of a choice or a text, NULL: none */
	const char *help;
};

extern const struct option_info option_table[];
extern const size_t option_count;

/* Reads the command line.  The first word that is no option names the command; where it is none, the command is scan
 * and the word a path ("./scan", or anything behind "--", is always a path).  Errors: ERR_SYNTAX with the sentence
 * for the user, ERR_NOMEM.  options_fini is right after a failure as well. */
MUST_CHECK bool options_parse(int argc, char *const *argv, struct options *options, struct err *err);
void options_fini(struct options *options);

/* The row of that long name, or of that letter, as the commands in the mask know it; NULL: none. */
const struct option_info *option_named(struct slice name, unsigned commands);
const struct option_info *option_lettered(char letter, unsigned commands);

/* The value that is in force, as text for the manifest; false when the option was not given and has no default. */
bool option_value(const struct option_info *info, const struct options *options, struct buf *out);

#endif
