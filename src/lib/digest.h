/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by libcrypto: of inputs, rules, texts, findings. */
#ifndef LIB_DIGEST_H
#define LIB_DIGEST_H

#include "base/attr.h"
#include "base/slice.h"

enum { DIGEST_LEN = 32, DIGEST_TEXT = 65 };

/* One piece at once; false when libcrypto failed (memory). */
MUST_CHECK bool digest_sha256(struct slice bytes, uint8_t out[static DIGEST_LEN]);

/* Gives back what digest_sha256 keeps for a thread that ends before the program does. */
void digest_forget(void);

/* Piece by piece. */
struct digest;
struct digest *digest_new(void);       /* NULL: out of memory */
bool digest_add(struct digest *d, struct slice bytes);
bool digest_end(struct digest *d, uint8_t out[static DIGEST_LEN]); /* frees d */
void digest_free(struct digest *d);    /* without a result; accepts NULL */

/* 64 lower-case hexadecimal digits and a NUL. */
void digest_text(const uint8_t digest[static DIGEST_LEN], char out[static DIGEST_TEXT]);

#endif
