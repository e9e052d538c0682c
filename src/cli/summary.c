/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/summary.h"

#include "src/cli/words.h"

enum { HOSTS_TOLD = 20 }; /* without -v */

static void
add_count(struct buf *line, uint64_t n, const char *noun)
{
	if (line->len)
		buf_append_text(line, ", ");
	words_count(line, n, noun);
}

/* "3 high": nothing for zero. */
static void
add_kind(struct buf *line, uint64_t n, const char *kind)
{
	if (!n)
		return;
	if (line->len)
		buf_append_text(line, ", ");
	buf_thousands(line, n);
	buf_printf(line, " %s", kind);
}

static void
add_counted(struct buf *line, uint64_t n, const char *noun)
{
	if (!n)
		return;
	buf_append_text(line, ", ");
	words_count(line, n, noun);
}

static void
say(struct session *s, const char *label, struct buf *line)
{
	struct buf whole;

	buf_init(&whole, 1 << 20);
	buf_append_text(&whole, label);
	buf_append(&whole, buf_view(line));
	console_say_text(s->console, buf_view(&whole));
	buf_fini(&whole);
	buf_reset(line);
}

static void
tell_evidence(struct session *s, struct buf *line)
{
	const struct scan_summary *sum = &s->summary;

	add_count(line, sum->files, "file");
	buf_append_text(line, ", ");
	words_bytes(line, sum->bytes);
	add_count(line, sum->seen, "record");
	buf_append_text(line, " (");
	buf_thousands(line, sum->written);
	buf_append_text(line, " read, ");
	buf_thousands(line, sum->lost);
	buf_append_text(line, " lost)");
	add_kind(line, sum->files_failed, "not readable to the end");
	add_kind(line, sum->skipped, "left alone");
	say(s, "evidence: ", line);
}

static void
tell_residue(struct session *s, struct buf *line)
{
	const struct scan_summary *sum = &s->summary;

	if (!sum->residue_found)
		return;
	words_count(line, sum->residual, "record");
	buf_append_text(line, " read");
	add_kind(line, sum->residue_copies, "copies of others");
	add_kind(line, sum->residue_undecoded, "that cannot be decoded");
	add_kind(line, sum->residue_left_out, "not looked at");
	add_kind(line, sum->residue_given_up, "given up with a worker");
	say(s, "residue: ", line);
}

static void
tell_blocks(struct session *s, struct buf *line)
{
	const struct scan_summary *sum = &s->summary;

	if (s->options->partial) /* joined and told by merge */
		return;
	if (!(s->options->command & (COMMAND_SCAN | COMMAND_MERGE | COMMAND_SEARCH | COMMAND_BLOCKS)))
		return;
	buf_thousands(line, sum->blocks_whole);
	buf_append_text(line, " whole, ");
	buf_thousands(line, sum->blocks_partial);
	buf_append_text(line, " partial");
	add_kind(line, sum->blocks_residual, "of them in one record of residue alone");
	add_kind(line, sum->block_conflicts, "with conflicting parts");
	add_kind(line, sum->block_not_parts, "parts with an impossible number");
	say(s, "script blocks: ", line);
}

static void
tell_findings(struct session *s, struct buf *line)
{
	uint64_t levels[LEVEL_CRITICAL + 1];

	if (s->options->partial)
		return;
	if (!(s->options->command & (COMMAND_SCAN | COMMAND_MERGE | COMMAND_SEARCH)))
		return;
	memcpy(levels, s->findings.by_level, sizeof(levels));
	levels[LEVEL_INFORMATIONAL] += levels[LEVEL_NONE];
	for (size_t i = LEVEL_CRITICAL; i >= LEVEL_INFORMATIONAL; i--)
		add_kind(line, levels[i], rule_level_name((enum rule_level)i));
	add_kind(line, s->findings.undecided, "undecided");
	if (!line->len)
		buf_append_text(line, "none");
	add_kind(line, s->findings.below_min_level, "of them below --min-level and not written");
	if (s->summary.open_verdicts) {
		buf_append_text(line, "; ");
		words_count(line, s->summary.open_verdicts, "verdict");
		buf_append_text(line, " left open by missing parts");
	}
	say(s, "findings: ", line);
}

/* "second opinion: 12 records: 10 agree, 2 not read by libevtx" */
static void
tell_opinions(struct session *s, const char *label, const struct opinion_counts *c, struct buf *line)
{
	if (!c->records && !c->unheard)
		return;
	words_count(line, c->records, "record");
	buf_append_text(line, " read again by libevtx: ");
	buf_thousands(line, c->kinds[OPINION_AGREES]);
	buf_append_text(line, c->kinds[OPINION_AGREES] == 1 ? " agrees" : " agree");
	add_kind(line, c->kinds[OPINION_KNOWN], "but for known errors of libevtx");
	add_kind(line, c->kinds[OPINION_REFUSED] + c->kinds[OPINION_NONE], "it cannot read");
	add_kind(line, c->kinds[OPINION_DIFFERS], c->kinds[OPINION_DIFFERS] == 1 ? "differs" : "differ");
	add_kind(line, c->unheard, c == &s->summary.second ? "without an opinion" : "chunks without opinions");
	say(s, label, line);
}

static void
tell_rules(struct session *s, struct buf *line)
{
	if (!s->rules || !(s->options->command & (COMMAND_SCAN | COMMAND_MERGE)))
		return;
	buf_thousands(line, ruleset_count_state(s->rules, RULE_READY));
	buf_append_text(line, " loaded");
	add_counted(line, ruleset_count_state(s->rules, RULE_CORRELATION), "correlation");
	add_counted(line, ruleset_count_state(s->rules, RULE_FILTER), "filter");
	add_kind(line, ruleset_count_state(s->rules, RULE_INVALID), "invalid");
	add_kind(line, ruleset_count_state(s->rules, RULE_UNSUPPORTED), "not runnable");
	add_kind(line, ruleset_count_state(s->rules, RULE_OTHER_PRODUCT), "for other products");
	add_kind(line, ruleset_count_state(s->rules, RULE_NOT_SELECTED), "not selected");
	add_kind(line, s->summary.rules_without_log, "for which there was no record of their kind");
	say(s, "rules: ", line);
	for (size_t i = 0; s->summary.rules_met && s->console->verbose && i < ruleset_count(s->rules); i++) {
		const struct rule *rule = ruleset_rule(s->rules, i);

		if (rule->state != RULE_READY || s->summary.rules_met[i])
			continue;
		buf_append(line, rule->file);
		buf_append_text(line, ": ");
		buf_append(line, rule->title);
		say(s, "no record of its kind: ", line);
	}
}

static void
tell_coverage(struct session *s, struct buf *text)
{
	struct slice rest, one;
	struct err err = { 0 };
	uint64_t hosts = 0;

	if (!s->summary.coverage || !coverage_lines(s->summary.coverage, text, &err)) {
		buf_reset(text);
		return;
	}
	rest = buf_view(text);
	while (rest.len && slice_split(&rest, '\n', &one))
		if (one.len && (hosts++ < HOSTS_TOLD || s->console->verbose))
			console_say_text(s->console, one);
	buf_reset(text);
	if (hosts <= HOSTS_TOLD || s->console->verbose)
		return;
	buf_append_text(text, "... and ");
	words_count(text, hosts - HOSTS_TOLD, "more host");
	say(s, "", text);
}

void
summary_tell(struct session *s)
{
	struct buf line;

	if (s->summary.files == 0 && !s->outcome.interrupted)
		return; /* that there is no evidence was said; six lines of zeros would bury it */
	buf_init(&line, 64 << 20);
	if (!(s->options->command & (COMMAND_INFO | COMMAND_CITE | COMMAND_RULES)))
		tell_coverage(s, &line);
	tell_evidence(s, &line);
	tell_residue(s, &line);
	if (s->options->command != COMMAND_RULES) {
		tell_blocks(s, &line);
		tell_findings(s, &line);
		tell_opinions(s, "second opinion: ", &s->summary.second, &line);
		tell_opinions(s, "verified: ", &s->summary.verified, &line);
	}
	tell_rules(s, &line);
	if (s->options->command == COMMAND_BLOCKS) {
		words_count(&line, s->blocks_written, "script block");
		say(s, "written: ", &line);
	}
	buf_thousands(&line, s->summary.losses);
	buf_append_text(&line, ", limits: ");
	buf_thousands(&line, s->summary.limits);
	say(s, "losses: ", &line);
	buf_fini(&line);
}
