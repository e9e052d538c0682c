/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/partial.h"

#include "src/cli/session.h"

static bool
on_partial(void *context, struct slice bytes, struct err *err)
{
	struct session *s = context;

	return tee_write(s->command, bytes, err);
}

static bool
run(struct session *s, struct tee *file, struct err *err)
{
	const struct scan_listener own = { .partial = on_partial };

	if (!tee_open(file, s->options->partial, &s->guard, s->options->force, false, err) ||
		!session_accept_output(s, file, NULL, 0, err))
		return session_fail(s, err);
	s->command = file;
	s->outputs = file;
	s->output_count = 1;
	return session_run(s, SCAN_FINDINGS, false, &own) && (tee_commit(file, err) || session_fail(s, err));
}

enum exit_status
partial_run(const struct invocation *call, struct text_list paths, struct ruleset *rules)
{
	struct tee file = { .path = call->options->partial };
	enum exit_status status;
	struct err err = { 0 };
	struct session s;

	if (session_begin(&s, call, paths)) {
		s.rules = rules;
		s.outcome.losses = ruleset_count_state(rules, RULE_INVALID) > 0;
		s.outcome.usage = !run(&s, &file, &err) && err.code == ERR_SYNTAX;
	} else {
		ruleset_free(rules);
	}
	tee_abandon(&file);
	status = session_end(&s);
	return status;
}
