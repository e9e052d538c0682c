/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/tee.h"

#include "base/escape.h"

#include <unistd.h>

bool
tee_open(struct tee *t, const char *path, const struct output_guard *guard, bool force, bool knows_terminals,
	struct err *err)
{
	bool is_stdout = output_is_stdout(path);

	*t = (struct tee){ .path = path, .told = { .path = slice_from_text(path) } };
	t->to_terminal = is_stdout && !knows_terminals && isatty(STDOUT_FILENO) == 1;
	return output_open(path, guard, force, &t->output, err);
}

bool
tee_hash(struct tee *t, struct err *err)
{
	t->digest = digest_new();
	return t->digest || err_nomem(err);
}

/* Line by line, so that line ends stay what they are. */
static bool
write_escaped(struct tee *t, struct slice bytes, struct err *err)
{
	bool done = true, ends = bytes.len && bytes.ptr[bytes.len - 1] == '\n';
	struct slice line;
	struct buf safe;

	if (ends)
		bytes.len--;
	buf_init(&safe, SIZE_MAX);
	while (done && slice_split(&bytes, '\n', &line)) {
		buf_reset(&safe);
		escape_terminal(&safe, line);
		if (bytes.ptr || ends)
			buf_append_byte(&safe, '\n');
		done = safe.failed ? err_nomem(err) : output_write(t->output, buf_view(&safe), err);
	}
	buf_fini(&safe);
	return done;
}

bool
tee_write(struct tee *t, struct slice bytes, struct err *err)
{
	if (!bytes.len)
		return true;
	if (t->digest && !digest_add(t->digest, bytes))
		return err_nomem(err);
	t->told.bytes += bytes.len;
	return t->to_terminal ? write_escaped(t, bytes, err) : output_write(t->output, bytes, err);
}

bool
tee_commit(struct tee *t, struct err *err)
{
	struct output *output = t->output;
	struct digest *digest = t->digest;

	t->output = NULL;
	t->digest = NULL;
	if (digest && !digest_end(digest, t->told.sha256)) {
		output_abandon(output);
		return err_nomem(err);
	}
	t->told.complete = output_commit(output, err);
	return t->told.complete;
}

void
tee_abandon(struct tee *t)
{
	output_abandon(t->output);
	digest_free(t->digest);
	t->output = NULL;
	t->digest = NULL;
}

bool
tee_print(const struct buf *text, bool knows_terminals, struct err *err)
{
	struct tee t;
	bool done;

	if (text->failed)
		return err_nomem(err);
	done = tee_open(&t, "-", NULL, false, knows_terminals, err) && tee_write(&t, buf_view(text), err) &&
		tee_commit(&t, err);
	if (!done)
		tee_abandon(&t);
	return done;
}
