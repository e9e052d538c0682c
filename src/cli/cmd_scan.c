/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage scan: rules over evidence, findings as a timeline, or with --partial what another run will merge; and
 * evtriage merge, the same over partial results. */
#include "src/cli/partial.h"
#include "src/cli/rules.h"
#include "src/cli/timeline.h"

/* Whether the run can begin with these rules; *status when it cannot. */
static bool
rules_will_do(const struct invocation *call, const struct ruleset *rules, enum exit_status *status)
{
	rules_tell(rules, call->console);
	if (call->options->rules_strict && ruleset_count_state(rules, RULE_INVALID)) {
		console_say(call->console, "--rules-strict: there are invalid rules, nothing was read");
		*status = STATUS_USAGE;
		return false;
	}
	if (ruleset_count_state(rules, RULE_READY) == 0) {
		console_say(call->console, "there is no rule that could run");
		*status = STATUS_FAILED;
		return false;
	}
	return true;
}

enum exit_status
cmd_scan(const struct invocation *call)
{
	enum exit_status status = STATUS_FAILED;
	struct err err = { 0 };
	struct ruleset *rules = rules_load(call->options, &err);

	if (!rules) {
		console_say(call->console, "%s", err.text);
		return err.code == ERR_SYNTAX ? STATUS_USAGE : STATUS_FAILED;
	}
	rules_tell_excluded(call->options, rules, call->console);
	if (rules_will_do(call, rules, &status))
		return (call->options->partial ? partial_run : timeline_run)(call, call->options->operands, rules);
	ruleset_free(rules);
	return status;
}

enum exit_status
cmd_merge(const struct invocation *call)
{
	return cmd_scan(call);
}
