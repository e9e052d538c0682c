/* SPDX-License-Identifier: Apache-2.0 */
#include "src/output/excerpt.h"

#include "base/utf.h"

/* The start of the character that ends at `at`: a lead byte stands at most three bytes before its last one; bytes
 * that fit no sequence are characters of their own, as utf_next has them. */
static size_t
previous_start(struct slice text, size_t at)
{
	for (size_t back = 4; back > 1; back--) {
		size_t next = at - back;

		if (back > at || (text.ptr[next] & 0xC0) == 0x80)
			continue;
		utf_next(text, &next);
		if (next == at)
			return at - back;
	}
	return at - 1;
}

/* Where the character that holds the byte `at` begins. */
static size_t
character_start(struct slice text, size_t at)
{
	for (size_t back = at < 3 ? at : 3; back > 0; back--) {
		size_t next = at - back;

		if ((text.ptr[next] & 0xC0) == 0x80)
			continue;
		utf_next(text, &next);
		if (next > at)
			return at - back;
	}
	return at;
}

static size_t
step_back(struct slice text, size_t at, size_t count)
{
	while (at > 0 && count-- > 0)
		at = previous_start(text, at);
	return at;
}

/* Where the part of at most count characters around `start` begins.  Near the end of the text, what is not needed
 * behind the match goes before it. */
static size_t
window_start(struct slice text, size_t start, size_t count)
{
	size_t from = start < text.len ? character_start(text, start) : text.len;
	size_t at, got = 0;

	from = at = step_back(text, from, count / 4);
	for (; at < text.len && got < count; got++)
		utf_next(text, &at);
	return step_back(text, from, count - got);
}

struct excerpt
excerpt_around(struct slice text, size_t start, size_t len, size_t count)
{
	struct excerpt e = { .text = utf_clip(text, count) };
	size_t from = 0;

	if (start > text.len)
		start = len = 0;
	if (len > text.len - start)
		len = text.len - start;
	if (e.text.len < text.len) {
		from = window_start(text, start, count);
		e.text = utf_clip(slice_sub(text, from, text.len), count);
	}
	e.cut_front = from > 0;
	e.cut_back = from + e.text.len < text.len;
	e.hit = start - from < e.text.len ? start - from : e.text.len;
	e.hit_len = len < e.text.len - e.hit ? len : e.text.len - e.hit;
	return e;
}

const struct finding_hit *
excerpt_first_hit(const struct finding *finding, uint32_t field)
{
	const struct finding_hit *first = NULL;

	for (size_t i = 0; i < finding->hit_count; i++) {
		const struct finding_hit *hit = &finding->hits[i];

		if (hit->field == field && (!first || hit->start < first->start))
			first = hit;
	}
	return first;
}
