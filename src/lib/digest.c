/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/digest.h"

#include <openssl/evp.h>

struct digest {
	EVP_MD_CTX *context; /* never NULL */
};

/* Looking up the algorithm and making a context take longer than most of our texts: each thread keeps its own. */
static _Thread_local EVP_MD_CTX *kept_context;
static _Thread_local EVP_MD *kept_algorithm;

void
digest_forget(void)
{
	EVP_MD_CTX_free(kept_context);
	EVP_MD_free(kept_algorithm);
	kept_context = NULL;
	kept_algorithm = NULL;
}

static EVP_MD_CTX *
begin_kept(void)
{
	if (!kept_algorithm)
		kept_algorithm = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	if (!kept_context)
		kept_context = EVP_MD_CTX_new();
	return kept_algorithm && kept_context && EVP_DigestInit_ex2(kept_context, kept_algorithm, NULL) == 1
		? kept_context : NULL;
}

bool
digest_sha256(struct slice bytes, uint8_t out[static DIGEST_LEN])
{
	EVP_MD_CTX *context = begin_kept();

	return context && (bytes.len == 0 || EVP_DigestUpdate(context, bytes.ptr, bytes.len) == 1) &&
		EVP_DigestFinal_ex(context, out, NULL) == 1;
}

struct digest *
digest_new(void)
{
	struct digest *d = OPENSSL_zalloc(sizeof(*d));

	if (!d)
		return NULL;
	d->context = EVP_MD_CTX_new();
	if (!d->context || EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) != 1) {
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
