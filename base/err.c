/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
err_set(struct err *err, enum err_code code, uint64_t at, const char *format, ...)
{
	va_list args;

	if (!err)
		return false;
	err->code = code;
	err->at = at;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return false;
}

bool
err_set_errno(struct err *err, uint64_t at, const char *format, ...)
{
	int number = errno;
	char reason[96];
	va_list args;
	size_t used;

	if (!err)
		return false;
	err->code = ERR_IO;
	err->at = at;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror_r(number, reason, sizeof(reason)));
	return false;
}

bool
err_wrap(struct err *err, const char *format, ...)
{
	char inner[sizeof(err->text)];
	va_list args;
	size_t used;

	if (!err)
		return false;
	memcpy(inner, err->text, sizeof(inner));
	inner[sizeof(inner) - 1] = '\0';
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
	return false;
}

bool
err_nomem(struct err *err)
{
	return err_set(err, ERR_NOMEM, 0, "out of memory");
}
