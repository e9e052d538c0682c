/* SPDX-License-Identifier: Apache-2.0 */
/* The run itself: work is planned, handed out, received and taken in order until nothing is left; then the rows. */
#include "src/scan/scan.h"

#include "base/limits.h"
#include "src/scan/early.h"
#include "src/scan/jail.h"
#include "src/scan/partial.h"
#include "src/scan/worker.h"

#include <sched.h>
#include <stdlib.h>

enum { ROW_ARENA = 1 << 30, UNITS_PER_WORKER = 4 };

static bool
count_notice(void *context, const struct notice *notice, struct err *err)
{
	struct run *run = context;
	struct scan_summary *s = run->summary;

	s->losses += notice->kind == NOTICE_LOSS;
	s->limits += notice->kind == NOTICE_LIMIT;
	s->skipped += notice->kind == NOTICE_SKIPPED;
	return !run->listener->notice || run->listener->notice(run->listener->context, notice, err);
}

bool
run_stop_asked(struct run *run)
{
	if (run->listener->interrupted && run->listener->interrupted(run->listener->context))
		run->summary->interrupted = true;
	return run->summary->interrupted;
}

static bool
stop_asked(void *context)
{
	return run_stop_asked(context);
}

/* A unit may have ended while it was handed out, or need another worker: each round looks at everything again. */
static bool
do_work(struct run *run, struct err *err)
{
	while (!plan_is_done(run)) {
		if (run_stop_asked(run))
			return false;
		if (!plan_more(run, err) || !work_hand_out(run, err) || !work_receive(run, err) || !commit_units(run, err))
			return false;
	}
	return true;
}

static void
sum_up(struct run *run)
{
	struct scan_summary *s = run->summary;
	struct joiner_counts c = joiner_counts(run->joiner);

	s->blocks_whole += c.whole;
	s->blocks_partial += c.partial;
	s->block_conflicts += c.conflicts;
	s->block_parts = c.parts;
	s->block_duplicates += c.duplicates;
	s->block_not_parts += c.not_parts;
	for (size_t i = 0; i < run->worker_count; i++)
		s->workers_started += run->workers[i].started;
	for (size_t i = 0; !s->interrupted && run->rules_with_log && i < ruleset_count(run->options->rules); i++)
		if (ruleset_rule(run->options->rules, i)->state == RULE_READY && !run->rules_with_log[i])
			s->rules_without_log++;
}

struct finder {
	struct early early;
	struct run *run;
};

static bool
keep_notice(void *context, const struct notice *notice, struct err *err)
{
	struct finder *finder = context;

	return early_add(&finder->early, notice, err);
}

static bool
finder_stop_asked(void *context)
{
	return run_stop_asked(((struct finder *)context)->run);
}

/* Finds the logs; what is to be said of names comes in the order of names. */
static bool
find_logs(struct run *run, struct err *err)
{
	struct finder finder = { .run = run };
	struct scan_listener listener = { .context = &finder, .notice = keep_notice, .interrupted = finder_stop_asked };
	bool going;

	early_init(&finder.early);
	going = inputs_collect(&run->inputs, run->options, &listener, err);
	early_sort(&finder.early);
	for (size_t i = 0; going && i < finder.early.count; i++)
		going = run_notice(run, &finder.early.items[i], err);
	early_fini(&finder.early);
	for (size_t i = 0; i < run->inputs.count; i++)
		run->bytes_total += run->inputs.items[i].size;
	return going;
}

/* While workers end, the rows can be sorted and written. */
static void
let_go_of_workers(struct run *run, bool asked)
{
	const struct scan_options *o = run->options;
	bool asks = !asked && (o->verify || opinion_is_on_findings(o));

	if (!asks && !o->cite.len)
		broker_let_go(run->workers, run->worker_count);
}

static bool
do_run(struct run *run, struct err *err)
{
	bool partial = run->listener->partial != NULL;

	if (partial && !partial_begin(run, err))
		return false;
	if (!(run->options->is_merge ? merge_partials : find_logs)(run, err) || !do_work(run, err))
		return run->summary->interrupted && err->code == ERR_OK;
	if (partial) {
		if (!partial_rules_seen(run, true, err) || !opinions_ask(run, err))
			return run->summary->interrupted && err->code == ERR_OK;
		return partial_opinions(run, err) && partial_end(run, err);
	}
	if (run->correlate && !correlate_run(run, err))
		return run->summary->interrupted && err->code == ERR_OK;
	let_go_of_workers(run, false);
	if (!order_sort(&run->order, err))
		return false;
	if (!opinions_run(run, err))
		return run->summary->interrupted && err->code == ERR_OK;
	let_go_of_workers(run, true);
	return emit_rows(run, err) && exhibits_emit(run, err);
}

static bool
make_jail(const struct scan_options *options, struct err *err)
{
	if (!jail_prepare(err))
		return false;
	return !options->require_sandbox || jail_layers() == JAIL_FULL ||
		err_set(err, ERR_IO, 0, "--require-sandbox: the sandbox here is \"%s\", nothing was read", jail_tier());
}

size_t
scan_threads(const struct scan_options *options)
{
	cpu_set_t set;
	size_t count = options->threads;

	if (!count)
		count = sched_getaffinity(0, sizeof(set), &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
	return count < 1 ? 1 : count > LIMIT_WORKERS ? LIMIT_WORKERS : count;
}

static bool
make_workers(struct run *run)
{
	run->worker_count = scan_threads(run->options) + 1;
	run->clerk = run->worker_count - 1;
	run->most_units = run->worker_count * UNITS_PER_WORKER;
	run->workers = calloc(run->worker_count, sizeof(*run->workers));
	for (size_t i = 0; run->workers && i < run->worker_count; i++)
		broker_init(&run->workers[i], run->options);
	return run->workers != NULL;
}

static void
run_free(struct run *run)
{
	if (run->workers)
		broker_kill_all(run->workers, run->worker_count);
	for (size_t i = 0; run->workers && i < run->worker_count; i++)
		broker_fini(&run->workers[i]);
	free(run->workers);
	if (run->planned)
		evidence_free(run->planned);
	while (run->units.first) {
		if (run->units.first->kind == UNIT_END || run->units.first->kind == UNIT_RESIDUE_END)
			evidence_free(run->units.first->evidence);
		unit_list_drop_first(&run->units);
	}
	inputs_fini(&run->inputs);
	joiner_free(run->joiner);
	order_fini(&run->order);
	correlate_free(run->correlate);
	seen_fini(&run->seen);
	residue_pool_fini(&run->residue);
	template_store_fini(&run->templates);
	opinions_fini(&run->opinions);
	merge_free(run->merge);
	exhibits_fini(&run->exhibits);
	arena_fini(&run->arena);
	buf_fini(&run->text);
	coverage_free(run->probe);
	digest_free(run->partial_digest);
	free(run->rules_with_log);
}

bool
scan_run(const struct scan_options *options, const struct scan_listener *listener, struct scan_summary *summary,
	struct err *err)
{
	struct run run = { .options = options, .listener = listener, .summary = summary };
	bool done = false;

	*summary = (struct scan_summary){ .coverage = coverage_new() };
	*err = (struct err){ 0 };
	run.counting = (struct scan_listener){ .context = &run, .notice = count_notice, .interrupted = stop_asked };
	order_init(&run.order, LIMIT_FINDINGS_MEMORY, options->temp_folder);
	seen_init(&run.seen);
	residue_pool_init(&run.residue, options->temp_folder);
	template_store_init(&run.templates);
	opinions_init(&run.opinions, options->temp_folder);
	arena_init(&run.arena, ROW_ARENA);
	buf_init(&run.text, LIMIT_MESSAGE);
	run.joiner = joiner_new(options->temp_folder, LIMIT_WAITING_PARTS);
	run.probe = coverage_new();
	if (options->rules)
		run.rules_with_log = calloc(ruleset_count(options->rules) + 1, 1);
	if (options->mode == SCAN_FINDINGS)
		run.correlate = correlate_new(options->rules, options->temp_folder);
	if (!summary->coverage || !run.probe || !run.joiner || (options->rules && !run.rules_with_log) ||
		(options->mode == SCAN_FINDINGS && !run.correlate) || !make_workers(&run) || !worker_warm_up()) {
		err_nomem(err);
	} else {
		done = make_jail(options, err) && do_run(&run, err);
		sum_up(&run);
	}
	if (done && !summary->interrupted) {
		summary->rules_met = run.rules_with_log;
		run.rules_with_log = NULL;
	}
	if (summary->coverage && !coverage_close(summary->coverage, done ? err : NULL)) {
		coverage_free(summary->coverage);
		summary->coverage = NULL;
		done = false;
	}
	run_free(&run);
	return done;
}

void
scan_summary_fini(struct scan_summary *summary)
{
	coverage_free(summary->coverage);
	free(summary->rules_met);
	*summary = (struct scan_summary){ 0 };
}
