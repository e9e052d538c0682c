/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a rule set, for the loader and the matcher alone. */
#ifndef SIGMA_SET_H
#define SIGMA_SET_H

#include "base/buf.h"
#include "base/limits.h"
#include "src/lib/digest.h"
#include "src/sigma/load.h"
#include "src/sigma/ruleset.h"

struct ruleset_entry {
	struct rule *rule;
	size_t number; /* in order of arrival: breaks ties of the file name */
};

struct ruleset {
	struct ruleset_entry *entries;
	size_t count, capacity;
	struct arena keep, scratch;
	struct table fields;
	struct regex_link *regexes;
	struct mapping mapping;
	struct table sources; /* of the mapping, by what rules asked for */
	const struct placeholder *placeholders;
	struct buf pending; /* paths of files that a walk through folders found: char *, owned */
	uint8_t settings[DIGEST_LEN]; /* of mappings and placeholders, one after the other */
	struct plan *plan; /* once closed */
};

/* An entry for a file that is no rule, with the reason.  Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK bool ruleset_add_refused(struct ruleset *set, struct slice file, const struct err *why, struct err *err);

/* Appends the whole file; one that is longer than LIMIT_RULE_FILE comes longer than that, for ruleset_add_text to refuse.
 * Errors: ERR_IO, ERR_NOMEM. */
enum { RULE_FILE_READ = 64 * 1024, RULE_FILE_ROOM = LIMIT_RULE_FILE + 2 * RULE_FILE_READ };
MUST_CHECK bool rule_file_read(const char *path, struct buf *out, struct err *err);

/* The same as ruleset_add_text of the file's text. */
struct parsed_file;
MUST_CHECK bool ruleset_add_parsed(struct ruleset *set, struct slice file, const struct parsed_file *parsed, struct err *err);

/* The pack compiled into the program: rules_pack.c, which tools/embed-rules.sh makes of rules/. */
struct pack_file {
	const char *name; /* below rules/ */
	const uint8_t *text;
	size_t len;
};
extern const struct pack_file rules_pack[];
extern const size_t rules_pack_count;

#endif
