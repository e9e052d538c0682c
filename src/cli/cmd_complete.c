/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage __complete: the completion scripts, made from the option table; hidden, for whoever packages. */
#include "src/cli/commands.h"
#include "src/cli/help.h"
#include "src/cli/tee.h"

enum exit_status
cmd_complete(const struct invocation *call)
{
	const char *shell = call->options->operands.items[0];
	struct err err = { 0 };
	struct buf text;
	bool known, done;

	buf_init(&text, 1 << 20);
	known = help_completion(shell, &text);
	done = known && tee_print(&text, false, &err);
	if (!known)
		console_say(call->console, "no completion for %.60s", shell);
	else if (!done)
		console_say(call->console, "%s", err.text);
	buf_fini(&text);
	return !known ? STATUS_USAGE : done ? STATUS_OK : STATUS_FAILED;
}
