/* SPDX-License-Identifier: Apache-2.0 */
#include "base/name.h"

#include "base/word.h"

#include <pthread.h>
#include <sys/random.h>

static uint64_t keys[3];
static bool has_keys;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_keys(void)
{
	has_keys = getrandom(keys, sizeof(keys), GRND_NONBLOCK) == sizeof(keys);
}

uint64_t
name_mark(struct slice name)
{
	uint64_t mark;

	pthread_once(&once, make_keys);
	if (!has_keys)
		return 0;
	mark = word_fold(keys[0] ^ name.len, keys[1] ^ 0x9E3779B97F4A7C15u);
	for (size_t i = 0; i < name.len; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, name.ptr + i, name.len - i < sizeof(word) ? name.len - i : sizeof(word));
		mark = word_fold(mark ^ word, keys[2] ^ 0xBF58476D1CE4E5B9u) + word;
	}
	mark = word_fold(mark ^ keys[1], keys[0]);
	return mark ? mark : 1;
}
