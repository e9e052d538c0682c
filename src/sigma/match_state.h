/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a matcher share.  match.c is the interface and tells of rules; class.c knows which rules want a
 * kind of event; marks.c finds out which items of an event are true; judge.c what rules make of them. */
#ifndef SIGMA_MATCH_STATE_H
#define SIGMA_MATCH_STATE_H

#include "src/sigma/evaluate.h"
#include "src/sigma/layout.h"
#include "src/sigma/memory.h"

enum { CLASS_LAYOUTS = 4, CLASS_SLOTS = 1024 };

/* The rules that apply to one (channel, provider, event id). */
struct class {
	struct slice channel, provider; /* in the key of the table */
	uint32_t event_id;
	uint32_t serial;      /* never used twice */
	size_t rule_count;    /* 0: nobody wants such events, and all that follows is empty */
	uint64_t *active;     /* bitmaps: by rule */
	uint64_t *always;     /* those without a gate */
	uint64_t *groups;     /* by group of rules */
	uint32_t *fields, *keywords; /* in plan->fields: what these rules ask for */
	uint32_t *slots;      /* by plan->fields: index in fields + 1, or 0 */
	size_t field_count, keyword_count;
	bool words_alone;     /* see matcher_wants_words_alone */
	bool one_hop;         /* looks for all of its keywords: what it says of a text is said for all */
	bool names_quiet;     /* no keyword stands in the names of channel and provider */
	struct layout *layouts[CLASS_LAYOUTS];
	unsigned next_layout, last_layout; /* the place for a new one; the one that fitted last */
};

/* What is known of an item in the event at hand: lower bits of a mark, above them the event's number. */
enum mark {
	MARK_NONE,           /* nothing was found: false, or unknown where there are gaps */
	MARK_MAYBE,          /* needs an expression, or another slow atom, to be evaluated */
	MARK_TRUE,
	MARK_UNKNOWN,        /* found out later; the rest as well */
	MARK_FALSE,
	MARK_SLOW_UNKNOWN,   /* was MARK_MAYBE */
	MARK_SLOW_FALSE,
	MARK_SLOW_TRUE,
};
enum { MARK_BITS = 3, MEMO_BITS = 2 };

/* How far rules are judged. */
enum judge_mode {
	JUDGE_QUICK,            /* MARK_MAYBE is unknown */
	JUDGE_FULL,             /* slow atoms are evaluated */
	JUDGE_UNKNOWN_IS_FALSE, /* and what is unknown is taken as false */
	JUDGE_MODES,
};

struct matcher {
	const struct ruleset *set;
	const struct plan *plan;
	enum matcher_mode mode;
	struct evaluator evaluator;
	struct table table; /* event id, channel, provider, length of the channel -> index in classes */
	struct class classes[LIMIT_CLASSES];
	size_t class_count;
	uint32_t class_serial;
	struct class *recent[CLASS_SLOTS]; /* by a cheap hash: a look into the table is saved */
	struct buf key;

	/* the event at hand */
	const struct sigma_event *event;
	const struct class *class;
	struct layout *layout;
	bool rowed;                /* the layout's recent texts are those of the event at hand */
	struct layout *odd_layout; /* too wide to be kept */
	bool gapped;               /* some field has a gap: what is not found may be unknown */
	bool limited;              /* an expression met its limit */
	uint64_t round;
	uint64_t hop_round;        /* of the evaluator: the event that hop_may is about */
	bool hop_may;              /* see keywords_may */
	uint64_t words_round;      /* of the evaluator: the event whose texts are in words */
	struct buf words;
	struct probe probe;
	uint32_t *marks;           /* by item: mark_round << MARK_BITS | enum mark */
	uint32_t mark_round;       /* as round, but it starts again before its bits run out */
	uint64_t *candidates;      /* bitmap by rule */
	uint64_t *memos;           /* by plan_node.memo: (round, mode) << MEMO_BITS | enum truth */
	uint64_t *visited;         /* by node, twice: see judge_found */
	uint64_t visit;

	uint64_t *sifted;          /* by field in plan->fields: the event whose texts of that field are in the probe's stamps */
	size_t probed;             /* texts that were not remembered */

	struct memory *memory;     /* NULL: none */
	struct keyed_hash repeat;  /* of the event that matcher_was_quiet was asked of last */
	struct buf row;            /* numbers of lists, one for each field */
	struct buf verdicts;       /* rules that hold or may hold: rule << 1 | may */
};

/* The class of such events; NULL: memory ran out. */
struct class *class_find(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id);
void class_forget_all(struct matcher *m);

/* What looks for a field's keywords in an event of the class before anything else does: the hop that fields share where there
 * are several of them. */
static inline const struct literal_hop *
class_hop(const struct plan *plan, const struct class *class, const struct plan_field *keywords)
{
	return class->keyword_count > 1 ? plan_hop(plan, keywords) : &keywords->index.hop;
}

/* Leaves in m->verdicts the rules that hold, or may, by what the event's texts yield, and the items marked where there
 * are any.  False: memory ran out. */
bool marks_find(struct matcher *m);

/* False when certainly none of the class's keywords stands in the event. */
bool marks_words_may(struct matcher *m);

enum truth judge(struct matcher *m, uint32_t rule, enum judge_mode mode);

/* Leaves the hits of a rule that holds, in order, in m->evaluator.hits.  The event has no gap, and was marked. */
void collect_hits(struct matcher *m, uint32_t rule);

/* The item's field is looked up by the layout, not by its name. */
void judge_locate(struct matcher *m, uint32_t item);

/* May some text that the rule asks for, not under a NOT, have been found?  Never false when one was. */
bool judge_found(struct matcher *m, uint32_t rule);

/* The key of the text of a plan's field at m->layout->places[at], worked out once an event. */
static inline struct keyed_hash
text_key(const struct matcher *m, uint32_t field, uint32_t at)
{
	struct layout_key *k = &m->layout->keys[at];

	if (k->round != m->evaluator.round)
		*k = (struct layout_key){ m->evaluator.round,
			memory_hash(m->memory, field, layout_field(m->event, m->layout->places[at])->text) };
	return k->key;
}

static inline enum mark
mark_of(const struct matcher *m, uint32_t item)
{
	uint32_t mark = m->marks[item];

	return mark >> MARK_BITS == m->mark_round ? (enum mark)(mark & ((1u << MARK_BITS) - 1)) : MARK_NONE;
}

static inline bool
bit_is_set(const uint64_t *bits, size_t at)
{
	return bits[at / 64] >> (at % 64) & 1;
}

static inline void
bit_set(uint64_t *bits, size_t at)
{
	bits[at / 64] |= (uint64_t)1 << (at % 64);
}

static inline size_t
bit_words(size_t count)
{
	return (count + 63) / 64;
}

#endif
