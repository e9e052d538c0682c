/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/suggest.h"

enum { WORD_MAX = 24 }; /* longer ones are not compared */

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Optimal string alignment: Levenshtein's distance, and two neighbours swapped count as one. */
static size_t
distance(struct slice a, struct slice b)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= a.len; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b.len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		for (size_t j = 1; j <= b.len; j++) {
			bool same = a.ptr[i - 1] == b.ptr[j - 1];

			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + !same);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1, SIZE_MAX);
		}
	}
	return d[a.len][b.len];
}

void
suggest(struct suggestion *best, struct slice typed, const char *word)
{
	struct slice known = slice_from_text(word);
	size_t d;

	if (!typed.len || typed.len > WORD_MAX || known.len > WORD_MAX)
		return;
	d = typed.len >= 3 && slice_starts_with(known, typed) ? 1 : distance(typed, known);
	if (d > known.len / 3 || (best->word && d >= best->distance))
		return;
	*best = (struct suggestion){ word, d };
}
