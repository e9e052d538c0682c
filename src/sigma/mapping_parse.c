/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a mapping: a line is a word and its arguments, `source` begins a block (evtriage-mapping(5)). */
#include "src/sigma/mapping.h"

#include "base/attr.h"
#include "base/limits.h"

enum { WORDS_MAX = 64 };

struct parser {
	struct mapping *mapping;
	struct arena *arena;
	struct mapping_source *source; /* being read; NULL before the first */
	struct slice words[WORDS_MAX]; /* of the line, the directive first */
	size_t count;
	uint64_t at;                   /* line << 32 */
};

static const struct {
	const char *name;
	enum field_function function;
	size_t least, most; /* arguments */
} functions[] = {
	{ "first", FIELD_FIRST, 1, 16 },      { "decimal", FIELD_DECIMAL, 1, 1 },   { "nonzero", FIELD_NONZERO, 1, 16 },
	{ "account", FIELD_ACCOUNT, 3, 6 },   { "integrity", FIELD_INTEGRITY, 1, 1 }, { "word", FIELD_WORD, 3, 61 },
	{ "registry", FIELD_REGISTRY, 1, 2 }, { "value", FIELD_VALUE, 2, 2 },       { "drive", FIELD_DRIVE, 1, 1 },
	{ "time", FIELD_TIME, 1, 1 },
};

#define WORD(p, i) (int)((p)->words[i].len < 60 ? (p)->words[i].len : 60), (const char *)(p)->words[i].ptr

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Words are separated by blanks; one in "double quotes" may hold them; # begins a comment where a word could. */
static bool
split_line(struct parser *p, struct slice line, struct err *err)
{
	size_t at = 0;

	p->count = 0;
	for (;;) {
		size_t start, end;

		while (at < line.len && is_blank(line.ptr[at]))
			at++;
		if (at == line.len || line.ptr[at] == '#')
			return true;
		if (p->count == WORDS_MAX)
			return err_set(err, ERR_LIMIT, p->at, "more than %d words on a line", WORDS_MAX);
		if (line.ptr[at] == '"') {
			start = at + 1;
			end = slice_find_byte(line, '"', start);
			if (end == SIZE_MAX)
				return err_set(err, ERR_SYNTAX, p->at, "a quote is not closed on its line");
			at = end + 1;
		} else {
			start = at;
			while (at < line.len && !is_blank(line.ptr[at]))
				at++;
			end = at;
		}
		p->words[p->count++] = slice_sub(line, start, end - start);
	}
}

static bool
copy_words(struct parser *p, size_t from, struct slice_list *list, struct err *err)
{
	size_t added = p->count - from;
	struct slice *items = ARENA_ARRAY(p->arena, struct slice, list->count + added);

	if (!items)
		return err_nomem(err);
	if (list->count)
		memcpy(items, list->items, list->count * sizeof(*items));
	for (size_t i = 0; i < added; i++)
		if (!arena_copy(p->arena, p->words[from + i], &items[list->count + i]))
			return err_nomem(err);
	*list = (struct slice_list){ items, list->count + added };
	return true;
}

static bool
add_to_mapping(struct parser *p, struct mapping_source *source, struct err *err)
{
	struct mapping *m = p->mapping;
	const struct mapping_source **grown;

	for (size_t i = 0; i < m->count; i++) {
		if (!slice_eq_nocase(m->sources[i]->name, source->name))
			continue;
		m->sources[i] = source;
		return true;
	}
	if (m->count == LIMIT_MAPPING_SOURCES)
		return err_set(err, ERR_LIMIT, p->at, "more than %d sources", LIMIT_MAPPING_SOURCES);
	if (m->count % 64 == 0) {
		grown = ARENA_ARRAY(p->arena, const struct mapping_source *, m->count + 64);
		if (!grown)
			return err_nomem(err);
		if (m->count)
			memcpy(grown, m->sources, m->count * sizeof(*grown));
		m->sources = grown;
	}
	m->sources[m->count++] = source;
	return true;
}

/* A block that is read must be of use: it says where its records are, and who asks for them. */
static bool
end_source(struct parser *p, struct err *err)
{
	const struct mapping_source *s = p->source;
	uint64_t at = s ? (uint64_t)s->line << 32 : 0;

	if (!s)
		return true;
	if (s->channels.count == 0 && !s->no_log)
		return err_set(err, ERR_SYNTAX, at, "source '%.*s' has no channel", SLICE_ARGS(s->name));
	if (s->categories.count + s->services.count == 0)
		return err_set(err, ERR_SYNTAX, at, "source '%.*s' has no category and no service", SLICE_ARGS(s->name));
	return true;
}

static bool
on_source(struct parser *p, struct err *err)
{
	struct mapping_source *source;

	if (!end_source(p, err))
		return false;
	if (p->words[1].len == 0 || p->words[1].len > 100)
		return err_set(err, ERR_SYNTAX, p->at, "a source's name has 1 to 100 bytes");
	source = ARENA_NEW(p->arena, struct mapping_source);
	if (!source || !arena_copy(p->arena, p->words[1], &source->name))
		return err_nomem(err);
	source->line = (uint32_t)(p->at >> 32);
	source->product = SLICE("windows");
	p->source = source;
	return add_to_mapping(p, source, err);
}

/* The same records under another name: where they are and what their fields are called, not who asks for them. */
static bool
on_like(struct parser *p, struct err *err)
{
	struct mapping_source *s = p->source;

	for (size_t i = 0; i < p->mapping->count; i++) {
		const struct mapping_source *other = p->mapping->sources[i];

		if (other == s || !slice_eq_nocase(other->name, p->words[1]))
			continue;
		s->product = other->product;
		s->channels = other->channels;
		s->providers = other->providers;
		s->events = other->events;
		s->event_count = other->event_count;
		s->fields = other->fields;
		s->about = other->about;
		s->no_log = other->no_log;
		s->aliases = other->aliases;
		s->alias_count = other->alias_count;
		return true;
	}
	return err_set(err, ERR_SYNTAX, p->at, "there is no source '%.*s' before this one", WORD(p, 1));
}

static bool
on_event(struct parser *p, struct err *err)
{
	struct mapping_source *s = p->source;
	struct id_range *events = ARENA_ARRAY(p->arena, struct id_range, s->event_count + p->count - 1);

	if (!events)
		return err_nomem(err);
	if (s->event_count)
		memcpy(events, s->events, s->event_count * sizeof(*events));
	for (size_t i = 1; i < p->count; i++) {
		size_t dash = slice_find_byte(p->words[i], '-', 0);
		struct slice last = dash == SIZE_MAX ? p->words[i] : slice_sub(p->words[i], dash + 1, SIZE_MAX);
		uint64_t from, to;

		if (!slice_to_u64(slice_sub(p->words[i], 0, dash), &from) || !slice_to_u64(last, &to) || to < from ||
			to > UINT16_MAX)
			return err_set(err, ERR_SYNTAX, p->at, "'%.*s' is no event id like 4688 and no range like 12-14",
				WORD(p, i));
		events[s->event_count++] = (struct id_range){ (uint32_t)from, (uint32_t)to };
	}
	s->events = events;
	return true;
}

static bool
on_when(struct parser *p, struct err *err)
{
	struct mapping_source *s = p->source;
	struct source_condition *all = ARENA_ARRAY(p->arena, struct source_condition, s->condition_count + 1);
	struct slice_list values = { 0 };

	if (!all)
		return err_nomem(err);
	if (s->condition_count)
		memcpy(all, s->conditions, s->condition_count * sizeof(*all));
	if (!copy_words(p, 1, &values, err))
		return false;
	all[s->condition_count++] =
		(struct source_condition){ .field = values.items[0], .values = values.items + 1, .count = values.count - 1 };
	s->conditions = all;
	return true;
}

static bool
add_alias(struct parser *p, enum field_function function, struct slice_list words, size_t arguments,
	struct err *err)
{
	struct mapping_source *s = p->source;
	struct field_alias *all = ARENA_ARRAY(p->arena, struct field_alias, s->alias_count + 1);

	if (!all)
		return err_nomem(err);
	if (s->alias_count)
		memcpy(all, s->aliases, s->alias_count * sizeof(*all));
	all[s->alias_count++] = (struct field_alias){ .name = words.items[0], .function = function,
		.arguments = words.items + arguments, .count = words.count - arguments };
	s->aliases = all;
	return true;
}

static bool
on_field(struct parser *p, struct err *err)
{
	size_t arguments = p->count - 3;
	struct slice_list words = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		if (!slice_eq(p->words[2], slice_from_text(functions[i].name)))
			continue;
		if (arguments < functions[i].least || arguments > functions[i].most ||
			(functions[i].function == FIELD_ACCOUNT && arguments % 3) ||
			(functions[i].function == FIELD_WORD && arguments % 2 == 0))
			return err_set(err, ERR_SYNTAX, p->at, "'%s' does not take %zu arguments", functions[i].name, arguments);
		return copy_words(p, 1, &words, err) && add_alias(p, functions[i].function, words, 2, err);
	}
	return err_set(err, ERR_SYNTAX, p->at, "unknown function '%.*s' for a field", WORD(p, 2));
}

/* rename OLD NEW: the alias bears the new name, its argument is the old one. */
static bool
on_rename(struct parser *p, struct err *err)
{
	struct slice old = p->words[1];
	struct slice_list words = { 0 };

	p->words[1] = p->words[2];
	p->words[2] = old;
	return copy_words(p, 1, &words, err) && add_alias(p, FIELD_RENAME, words, 1, err);
}

static bool
on_category(struct parser *p, struct err *err)
{
	return copy_words(p, 1, &p->source->categories, err);
}

static bool
on_service(struct parser *p, struct err *err)
{
	return copy_words(p, 1, &p->source->services, err);
}

static bool
on_channel(struct parser *p, struct err *err)
{
	return copy_words(p, 1, &p->source->channels, err);
}

static bool
on_provider(struct parser *p, struct err *err)
{
	return copy_words(p, 1, &p->source->providers, err);
}

static bool
on_fields(struct parser *p, struct err *err)
{
	return copy_words(p, 1, &p->source->fields, err);
}

static bool
on_product(struct parser *p, struct err *err)
{
	return arena_copy(p->arena, p->words[1], &p->source->product) || err_nomem(err);
}

static bool
on_about(struct parser *p, struct err *err)
{
	return arena_copy(p->arena, p->words[1], &p->source->about) || err_nomem(err);
}

static bool
on_no_log(struct parser *p, struct err *err)
{
	(void)err;
	p->source->no_log = true;
	return true;
}

static const struct {
	const char *name;
	size_t least, most; /* arguments */
	bool (*run)(struct parser *p, struct err *err);
	const char *usage;
} directives[] = {
	{ "source", 1, 1, on_source, "source NAME" },
	{ "like", 1, 1, on_like, "like SOURCE" },
	{ "product", 1, 1, on_product, "product NAME" },
	{ "category", 1, WORDS_MAX, on_category, "category NAME ..." },
	{ "service", 1, WORDS_MAX, on_service, "service NAME ..." },
	{ "channel", 1, WORDS_MAX, on_channel, "channel NAME ..." },
	{ "provider", 1, WORDS_MAX, on_provider, "provider NAME ..." },
	{ "event", 1, WORDS_MAX, on_event, "event ID ..." },
	{ "when", 2, WORDS_MAX, on_when, "when FIELD VALUE ..." },
	{ "fields", 1, WORDS_MAX, on_fields, "fields NAME ..." },
	{ "field", 3, WORDS_MAX, on_field, "field NAME FUNCTION FIELD ..." },
	{ "rename", 2, 2, on_rename, "rename OLD NEW" },
	{ "about", 1, 1, on_about, "about \"TEXT\"" },
	{ "no-log", 0, 0, on_no_log, "no-log" },
};

static bool
read_line(struct parser *p, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
		if (!slice_eq(p->words[0], slice_from_text(directives[i].name)))
			continue;
		if (p->count - 1 < directives[i].least || p->count - 1 > directives[i].most)
			return err_set(err, ERR_SYNTAX, p->at, "the form is: %s", directives[i].usage);
		if (i > 0 && !p->source)
			return err_set(err, ERR_SYNTAX, p->at, "'%s' before the first 'source'", directives[i].name);
		return directives[i].run(p, err);
	}
	return err_set(err, ERR_SYNTAX, p->at, "unknown word '%.*s'", WORD(p, 0));
}

bool
mapping_add(struct mapping *mapping, struct slice text, struct arena *arena, struct err *err)
{
	struct parser p = { .mapping = mapping, .arena = arena };
	struct slice rest = text, line;

	if (text.len > LIMIT_MAPPING_FILE)
		return err_set(err, ERR_LIMIT, 0, "the file is larger than %d bytes", LIMIT_MAPPING_FILE);
	while (slice_split(&rest, '\n', &line)) {
		p.at += UINT64_C(1) << 32;
		if (!split_line(&p, line, err) || (p.count && !read_line(&p, err)))
			return false;
	}
	return end_source(&p, err);
}
