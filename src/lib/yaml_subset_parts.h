/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the YAML subset share: yaml_subset.c (documents, maps, lists), yaml_subset_line.c (characters, lines,
 * tokens), yaml_subset_scalar.c.  Whatever returns false or NULL means: the text is not ours, or memory ran out. */
#ifndef LIB_YAML_SUBSET_PARTS_H
#define LIB_YAML_SUBSET_PARTS_H

#include "base/attr.h"
#include "src/lib/yaml_subset.h"

/* Sixteen bytes looked at together. */
typedef uint8_t subset_bytes __attribute__((vector_size(16)));

static inline bool
subset_any(subset_bytes v)
{
	uint64_t words[2];

	memcpy(words, &v, sizeof(words));
	return words[0] | words[1];
}

/* The byte that many behind the next one; 0 past the end, for no text has a NUL. */
static inline uint8_t
subset_peek(const struct yaml_subset *s, size_t ahead)
{
	return s->text.len - s->at > ahead ? s->text.ptr[s->at + ahead] : 0;
}

static inline bool
subset_is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0;
}

/* A dash that opens a member of a list. */
static inline bool
subset_is_dash(const struct yaml_subset *s)
{
	return subset_peek(s, 0) == '-' && subset_is_space(subset_peek(s, 1));
}

/* A colon that ends a key. */
static inline bool
subset_is_colon(const struct yaml_subset *s)
{
	return subset_peek(s, 0) == ':' && subset_is_space(subset_peek(s, 1));
}

static inline void
subset_skip_blanks(struct yaml_subset *s)
{
	while (s->at < s->line_end && s->text.ptr[s->at] == ' ')
		s->at++;
}

/* --- yaml_subset_line.c --- */

/* Are these characters that libyaml reads, and none of those that are left to it? */
MUST_CHECK bool subset_may_read(struct slice text, bool *ascii);

/* Goes to the first byte of the line that begins there. */
void subset_enter_line(struct yaml_subset *s, size_t start);

/* To the next line; false when there is none. */
bool subset_next_line(struct yaml_subset *s);

/* From a place behind which the line has only blanks and a comment to the next thing that is neither; sets indent and mark. */
void subset_find_token(struct yaml_subset *s);

/* From behind a value, with which its line must end, to the next token. */
MUST_CHECK bool subset_end_line(struct yaml_subset *s);

/* Column of a place in the line, from 1. */
uint32_t subset_column(struct yaml_subset *s, size_t at);

/* A node at the place of the next byte. */
struct yaml_node *subset_node(struct yaml_subset *s, enum yaml_kind kind);

/* --- yaml_subset_scalar.c --- */

/* A word in one line: a key, or a scalar that may go on. */
struct subset_word {
	struct slice text;
	bool quoted;
};

/* Moves behind the word and the blanks that follow it. */
MUST_CHECK bool subset_word(struct yaml_subset *s, struct subset_word *word);

/* Makes the node a scalar of the word and what follows it in deeper lines, and moves to the next token. */
MUST_CHECK bool subset_finish_scalar(struct yaml_subset *s, const struct subset_word *word, ptrdiff_t parent,
	struct yaml_node *node);

/* From | or > to the next token. */
MUST_CHECK bool subset_block_scalar(struct yaml_subset *s, ptrdiff_t parent, struct yaml_node *node);

/* From [ to the next token. */
MUST_CHECK bool subset_flow_list(struct yaml_subset *s, struct yaml_node *list);

#endif
