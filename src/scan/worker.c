/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/worker.h"

#include "base/limits.h"
#include "base/table.h"
#include "evtx/render.h"
#include "src/lib/digest.h"
#include "src/scan/protocol.h"
#include "src/sigma/match.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FLUSH = 256 * 1024, CLASSES = 4096, HEARTBEAT = 32 * 1024 * 1024, FRAME_HEAD = 5 };

/* What is known of a kind of event (channel, provider, id), so that each kind is looked up once. */
enum class_flags { CLASS_WANTED = 1, CLASS_KNOWN = 2 };

struct worker {
	int fd;
	const struct scan_options *options;
	struct buf in, out, scratch;
	struct matcher *matcher;    /* SCAN_FINDINGS only */
	struct coverage *coverage;
	struct arena arena;         /* of the subject at hand */
	struct table classes;
	struct buf class_key;
	uint8_t *rules_with_log;    /* one byte a rule: some record had its log source */
	size_t rule_count;
	/* the job at hand */
	uint32_t input;
	struct job_counts counts;
	const struct subject *subject;
};

_Noreturn static void
give_up(int status)
{
	_exit(status);
}

static void
send_out(struct worker *w)
{
	struct slice rest = buf_view(&w->out);

	if (w->out.failed)
		give_up(WORKER_NO_MEMORY);
	while (rest.len) {
		ssize_t n = send(w->fd, rest.ptr, rest.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			give_up(0);
		rest = slice_sub(rest, (size_t)n, rest.len);
	}
	buf_reset(&w->out);
}

static void
flush_when_full(struct worker *w)
{
	if (w->out.len >= FLUSH || w->out.failed)
		send_out(w);
}

static void
send_notice(struct worker *w, const struct notice *notice)
{
	size_t begin = frame_begin(&w->out, FRAME_NOTICE);

	notice_encode(notice, &w->out);
	frame_end(&w->out, begin);
}

static void
send_counts(struct worker *w, enum frame_type type, uint64_t chunk)
{
	size_t begin = frame_begin(&w->out, type);

	buf_u64le(&w->out, chunk);
	job_counts_encode(&w->counts, &w->out);
	frame_end(&w->out, begin);
}

static void
send_coverage(struct worker *w)
{
	struct err err = { 0 };
	size_t begin = frame_begin(&w->out, FRAME_COVERAGE);

	if (!coverage_encode(w->coverage, &w->out, &err))
		give_up(WORKER_NO_MEMORY);
	frame_end(&w->out, begin);
	coverage_reset(w->coverage);
}

/* FRAME_DONE or FRAME_FAILED: the last word on a job. */
static void
send_end(struct worker *w, const struct err *failure)
{
	size_t begin;

	send_coverage(w);
	begin = frame_begin(&w->out, failure ? FRAME_FAILED : FRAME_DONE);
	if (failure)
		buf_counted(&w->out, slice_from_text(failure->text));
	job_counts_encode(&w->counts, &w->out);
	buf_counted(&w->out, slice_from(w->rules_with_log, w->rule_count));
	frame_end(&w->out, begin);
	send_out(w);
}

/* ---- kinds of events ---- */

static unsigned
find_class(struct worker *w, struct slice channel, struct slice provider, uint32_t event_id)
{
	unsigned flags = 0;

	if (w->matcher && matcher_wants(w->matcher, channel, provider, event_id)) {
		flags |= CLASS_WANTED;
		for (size_t i = 0; i < w->rule_count; i++)
			if (!w->rules_with_log[i] && matcher_rule_wants(w->matcher, i, channel, provider, event_id))
				w->rules_with_log[i] = 1;
	}
	if (subject_is_known(channel, provider, event_id))
		flags |= CLASS_KNOWN;
	return flags;
}

static unsigned
class_of(struct worker *w, struct slice channel, struct slice provider, uint32_t event_id)
{
	struct table_entry *entry;
	unsigned flags;

	buf_reset(&w->class_key);
	buf_u32le(&w->class_key, event_id);
	buf_counted(&w->class_key, channel);
	buf_append(&w->class_key, provider);
	if (w->class_key.failed)
		give_up(WORKER_NO_MEMORY);
	entry = table_find(&w->classes, buf_view(&w->class_key));
	if (entry)
		return (unsigned)entry->value;
	flags = find_class(w, channel, provider, event_id);
	/* Evidence may hold any number of kinds: those past the cap are looked up each time. */
	if (w->classes.count < CLASSES && !table_add(&w->classes, buf_view(&w->class_key), flags, NULL))
		give_up(WORKER_NO_MEMORY);
	return flags;
}

static bool
subject_wanted(void *context, struct slice channel, struct slice provider, uint32_t event_id)
{
	return class_of(context, channel, provider, event_id) & CLASS_WANTED;
}

/* ---- subjects ---- */

static struct notice
notice_of_subject(const struct worker *w, const char *reason)
{
	const struct subject *s = w->subject;
	struct notice notice = { .kind = NOTICE_LOSS, .reason = slice_from_text(reason) };

	if (s->part_count) {
		notice.has_offset = notice.has_number = true;
		notice.offset = s->parts[0].offset;
		notice.number = s->parts[0].record_id;
	}
	return notice;
}

static bool
on_result(void *context, const struct sigma_result *result, struct err *err)
{
	struct worker *w = context;
	size_t begin = frame_begin(&w->out, FRAME_FINDING);
	bool made = finding_encode(w->subject, result, w->options->rules, &w->out, err);

	frame_end(&w->out, begin);
	return made;
}

static bool
on_limit(void *context, size_t rule, const char *limit, struct err *err)
{
	struct worker *w = context;
	const struct rule *r = ruleset_rule(w->options->rules, rule);
	struct notice notice;

	(void)err;
	buf_reset(&w->scratch);
	buf_printf(&w->scratch, "rule %.*s (%.*s) could not be decided: %s", SLICE_ARGS(r->id), SLICE_ARGS(r->file), limit);
	buf_append_byte(&w->scratch, 0);
	notice = notice_of_subject(w, w->scratch.failed ? "a rule could not be decided" : (const char *)w->scratch.ptr);
	send_notice(w, &notice);
	return true;
}

static bool
in_time(const struct worker *w, const struct subject *s)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < s->part_count; i++)
		if (s->parts[i].time < first)
			first = s->parts[i].time;
	return first >= w->options->from && (w->options->to == 0 || first < w->options->to);
}

static uint64_t
first_bytes(const uint8_t digest[static DIGEST_LEN])
{
	uint64_t value;

	memcpy(&value, digest, sizeof(value));
	return value;
}

/* Tells the parent of a block that is whole in one record: it counts distinct ones, and sees when one id has two
 * texts. */
static bool
send_block_seen(struct worker *w, const struct subject *s, struct err *err)
{
	uint8_t key[DIGEST_LEN], text[DIGEST_LEN];
	size_t begin;

	buf_reset(&w->scratch);
	buf_counted(&w->scratch, s->column[COLUMN_COMPUTER]);
	buf_counted(&w->scratch, s->column[COLUMN_SCRIPT_BLOCK_ID]);
	if (w->scratch.failed || !digest_sha256(buf_view(&w->scratch), key) || !digest_sha256(s->text_utf16, text))
		return err_nomem(err);
	begin = frame_begin(&w->out, FRAME_BLOCK_SEEN);
	buf_u64le(&w->out, first_bytes(key));
	buf_u64le(&w->out, first_bytes(text));
	frame_end(&w->out, begin);
	return true;
}

static bool
use_subject(struct worker *w, const struct subject *s, struct err *err)
{
	struct sigma_listener listener = { w, on_result, on_limit };
	size_t open = 0, begin;
	bool done;

	if (!in_time(w, s))
		return true;
	w->counts.subjects++;
	w->subject = s;
	if (w->options->mode == SCAN_BLOCKS) {
		begin = frame_begin(&w->out, FRAME_BLOCK);
		block_text_encode(s, &w->out);
		frame_end(&w->out, begin);
		return true;
	}
	done = matcher_run(w->matcher, &s->event, &listener, &open, err);
	w->counts.open_verdicts += open;
	return done;
}

static bool
use_part(struct worker *w, const struct record *record, const struct subject_context *context, struct err *err)
{
	struct script_part part;
	size_t begin;

	if (!part_from_record(record, context, &w->arena, &part, err))
		return false;
	begin = frame_begin(&w->out, FRAME_PART);
	part_encode(&part, &w->out);
	frame_end(&w->out, begin);
	return true;
}

static bool
make_subject(struct worker *w, const struct record *record, struct err *err)
{
	const struct record_system *s = &record->system;
	unsigned class = class_of(w, s->channel, s->provider, s->event_id);
	struct subject_context context = { .evidence = w->input, .wanted = subject_wanted, .wanted_context = w };
	struct subject subject;

	if (class == 0)
		return true;
	arena_reset(&w->arena);
	if (!subject_from_record(record, &context, &w->arena, &subject, err))
		return false;
	switch (subject.kind) {
	case SUBJECT_NONE:
		return true;
	case SUBJECT_SCRIPT_PART:
		return use_part(w, record, &context, err);
	case SUBJECT_SCRIPT_BLOCK:
		return send_block_seen(w, &subject, err) && use_subject(w, &subject, err);
	case SUBJECT_RECORD:
	case SUBJECT_NOTICE:
		return w->options->mode != SCAN_FINDINGS || use_subject(w, &subject, err);
	}
	return true;
}

static bool
dump_record(struct worker *w, const struct record *record, struct err *err)
{
	const struct scan_options *o = w->options;
	uint64_t time = record->system.time;
	size_t begin;

	if (time < o->from || (o->to && time >= o->to))
		return true;
	buf_reset(&w->scratch);
	if (!(o->dump_xml ? render_xml : render_json)(record, &w->scratch, err))
		return false;
	begin = frame_begin(&w->out, FRAME_DUMP);
	buf_append(&w->out, buf_view(&w->scratch));
	buf_append_byte(&w->out, '\n');
	frame_end(&w->out, begin);
	return true;
}

static bool
event_id_wanted(const struct scan_options *o, uint32_t event_id)
{
	for (size_t i = 0; i < o->event_id_count; i++)
		if (o->event_ids[i] == event_id)
			return true;
	return o->event_id_count == 0;
}

/* A record that was decoded but cannot be used is lost like one that was not. */
static void
use_record(struct worker *w, const struct record *record)
{
	struct err err = { 0 };
	size_t before = w->out.len;
	bool used = coverage_add(w->coverage, record, &err);

	if (used && event_id_wanted(w->options, record->system.event_id)) {
		if (w->options->mode == SCAN_DUMP)
			used = dump_record(w, record, &err);
		else if (w->options->mode != SCAN_INFO)
			used = make_subject(w, record, &err);
	}
	if (!used) {
		struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true, .offset = record->offset,
			.len = record->size, .has_number = true, .number = record->number, .records = 1,
			.reason = slice_from_text(err.text) };

		w->out.len = before;
		w->out.failed = false;
		send_notice(w, &notice);
		w->counts.reader.records--;
		w->counts.reader.lost++;
	}
	flush_when_full(w);
}

/* ---- a file ---- */

/* A source that tells the parent now and then that reading goes on: libevtx reads a whole log before it says a
 * word. */
struct live_source {
	struct source source;
	struct source real;
	struct worker *worker;
	uint64_t since;
};

static bool
read_and_tell(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err)
{
	struct live_source *live = (struct live_source *)(uintptr_t)s;

	live->since += len;
	if (live->since >= HEARTBEAT) {
		live->since = 0;
		frame_end(&live->worker->out, frame_begin(&live->worker->out, FRAME_ALIVE));
		send_out(live->worker);
	}
	return live->real.read(&live->real, offset, out, len, got, err);
}

/* How many record signatures with a plausible size stand in a chunk: what is lost with it. */
static uint32_t
count_signatures(const struct source *source, uint64_t chunk)
{
	uint8_t *bytes = malloc(LIMIT_CHUNK);
	uint64_t offset = LIMIT_FILE_HEADER + chunk * LIMIT_CHUNK;
	size_t got = 0;
	struct cursor c;
	uint32_t count = 0;

	if (bytes && source->read(source, offset, bytes, LIMIT_CHUNK, &got, NULL)) {
		for (size_t at = LIMIT_CHUNK_HEADER; at + LIMIT_RECORD_MIN <= got; at += 8) {
			uint32_t size;

			c = cursor_over(slice_sub(slice_from(bytes, got), at, got), at);
			if (cursor_u32le(&c) != 0x2a2a)
				continue;
			size = cursor_u32le(&c);
			if (size < LIMIT_RECORD_MIN || size > got - at || size % 8)
				continue;
			count++;
			at += size - 8;
		}
	}
	free(bytes);
	return count;
}

static void
tell_lost_chunk(struct worker *w, const struct source *source, uint64_t chunk)
{
	uint32_t count = count_signatures(source, chunk);
	struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true,
		.offset = LIMIT_FILE_HEADER + chunk * LIMIT_CHUNK, .len = LIMIT_CHUNK, .records = count,
		.reason = SLICE("chunk given up: the worker that read it did not survive") };

	send_notice(w, &notice);
	w->counts.reader.lost += count;
}

static void
tell_loss(struct worker *w, const struct reader_loss *loss)
{
	struct notice notice = { .kind = NOTICE_LOSS, .has_offset = true, .offset = loss->offset, .len = loss->len,
		.has_number = loss->has_number, .number = loss->number, .records = loss->records,
		.reason = slice_from_text(loss->reason) };

	send_notice(w, &notice);
}

/* The reader's counts of slots; records are counted here, where one that was read may still be lost. */
static void
take_counts(struct worker *w, const struct reader *reader)
{
	w->counts.reader.chunks = reader->counts.chunks;
	w->counts.reader.empty_chunks = reader->counts.empty_chunks;
	w->counts.reader.foreign_chunks = reader->counts.foreign_chunks;
	w->counts.reader.bad_checksums = reader->counts.bad_checksums;
	w->counts.reader.tail_bytes = reader->counts.tail_bytes;
}

static bool
walk(struct worker *w, struct reader *reader, struct err *err)
{
	struct reader_loss loss;
	struct record record;

	for (;;) {
		enum reader_step step = reader_next(reader, &record, &loss, err);

		take_counts(w, reader);
		switch (step) {
		case READER_CHUNK:
			send_coverage(w);
			send_counts(w, FRAME_CHUNK, reader->chunk);
			send_out(w);
			break;
		case READER_RECORD:
			w->counts.reader.records++;
			use_record(w, &record);
			break;
		case READER_LOST:
			w->counts.reader.lost += loss.records;
			tell_loss(w, &loss);
			break;
		case READER_END:
			return true;
		case READER_FAILED:
			return false;
		}
	}
}

static void
send_header(struct worker *w, const struct source *source)
{
	struct log_header header = { 0 };
	struct err err = { 0 };
	size_t begin;

	if (!log_header_read(source, &header, &err))
		return;
	begin = frame_begin(&w->out, FRAME_HEADER);
	log_header_encode(&header, &w->out);
	frame_end(&w->out, begin);
}

static void
send_verdict(struct worker *w, const struct source *source)
{
	struct log_verdict verdict = { 0 };
	size_t begin;

	send_out(w);
	libevtx_verdict(source, &verdict);
	begin = frame_begin(&w->out, FRAME_VERDICT);
	log_verdict_encode(&verdict, &w->out);
	frame_end(&w->out, begin);
	send_out(w);
}

static void
do_file(struct worker *w, struct slice payload, int fd)
{
	const struct reader_class *class =
		w->options->reader == SCAN_READER_LIBEVTX ? &reader_libevtx : &reader_direct;
	struct cursor in = cursor_over(payload, 0);
	struct live_source live = { .worker = w };
	struct reader_options options;
	struct reader *reader = NULL;
	struct err err = { 0 };
	struct job_file job;
	bool done;

	if (!job_file_decode(&in, &job) || fd < 0)
		give_up(WORKER_BAD_JOB);
	live.real = source_from_fd(fd, job.size);
	live.source = live.real;
	live.source.read = read_and_tell;
	w->input = job.input;
	w->counts = (struct job_counts){ 0 };
	if (job.count_chunk_before)
		tell_lost_chunk(w, &live.source, job.first_chunk - 1);
	send_header(w, &live.source);
	if (job.want_verdict)
		send_verdict(w, &live.source);
	options = (struct reader_options){ .first_chunk = job.first_chunk };
	done = class->open(&live.source, &options, &reader, &err) && walk(w, reader, &err);
	reader_close(reader);
	send_end(w, done ? NULL : &err);
}

static void
do_block(struct worker *w, struct slice payload)
{
	struct subject subject;
	struct err err = { 0 };

	w->counts = (struct job_counts){ 0 };
	arena_reset(&w->arena);
	if (block_subject(payload, &w->arena, &subject, &err) && use_subject(w, &subject, &err))
		send_end(w, NULL);
	else
		send_end(w, &err);
}

/* ---- jobs ---- */

/* Reads len bytes; takes a descriptor that rides on them.  False at the end of the connection. */
static bool
receive(struct worker *w, size_t len, int *fd)
{
	buf_reset(&w->in);
	if (len && !buf_reserve(&w->in, len))
		give_up(WORKER_NO_MEMORY);
	while (w->in.len < len) {
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof(int))];
		} control;
		struct iovec part = { w->in.ptr + w->in.len, len - w->in.len };
		struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
			.msg_controllen = sizeof(control.room) };
		ssize_t n = recvmsg(w->fd, &message, MSG_CMSG_CLOEXEC);
		struct cmsghdr *head;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		head = CMSG_FIRSTHDR(&message);
		if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS && fd)
			memcpy(fd, CMSG_DATA(head), sizeof(*fd));
		w->in.len += (size_t)n;
	}
	return true;
}

static bool
serve(struct worker *w)
{
	struct cursor head;
	uint32_t len;
	uint8_t type;
	int fd = -1;

	if (!receive(w, FRAME_HEAD, &fd))
		return false;
	head = cursor_over(buf_view(&w->in), 0);
	len = cursor_u32le(&head);
	type = cursor_u8(&head);
	if (len < 1 || len > LIMIT_MESSAGE)
		give_up(WORKER_BAD_JOB);
	if (!receive(w, len - 1, NULL))
		return false;
	if (type == FRAME_JOB_FILE)
		do_file(w, buf_view(&w->in), fd);
	else if (type == FRAME_JOB_BLOCK)
		do_block(w, buf_view(&w->in));
	else
		give_up(WORKER_BAD_JOB);
	if (fd >= 0)
		close(fd);
	return true;
}

int
worker_run(int fd, const struct scan_options *options)
{
	struct worker w = { .fd = fd, .options = options };

	buf_init(&w.in, LIMIT_MESSAGE);
	buf_init(&w.out, LIMIT_MESSAGE);
	buf_init(&w.scratch, LIMIT_MESSAGE);
	buf_init(&w.class_key, 4 * LIMIT_CHUNK);
	arena_init(&w.arena, (size_t)LIMIT_BLOCK_TEXT * 3);
	table_init(&w.classes);
	w.coverage = coverage_new();
	if (options->mode == SCAN_FINDINGS) {
		w.rule_count = ruleset_count(options->rules);
		w.matcher = matcher_new(options->rules);
		w.rules_with_log = calloc(w.rule_count + 1, 1);
		if (!w.matcher || !w.rules_with_log)
			return WORKER_NO_MEMORY;
	}
	if (!w.coverage)
		return WORKER_NO_MEMORY;
	while (serve(&w))
		;
	return 0;
}
