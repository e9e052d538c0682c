/* SPDX-License-Identifier: Apache-2.0 */
/* A log of one chunk, put together by hand for the reader's unit tests: BinXML is written as a line of words, so
 * that a case is one row of a table, and any of it can be wrong.
 *
 *	41 0F ...     bytes in hexadecimal
 *	$7 #7         u32, u16
 *	=Name         reference to a name that stands right here
 *	'text         u16 count and UTF-16
 *	~text         UTF-16 alone
 *	def ... end   instance of a template whose definition stands right here; its values follow
 *	ref           instance of the template defined last
 *	[ ... ]       one value of embedded BinXML: count, descriptor, bytes
 */
#ifndef TESTS_MINI_CHUNK_H
#define TESTS_MINI_CHUNK_H

#include "base/attr.h"
#include "base/crc32.h"
#include "base/limits.h"
#include "evtx/reader.h"

#include <stdlib.h>

#define MINI_TEMPLATE_ID 0x04030201u
/* <A k="v"><B>x</B></A> */
#define MINI_PLAIN "0F 01 01 00 41 $0 =A $0 06 =k 05 01 'v 02 01 $0 =B 02 05 01 'x 04 04 00"

struct mini {
	uint8_t bytes[LIMIT_FILE_HEADER + LIMIT_CHUNK];
	size_t at; /* chunk offset: end of the last record */
	size_t definition;
	size_t last;
	size_t values[64]; /* where the sizes of open [ stand */
	unsigned open;
	uint64_t id;
};

static inline uint8_t *
mini_chunk(struct mini *m)
{
	return m->bytes + LIMIT_FILE_HEADER;
}

static inline void
mini_set(uint8_t *at, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = i < 8 ? (uint8_t)(v >> (8 * i)) : 0;
}

static inline void
mini_put(struct mini *m, uint64_t v, size_t size)
{
	mini_set(mini_chunk(m) + m->at, v, size);
	m->at += size;
}

static inline void
mini_utf16(struct mini *m, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		mini_put(m, (uint8_t)text[i], 2);
}

static inline void
mini_word(struct mini *m, const char *word, size_t len)
{
	if (word[0] == '$' || word[0] == '#') {
		mini_put(m, strtoull(word + 1, NULL, 0), word[0] == '$' ? 4 : 2);
	} else if (word[0] == '=') {
		mini_put(m, m->at + 4, 4);
		mini_put(m, 0, 6);
		mini_put(m, len - 1, 2);
		mini_utf16(m, word + 1, len - 1);
		mini_put(m, 0, 2);
	} else if (word[0] == '\'' || word[0] == '~') {
		if (word[0] == '\'')
			mini_put(m, len - 1, 2);
		mini_utf16(m, word + 1, len - 1);
	} else if (strncmp(word, "def", 3) == 0) {
		mini_put(m, 0x010C, 2);
		mini_put(m, MINI_TEMPLATE_ID, 4);
		m->definition = m->at + 4;
		mini_put(m, m->definition, 4);
		mini_put(m, 0, 4);
		mini_put(m, MINI_TEMPLATE_ID, 8);
		mini_put(m, 0, 12);
	} else if (strncmp(word, "end", 3) == 0) {
		mini_set(mini_chunk(m) + m->definition + 20, m->at - m->definition - 24, 4);
	} else if (word[0] == '[') {
		mini_put(m, 1, 4);
		m->values[m->open++] = m->at;
		mini_put(m, 0x00210000, 4);
	} else if (word[0] == ']') {
		m->open--;
		mini_set(mini_chunk(m) + m->values[m->open], m->at - m->values[m->open] - 4, 2);
	} else if (strncmp(word, "ref", 3) == 0) {
		mini_put(m, 0x010C, 2);
		mini_put(m, MINI_TEMPLATE_ID, 4);
		mini_put(m, m->definition, 4);
	} else {
		mini_put(m, strtoul(word, NULL, 16), 1);
	}
}

static inline void
mini_words(struct mini *m, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, " ");

		if (len)
			mini_word(m, words, len);
		words += len + (words[len] != '\0');
	}
}

static inline void
mini_init(struct mini *m)
{
	*m = (struct mini){ .at = LIMIT_CHUNK_HEADER, .id = 1 };
}

/* A record: header, body, `padding` more bytes, the zeros to the next multiple of 8, the size again. */
static inline void
mini_begin(struct mini *m)
{
	m->last = m->at;
	mini_put(m, 0x2a2a, 4);
	mini_put(m, 0, 4);
	mini_put(m, m->id++, 8);
	mini_put(m, UINT64_C(0x01d5c03669050000), 8);
}

static inline void
mini_end(struct mini *m, size_t padding)
{
	m->at += padding;
	m->at += (8 - (m->at + 4) % 8) % 8 + 4;
	mini_set(mini_chunk(m) + m->at - 4, m->at - m->last, 4);
	mini_set(mini_chunk(m) + m->last + 4, m->at - m->last, 4);
}

static inline void
mini_record(struct mini *m, const char *words)
{
	mini_begin(m);
	mini_words(m, words);
	mini_end(m, 0);
}

static inline void
mini_checksums(struct mini *m, size_t free_space)
{
	uint8_t *c = mini_chunk(m);
	uint32_t crc;

	mini_set(c + 52, crc32_extend(0, slice_from(c + 512, free_space - 512)), 4);
	crc = crc32_extend(0, slice_from(c, 120));
	mini_set(c + 124, crc32_extend(crc, slice_from(c + 128, 384)), 4);
}

/* Both headers, for the records put so far. */
static inline void
mini_finish(struct mini *m, unsigned file_flags)
{
	uint8_t *f = m->bytes, *c = mini_chunk(m);

	memcpy(f, "ElfFile", 8);
	mini_set(f + 24, m->id, 8);
	mini_set(f + 32, 128, 4);
	mini_set(f + 36, 0x00030001, 4);
	mini_set(f + 40, 0x00011000, 4);
	mini_set(f + 120, file_flags, 4);
	mini_set(f + 124, crc32_extend(0, slice_from(f, 120)), 4);
	memcpy(c, "ElfChnk", 8);
	mini_set(c + 8, 1, 8);
	mini_set(c + 16, m->id - 1, 8);
	mini_set(c + 24, 1, 8);
	mini_set(c + 32, m->id - 1, 8);
	mini_set(c + 40, 128, 4);
	mini_set(c + 44, m->last, 4);
	mini_set(c + 48, m->at, 4);
	mini_set(c + 120, 1, 4);
	mini_checksums(m, m->at);
}

/* What reading a whole log gave. */
struct mini_tally {
	struct reader_counts counts;
	size_t steps;
	unsigned flags; /* of all records together */
	uint64_t first_offset;
	char reason[200]; /* of the last loss */
};

static inline bool
mini_read(const struct source *source, uint64_t first_chunk, struct mini_tally *t)
{
	struct reader_options options = { .first_chunk = first_chunk };
	struct reader_loss loss;
	struct record record;
	struct reader *r;
	struct err err;

	*t = (struct mini_tally){ .steps = 0 };
	if (!reader_direct.open(source, &options, &r, &err)) {
		memcpy(t->reason, err.text, sizeof(t->reason) - 1);
		return false;
	}
	for (;;) {
		enum reader_step step = reader_next(r, &record, &loss, &err);

		t->steps++;
		if (step == READER_END || step == READER_FAILED || t->steps > 100000)
			break;
		if (step == READER_LOST)
			memcpy(t->reason, loss.reason, sizeof(t->reason));
		if (step != READER_RECORD)
			continue;
		t->flags |= record.flags;
		t->first_offset = t->first_offset ? t->first_offset : record.offset;
	}
	t->counts = r->counts;
	reader_close(r);
	return true;
}

#endif
