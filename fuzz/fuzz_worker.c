/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that was taken over: what it may send, through all of the parent - framing, checks, holding back, taking in
 * order, joining, ordering.  The run must go on or end the worker, in time, whatever comes. */
#include "fuzz/parent.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 128 * 1024, ROUNDS = 64, OUTBOX_TOO = 128 };

static void
make_run(struct parent *p, struct evidence *e, struct broker *b, int fd)
{
	struct run *run = &p->run;
	struct unit *u = unit_new(UNIT_CHUNKS, e);
	static struct input *inputs;

	inputs = calloc(2, sizeof(*inputs));
	arena_init(&run->inputs.names, 1 << 20);
	if (!u || !inputs)
		abort();
	inputs[0] = (struct input){ .path = SLICE("a"), .fd = -1 };
	inputs[1] = (struct input){ .path = SLICE("b"), .fd = -1 };
	run->inputs.items = inputs;
	run->inputs.count = 2;
	*e = (struct evidence){ .input = inputs, .fd = -1, .file.path = SLICE("a") };
	broker_init(b, &p->options);
	b->fd = fd;
	b->unit = u;
	u->worker = b;
	u->state = UNIT_RUNNING;
	u->job = (struct job_file){ .want_verdict = true, .end_chunk = 64 };
	u->end_chunk = 64;
	unit_list_add(&run->units, u);
	run->workers = b;
	run->worker_count = 1;
	run->clerk = 1;
}

/* The last third is what it had not sent, with any numbers in front. */
static struct outbox *
fill_outbox(const uint8_t *data, size_t *size)
{
	struct outbox *box = outbox_new();
	size_t len = *size / 3;

	if (!box)
		abort();
	*size -= len;
	memcpy((void *)box, data + *size, len < sizeof(*box) ? len : sizeof(*box));
	return box;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum scan_mode modes[] = { SCAN_FINDINGS, SCAN_BLOCKS, SCAN_DUMP, SCAN_INFO };
	struct parent p;
	struct evidence e;
	struct broker b;
	struct err err = { 0 };
	int pair[2];

	if (size < 1 || size > MOST || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return 0;
	parent_init(&p, modes[data[0] % 4]);
	make_run(&p, &e, &b, pair[0]);
	if (data[0] & OUTBOX_TOO)
		b.outbox = fill_outbox(data, &size);
	if (size > 1 && send(pair[1], data + 1, size - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		size = 1;
	close(pair[1]);
	for (int i = 0; b.unit; i++) {
		if (i == ROUNDS) /* the end of what was sent is the end of the worker */
			abort();
		if (!work_receive(&p.run, &err) || !commit_units(&p.run, &err)) {
			if (err.code != ERR_NOMEM && err.code != ERR_LIMIT)
				abort();
			break;
		}
	}
	broker_fini(&b);
	parent_fini(&p);
	return 0;
}
