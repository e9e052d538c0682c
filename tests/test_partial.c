/* SPDX-License-Identifier: Apache-2.0 */
/* Partial results as nobody should make them: every frame in its place or the whole is refused, and what the second pass of
 * a merge gets of residue are the bytes of its chunk or none. */
#include "fuzz/parent.h"
#include "src/scan/merge.h"

#include "base/attr.h"

#include <check.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHUNKS = 40, LOG_SIZE = LIMIT_FILE_HEADER + CHUNKS * LIMIT_CHUNK, MARK = 0x5a };

static struct buf file;

static bool
put(void *context, struct slice bytes, struct err *err)
{
	(void)context;
	(void)err;
	buf_append(&file, bytes);
	return true;
}

static void
put_frame(struct run *run, enum partial_type type)
{
	struct err err = { 0 };

	ck_assert(partial_put(run, type, &err));
	buf_reset(&run->text);
}

static void
put_log(struct run *run, uint32_t index)
{
	buf_u32le(&run->text, index);
	buf_counted(&run->text, index ? SLICE("b.evtx") : SLICE("a.evtx"));
	buf_u8(&run->text, 0);
	buf_u8(&run->text, 0);
	put_frame(run, PARTIAL_LOG);
}

static void
put_log_end(struct run *run)
{
	struct file_summary summary = { .size = LOG_SIZE };

	file_summary_encode(&summary, &(struct log_totals){ 0 }, &run->text);
	put_frame(run, PARTIAL_LOG_END);
}

/* One residual record in each of the first two chunks. */
static void
put_surveys(struct run *run)
{
	for (uint64_t slot = 0; slot < 2; slot++) {
		uint64_t chunk = LIMIT_FILE_HEADER + slot * LIMIT_CHUNK;
		struct residue residue = { .key = { slot + 1, { slot + 1, 0 } }, .chunk = chunk, .offset = chunk + 1000, .len = 100,
			.class = RECORD_RESIDUAL };

		buf_u64le(&run->text, slot);
		buf_u32le(&run->text, 1);
		residue_encode(&residue, &run->text);
		buf_counted(&run->text, SLICE_EMPTY);
		buf_u8(&run->text, 0);
		put_frame(run, PARTIAL_SURVEY);
	}
}

static void
put_bytes(struct run *run, uint64_t offset, size_t len)
{
	buf_u64le(&run->text, offset);
	for (size_t i = 0; i < len; i++)
		buf_u8(&run->text, (uint8_t)(MARK + (offset + i) / LIMIT_CHUNK));
	put_frame(run, PARTIAL_BYTES);
}

static void
put_behind(struct run *run, uint32_t index)
{
	buf_u32le(&run->text, index);
	put_frame(run, PARTIAL_BEHIND);
}

static void
put_behind_end(struct run *run, bool opened, struct slice why)
{
	buf_u64le(&run->text, 3);
	buf_u8(&run->text, opened);
	buf_counted(&run->text, why);
	put_frame(run, PARTIAL_BEHIND_END);
}

static void
put_opinion(struct run *run)
{
	const struct opinion_row row = { .kind = ROW_AGREES, .place = 5000 };

	buf_u32le(&run->text, 0);
	opinion_row_encode(&row, &run->text);
	put_frame(run, PARTIAL_OPINIONS);
}

static void
put_rules(struct run *run, size_t count)
{
	buf_u8(&run->text, 1);
	for (size_t i = 0; i < count; i++)
		buf_u8(&run->text, 1);
	put_frame(run, PARTIAL_RULES);
}

/* A frame or a few, by letter. */
static void
put_letter(struct run *run, char letter)
{
	const uint64_t first = LIMIT_FILE_HEADER;
	struct err err = { 0 };

	buf_reset(&run->text);
	/* clang-format off */
	switch (letter) {
	case 'A': put_log(run, 0); break;
	case 'B': put_log(run, 1); break;
	case 'S': put_surveys(run); break;
	case 'E': put_log_end(run); break;
	case 'a': put_behind(run, 0); break;
	case 'b': put_behind(run, 1); break;
	case 'x': put_behind(run, 7); break;
	case 'e': put_behind_end(run, true, SLICE_EMPTY); break;
	case 'f': put_behind_end(run, false, SLICE("it is gone")); break;
	case 'g': put_behind_end(run, true, SLICE("a bad disk")); break;
	case 'd': put_behind_end(run, false, SLICE_EMPTY); break;
	case '1': put_bytes(run, first, LIMIT_CHUNK); break;
	case '2': put_bytes(run, first + LIMIT_CHUNK, LIMIT_CHUNK); break;
	case 's': put_bytes(run, first + LIMIT_CHUNK, 2000); break;
	case 'w': put_bytes(run, first - 100, 2 * LIMIT_CHUNK + 100); break;
	case '0': put_bytes(run, first, 0); break;
	case 'l': put_bytes(run, LOG_SIZE - 10, 11); break;
	case 'h': put_bytes(run, first, PARTIAL_RANGE_MAX + 1); break;
	case 'm': put_bytes(run, UINT64_MAX - 5, 100); break;
	case 'r': put_rules(run, ruleset_count(run->options->rules)); break;
	case 'R': put_rules(run, 2); break;
	case 'c':
		ck_assert(coverage_encode(run->summary->coverage, &run->text, &err));
		put_frame(run, PARTIAL_COVERAGE);
		break;
	case 'p': put_frame(run, PARTIAL_PART); break;
	case 'o': put_opinion(run); break;
	default: ck_abort_msg("no such letter: %c", letter);
	}
	/* clang-format on */
}

static void
make_file(const char *letters)
{
	struct parent p;
	struct err err = { 0 };

	buf_init(&file, 1 << 24);
	parent_init(&p, SCAN_FINDINGS);
	p.options.residual = p.options.facts = true;
	p.listener = (struct scan_listener){ .partial = put };
	ck_assert(partial_begin(&p.run, &err));
	for (; *letters; letters++)
		put_letter(&p.run, *letters);
	ck_assert(partial_end(&p.run, &err));
	ck_assert(!file.failed);
	parent_fini(&p);
}

/* What a merge of it says and gives, as far as that goes without workers. */
struct outcome {
	struct parent parent;
	struct err err;
	char loss[64];
	uint32_t lens[2]; /* of the chunks that a worker would be given */
	size_t places;
	uint64_t found;
};

static bool
on_notice(void *context, const struct notice *notice, struct err *err)
{
	struct outcome *o = context;

	(void)err;
	if (notice->kind == NOTICE_LOSS)
		snprintf(o->loss, sizeof(o->loss), "%.*s", SLICE_ARGS(notice->reason));
	return true;
}

static bool
on_residue(void *context, const struct residue_summary *residue, struct err *err)
{
	struct outcome *o = context;

	(void)err;
	o->found += residue->found;
	return true;
}

/* Each byte names the chunk it is of. */
static void
look_at_places(struct outcome *o, const struct unit *u)
{
	struct cursor in = cursor_over(buf_view(&u->places), 0), records = cursor_over(buf_view(&u->records), 0);
	struct residue residue;

	while (residue_decode(&records, &residue)) {
		uint64_t position = cursor_u64le(&in);
		uint32_t len = cursor_u32le(&in);
		uint8_t byte;

		ck_assert(!in.bad && len <= LIMIT_CHUNK && o->places < 2);
		for (uint32_t i = 0; i < len; i += 999) {
			ck_assert_int_eq(pread(u->evidence->fd, &byte, 1, (off_t)(position + i)), 1);
			ck_assert_uint_eq(byte, MARK + (residue.chunk + i) / LIMIT_CHUNK);
		}
		o->lens[o->places++] = len;
	}
	ck_assert_uint_eq(in.rest.len, 0);
}

static bool
second_pass(struct outcome *o)
{
	struct run *run = &o->parent.run;
	bool more;

	while (!second_is_done(run) || run->units.count) {
		if (!second_plan(run, &more, &o->err))
			return false;
		for (struct unit *u = run->units.first; u; u = u->next) {
			if (u->kind == UNIT_RESIDUE && u->state != UNIT_ENDED)
				look_at_places(o, u);
			u->state = UNIT_ENDED;
		}
		if (!commit_units(run, &o->err))
			return false;
	}
	return true;
}

static bool
merge(struct outcome *o)
{
	int fd = memfd_create("partial", MFD_CLOEXEC);
	const char *paths[1];
	char path[64];
	bool done;

	*o = (struct outcome){ .places = 0 };
	ck_assert(fd >= 0);
	ck_assert_int_eq(write(fd, file.ptr, file.len), (ssize_t)file.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	paths[0] = path;
	parent_init(&o->parent, SCAN_FINDINGS);
	o->parent.run.counting = (struct scan_listener){ .context = o, .notice = on_notice };
	o->parent.listener = (struct scan_listener){ .context = o, .residue = on_residue };
	o->parent.options.paths = paths;
	o->parent.options.path_count = 1;
	o->parent.options.is_merge = o->parent.options.residual = o->parent.options.facts = true;
	done = merge_partials(&o->parent.run, &o->err) && second_pass(o);
	close(fd);
	return done;
}

/* A - log 0, S its surveys, E its end, a..e what the second pass gave, digits bytes, o opinions: see put_letter. */
static const struct {
	const char *letters;
	const char *name; /* of what is refused; NULL: it is sound */
	uint32_t lens[2];
	const char *loss;
} cases[] = {
	{ "", NULL, { 0 }, "" },
	{ "ASEra12ero", NULL, { LIMIT_CHUNK, LIMIT_CHUNK }, "" },
	{ "ASEBEra12ebero", NULL, { LIMIT_CHUNK, LIMIT_CHUNK }, "" },
	{ "ASErac12ero", NULL, { LIMIT_CHUNK, LIMIT_CHUNK }, "" },
	{ "ASEawe", NULL, { LIMIT_CHUNK, LIMIT_CHUNK }, "" },
	{ "ASEa1e", NULL, { LIMIT_CHUNK, 0 }, "" },
	{ "ASEa2e", NULL, { 0, LIMIT_CHUNK }, "" },
	{ "ASEa1se", NULL, { LIMIT_CHUNK, 2000 }, "" },
	{ "ASEae", NULL, { 0 }, "" },
	{ "ASE", NULL, { 0 }, "" },
	{ "ASEaf", NULL, { 0 }, "it is gone" },
	{ "ASEa1f", NULL, { 0 }, "it is gone" },
	{ "ASEa1g", NULL, { LIMIT_CHUNK, 0 }, "a bad disk" },
	{ "ASEad", "not opened and no reason", { 0 }, "" },
	{ "ASEa", "what is behind a log has no end", { 0 }, "" },
	{ "AS", "a log has no end", { 0 }, "" },
	{ "aeASE", "behind a log that comes later", { 0 }, "" },
	{ "ASExe", "behind a log that is not there", { 0 }, "" },
	{ "ASEaeae", "behind a log twice", { 0 }, "" },
	{ "ASEBEbeae", "behind logs out of order", { 0 }, "" },
	{ "ASEaeBE", "a log behind what is behind logs", { 0 }, "" },
	{ "ASaeE", "inside a log", { 0 }, "" },
	{ "ASEaaee", "one inside the other", { 0 }, "" },
	{ "ASEe", "an end without beginning", { 0 }, "" },
	{ "ASE1", "bytes of nothing", { 0 }, "" },
	{ "AS1E", "bytes inside a log", { 0 }, "" },
	{ "ASEa21e", "bytes out of order", { 0 }, "" },
	{ "ASEa11e", "the same bytes twice", { 0 }, "" },
	{ "ASEa0e", "no bytes", { 0 }, "" },
	{ "ASEale", "bytes behind the end of the log", { 0 }, "" },
	{ "ASEame", "bytes at the end of all numbers", { 0 }, "" },
	{ "ASEahe", "more bytes than a frame may have", { 0 }, "" },
	{ "ASEa1ce", "what a worker said behind bytes", { 0 }, "" },
	{ "ASEaSe", "surveys behind a log", { 0 }, "" },
	{ "ASEape", "a part behind a log", { 0 }, "" },
	{ "ASEoae", "behind opinions", { 0 }, "" },
	{ "ASEaoe", "opinions inside", { 0 }, "" },
	{ "ASrE", "rules inside a log", { 0 }, "" },
	{ "ASEare", "rules inside what is behind a log", { 0 }, "" },
	{ "ASER", "another number of rules", { 0 }, "" },
};

START_TEST(frames_have_their_place)
{
	struct outcome o;
	bool done;

	make_file(cases[_i].letters);
	done = merge(&o);
	if (cases[_i].name) {
		ck_assert_msg(!done && o.err.code == ERR_FORMAT && strstr(o.err.text, "no partial result, or damaged"),
			"%s: %s is taken (%s)", cases[_i].letters, cases[_i].name, o.err.text);
	} else {
		ck_assert_msg(done, "%s: %s", cases[_i].letters, o.err.text);
		ck_assert_str_eq(o.loss, cases[_i].loss);
		ck_assert_uint_eq(o.found, cases[_i].letters[0] ? 2 : 0);
		ck_assert_uint_eq(o.lens[0], cases[_i].lens[0]);
		ck_assert_uint_eq(o.lens[1], cases[_i].lens[1]);
	}
	parent_fini(&o.parent);
	buf_fini(&file);
}
END_TEST

/* Cut anywhere, or one bit changed: the hash at the end does not fit, whatever else does. */
START_TEST(a_changed_file_is_refused)
{
	struct outcome o;
	size_t len;

	make_file("ASEra1ero");
	len = file.len;
	for (size_t at = 0; at < len; at += at < 3000 ? 97 : 1009) {
		file.len = at;
		ck_assert_msg(!merge(&o), "cut at %zu", at);
		parent_fini(&o.parent);
		file.len = len;
		file.ptr[at] ^= (uint8_t)(1u << at % 8);
		ck_assert_msg(!merge(&o), "changed at %zu", at);
		parent_fini(&o.parent);
		file.ptr[at] ^= (uint8_t)(1u << at % 8);
	}
	buf_fini(&file);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("partial");
	TCase *tcase = tcase_create("partial");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, frames_have_their_place, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tcase, a_changed_file_is_refused);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
