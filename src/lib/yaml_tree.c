/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/yaml_tree.h"

#include <stdlib.h>

enum { SMALL_MAP = 16 };

const struct yaml_node *
yaml_get(const struct yaml_node *map, struct slice key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *n = map->first; n; n = n->next)
		if (slice_eq(n->key, key))
			return n;
	return NULL;
}

static bool
all_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? without the sign */
static bool
is_float(struct slice s)
{
	struct slice exponent = SLICE_EMPTY, whole, part;
	size_t e = slice_find_byte(s, 'e', 0), dot;

	if (e == SIZE_MAX)
		e = slice_find_byte(s, 'E', 0);
	if (e != SIZE_MAX) {
		exponent = slice_sub(s, e + 1, s.len);
		if (exponent.len && (exponent.ptr[0] == '-' || exponent.ptr[0] == '+'))
			exponent = slice_sub(exponent, 1, exponent.len);
		if (!all_digits(exponent))
			return false;
		s = slice_sub(s, 0, e);
	}
	dot = slice_find_byte(s, '.', 0);
	whole = slice_sub(s, 0, dot);
	part = dot == SIZE_MAX ? SLICE_EMPTY : slice_sub(s, dot + 1, s.len);
	if (whole.len == 0)
		return all_digits(part);
	return all_digits(whole) && (part.len == 0 || all_digits(part));
}

static enum yaml_type
number_type(struct slice s)
{
	uint64_t value;

	if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
		s = slice_sub(s, 1, s.len);
	else if (slice_starts_with(s, SLICE("0x")))
		return slice_to_u64(s, &value) ? YAML_INT : YAML_TEXT;
	if (all_digits(s))
		return YAML_INT;
	return is_float(s) ? YAML_FLOAT : YAML_TEXT;
}

enum yaml_type
yaml_plain_type(struct slice s)
{
	static const struct {
		const char *text;
		enum yaml_type type;
	} words[] = {
		{ "~", YAML_NULL }, { "null", YAML_NULL }, { "Null", YAML_NULL }, { "NULL", YAML_NULL },
		{ "true", YAML_BOOL }, { "True", YAML_BOOL }, { "TRUE", YAML_BOOL },
		{ "false", YAML_BOOL }, { "False", YAML_BOOL }, { "FALSE", YAML_BOOL },
	};

	if (s.len == 0)
		return YAML_NULL;
	if (memchr("+-.0123456789", s.ptr[0], 13))
		return number_type(s);
	if (s.len > 5 || !memchr("~nNtTfF", s.ptr[0], 7))
		return YAML_TEXT;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (slice_eq(s, slice_from_text(words[i].text)))
			return words[i].type;
	return YAML_TEXT;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct yaml_node *x = *(const struct yaml_node *const *)a, *y = *(const struct yaml_node *const *)b;
	int order = slice_cmp(x->key, y->key);

	if (order)
		return order;
	if (x->key_line != y->key_line)
		return x->key_line < y->key_line ? -1 : 1;
	return x->key_column < y->key_column ? -1 : x->key_column > y->key_column;
}

/* Most maps are small, and no key stands twice: then nothing has to be sorted. */
static bool
has_twins(const struct yaml_node *map)
{
	if (map->count > SMALL_MAP)
		return true;
	for (const struct yaml_node *a = map->first; a; a = a->next)
		for (const struct yaml_node *b = a->next; b; b = b->next)
			if (slice_eq(a->key, b->key))
				return true;
	return false;
}

bool
yaml_check_keys(struct arena *arena, const struct yaml_node *map, struct err *err)
{
	const struct yaml_node **sorted;
	size_t n = 0;

	if (!has_twins(map))
		return true;
	sorted = ARENA_ARRAY(arena, const struct yaml_node *, map->count);
	if (!sorted)
		return err_nomem(err);
	for (const struct yaml_node *member = map->first; member; member = member->next)
		sorted[n++] = member;
	qsort(sorted, n, sizeof(*sorted), compare_keys);
	for (size_t i = 1; i < n; i++) {
		const struct yaml_node *one = sorted[i];

		if (slice_eq(one->key, sorted[i - 1]->key))
			return err_set(err, ERR_SYNTAX, (uint64_t)one->key_line << 32 | one->key_column,
				"key '%.*s' stands twice, first in line %u", (int)(one->key.len < 60 ? one->key.len : 60),
				(const char *)one->key.ptr, sorted[i - 1]->key_line);
	}
	return true;
}
