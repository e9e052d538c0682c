/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/seccomp.h"

#include "base/slice.h"

#include <seccomp.h>
#include <sys/mman.h>

/* What decoding really needs: bytes from the evidence, messages over the one socket, memory, the end.  The rest are
 * calls that libc makes on its own account: locks, restarts after a signal, a clock where there is no vDSO. */
static const int allowed[] = {
	SCMP_SYS(pread64), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(close), SCMP_SYS(brk), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),
};

/* Allowed as long as the third argument asks for nothing executable. */
static const int allowed_without_exec[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

static scmp_filter_ctx filter;

static bool
add_rules(scmp_filter_ctx f)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		if (seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0) != 0)
			return false;
	for (size_t i = 0; i < ARRAY_LEN(allowed_without_exec); i++)
		if (seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed_without_exec[i], 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0)
			return false;
	return true;
}

bool
seccomp_prepare(void)
{
	if (filter)
		return true;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return false;
	if (add_rules(filter))
		return true;
	seccomp_release(filter);
	filter = NULL;
	return false;
}

bool
seccomp_enter(void)
{
	return filter && seccomp_load(filter) == 0;
}
