/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/text_digest.h"

#include "base/buf.h"
#include "base/keyed.h"
#include "base/limits.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTRIES = 16384,
	WORTH_KNOWING = 256, /* bytes; the digest of a shorter text takes no longer than looking for it */
};

struct known_text {
	struct keyed_hash hash; /* a is 0: free */
	uint8_t digest[DIGEST_LEN];
};

struct text_digests {
	struct keyed_seed seed;
	struct buf lines; /* a text whose line ends were changed */
	struct known_text texts[ENTRIES]; /* by hash: the later text takes the place */
};

struct text_digests *
text_digests_new(void)
{
	struct text_digests *known = calloc(1, sizeof(*known));

	if (!known)
		return NULL;
	keyed_seed_fill(&known->seed);
	buf_init(&known->lines, LIMIT_BLOCK_TEXT);
	return known;
}

void
text_digests_free(struct text_digests *known)
{
	if (!known)
		return;
	buf_fini(&known->lines);
	free(known);
}

/* The next CR that stands before a LF, in units; `units` where there is none. */
static size_t
find_cr_lf(struct slice utf16, size_t at, size_t units)
{
	while ((at = units_find(utf16.ptr, at, units, '\r')) < units && (at + 1 == units || unit_at(utf16.ptr + 2 * (at + 1)) != '\n'))
		at++;
	return at;
}

static bool
digest_of_text(struct buf *lines, struct slice utf16, uint8_t out[static DIGEST_LEN])
{
	size_t units = utf16.len / 2, from = 0, at = find_cr_lf(utf16, 0, units);

	if (at == units)
		return digest_sha256(utf16, out);
	buf_reset(lines);
	for (; at < units; at = find_cr_lf(utf16, from, units)) {
		buf_append(lines, slice_sub(utf16, 2 * from, 2 * (at - from)));
		from = at + 1;
	}
	buf_append(lines, slice_sub(utf16, 2 * from, utf16.len));
	return !lines->failed && digest_sha256(buf_view(lines), out);
}

enum kind { TEXT, BYTES };

static bool
make_digest(struct text_digests *known, enum kind kind, struct slice bytes, uint8_t out[static DIGEST_LEN])
{
	return kind == TEXT ? digest_of_text(&known->lines, bytes, out) : digest_sha256(bytes, out);
}

static bool
remembered(struct text_digests *known, enum kind kind, struct slice bytes, uint8_t out[static DIGEST_LEN])
{
	struct keyed_hash hash;
	struct known_text *text;

	if (bytes.len < WORTH_KNOWING)
		return make_digest(known, kind, bytes, out);
	hash = keyed_hash(&known->seed, kind, bytes);
	text = &known->texts[hash.b % ENTRIES];
	if (text->hash.a != hash.a || text->hash.b != hash.b) {
		if (!make_digest(known, kind, bytes, text->digest)) {
			text->hash.a = 0;
			return false;
		}
		text->hash = hash;
	}
	memcpy(out, text->digest, DIGEST_LEN);
	return true;
}

bool
text_digest(struct text_digests *known, struct slice utf16, uint8_t out[static DIGEST_LEN])
{
	return remembered(known, TEXT, utf16, out);
}

bool
bytes_digest(struct text_digests *known, struct slice bytes, uint8_t out[static DIGEST_LEN])
{
	return known ? remembered(known, BYTES, bytes, out) : digest_sha256(bytes, out);
}
