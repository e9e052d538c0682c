/* SPDX-License-Identifier: Apache-2.0 */
/* Standard base64 (RFC 4648 section 4), with padding. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

void base64_append(struct buf *out, struct slice bytes);

#endif
