/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand: tests/evtriage-fault is the program linked with these in front of libc (ld --wrap), so the
 * product itself carries no test code.  EVTRIAGE_FAULT=KIND:N makes the N-th call of that kind in a process fail:
 *   memory  malloc, calloc, realloc, reallocarray, strdup give NULL
 *   read    pread fails with EIO              short  pread gives half of what it was asked for
 *   write   write and pwrite fail with ENOSPC  partial write and pwrite take half
 *   sync    fsync fails with EIO              rename  rename, renameat, renameat2 fail with EACCES
 *   socket  send, sendmsg fail with EPIPE
 *   crash   the N-th read of a whole chunk ends the process by SIGSEGV
 *   hang    the N-th read of a whole chunk never returns
 *   second  fetching the N-th record by libevtx ends the process by SIGSEGV
 * A child forked by the program inherits the count and goes on from there. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { WHOLE_CHUNK = 65536 };

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

/* True on the call that is to fail. */
static bool
fault(const char *kind)
{
	static long left = -1;
	static char wanted[16];
	static bool looked;

	if (!looked) {
		const char *text = getenv("EVTRIAGE_FAULT");

		looked = true;
		if (text && sscanf(text, "%15[a-z]:%ld", wanted, &left) != 2)
			left = -1;
	}
	return left > 0 && strcmp(kind, wanted) == 0 && --left == 0;
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

/* What a decoder that was taken over or went astray would do. */
static void
chunk_fault(void)
{
	if (fault("crash"))
		raise(SIGSEGV);
	if (fault("hang"))
		for (;;)
			pause();
}

ssize_t
__wrap_pread(int fd, void *out, size_t len, off_t offset)
{
	if (len == WHOLE_CHUNK)
		chunk_fault();
	if (fault("read")) {
		errno = EIO;
		return -1;
	}
	return __real_pread(fd, out, fault("short") && len > 1 ? len / 2 : len, offset);
}

/* Each worker counts anew: with 1 libevtx kills every one that asks it. */
int
__wrap_libevtx_file_get_record_by_index(intptr_t *file, int index, intptr_t **record, intptr_t **error)
{
	if (fault("second"))
		raise(SIGSEGV);
	return __real_libevtx_file_get_record_by_index(file, index, record, error);
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

ssize_t
__wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	return socket_fault() ? -1 : __real_send(fd, bytes, len, flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return socket_fault() ? -1 : __real_sendmsg(fd, message, flags);
}
