/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage dump: the records themselves, in the order of the files, as JSON lines or XML. */
#include "src/cli/session.h"

#define XML_BEGIN "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n"
#define XML_END "</Events>\n"

struct dump {
	struct tee file;
	bool xml;
};

static bool
on_dump(void *context, struct slice bytes, struct err *err)
{
	struct session *s = context;
	struct dump *dump = s->command;
	/* Text holds line ends in XML, but never this; in JSON lines, none. */
	struct slice end = dump->xml ? SLICE("</Event>\n") : SLICE("\n");

	for (size_t at = 0; (at = slice_find(bytes, end, at)) != SIZE_MAX; at++)
		dump->file.told.rows++;
	return tee_write(&dump->file, bytes, err);
}

static bool
ends_with(const char *path, struct slice suffix)
{
	return slice_ends_with(slice_from_text(path), suffix);
}

static bool
choose_format(const struct options *o, const char *path, bool *xml, struct err *err)
{
	*xml = o->type && strcmp(o->type, "xml") == 0;
	if (output_is_stdout(path))
		return true;
	if (ends_with(path, SLICE(".xml")) || ends_with(path, SLICE(".jsonl")))
		*xml = ends_with(path, SLICE(".xml"));
	else if (!o->type)
		return err_set(err, ERR_SYNTAX, 0, "%.160s: no known suffix (.jsonl, .xml) and no -t", path);
	return true;
}

static bool
run(struct session *s, struct dump *dump, struct err *err)
{
	const struct text_list *outputs = &s->options->outputs;
	const char *path = outputs->count ? outputs->items[0] : "-";
	const struct scan_listener own = { .dump = on_dump };
	struct tee *file = &dump->file;

	if (outputs->count > 1)
		err_set(err, ERR_SYNTAX, 0, "dump writes one output");
	if (outputs->count > 1 || !choose_format(s->options, path, &dump->xml, err) ||
	    !tee_open(file, path, &s->guard, s->options->force, false, err) ||
	    !session_accept_output(s, file, NULL, 0, err))
		return session_fail(s, err);
	s->command = dump;
	s->outputs = file;
	s->output_count = 1;
	if (dump->xml && !tee_write(file, SLICE(XML_BEGIN), err))
		return session_fail(s, err);
	if (!session_run(s, SCAN_DUMP, dump->xml, &own))
		return false;
	if ((dump->xml && !tee_write(file, SLICE(XML_END), err)) || !tee_commit(file, err))
		return session_fail(s, err);
	return true;
}

enum exit_status
cmd_dump(const struct invocation *call)
{
	struct dump dump = { 0 };
	struct err err = { 0 };
	struct session s;

	if (session_begin(&s, call, call->options->operands) && !run(&s, &dump, &err))
		s.outcome.usage = err.code == ERR_SYNTAX;
	tee_abandon(&dump.file);
	return session_end(&s);
}
