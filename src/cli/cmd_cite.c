/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage cite: one finding with everything it stands on.  The scan is run again, so the finding is found anew and
 * not believed; its records are then shown as bytes of the file and as both readers have them. */
#include "src/cli/cite.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "base/utf.h"
#include "src/cli/rules.h"

#include <stdio.h>

enum { ID_DIGITS = 32, ID_DIGITS_LEAST = 8 };

static bool
flush(struct cite *c, struct err *err)
{
	bool done = c->out.failed ? err_nomem(err) : tee_write(&c->file, buf_view(&c->out), err);

	buf_reset(&c->out);
	return done;
}

static bool
on_findings(void *context, const struct finding *finding, size_t count, struct err *err)
{
	struct session *s = context;
	struct cite *c = s->command;
	bool is_first = c->findings == 0;

	c->findings += count;
	if (!is_first)
		return true;
	snprintf(c->id, sizeof(c->id), "%.*s", SLICE_ARGS(slice_sub(finding->column[COLUMN_FINDING_ID], 0, ID_DIGITS)));
	c->form->finding(c, finding);
	return flush(c, err);
}

static bool
on_exhibit(void *context, const struct exhibited *record, struct err *err)
{
	struct session *s = context;
	struct cite *c = s->command;

	c->records++;
	c->form->record(c, record);
	return flush(c, err);
}

void
cite_each_of_rule(struct cite *c, const struct finding *finding, cite_put *put)
{
	const struct rule *rule = ruleset_rule(c->session->rules, finding->rule);
	char digest[DIGEST_TEXT];

	digest_text(rule->sha256, digest);
	put(c, "Title", rule->title);
	put(c, "Id", rule->id);
	put(c, "File", rule->file);
	put(c, "Sha256", slice_from_text(digest));
}

bool
cite_text_digest(const struct finding *finding, char out[static DIGEST_TEXT])
{
	struct slice text = finding->column[COLUMN_TEXT];
	uint8_t digest[DIGEST_LEN];
	struct buf strict;
	bool done;

	if (!text.len)
		return false;
	buf_init(&strict, SIZE_MAX / 4);
	utf_append_strict(&strict, text);
	done = !strict.failed && digest_sha256(buf_view(&strict), digest);
	buf_fini(&strict);
	if (done)
		digest_text(digest, out);
	return done;
}

static bool
is_plain(const char *word)
{
	for (; *word; word++)
		if (!ascii_is_letter_or_digit((uint8_t)*word) && !strchr("/._-=:,+%@", *word))
			return false;
	return true;
}

/* One word for a POSIX shell; $'...' where single quotes cannot show it. */
static void
append_word(struct buf *out, const char *word)
{
	bool printable = true;

	if (*word && is_plain(word)) {
		buf_append_text(out, word);
		return;
	}
	for (const char *p = word; *p; p++)
		printable &= (unsigned char)*p >= ' ' && *p != '\'' && *p != 0x7F;
	printable &= utf_is_strict(slice_from_text(word));
	buf_append_text(out, printable ? "'" : "$'");
	for (; *word; word++) {
		unsigned char byte = (unsigned char)*word;

		if (printable || (byte >= ' ' && byte < 0x7F && byte != '\'' && byte != '\\'))
			buf_append_byte(out, byte);
		else
			buf_printf(out, "\\%03o", byte);
	}
	buf_append_byte(out, '\'');
}

void
cite_command(const struct cite *c, struct buf *out)
{
	const char *asked = c->session->options->operands.items[0];

	buf_append_text(out, "evtriage");
	for (int i = 1; i < c->call->argc; i++) {
		buf_append_byte(out, ' ');
		append_word(out, c->call->argv[i] == asked ? c->id : c->call->argv[i]);
	}
}

static bool
check_count(const struct cite *c, const char *id, struct err *err)
{
	if (c->findings == 0)
		return err_set(err, ERR_FORMAT, 0,
			"there is no finding %.40s: not in this evidence, or not with these rules or this version (where a residual "
			"record needs templates of other logs, all of that run's evidence has to be named)", id);
	if (c->findings > 1)
		return err_set(err, ERR_SYNTAX, 0, "%.40s is the beginning of %llu findings' ids: give more of it", id,
			(unsigned long long)c->findings);
	return true;
}

static bool
run(struct session *s, struct cite *c, const char *id, struct err *err)
{
	const struct scan_listener own = { .findings = on_findings, .exhibit = on_exhibit };
	const struct text_list *outputs = &s->options->outputs;
	const char *path = outputs->count ? outputs->items[0] : "-";

	if (outputs->count > 1)
		err_set(err, ERR_SYNTAX, 0, "cite writes one output");
	if (outputs->count > 1 || !tee_open(&c->file, path, &s->guard, s->options->force, c->form == &cite_text, err) ||
		!session_accept_output(s, &c->file, NULL, 0, err))
		return session_fail(s, err);
	s->command = c;
	s->outputs = &c->file;
	s->output_count = 1;
	if (!session_run(s, SCAN_FINDINGS, false, &own))
		return false;
	if (s->failure.code || !check_count(c, id, err))
		return session_fail(s, s->failure.code ? &s->failure : err);
	c->file.told.rows = c->records;
	c->form->end(c);
	return (flush(c, err) && tee_commit(&c->file, err)) || session_fail(s, err);
}

/* Lower case; false when it can be no id. */
static bool
take_id(const char *text, char id[static ID_DIGITS + 1])
{
	size_t len = strlen(text);

	if (len < ID_DIGITS_LEAST || len > ID_DIGITS)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (text[i] && ascii_hex_value((uint8_t)text[i]) < 0)
			return false;
		id[i] = (char)ascii_lower((uint8_t)text[i]);
	}
	return true;
}

enum exit_status
cmd_cite(const struct invocation *call)
{
	const struct text_list *words = &call->options->operands;
	struct text_list paths = { words->items + 1, words->count - 1 };
	const char *type = call->options->type;
	struct cite cite = { .call = call, .form = type && strcmp(type, "json") == 0 ? &cite_json : &cite_text };
	char id[ID_DIGITS + 1];
	enum exit_status status;
	struct err err = { 0 };
	struct session s;

	if (!take_id(words->items[0], id)) {
		console_say(call->console, "'%.60s' is no finding id: 8 to 32 hexadecimal digits, as in the column FindingId",
			words->items[0]);
		return STATUS_USAGE;
	}
	cite.session = &s;
	buf_init(&cite.out, LIMIT_MESSAGE);
	if (session_begin(&s, call, paths)) {
		s.cite = slice_from_text(id);
		s.rules = rules_load(call->options, &err);
		if (s.rules)
			rules_tell(s.rules, call->console);
		if (!s.rules)
			session_fail(&s, &err);
		else if (!run(&s, &cite, id, &err))
			s.outcome.usage = err.code == ERR_SYNTAX;
	}
	tee_abandon(&cite.file);
	buf_fini(&cite.out);
	status = session_end(&s);
	return status;
}
