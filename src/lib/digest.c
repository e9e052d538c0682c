/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/digest.h"

#include <openssl/evp.h>
#include <pthread.h>

struct digest {
	EVP_MD_CTX *context; /* never NULL */
};

static pthread_once_t looked_up = PTHREAD_ONCE_INIT;
static const EVP_MD *sha256 = NULL;

static void
look_up(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!sha256)
		sha256 = EVP_sha256();
}

/* libcrypto looks its algorithms up by name, each time anew unless it is asked to give one away for good: that costs as much as
 * hashing a rule. */
static const EVP_MD *
algorithm(void)
{
	pthread_once(&looked_up, look_up);
	return sha256;
}

bool
digest_sha256(struct slice bytes, uint8_t out[static DIGEST_LEN])
{
	return EVP_Digest(bytes.ptr ? (const void *)bytes.ptr : "", bytes.len, out, NULL, algorithm(), NULL) == 1;
}

struct digest *
digest_new(void)
{
	struct digest *d = OPENSSL_zalloc(sizeof(*d));

	if (!d)
		return NULL;
	d->context = EVP_MD_CTX_new();
	if (!d->context || EVP_DigestInit_ex(d->context, algorithm(), NULL) != 1) {
		digest_free(d);
		return NULL;
	}
	return d;
}

bool
digest_add(struct digest *d, struct slice bytes)
{
	return bytes.len == 0 || EVP_DigestUpdate(d->context, bytes.ptr, bytes.len) == 1;
}

bool
digest_end(struct digest *d, uint8_t out[static DIGEST_LEN])
{
	bool done = EVP_DigestFinal_ex(d->context, out, NULL) == 1;

	digest_free(d);
	return done;
}

void
digest_free(struct digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->context);
	OPENSSL_free(d);
}

void
digest_text(const uint8_t digest[static DIGEST_LEN], char out[static DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_LEN; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * DIGEST_LEN] = '\0';
}
