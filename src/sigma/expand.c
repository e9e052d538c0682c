/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/expand.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/limits.h"

enum { NAME_LEN_MAX = 100, EXPANDED_MAX = 1 << 20 };

static bool
is_name_byte(uint8_t c)
{
	return c == '_' || c == '-' || c == '.' || ascii_is_letter_or_digit(c);
}

static bool
is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_name_byte(s.ptr[i]))
			return false;
	return s.len > 0 && s.len <= NAME_LEN_MAX;
}

static bool
is_value(struct slice line)
{
	return line.len > 0 && line.ptr[0] != '#';
}

bool
placeholder_add(const struct placeholder **list, struct slice name, struct slice text, struct arena *arena,
	struct err *err)
{
	struct placeholder *p = ARENA_NEW(arena, struct placeholder);
	struct slice rest = text, line, *values;
	size_t count = 0, n = 0;

	if (!is_name(name))
		return err_set(err, ERR_SYNTAX, 0, "a placeholder's name has letters, digits, '_', '-' and '.' only");
	while (slice_split(&rest, '\n', &line))
		count += is_value(slice_trim(line));
	if (count == 0)
		return err_set(err, ERR_SYNTAX, 0, "there is no value in the file, one a line");
	if (count > LIMIT_RULE_VALUES)
		return err_set(err, ERR_LIMIT, 0, "more than %d values", LIMIT_RULE_VALUES);
	values = ARENA_ARRAY(arena, struct slice, count);
	if (!p || !values || !arena_copy(arena, name, &p->name))
		return err_nomem(err);
	for (rest = text; slice_split(&rest, '\n', &line);) {
		line = slice_trim(line);
		if (is_value(line) && !arena_copy(arena, line, &values[n++]))
			return err_nomem(err);
	}
	p->values = values;
	p->count = count;
	p->next = *list;
	*list = p;
	return true;
}

/* The placeholder that begins at `at`, where a % stands: its name, and *end behind it. */
static bool
name_at(struct slice text, size_t at, struct slice *name, size_t *end)
{
	size_t close = slice_find_byte(text, '%', at + 1);

	if (close == SIZE_MAX)
		return false;
	*name = slice_sub(text, at + 1, close - at - 1);
	*end = close + 1;
	return is_name(*name);
}

static const struct placeholder *
find(const struct placeholder *list, struct slice name)
{
	while (list && !slice_eq(list->name, name))
		list = list->next;
	return list;
}

static void
append_value(struct buf *b, struct slice value, enum expand_context context)
{
	if (context != EXPAND_REGEX) {
		buf_append(b, value);
		return;
	}
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.ptr[i];

		if (c < 0x80 && !is_name_byte(c))
			buf_append_byte(b, '\\');
		else if (c == '.' || c == '-')
			buf_append_byte(b, '\\');
		buf_append_byte(b, c);
	}
}

/* One way through the text: `pick` is a number whose digits, with the counts of values as bases, choose a value for
 * each placeholder.  *ways gets the product of the counts. */
static bool
expand_once(const struct placeholder *list, struct slice text, enum expand_context context, size_t pick,
	struct buf *out, size_t *ways, uint64_t at, struct err *err)
{
	*ways = 1;
	for (size_t i = 0; i < text.len;) {
		const struct placeholder *p;
		struct slice name;
		size_t end;

		if (text.ptr[i] == '\\' && i + 1 < text.len) {
			if (text.ptr[i + 1] != '%' || context != EXPAND_TEXT)
				buf_append_byte(out, text.ptr[i]);
			buf_append_byte(out, text.ptr[i + 1]);
			i += 2;
			continue;
		}
		if (text.ptr[i] != '%' || !name_at(text, i, &name, &end)) {
			buf_append_byte(out, text.ptr[i++]);
			continue;
		}
		p = find(list, name);
		if (!p)
			return err_set(err, ERR_UNSUPPORTED, at,
				"the placeholder %%%.*s%% has no values; --expand %.*s=FILE gives them", SLICE_ARGS(name),
				SLICE_ARGS(name));
		append_value(out, p->values[pick % p->count], context);
		pick /= p->count;
		*ways = *ways > SIZE_MAX / p->count ? SIZE_MAX : *ways * p->count;
		i = end;
	}
	return !out->failed || err_nomem(err);
}

bool
expand_value(const struct placeholder *list, struct slice text, enum expand_context context, size_t most,
	struct arena *arena, struct slice **out, size_t *count, bool *found, uint64_t at, struct err *err)
{
	size_t ways = 1;
	struct buf b;
	bool good = true;

	*found = false;
	*out = NULL;
	*count = 0;
	for (size_t at_byte = 0; at_byte < text.len && !*found; at_byte++) {
		struct slice name;
		size_t end;

		*found = text.ptr[at_byte] == '%' && name_at(text, at_byte, &name, &end);
	}
	buf_init(&b, EXPANDED_MAX);
	for (size_t i = 0; good && i < ways; i++) {
		buf_reset(&b);
		good = expand_once(list, text, context, i, &b, &ways, at, err);
		if (good && !*out) {
			if (ways > most)
				good = err_set(err, ERR_LIMIT, at, "the placeholders stand for more than %zu values", most);
			else
				*out = ARENA_ARRAY(arena, struct slice, ways);
			good = good && (*out || err_nomem(err));
		}
		good = good && (arena_copy(arena, buf_view(&b), &(*out)[(*count)++]) || err_nomem(err));
	}
	buf_fini(&b);
	return good;
}
