/* SPDX-License-Identifier: Apache-2.0 */
/* One rule's tree against one event, in three values.  What many rules ask of an event (the fields of a name, the
 * folding of a text) is worked out once an event, when it is first asked for.  evaluate.c walks, evaluate_atom.c answers for one
 * atom. */
#ifndef SIGMA_EVALUATE_H
#define SIGMA_EVALUATE_H

#include "base/limits.h"
#include "src/sigma/match.h"
#include "src/sigma/tree.h"

/* The first field of a name in the event at hand. */
struct lookup {
	uint64_t round;
	const struct sigma_field *field;
	size_t at;  /* for sigma_event_field */
	bool more;  /* there may be another one */
};

/* A text without case. */
struct folded {
	uint64_t round;
	struct gapped text;
	bool moved; /* positions differ from those in the text itself */
};

/* What an expression said of a field of the event at hand: judging a rule and collecting its hits both ask. */
struct said {
	uint64_t round;
	const struct regex *regex;
	const struct sigma_field *field;
	enum truth truth;
	struct text_range range;
	const char *limit;
};

enum { SAID = 16 }; /* by hash of the two: a lost one is only asked again */

struct evaluator {
	const struct sigma_event *event;
	uint64_t round;          /* number of the event: what is cached from another one is void */
	struct arena arena;      /* foldings, one event long */
	struct folded *folded;   /* payload fields, then system fields */
	size_t folded_capacity;
	struct lookup *lookups;  /* by number of the name */
	size_t lookup_count;
	struct regex_scratch *regex;
	const char *no_expressions; /* why they are not run on long texts; NULL: they are */
	struct said said[SAID];
	bool failed;             /* memory ran out */

	/* while one rule is walked */
	bool unknown_is_false;
	bool collecting;         /* no short cuts: every hit is wanted */
	bool negative;           /* below an odd number of nots */
	bool text_found;         /* a positive text of the payload was found */
	const char *limit;       /* that an expression met */
	const uint32_t *sieve;   /* by number: atoms without the stamp are not in the item's texts; NULL: nothing known */
	uint32_t stamp;
	struct slice only;       /* the folded text of the only field of an item with many values; NULL: not that */
	struct sigma_hit hits[LIMIT_MATCHES];
	size_t hit_count;
};

bool evaluator_init(struct evaluator *e, size_t field_names); /* false: out of memory */
void evaluator_fini(struct evaluator *e);

/* The next event; its memory must stay until the one after it.  False: out of memory. */
bool evaluator_begin(struct evaluator *e, const struct sigma_event *event);

enum truth evaluator_run(struct evaluator *e, const struct node *root, bool unknown_is_false);

/* Walks again and leaves the hits of what is true, in order, in e->hits. */
void evaluator_collect(struct evaluator *e, const struct node *root, bool unknown_is_false);

/* The same in steps, by a caller that knows which items to look at. */
void evaluator_collect_begin(struct evaluator *e, bool unknown_is_false);
void evaluator_collect_item(struct evaluator *e, const struct item *item);
void evaluator_collect_whole(struct evaluator *e, const struct sigma_field *field); /* of an item->whole that holds */
void evaluator_collect_end(struct evaluator *e);

/* The only field in the event at hand that the name leads to; NULL: there is none. */
void evaluator_located(struct evaluator *e, const struct field_name *name, const struct sigma_field *field);

/* One atom of an item over that field, in the event at hand: e->limit is set when an expression met its limit. */
enum truth evaluator_atom(struct evaluator *e, const struct field_name *name, const struct atom *atom);

/* The same for a text, number or network that is known to stand nowhere: is it false, or could a gap hold it? */
enum truth evaluator_missing(struct evaluator *e, const struct field_name *name, const struct atom *atom);

#endif
