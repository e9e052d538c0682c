/* SPDX-License-Identifier: Apache-2.0 */
/* Applying a closed rule set to events.  Three-valued where texts have gaps (design section 4): an atom found is
 * true; one not found is unknown where a gap could hold it, else false. */
#ifndef SIGMA_MATCH_H
#define SIGMA_MATCH_H

#include "src/sigma/event.h"
#include "src/sigma/ruleset.h"

enum verdict {
	VERDICT_NONE,
	VERDICT_UNDECIDED,        /* unknown, and at least one positive text atom was really found */
	VERDICT_MATCH_ON_PARTIAL, /* unknown, but true if all unknown atoms are taken as false */
	VERDICT_MATCH,
};

/* Bytes that made an atom true: a range of event->fields[field].text (or of event->system when is_system). */
struct sigma_hit {
	uint32_t field;
	bool is_system;
	size_t start, len;
};

struct sigma_result {
	size_t rule; /* index in the rule set */
	enum verdict verdict;
	const struct sigma_hit *hits; /* in order of field and start, at most LIMIT_MATCHES */
	size_t hit_count;
};

/* Told about each rule that holds (in order of the rule set), and each rule that could not be decided because an
 * expression met its limit: then result->verdict is VERDICT_NONE and `limit` says which limit. */
struct sigma_listener {
	void *context;
	bool (*result)(void *context, const struct sigma_result *result, struct err *err);
	bool (*limit)(void *context, size_t rule, const char *limit, struct err *err);
};

struct matcher; /* scratch memory for one worker */

struct matcher *matcher_new(const struct ruleset *set); /* NULL: out of memory */

/* How a matcher works; what it tells is the same. */
enum matcher_mode {
	MATCHER_PLAN,      /* by the compiled plan, remembering what texts yielded */
	MATCHER_NO_MEMORY, /* by the plan alone: for measuring, and for holding the two against each other */
	MATCHER_WALK,      /* every rule's tree, the slow and obvious way: what the plan is tested against */
};
struct matcher *matcher_new_mode(const struct ruleset *set, enum matcher_mode mode);
void matcher_free(struct matcher *m);

/* From now on expressions are not run on texts longer than LIMIT_REGEX_SHORT_TEXT: what hangs on them is not decided, because of
 * `why`, a constant.  NULL: they are again. */
void matcher_leave_out_expressions(struct matcher *m, const char *why);

/* True when some ready rule asks for events of that channel, provider and id: the others need not be built. */
bool matcher_wants(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id);

/* True when no rule that asks for such events can hold without a keyword, and each keyword has a character that no plain
 * text has (base/plain.h): then an event need not be built when matcher_words_may says no of its texts. */
bool matcher_wants_words_alone(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id);

/* False when certainly no keyword of rules for such events stands in the texts, given one behind the other with a NUL
 * between; plain ones may be left out, and the names of channel and provider, of which it knows. */
bool matcher_words_may(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id,
	struct slice texts);

/* True when that rule asks for such events. */
bool matcher_rule_wants(struct matcher *m, size_t rule, struct slice channel, struct slice provider,
	uint32_t event_id);

/* Sets a byte for each rule that asks for such events, for "rule for a log that is not there"; true when one was not set
 * before.  There is a byte a rule of the set. */
bool matcher_list_rules(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id, uint8_t *rules);

/* Events of that kind may be known again by less than all of them (evtx/repeat.h): no keyword can stand in a plain text, so
 * that plain values count only where matcher_looks_at says so. */
bool matcher_may_repeat(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id);

/* True when a rule that asks for such events may look at a field of that name, by whatever way it finds it. */
bool matcher_looks_at(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id, struct slice name);

/* True when such an event with the same bytes came to nothing: no rule held, none was open.  The bytes must tell apart all
 * that rules may look at. */
bool matcher_was_quiet(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id, struct slice bytes);

/* The event that was asked of last came to nothing. */
void matcher_keep_quiet(struct matcher *m);

/* Runs every rule whose log source fits.  *open_verdicts counts rules that stay unknown without any text found (not
 * reported one by one).  Errors: ERR_NOMEM, or what the listener failed with. */
MUST_CHECK bool matcher_run(struct matcher *m, const struct sigma_event *event, const struct sigma_listener *listener,
	size_t *open_verdicts, struct err *err);

#endif
