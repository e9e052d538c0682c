/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/regex.h"

#include "base/ascii.h"
#include "base/attr.h"
#include "base/limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

enum { JIT_STACK_START = 32 * 1024 };

struct regex {
	pcre2_code *code;
	enum regex_flags flags;
	size_t least;
	uint8_t *expression;
	size_t expression_len;
	bool absolute; /* has \A, \G, \z or \Z, which PCRE2_NOTBOL and PCRE2_NOTEOL do not touch */
};

struct regex_scratch {
	pcre2_match_data *data; /* room for the whole match alone: nobody asks for groups */
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

static uint32_t
compile_options(enum regex_flags flags)
{
	/* \C would match half a character and keeps JIT away. */
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;

	if (flags & REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	return options;
}

static bool
has_absolute(struct slice expression)
{
	for (size_t i = 0; i + 1 < expression.len; i++) {
		if (expression.ptr[i] != '\\')
			continue;
		i++;
		if (memchr("AGzZ", expression.ptr[i], 4))
			return true;
	}
	return false;
}

/* What is kept besides the code. */
static bool
describe(struct regex *r, struct slice expression, enum regex_flags flags)
{
	uint32_t least = 0;

	r->flags = flags;
	r->absolute = has_absolute(expression);
	r->expression = malloc(expression.len + 1);
	if (!r->expression)
		return false;
	if (expression.len)
		memcpy(r->expression, expression.ptr, expression.len);
	r->expression_len = expression.len;
	if (pcre2_pattern_info(r->code, PCRE2_INFO_MINLENGTH, &least) == 0)
		r->least = least; /* characters, and a character is a byte at least */
	return true;
}

/* The length of a plain character at p: itself, or a punctuation mark behind a backslash; 0: something else. */
static size_t
plain_len(struct slice rest)
{
	bool escaped = rest.ptr[0] == '\\' && rest.len > 1;
	uint8_t c = rest.ptr[escaped];
	bool word = c == '_' || ascii_is_letter_or_digit(c);

	if (c >= 0x80 || (escaped && word) || (!escaped && memchr("\\^$.[]|()?*+{}", c, 15)))
		return 0;
	return 1 + escaped;
}

/* Characters with `.*` between them, such as `\+.*\+.*\+`, cost a power of the text's length when every `.*` takes all
 * it can and gives back.  All but the last may as well take as little as they can: whether there is a match, where
 * the first one begins and where it ends stays the same.  Writes that expression to out and returns its length; 0
 * when it is of another kind. */
static size_t
write_lazy(struct slice expression, uint8_t *out)
{
	size_t len = 0, last = 0;

	for (size_t at = 0; at < expression.len;) {
		struct slice rest = slice_sub(expression, at, expression.len);
		bool run = slice_starts_with(rest, SLICE(".*"));
		size_t n = run ? 2 : plain_len(rest);

		if (n == 0)
			return 0;
		memcpy(out + len, rest.ptr, n);
		len += n;
		at += n;
		if (run) {
			last = len;
			out[len++] = '?';
		}
	}
	if (last == 0)
		return 0;
	memmove(out + last, out + last + 1, len - last - 1);
	return len - 1;
}

static pcre2_code *
compile(struct slice expression, enum regex_flags flags, int *code, size_t *at)
{
	uint8_t *lazy = malloc(expression.len * 2 + 1);
	size_t len = lazy ? write_lazy(expression, lazy) : 0;
	struct slice used = len ? slice_from(lazy, len) : expression;
	pcre2_code *compiled = pcre2_compile(used.len ? used.ptr : (const uint8_t *)"", used.len, compile_options(flags), code,
		at, NULL);

	free(lazy);
	return compiled;
}

struct regex *
regex_new(struct slice expression, enum regex_flags flags, struct err *err)
{
	struct regex *r;
	int code = 0;
	size_t at = 0;

	if (expression.len > LIMIT_REGEX_LENGTH) {
		err_set(err, ERR_SYNTAX, 0, "expression of %zu bytes is longer than %d", expression.len,
			LIMIT_REGEX_LENGTH);
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		err_nomem(err);
		return NULL;
	}
	r->code = compile(expression, flags, &code, &at);
	if (!r->code) {
		PCRE2_UCHAR text[160] = { 0 };

		pcre2_get_error_message(code, text, sizeof(text));
		err_set(err, ERR_SYNTAX, at, "regular expression, at character %zu: %s", at + 1, (const char *)text);
		free(r);
		return NULL;
	}
	if (!describe(r, expression, flags)) {
		regex_free(r);
		err_nomem(err);
		return NULL;
	}
	/* Without JIT code (no executable memory, an odd machine) the interpreter does the work. */
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	return r;
}

void
regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_code_free(r->code);
	free(r->expression);
	free(r);
}

struct slice
regex_expression(const struct regex *r)
{
	return slice_from(r->expression, r->expression_len);
}

enum regex_flags
regex_flags(const struct regex *r)
{
	return r->flags;
}

size_t
regex_least(const struct regex *r)
{
	return r->least;
}

struct regex_scratch *
regex_scratch_new(void)
{
	struct regex_scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->data = pcre2_match_data_create(1, NULL);
	s->context = pcre2_match_context_create(NULL);
	s->stack = pcre2_jit_stack_create(JIT_STACK_START, LIMIT_REGEX_JIT_STACK, NULL);
	if (!s->data || !s->context) {
		regex_scratch_free(s);
		return NULL;
	}
	pcre2_set_depth_limit(s->context, LIMIT_REGEX_DEPTH);
	pcre2_set_heap_limit(s->context, LIMIT_REGEX_HEAP_KIB);
	if (s->stack)
		pcre2_jit_stack_assign(s->context, NULL, s->stack);
	return s;
}

void
regex_scratch_free(struct regex_scratch *s)
{
	if (!s)
		return;
	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	pcre2_jit_stack_free(s->stack);
	free(s);
}

static const char *
limit_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
		{ PCRE2_ERROR_MATCHLIMIT, "regex match limit" },
		{ PCRE2_ERROR_DEPTHLIMIT, "regex depth limit" },
		{ PCRE2_ERROR_HEAPLIMIT, "regex heap limit" },
		{ PCRE2_ERROR_JIT_STACKLIMIT, "regex JIT stack limit" },
		{ PCRE2_ERROR_NOMEMORY, "regex out of memory" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "regex engine error";
}

/* A limit in proportion to the text: a longer one needs more steps, and may have them. */
static uint32_t
match_limit(size_t len)
{
	size_t most = (UINT32_MAX - LIMIT_REGEX_MATCH) / LIMIT_REGEX_MATCH_BYTE;

	return LIMIT_REGEX_MATCH + LIMIT_REGEX_MATCH_BYTE * (uint32_t)(len < most ? len : most);
}

static int
run(const struct regex *r, struct regex_scratch *s, struct slice text, uint32_t options)
{
	return pcre2_match(r->code, text.len ? text.ptr : (const uint8_t *)"", text.len, 0, options, s->data,
		s->context);
}

enum regex_result
regex_search(const struct regex *r, struct regex_scratch *s, struct slice text, enum regex_edges edges,
	struct regex_range *range, const char **limit)
{
	uint32_t options = (edges & REGEX_NOT_START ? PCRE2_NOTBOL : 0) | (edges & REGEX_NOT_END ? PCRE2_NOTEOL : 0);
	const size_t *found;
	int code;

	if (edges && r->absolute)
		return REGEX_NO_MATCH; /* the caller takes it as open: text is a part */
	pcre2_set_match_limit(s->context, match_limit(text.len));
	code = run(r, s, text, options);
	/* The JIT stack is smaller than the heap that the interpreter may use. */
	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = run(r, s, text, options | PCRE2_NO_JIT);
	if (code == PCRE2_ERROR_NOMATCH)
		return REGEX_NO_MATCH;
	if (code < 0) {
		*limit = limit_name(code);
		return REGEX_LIMIT;
	}
	found = pcre2_get_ovector_pointer(s->data);
	/* \K in a look-ahead can put the start behind the end. */
	range->start = found[0] < found[1] ? found[0] : found[1];
	range->len = found[0] < found[1] ? found[1] - found[0] : 0;
	return REGEX_MATCH;
}
