/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker_explain.h"

#include "base/escape.h"
#include "src/scan/explain_lines.h"

static void
add_column(struct buf *out, struct slice text)
{
	if (!text.len)
		return;
	buf_append_byte(out, ' ');
	escape_terminal(out, text);
}

/* Record ids are a list, each ended by a NUL: the first, and how many more. */
static void
add_records(struct buf *out, struct slice ids)
{
	struct slice rest = ids, first, next;
	size_t more = 0;

	if (!slice_split(&rest, '\0', &first) || first.len == 0)
		return;
	while (rest.len && slice_split(&rest, '\0', &next))
		more++;
	buf_append_text(out, " record");
	add_column(out, first);
	if (more)
		buf_printf(out, " and %zu more", more);
}

static void
head_as_text(struct buf *out, const struct rule *rule, const struct subject *s, const char *verdict)
{
	size_t begin;

	buf_printf(out, "%s:", verdict);
	begin = out->len;
	add_column(out, s->column[COLUMN_TIMESTAMP]);
	add_column(out, s->column[COLUMN_COMPUTER]);
	add_column(out, s->column[COLUMN_CHANNEL]);
	add_column(out, s->column[COLUMN_EVENT_ID]);
	add_records(out, s->column[COLUMN_RECORD_IDS]);
	if (s->missing.len) {
		buf_append_text(out, ", missing parts");
		add_column(out, s->missing);
	}
	buf_append_text(out, out->len > begin ? ": " : " "); /* a text alone has no place */
	escape_terminal(out, rule->title);
	buf_append_byte(out, '\n');
}

static void
as_json(struct buf *out, const struct rule *rule, const struct subject *s, const char *verdict, bool fits,
	struct slice lines)
{
	static const enum column shown[] = { COLUMN_TIMESTAMP, COLUMN_COMPUTER, COLUMN_CHANNEL, COLUMN_EVENT_ID,
		COLUMN_RECORD_IDS };
	struct json j = { .out = out };

	json_begin(&j, NULL, '{');
	json_text(&j, "Verdict", slice_from_text(verdict));
	json_text(&j, "RuleTitle", rule->title);
	json_text(&j, "RuleId", rule->id);
	json_path(&j, "RuleFile", rule->file);
	json_bool(&j, "LogSourceFits", fits);
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		json_column(&j, shown[i], s->column[shown[i]]);
	if (s->missing.len)
		json_text(&j, "MissingParts", s->missing);
	json_begin(&j, "Explanation", '[');
	json_raw(&j, lines);
	json_end(&j, ']');
	json_end(&j, '}');
	buf_append_byte(out, '\n');
}

bool
explain_subject(struct explainer *x, const struct rule *rule, const struct subject *s, struct explain_form form,
	enum verdict *verdict, struct buf *out, struct err *err)
{
	struct explain_lines lines;
	struct explain_listener listener;
	const char *word;
	struct buf body;
	bool done;

	buf_init(&body, 64 << 20);
	explain_lines_begin(&lines, form.jsonl, &body);
	listener = explain_lines_listener(&lines);
	done = explain_event(x, rule, &s->event, &listener, verdict, err);
	explain_lines_end(&lines);
	word = *verdict == VERDICT_NONE ? "no match" : verdict_name(*verdict);
	if (form.jsonl) {
		as_json(out, rule, s, word, !form.other_source, buf_view(&body));
	} else {
		head_as_text(out, rule, s, word);
		buf_append(out, buf_view(&body));
		if (form.other_source)
			buf_append_text(out, "  but the rule is not for such events: its log source has others\n");
	}
	out->failed |= body.failed;
	buf_fini(&body);
	return done && (!out->failed || err_nomem(err));
}

static bool
explain_rule(struct worker *w, const struct rule *rule, const struct subject *s, struct err *err)
{
	enum verdict verdict;
	size_t begin;
	bool done;

	begin = frame_begin(&w->out, FRAME_DUMP);
	done = explain_subject(w->explainer, rule, s, (struct explain_form){ .jsonl = w->options->explain_jsonl }, &verdict,
		&w->out, err);
	frame_end(&w->out, begin);
	w->counts.subjects++;
	return done;
}

bool
worker_explain(struct worker *w, const struct subject *s, struct err *err)
{
	const struct ruleset *rules = w->options->rules;

	if (!w->explainer)
		w->explainer = explainer_new(rules);
	if (!w->explainer)
		return err_nomem(err);
	for (size_t i = 0; i < ruleset_count(rules); i++)
		if (matcher_rule_wants(w->matcher, i, s->event.channel, s->event.provider, s->event.event_id) &&
			!explain_rule(w, ruleset_rule(rules, i), s, err))
			return false;
	return true;
}
