/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker_explain.h"

#include "base/escape.h"

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

bool
explain_subject(struct explainer *x, const struct rule *rule, const struct subject *s, enum verdict *verdict,
	struct buf *out, struct err *err)
{
	struct buf body;
	bool done;

	buf_init(&body, 64 << 20);
	done = explain_event(x, rule, &s->event, verdict, &body, err);
	buf_printf(out, "%s:", *verdict == VERDICT_NONE ? "no match" : verdict_name(*verdict));
	add_column(out, s->column[COLUMN_TIMESTAMP]);
	add_column(out, s->column[COLUMN_COMPUTER]);
	add_column(out, s->column[COLUMN_CHANNEL]);
	add_column(out, s->column[COLUMN_EVENT_ID]);
	add_records(out, s->column[COLUMN_RECORD_IDS]);
	if (s->missing.len) {
		buf_append_text(out, ", missing parts");
		add_column(out, s->missing);
	}
	buf_append_text(out, ": ");
	escape_terminal(out, rule->title);
	buf_append_byte(out, '\n');
	buf_append(out, buf_view(&body));
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
	done = explain_subject(w->explainer, rule, s, &verdict, &w->out, err);
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
