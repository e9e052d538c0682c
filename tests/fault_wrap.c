/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand: tests/evtriage-fault is the program linked with these in front of libc (ld --wrap), so the
 * product itself carries no test code.  EVTRIAGE_FAULT=KIND:N makes the N-th call of that kind in a process fail:
 *   memory  malloc, calloc, realloc, reallocarray, strdup give NULL
 *   read    pread fails with EIO              short  pread gives half of what it was asked for
 *   write   write and pwrite fail with ENOSPC  partial write and pwrite take half
 *   sync    fsync fails with EIO              rename  rename, renameat, renameat2 fail with EACCES
 *   socket  send, sendmsg fail with EPIPE
 *   crash   the N-th read of a chunk ends the process
 *   hang    the N-th read of a chunk never returns
 *   second  fetching the N-th record by libevtx ends the process by SIGSEGV
 *   poison  fetching each N-th record of a chunk by libevtx does, whoever asks
 *   damage  fetching each N-th record of a chunk writes past a block of libevtx's heap, where it has one
 *   hunger  fetching each N-th record of a chunk finds that heap full, unless it is the same record again
 *   expression  the N-th search of an expression in more than LIMIT_REGEX_SHORT_TEXT ends the process
 *   place   every read of the chunk at offset N ends the process
 *   twice   the first two reads of the chunk at offset N, in all, end the process
 *   message the process ends in front of the N-th message of a worker, be it laid in its outbox or sent
 *   noise   the N-th message of a worker is random bytes, and so is all that it says from then on
 *   escape  at the first read of a chunk the N-th of the calls below is made, which a worker must not survive
 * EVTRIAGE_KERNEL=WORD takes away what workers are locked up with:
 *   no-landlock, no-seccomp, neither  as in kernels without them
 *   landlock-N        Landlock as the N-th version of its interface has it
 *   seccomp-once      no seccomp for the second process that asks for it and all behind it
 * EVTRIAGE_REPEATS=WORD is what workers hear of records that came to nothing before (worker_repeat.c):
 *   never             that none did: all are looked at in full
 *   always            that each did
 * A child forked by the program inherits the count and goes on from there; with ":once" behind N all processes count
 * together, so that one fault happens in all. */
#include "base/heap.h"
#include "base/limits.h"
#include "base/slice.h"
#include "src/lib/regex.h"
#include "src/scan/outbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { WHOLE_CHUNK = 65536, CHUNK_FRONT = 8192 /* of one whose slack is left unread (slots.c) */ };

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__real_reallocarray(void *ptr, size_t count, size_t size);
char *__real_strdup(const char *text);
ssize_t __real_pread(int fd, void *out, size_t len, off_t offset);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t offset);
int __real_libevtx_file_get_record_by_index(intptr_t *file, int index, intptr_t **record, intptr_t **error);
int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_renameat(int from_folder, const char *from, int to_folder, const char *to);
int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
long __real_syscall(long number, ...);
enum regex_result __real_regex_search(const struct regex *r, struct regex_scratch *s, struct slice text, enum regex_edges edges,
	struct regex_range *range, const char **limit);
enum regex_result __wrap_regex_search(const struct regex *r, struct regex_scratch *s, struct slice text, enum regex_edges edges,
	struct regex_range *range, const char **limit);
int __real_seccomp_load(void *filter);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_reallocarray(void *ptr, size_t count, size_t size);
char *__wrap_strdup(const char *text);
ssize_t __wrap_pread(int fd, void *out, size_t len, off_t offset);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t offset);
int __wrap_libevtx_file_get_record_by_index(intptr_t *file, int index, intptr_t **record, intptr_t **error);
int __wrap_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_renameat(int from_folder, const char *from, int to_folder, const char *to);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
long __wrap_syscall(long number, ...);
bool __real_outbox_put(struct outbox *box, struct slice bytes);
bool __wrap_outbox_put(struct outbox *box, struct slice bytes);
int __wrap_seccomp_load(void *filter);

/* EVTRIAGE_FAULT, read before the program forks. */
static struct {
	char kind[16];
	long at;
	bool once;
	long seen;          /* in this process */
	pid_t program;      /* the parent of workers, who may not ask for it */
	atomic_long *shared; /* in all */
} wanted;

static void read_wish(void) __attribute__((constructor));

static void
read_wish(void)
{
	const char *text = getenv("EVTRIAGE_FAULT");
	char once[8] = "";

	if (!text || sscanf(text, "%15[a-z]:%ld:%7s", wanted.kind, &wanted.at, once) < 2)
		wanted.at = 0;
	wanted.once = strcmp(once, "once") == 0;
	wanted.program = getpid();
	wanted.shared = mmap(NULL, sizeof(*wanted.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static bool
is_wanted(const char *kind)
{
	return wanted.at > 0 && strcmp(kind, wanted.kind) == 0;
}

/* True on the call that is to fail. */
static bool
fault(const char *kind)
{
	if (!is_wanted(kind))
		return false;
	if (wanted.once)
		return atomic_fetch_add(wanted.shared, 1) + 1 == wanted.at;
	return ++wanted.seen == wanted.at;
}

static bool
memory_fault(void)
{
	if (!fault("memory"))
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return memory_fault() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return memory_fault() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *ptr, size_t size)
{
	return memory_fault() ? NULL : __real_realloc(ptr, size);
}

void *
__wrap_reallocarray(void *ptr, size_t count, size_t size)
{
	return memory_fault() ? NULL : __real_reallocarray(ptr, count, size);
}

char *
__wrap_strdup(const char *text)
{
	return memory_fault() ? NULL : __real_strdup(text);
}

/* What a decoder that was taken over would like to do, as the kernel is asked for it: the number of a call and what it is given.
 * Counted from 1; none of these returns in a worker.  The table asks the kernel for nothing itself: that would be the call that
 * a worker dies of. */
static void
try_escape(long which)
{
	static uint8_t page[8192] __attribute__((aligned(4096)));
	const struct sockaddr_in somewhere = { .sin_family = AF_INET };
	const struct iovec part = { page, 1 };
	char *const no_arguments[] = { NULL };
#define AT(pointer) ((long)(uintptr_t)(pointer))
	const long calls[][7] = {
		{ SYS_openat, AT_FDCWD, AT("/etc/passwd"), O_RDONLY | O_CLOEXEC },
		{ SYS_openat, AT_FDCWD, AT("evtriage-was-here"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600 },
		{ SYS_socket, AF_INET, SOCK_STREAM, 0 },
		{ SYS_connect, 3, AT(&somewhere), sizeof(somewhere) },
		{ SYS_execve, AT("/bin/true"), AT(no_arguments), AT(no_arguments) },
		{ SYS_clone, SIGCHLD },
		{ SYS_mmap, 0, sizeof(page), PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 },
		{ SYS_mprotect, AT(page), sizeof(page), PROT_READ | PROT_WRITE | PROT_EXEC },
		{ SYS_ptrace, PTRACE_ATTACH, wanted.program },
		{ SYS_kill, wanted.program, SIGTERM },
		{ SYS_prctl, PR_SET_DUMPABLE, 1 },
		{ SYS_unlinkat, AT_FDCWD, AT("evtriage-was-here"), 0 },
		{ SYS_renameat2, AT_FDCWD, AT("a"), AT_FDCWD, AT("b"), 0 },
		{ SYS_write, 1, AT("x"), 1 },
		{ SYS_pwrite64, 4, AT("x"), 1, 0 },
		{ SYS_process_vm_readv, wanted.program, AT(&part), 1, AT(&part), 1, 0 },
		{ SYS_mount, AT("a"), AT("b"), AT("tmpfs"), 0, 0 },
		{ SYS_bpf, 0, AT(page), 8 },
		{ SYS_io_uring_setup, 8, AT(page) },
		{ SYS_unshare, CLONE_NEWUSER },
		{ SYS_userfaultfd, 0 },
		{ SYS_perf_event_open, AT(page), 0, -1, -1, 0 },
		{ SYS_memfd_create, AT("x"), 0 },
		{ SYS_ioctl, 0, TIOCSTI, AT(page) }, /* type into the terminal */
		{ SYS_setuid, 0 },
	};
#undef AT
	const long *call;

	if (which > (long)(sizeof(calls) / sizeof(calls[0])))
		return;
	call = calls[which - 1];
	if (__real_syscall(call[0], call[1], call[2], call[3], call[4], call[5], call[6]) == 0 && call[0] == SYS_clone)
		_exit(0);
}

static void
chunk_fault(off_t offset)
{
	volatile bool for_ever = true;
	bool at_place = offset == wanted.at;

	if (fault("crash") || (at_place && is_wanted("place")) ||
		(at_place && is_wanted("twice") && atomic_fetch_add(wanted.shared, 1) < 2))
		__builtin_trap();
	if (is_wanted("escape"))
		try_escape(wanted.at);
	while (fault("hang") && for_ever)
		while (for_ever)
			;
}

ssize_t
__wrap_pread(int fd, void *out, size_t len, off_t offset)
{
	if (len == WHOLE_CHUNK || len == CHUNK_FRONT)
		chunk_fault(offset);
	if (fault("read")) {
		errno = EIO;
		return -1;
	}
	return __real_pread(fd, out, fault("short") && len > 1 ? len / 2 : len, offset);
}

#ifdef LIBRARY_HEAP
void *library_malloc(size_t size);

/* A block of 8 bytes has room for no more: the next one is of what nobody may write to. */
static void
damage_heap(void)
{
	volatile unsigned char *block = library_malloc(8);

	if (block)
		block[8] ^= 1;
}

static void
fill_heap(int index)
{
	static int filled = -1;

	if (index == filled) {
		filled = -1;
		return;
	}
	filled = index;
	for (size_t size = HEAP_LARGEST; size; size /= 2)
		while (library_malloc(size))
			;
}
#else
static void
damage_heap(void)
{
}

static void
fill_heap(int index)
{
	(void)index;
}
#endif

/* Each worker counts anew: with 1 libevtx kills every one that asks it. */
int
__wrap_libevtx_file_get_record_by_index(intptr_t *file, int index, intptr_t **record, intptr_t **error)
{
	if (fault("second") || (is_wanted("poison") && index % wanted.at == wanted.at - 1))
		raise(SIGSEGV);
	if (is_wanted("damage") && index % wanted.at == wanted.at - 1)
		damage_heap();
	if (is_wanted("hunger") && index % wanted.at == wanted.at - 1)
		fill_heap(index);
	return __real_libevtx_file_get_record_by_index(file, index, record, error);
}

enum regex_result
__wrap_regex_search(const struct regex *r, struct regex_scratch *s, struct slice text, enum regex_edges edges, struct regex_range *range,
	const char **limit)
{
	if (text.len > LIMIT_REGEX_SHORT_TEXT && fault("expression"))
		raise(SIGSEGV);
	return __real_regex_search(r, s, text, edges, range, limit);
}

static bool
write_fault(size_t *len)
{
	if (fault("write")) {
		errno = ENOSPC;
		return true;
	}
	if (fault("partial") && *len > 1)
		*len /= 2;
	return false;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	return write_fault(&len) ? -1 : __real_write(fd, bytes, len);
}

ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	return write_fault(&len) ? -1 : __real_pwrite(fd, bytes, len, offset);
}

int
__wrap_fsync(int fd)
{
	if (fault("sync")) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

static bool
rename_fault(void)
{
	if (!fault("rename"))
		return false;
	errno = EACCES;
	return true;
}

int
__wrap_rename(const char *from, const char *to)
{
	return rename_fault() ? -1 : __real_rename(from, to);
}

int
__wrap_renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	return rename_fault() ? -1 : __real_renameat(from_folder, from, to_folder, to);
}

int
__wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	return rename_fault() ? -1 : __real_renameat2(from_folder, from, to_folder, to, flags);
}

static bool
socket_fault(void)
{
	if (!fault("socket"))
		return false;
	errno = EPIPE;
	return true;
}

/* Numbers that look like anything, the same in every run: as many as that, and not too many. */
static struct slice
make_noise(size_t len)
{
	static uint64_t state = 88172645463325252;
	static uint8_t noise[4096];

	for (size_t i = 0; i < sizeof(noise); i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		noise[i] = (uint8_t)state;
	}
	if (state % 2) /* a length that could be one */
		memset(noise + 1, 0, 3);
	return slice_from(noise, len < sizeof(noise) ? len : sizeof(noise));
}

static bool noisy; /* from some message on */

/* What a worker says, before it is sent. */
bool
__wrap_outbox_put(struct outbox *box, struct slice bytes)
{
	if (fault("message"))
		_exit(9);
	noisy = noisy || fault("noise");
	return __real_outbox_put(box, noisy ? make_noise(bytes.len) : bytes);
}

/* Only workers use this one. */
ssize_t
__wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	struct slice noise;

	if (fault("message"))
		_exit(9);
	noisy = noisy || fault("noise");
	if (noisy) {
		noise = make_noise(len);
		return __real_send(fd, noise.ptr, noise.len, flags);
	}
	return socket_fault() ? -1 : __real_send(fd, bytes, len, flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return socket_fault() ? -1 : __real_sendmsg(fd, message, flags);
}

/* --- an older kernel --- */

static bool
kernel_is(const char *word)
{
	const char *kernel = getenv("EVTRIAGE_KERNEL");

	return kernel && strcmp(kernel, word) == 0;
}

static long
landlock_version(long real)
{
	const char *kernel = getenv("EVTRIAGE_KERNEL");
	long version;

	return kernel && sscanf(kernel, "landlock-%ld", &version) == 1 && version < real ? version : real;
}

/* Only Landlock, which has no functions in libc, is called in this way. */
long
__wrap_syscall(long number, ...)
{
	const bool landlock = number == SYS_landlock_create_ruleset || number == SYS_landlock_restrict_self;
	long arguments[6], result;
	va_list list;

	va_start(list, number);
	for (size_t i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (landlock && (kernel_is("no-landlock") || kernel_is("neither"))) {
		errno = ENOSYS;
		return -1;
	}
	result = __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
	return number == SYS_landlock_create_ruleset && !arguments[0] ? landlock_version(result) : result;
}

int
__wrap_seccomp_load(void *filter)
{
	if (kernel_is("no-seccomp") || kernel_is("neither") || (kernel_is("seccomp-once") && atomic_fetch_add(wanted.shared, 1) > 0))
		return -EINVAL;
	return __real_seccomp_load(filter);
}

struct matcher;
bool __real_matcher_was_quiet(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id,
	struct slice bytes);
bool __wrap_matcher_was_quiet(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id,
	struct slice bytes);

bool
__wrap_matcher_was_quiet(struct matcher *m, struct slice channel, struct slice provider, uint32_t event_id,
	struct slice bytes)
{
	const char *word = getenv("EVTRIAGE_REPEATS");
	bool was = __real_matcher_was_quiet(m, channel, provider, event_id, bytes);

	return word ? strcmp(word, "always") == 0 : was;
}
