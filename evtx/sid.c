/* SPDX-License-Identifier: Apache-2.0 */
/* Security identifiers as text, by libfwnt: the home of that library.  Every number is decimal, also an authority of
 * 2^32 and more, for which SDDL allows hexadecimal (evtx-format.md 3). */
#include "evtx/reader.h"

#include <libfwnt.h>

enum { TEXT_SIZE = 4096 }; /* 255 parts of at most eleven characters, and the head */

static bool
to_text(libfwnt_security_identifier_t *sid, struct slice bytes, char out[static TEXT_SIZE])
{
	size_t size = 0;

	return libfwnt_security_identifier_copy_from_byte_stream(sid, bytes.ptr, bytes.len, LIBFWNT_ENDIAN_LITTLE, NULL) == 1 &&
	       libfwnt_security_identifier_get_string_size(sid, &size, 0, NULL) == 1 && size <= TEXT_SIZE &&
	       libfwnt_security_identifier_copy_to_utf8_string(sid, (uint8_t *)out, size, 0, NULL) == 1;
}

bool
sid_append_text(struct slice sid, struct buf *out)
{
	libfwnt_security_identifier_t *identifier = NULL;
	char text[TEXT_SIZE];
	bool ok;

	if (libfwnt_security_identifier_initialize(&identifier, NULL) != 1)
		return false;
	ok = to_text(identifier, sid, text);
	libfwnt_security_identifier_free(&identifier, NULL);
	if (ok)
		buf_append_text(out, text);
	return ok;
}
