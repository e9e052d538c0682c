/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/exit.h"

/* What went wrong for the whole job wins over what was found: 2, 130, 1, then 13, 10, 3. */
enum exit_status
exit_status_of(const struct outcome *outcome)
{
	if (outcome->usage)
		return STATUS_USAGE;
	if (outcome->interrupted)
		return STATUS_INTERRUPTED;
	if (outcome->failed)
		return STATUS_FAILED;
	if (outcome->findings)
		return outcome->losses ? STATUS_FINDINGS_AND_LOSSES : STATUS_FINDINGS;
	return outcome->losses ? STATUS_LOSSES : STATUS_OK;
}
