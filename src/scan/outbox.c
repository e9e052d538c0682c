/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/outbox.h"

#include <sys/mman.h>

struct outbox *
outbox_new(void)
{
	void *box = mmap(NULL, sizeof(struct outbox), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return box == MAP_FAILED ? NULL : box;
}

void
outbox_free(struct outbox *box)
{
	if (box)
		munmap(box, sizeof(*box));
}

bool
outbox_keep_from_others(struct outbox *box)
{
	return madvise(box, sizeof(*box), MADV_DONTFORK) == 0;
}

/* The length comes last: a worker that ends in between has not said it. */
bool
outbox_put(struct outbox *box, struct slice bytes)
{
	size_t len = box->len;

	if (bytes.len > OUTBOX_ROOM - len)
		return false;
	if (bytes.len)
		memcpy(box->bytes + len, bytes.ptr, bytes.len);
	box->len = len + bytes.len;
	return true;
}

struct slice
outbox_view(const struct outbox *box)
{
	return slice_from(box->bytes, box->len);
}

/* Nothing stands here twice, whenever the worker ends: its place moves on when it is empty. */
void
outbox_clear(struct outbox *box, size_t more)
{
	size_t len = box->len;

	box->len = 0;
	box->sent += len + more;
}

uint64_t
outbox_end(const struct outbox *box)
{
	return box->sent + box->len;
}

void
outbox_take(const struct outbox *box, uint64_t received, struct buf *out)
{
	uint64_t sent = box->sent, len = box->len;

	if (len > OUTBOX_ROOM || received < sent || received - sent > len)
		return;
	buf_append(out, slice_from(box->bytes + (received - sent), (size_t)(len - (received - sent))));
}
