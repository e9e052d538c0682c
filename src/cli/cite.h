/* SPDX-License-Identifier: Apache-2.0 */
/* What a report or a court needs of one finding, in two forms: text for reading and JSON.  Each form is three steps that
 * append to a buffer: the finding with its rule, each of its records, the end. */
#ifndef CLI_CITE_H
#define CLI_CITE_H

#include "src/cli/session.h"

struct cite {
	const struct session *session;
	const struct invocation *call;
	struct tee file;
	struct buf out;          /* not yet written to the file */
	const struct cite_form *form;
	struct json json;        /* of that form: what is open */
	uint64_t findings;       /* whose id begins with what was asked for */
	uint64_t records;
	char id[33];             /* of the first of them */
};

struct cite_form {
	const char *name; /* for -t */
	void (*finding)(struct cite *c, const struct finding *finding);
	void (*record)(struct cite *c, const struct exhibited *record);
	void (*end)(struct cite *c);
};

extern const struct cite_form cite_text, cite_json;

/* Name and value of all that is told of the rule, the finding and the program in both forms: calls `put` for each.
 * Values are texts from evidence and rules: the form escapes them. */
typedef void cite_put(struct cite *c, const char *name, struct slice value);
void cite_each_of_rule(struct cite *c, const struct finding *finding, cite_put *put);

/* SHA-256 of the finding's text as strict UTF-8, what `blocks` would write: false when there is none. */
bool cite_text_digest(const struct finding *finding, char out[static DIGEST_TEXT]);

/* What is shown was read as a record: a fact may stand at the head of a chunk. */
static inline bool
cite_is_record(const struct exhibit *x)
{
	return !(x->flags & RECORD_IS_FACT);
}

/* The command line that repeats this, ready for a POSIX shell, with the whole id. */
void cite_command(const struct cite *c, struct buf *out);

#endif
