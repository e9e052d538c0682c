/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/jail.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Never above what the caller's own bound leaves (ulimit -v): only root could raise that. */
static bool
set_limit(__rlimit_resource_t what, uint64_t value, struct err *err)
{
	struct rlimit limit = { value, value }, now;

	if (getrlimit(what, &now) == 0 && now.rlim_max < value)
		limit.rlim_cur = limit.rlim_max = now.rlim_max;
	return setrlimit(what, &limit) == 0 || err_set_errno(err, 0, "cannot set a resource limit of the worker");
}

/* The worker has no business with the parent's files and terminal. */
static bool
keep_only(int keep, struct err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool done = null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1;

#ifndef SANITIZED /* a sanitizer's report goes to standard error */
	done = done && dup2(null, 2) == 2;
#endif
	if (!done)
		return err_set_errno(err, 0, "cannot open /dev/null");
	if (keep > 3)
		close_range(3, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0u, 0);
	return true;
}

#ifdef SANITIZED /* a sanitizer reserves terabytes of address space, and its report may go to a file */
static bool
limit_resources(uint64_t memory, struct err *err)
{
	(void)memory;
	(void)err;
	return true;
}
#else
/* Bytes mapped now: RLIMIT_AS counts what the child inherited, too. */
static uint64_t
mapped_now(void)
{
	char text[64];
	unsigned long long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return UINT64_C(256) << 20;
	text[n] = '\0';
	sscanf(text, "%llu", &pages);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool
limit_resources(uint64_t memory, struct err *err)
{
	return set_limit(RLIMIT_FSIZE, 0, err) && set_limit(RLIMIT_AS, mapped_now() + memory, err);
}
#endif

bool
jail_enter(int keep, uint64_t memory, struct err *err)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!keep_only(keep, err) || !set_limit(RLIMIT_CORE, 0, err))
		return false;
	return limit_resources(memory, err);
}

const char *
jail_tier(void)
{
#ifdef SANITIZED
	return "none (sanitizer build)";
#else
	return "rlimit";
#endif
}
