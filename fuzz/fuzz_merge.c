/* SPDX-License-Identifier: Apache-2.0 */
/* A partial result from a machine that was taken over: its frames behind a head and in front of a hash that fit. */
#include "fuzz/parent.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
put(void *context, struct slice bytes, struct err *err)
{
	(void)err;
	buf_append(context, bytes);
	return true;
}

/* The file as the program itself would frame it. */
static void
make_file(struct buf *file, struct slice body)
{
	struct parent p;
	struct err err = { 0 };

	parent_init(&p, SCAN_FINDINGS);
	p.options.residual = p.options.facts = true;
	p.listener = (struct scan_listener){ .context = file, .partial = put };
	if (!partial_begin(&p.run, &err) || !digest_add(p.run.partial_digest, body))
		abort();
	buf_append(file, body);
	if (!partial_end(&p.run, &err))
		abort();
	parent_fini(&p);
}

/* The second pass but for its workers: none of what they would be given is decoded. */
static bool
second_pass(struct run *run, struct err *err)
{
	bool more = true;

	while (!second_is_done(run) || run->units.count) {
		if (!second_plan(run, &more, err))
			return false;
		for (struct unit *u = run->units.first; u; u = u->next)
			u->state = UNIT_ENDED;
		if (!commit_units(run, err))
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("partial", MFD_CLOEXEC);
	const char *paths[1];
	struct err err = { 0 };
	struct parent p;
	struct buf file;
	char path[64];

	if (fd < 0)
		return 0;
	buf_init(&file, SIZE_MAX / 4);
	make_file(&file, slice_from(data, size));
	if (file.failed || write(fd, file.ptr, file.len) != (ssize_t)file.len)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	paths[0] = path;
	parent_init(&p, SCAN_FINDINGS);
	p.options.paths = paths;
	p.options.path_count = 1;
	p.options.is_merge = p.options.residual = p.options.facts = true;
	if (merge_partials(&p.run, &err) && second_pass(&p.run, &err) && order_sort(&p.run.order, &err) && !opinions_run(&p.run, &err))
		abort();
	if (err.code != ERR_OK && err.code != ERR_FORMAT && err.code != ERR_NOMEM && err.code != ERR_LIMIT)
		abort();
	parent_fini(&p);
	close(fd);
	buf_fini(&file);
	return 0;
}
