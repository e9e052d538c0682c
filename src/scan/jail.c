/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/jail.h"

#include "src/lib/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(SANITIZED) || defined(UNDER_VALGRIND)
#define JAIL_OFF 1 /* they reserve terabytes, open files when they report, and make system calls of their own */
#else
#define JAIL_OFF 0
#endif

/* What the parent found out before the first worker. */
static struct {
	bool done;
	unsigned layers;
} granted;

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

	if (!JAIL_OFF) /* a sanitizer's report goes to standard error */
		done = done && dup2(null, 2) == 2;
	if (!done)
		return err_set_errno(err, 0, "cannot open /dev/null");
	if (keep > 3)
		close_range(3, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0u, 0);
	return true;
}

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
enter_limits(uint64_t memory, struct err *err)
{
	return set_limit(RLIMIT_FSIZE, 0, err) && set_limit(RLIMIT_AS, mapped_now() + memory, err);
}

/* Our own copy of the kernel's structure: the headers of Debian 12 are older than some of its members.  Every right is
 * handled and none is granted.  (Documentation/userspace-api/landlock.rst) */
struct landlock_rights {
	uint64_t files;
	uint64_t net;    /* since ABI 4 */
	uint64_t scoped; /* since ABI 6: abstract sockets, signals */
};

static bool
enter_landlock(void)
{
	static const struct {
		long abi;
		uint64_t files, net, scoped;
		size_t size;
	} versions[] = {
		{ 6, 0xffff, 3, 3, 24 },
		{ 5, 0xffff, 3, 0, 16 },
		{ 4, 0x7fff, 3, 0, 16 },
		{ 3, 0x7fff, 0, 0, 8 },
		{ 2, 0x3fff, 0, 0, 8 },
		{ 1, 0x1fff, 0, 0, 8 },
	};
	const unsigned ask_version = 1;
	long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, ask_version);

	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct landlock_rights rights = { versions[i].files, versions[i].net, versions[i].scoped };
		long fd;
		bool done;

		if (abi < versions[i].abi)
			continue;
		fd = syscall(__NR_landlock_create_ruleset, &rights, versions[i].size, 0);
		if (fd < 0)
			return false;
		done = syscall(__NR_landlock_restrict_self, fd, 0) == 0;
		close((int)fd);
		return done;
	}
	return false;
}

/* Tries every layer; returns those that hold.  The list of system calls comes last, it forbids the others. */
static unsigned
enter_layers(uint64_t memory, struct err *err)
{
	unsigned layers = 0;

	if (JAIL_OFF)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && enter_limits(memory, err))
		layers |= JAIL_LIMITS;
	if (enter_landlock())
		layers |= JAIL_LANDLOCK;
	if (seccomp_enter())
		layers |= JAIL_SECCOMP;
	return layers;
}

bool
jail_prepare(struct err *err)
{
	struct err why = { 0 };
	int status = 0;
	pid_t pid;

	if (granted.done)
		return true;
	if (!JAIL_OFF && !seccomp_prepare())
		return err_nomem(err);
	pid = fork();
	if (pid < 0)
		return err_set_errno(err, 0, "cannot fork");
	if (pid == 0)
		_exit((int)enter_layers(UINT64_C(1) << 30, &why));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set_errno(err, 0, "the process that tried the sandbox cannot be waited for");
	granted.layers = WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
	granted.done = true;
	return JAIL_OFF || granted.layers & JAIL_LIMITS || err_set(err, ERR_IO, 0, "workers cannot be given limits");
}

bool
jail_enter(int keep, uint64_t memory, struct err *err)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };
	pid_t parent = getppid();

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return err_set(err, ERR_IO, 0, "the parent is gone");
	if (!keep_only(keep, err) || !set_limit(RLIMIT_CORE, 0, err))
		return false;
	return enter_layers(memory, err) == granted.layers || err_set(err, ERR_IO, 0, "the jail is weaker than before");
}

unsigned
jail_layers(void)
{
	return granted.layers;
}

const char *
jail_tier(void)
{
	switch (granted.layers) {
	case JAIL_FULL:
		return "full";
	case JAIL_LIMITS | JAIL_SECCOMP:
		return "seccomp";
	case JAIL_LIMITS | JAIL_LANDLOCK:
		return "landlock";
	case JAIL_LIMITS:
		return "limits";
	default:
		return "none";
	}
}
