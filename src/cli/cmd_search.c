/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage search: one text or expression, looked for in whole script blocks, module log, classic log and command
 * lines.  The search is a rule like any other, so everything else is as in scan. */
#include "src/cli/timeline.h"

enum exit_status
cmd_search(const struct invocation *call)
{
	const struct text_list *words = &call->options->operands;
	struct text_list paths = { words->items + 1, words->count - 1 };
	struct ruleset *rules = ruleset_new();
	struct err err = { 0 };
	bool done;

	if (!*words->items[0]) {
		console_say(call->console, "an empty pattern would find everything");
		ruleset_free(rules);
		return STATUS_USAGE;
	}
	done = rules ? ruleset_add_search(rules, slice_from_text(words->items[0]), call->options->regexp, &err) &&
		ruleset_close(rules, &err) : err_nomem(&err);
	if (done)
		return timeline_run(call, paths, rules);
	console_say(call->console, "%s", err.text);
	ruleset_free(rules);
	return err.code == ERR_SYNTAX ? STATUS_USAGE : STATUS_FAILED;
}
