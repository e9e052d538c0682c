/* SPDX-License-Identifier: Apache-2.0 */
/* Files whole: reading and writing go on where the system did less than was asked for, or was interrupted by a signal, and
 * temporary files have no name where the file system can do that.  Descriptors are the caller's; what failed is in errno. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/attr.h"
#include "base/err.h"
#include "base/slice.h"

/* False: not all of it was written. */
MUST_CHECK bool io_write_all(int fd, struct slice bytes);
MUST_CHECK bool io_pwrite_all(int fd, struct slice bytes, uint64_t at);

/* *got tells how many bytes there were: fewer than len only where the file ends, or before what failed. */
MUST_CHECK bool io_pread_all(int fd, uint64_t at, void *out, size_t len, size_t *got);

/* An empty file to write to and read from, gone when it is closed.  -1: *err tells why. */
int io_temp_file(const char *folder, struct err *err);

#endif
