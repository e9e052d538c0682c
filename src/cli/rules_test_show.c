/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/rules_test.h"

#include "base/escape.h"
#include "src/cli/tee.h"
#include "src/sigma/show.h"

static void
show_as_text(struct buf *out, const struct rule *rule, struct slice lines)
{
	struct slice line;

	escape_terminal(out, rule->title);
	buf_append_byte(out, '\n');
	while (lines.len && slice_split(&lines, '\n', &line)) {
		escape_terminal(out, line);
		buf_append_byte(out, '\n');
	}
}

/* A line is "NAME: how it was read". */
static void
show_as_json(struct buf *out, const struct rule *rule, struct slice lines)
{
	struct json j = { .out = out };
	struct slice line;

	json_begin(&j, NULL, '{');
	rules_json_members(&j, rule, rule_state_name(rule->state), slice_from_text(rule->reason));
	json_begin(&j, "Reading", '[');
	while (lines.len && slice_split(&lines, '\n', &line)) {
		size_t colon = 0;

		while (colon < line.len && line.ptr[colon] != ':')
			colon++;
		json_begin(&j, NULL, '{');
		json_text(&j, "Part", slice_sub(line, 0, colon));
		json_text(&j, "Text", slice_sub(line, colon + 2, line.len));
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
	buf_append_byte(out, '\n');
}

bool
test_show(const struct test *t, size_t *shown, struct err *err)
{
	struct buf text, lines;
	bool done;

	buf_init(&text, TEST_OUTPUT);
	buf_init(&lines, TEST_OUTPUT);
	for (size_t i = 0; i < ruleset_count(t->rules); i++) {
		const struct rule *rule = ruleset_rule(t->rules, i);

		buf_reset(&lines);
		if (!show_document(t->rules, rule, &lines))
			continue;
		++*shown;
		(t->jsonl ? show_as_json : show_as_text)(&text, rule, buf_view(&lines));
		text.failed |= lines.failed;
	}
	done = tee_print(&text, !t->jsonl, err);
	buf_fini(&text);
	buf_fini(&lines);
	return done;
}
