/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a rule set, for the loader and the matcher alone. */
#ifndef SIGMA_SET_H
#define SIGMA_SET_H

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
	const struct placeholder *placeholders;
	uint8_t settings[DIGEST_LEN]; /* of mappings and placeholders, one after the other */
	struct plan *plan; /* once closed */
	bool closed;
};

/* An entry for a file that is no rule, with the reason.  Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK bool ruleset_add_refused(struct ruleset *set, struct slice file, const struct err *why, struct err *err);

/* The pack compiled into the program: rules_pack.c, which tools/embed-rules.sh makes of rules/. */
struct pack_file {
	const char *name; /* below rules/ */
	const uint8_t *text;
	size_t len;
};
extern const struct pack_file rules_pack[];
extern const size_t rules_pack_count;

#endif
