/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/session.h"

#include "config.h"

#include "base/limits.h"
#include "src/cli/folder.h"
#include "src/cli/rules.h"
#include "src/cli/signals.h"
#include "src/cli/summary.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* FILETIME ticks of the clock: for the manifest's "Run" alone. */
static uint64_t
ticks_now(void)
{
	const uint64_t seconds_1601_to_1970 = 11644473600;
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 || now.tv_sec < 0)
		return 0;
	return ((uint64_t)now.tv_sec + seconds_1601_to_1970) * 10000000 + (uint64_t)now.tv_nsec / 100;
}

bool
session_fail(struct session *s, const struct err *err)
{
	if (s->failure.code == ERR_OK)
		s->failure = *err;
	s->outcome.failed = true;
	return false;
}

static bool
check_temp_folder(struct session *s, struct err *err)
{
	int fd = open(s->temp_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 ? output_guard_allows(&s->guard, fd, err) : err_set_errno(err, 0, "cannot open the folder");

	if (fd >= 0)
		close(fd);
	return done || err_wrap(err, "temporary folder %.120s", s->temp_folder);
}

bool
session_begin(struct session *s, const struct invocation *call, struct text_list paths)
{
	const struct options *o = call->options;
	const char *from_environment = getenv("TMPDIR");
	struct err err = { 0 };

	*s = (struct session){ .call = call, .options = o, .console = call->console, .paths = paths };
	s->start = ticks_now();
	s->temp_folder = o->temp_dir ? o->temp_dir : from_environment && *from_environment ? from_environment : "/tmp";
	manifest_init(&s->manifest);
	signals_catch();
	if (!scan_guard(paths.items, paths.count, &s->guard, &err) || !check_temp_folder(s, &err))
		return session_fail(s, &err);
	if (!o->manifest)
		return true;
	if (!tee_open(&s->manifest_file, o->manifest, &s->guard, o->force, false, &err)) {
		tee_abandon(&s->manifest_file);
		return session_fail(s, &err);
	}
	s->has_manifest = true;
	return true;
}

bool
session_accept_output(const struct session *s, struct tee *output, const struct tee *before, size_t count,
	struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (output_is_same(output->output, before[i].output))
			return err_set(err, ERR_SYNTAX, 0, "-o %.100s and -o %.100s are the same file", before[i].path, output->path);
	if (s->has_manifest && output_is_same(output->output, s->manifest_file.output))
		return err_set(err, ERR_SYNTAX, 0, "the manifest and %.160s are the same file",
			output_is_stdout(output->path) ? "standard output" : output->path);
	return !s->has_manifest || tee_hash(output, err);
}

/* ---- what the run tells ---- */

static bool
on_notice(void *context, const struct notice *notice, struct err *err)
{
	struct session *s = context;

	(void)err;
	notices_add(&s->notices, s->console, notice);
	if (s->has_manifest)
		manifest_add_notice(&s->manifest, notice);
	return true;
}

static bool
on_file(void *context, const struct file_summary *file, struct err *err)
{
	struct session *s = context;

	(void)err;
	if (s->has_manifest)
		manifest_add_file(&s->manifest, file);
	return true;
}

static bool
on_residue(void *context, const struct residue_summary *residue, struct err *err)
{
	struct session *s = context;

	(void)err;
	if (s->has_manifest)
		manifest_add_residue(&s->manifest, residue);
	return true;
}

static bool
on_difference(void *context, const struct opinion_difference *difference, struct err *err)
{
	struct session *s = context;

	(void)err;
	if (s->has_manifest)
		manifest_add_difference(&s->manifest, difference);
	return true;
}

static void
on_progress(void *context, uint64_t files, uint64_t files_total, uint64_t bytes, uint64_t bytes_total,
	uint64_t findings)
{
	struct session *s = context;

	console_progress(s->console, files, files_total, bytes, bytes_total, findings);
}

static bool
on_poll(void *context)
{
	(void)context;
	return signals_stop_asked();
}

static bool
reader_named(const char *name, enum scan_reader *reader)
{
	static const char *const names[] = { [SCAN_READER_AUTO] = "auto", [SCAN_READER_DIRECT] = "direct",
		[SCAN_READER_LIBEVTX] = "libevtx" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*reader = (enum scan_reader)i;
		return true;
	}
	return false;
}

static void
fail_without_evidence(struct session *s)
{
	unsigned long long skipped = s->summary.skipped;
	struct err err = { 0 };

	if (s->summary.files)
		err_set(&err, ERR_FORMAT, 0, "no evidence could be read");
	else if (skipped && !s->console->verbose)
		err_set(&err, ERR_FORMAT, 0, "there is no event log in what was named; left alone: %llu (-v names them)", skipped);
	else
		err_set(&err, ERR_FORMAT, 0, "there is no event log in what was named");
	session_fail(s, &err);
}

/* Some commands have no such option. */
static bool
wants_residue(const struct options *o)
{
	return o->residual && strcmp(o->residual, "yes") == 0;
}

bool
session_run(struct session *s, enum scan_mode mode, bool dump_xml, const struct scan_listener *own)
{
	const struct options *o = s->options;
	struct scan_options scan = { .mode = mode, .paths = s->paths.items, .path_count = s->paths.count,
		.rules = s->rules, .dump_xml = dump_xml,
		.explain_jsonl = mode == SCAN_EXPLAIN && strcmp(o->type, "jsonl") == 0, .from = o->from, .to = o->to, .event_ids = o->event_ids.items,
		.event_id_count = o->event_ids.count, .verify = o->verify, .cite = s->cite,
		.hash_inputs = s->has_manifest || o->partial,
		.is_merge = o->command == COMMAND_MERGE, .temp_folder = s->temp_folder,
		.threads = o->threads, .require_sandbox = o->require_sandbox, .carve = o->carve,
		.residual = o->carve || (wants_residue(o) && strcmp(o->reader, "libevtx") != 0),
		.facts = mode == SCAN_FINDINGS && wants_residue(o) };
	struct scan_listener listener = { .context = s, .notice = on_notice, .findings = own->findings,
		.block = own->block, .dump = own->dump, .partial = own->partial,
		.file = own->file ? own->file : on_file, .residue = on_residue, .progress = on_progress, .difference = on_difference,
		.exhibit = own->exhibit,
		.interrupted = on_poll };
	struct keyed_seed seed;
	struct err err = { 0 };
	bool done;

	if (!o->partial && keyed_seed_fill(&seed))
		scan.record_seed = &seed;
	if (!reader_named(o->reader, &scan.reader))
		return session_fail(s, &(struct err){ .code = ERR_SYNTAX, .text = "no such reader" });
	done = scan_run(&scan, &listener, &s->summary, &err);
	s->has_summary = true;
	s->summary.losses += s->rules ? ruleset_count_state(s->rules, RULE_INVALID) : 0;
	console_clear(s->console);
	s->summary.interrupted |= signals_stop_asked(); /* also one that came when the run was nearly over */
	s->outcome.interrupted = s->summary.interrupted;
	s->outcome.losses |= s->summary.losses > 0 || s->summary.lost > 0;
	if (!done && !s->summary.interrupted)
		return session_fail(s, &err);
	if (s->summary.interrupted)
		return false;
	if (s->summary.files == s->summary.files_failed && s->summary.written == 0)
		fail_without_evidence(s);
	return true;
}

/* ---- the end ---- */

struct gathered {
	struct manifest_option *options;
	size_t option_count;
	struct manifest_output *outputs;
	struct buf values; /* of the options, one after the other */
};

static bool
gather(const struct session *s, struct gathered *g)
{
	g->options = calloc(option_count, sizeof(*g->options));
	g->outputs = calloc(s->output_count + 1, sizeof(*g->outputs));
	if (!g->options || !g->outputs)
		return false;
	for (size_t i = 0; i < option_count; i++) {
		size_t begin = g->values.len;

		if (!(option_table[i].commands & s->options->command))
			continue;
		if (!option_value(&option_table[i], s->options, &g->values)) {
			g->values.len = begin;
			continue;
		}
		g->options[g->option_count++] = (struct manifest_option){ option_table[i].name,
			{ NULL, g->values.len - begin } };
	}
	for (size_t i = 0, at = 0; i < g->option_count; i++) { /* the buffer has moved while it grew */
		g->options[i].value = slice_sub(buf_view(&g->values), at, g->options[i].value.len);
		at += g->options[i].value.len;
	}
	for (size_t i = 0; i < s->output_count; i++)
		g->outputs[i] = s->outputs[i].told;
	return !g->values.failed;
}

static bool
fill_manifest(const struct session *s, enum exit_status status, struct buf *out)
{
	struct gathered g = { 0 };
	bool done;

	buf_init(&g.values, 1 << 30);
	done = gather(s, &g);
	if (done)
		manifest_write(&s->manifest, &(struct manifest_run){ .program = "evtriage", .version = PACKAGE_VERSION,
			.command = command_with(s->options->command)->name,
			.arguments = (const char *const *)s->call->argv, .argument_count = (size_t)s->call->argc,
			.options = g.options, .option_count = g.option_count, .start = s->start, .end = ticks_now(),
			.rules = s->rules, .summary = &s->summary, .outputs = g.outputs, .output_count = s->output_count,
			.status = (int)status, .failure = s->failure.code ? s->failure.text : NULL }, out);
	free(g.options);
	free(g.outputs);
	buf_fini(&g.values);
	return done && !out->failed;
}

/* Also of a run that failed or was interrupted: then it matters most. */
static bool
write_manifest(struct session *s, enum exit_status status, struct err *err)
{
	struct buf out;
	bool done;

	buf_init(&out, LIMIT_MANIFEST_INPUTS + 4 * (size_t)LIMIT_MANIFEST);
	done = fill_manifest(s, status, &out) || err_nomem(err);
	done = done && tee_write(&s->manifest_file, buf_view(&out), err) && tee_commit(&s->manifest_file, err);
	buf_fini(&out);
	if (!done)
		tee_abandon(&s->manifest_file);
	return done || err_wrap(err, "manifest");
}

/* Files are given up; what went to standard output is out. */
static void
tell_interrupted(const struct session *s)
{
	bool is_out = false;

	for (size_t i = 0; i < s->output_count; i++)
		is_out |= output_is_stdout(s->outputs[i].path) && s->outputs[i].told.bytes;
	console_say(s->console, "interrupted: %s%s", is_out ? "standard output is incomplete" : "no output was written",
		s->has_manifest ? ", the manifest says so" : "");
	if (s->has_summary && !s->console->quiet)
		console_say(s->console, "of what was finished until then:");
}

enum exit_status
session_end(struct session *s)
{
	struct err err = { 0 };

	console_clear(s->console);
	notices_end(&s->notices, s->console, s->has_manifest ? s->options->manifest : NULL);
	if (s->failure.code)
		console_say(s->console, "%s", s->failure.text);
	if (s->outcome.interrupted)
		tell_interrupted(s);
	if (s->has_summary && !s->console->quiet)
		summary_tell(s);
	if (s->outcome.usage)
		tee_abandon(&s->manifest_file); /* nothing was done that would be worth a manifest */
	else if (s->has_manifest && !write_manifest(s, exit_status_of(&s->outcome), &err)) {
		console_say(s->console, "%s", err.text);
		s->outcome.failed = true;
	}
	if (s->has_summary)
		scan_summary_fini(&s->summary);
	scan_guard_fini(&s->guard);
	manifest_fini(&s->manifest);
	ruleset_free(s->rules);
	return exit_status_of(&s->outcome);
}
