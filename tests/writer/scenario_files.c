/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/scenario_state.h"

#include "tests/writer/words.h"

static bool
name_is_safe(struct slice name)
{
	struct slice rest = name, part;

	while (slice_split(&rest, '/', &part))
		if (part.len == 0 || part.len > 200 || slice_eq(part, SLICE("..")) || slice_eq(part, SLICE(".")))
			return false;
	return name.len > 0 && slice_find_byte(name, 0, 0) == SIZE_MAX;
}

static struct log_file *
file_named(struct scenario *s, struct slice name)
{
	for (size_t i = 0; i < s->file_count; i++)
		if (slice_eq(s->files[i].name, name))
			return &s->files[i];
	return NULL;
}

static struct log_file *
file_new(struct scenario *s, struct slice name, const struct writer_options *options)
{
	struct log_file *f = &s->files[s->file_count];

	if (s->file_count >= SCENARIO_FILES || !name_is_safe(name)) {
		scenario_fail(s, "not a name for a file, or too many files", name);
		return NULL;
	}
	*f = (struct log_file){ .next_record = 1 };
	f->log = writer_log_new(options);
	if (!f->log || !arena_copy(&s->arena, name, &f->name)) {
		err_nomem(s->err);
		return NULL;
	}
	s->file_count++;
	return f;
}

/* HOST/CHANNEL.evtx, '/' in the channel as Windows writes it: %4. */
static struct log_file *
file_by_event(struct scenario *s, const struct writer_event *e)
{
	size_t host = slice_find_byte(e->computer, '.', 0);
	struct log_file *f;
	struct buf name;

	buf_init(&name, 4096);
	buf_append(&name, slice_sub(e->computer, 0, host));
	buf_append_text(&name, "/");
	for (size_t i = 0; i < e->channel.len; i++) {
		if (e->channel.ptr[i] == '/')
			buf_append_text(&name, "%4");
		else
			buf_append_byte(&name, e->channel.ptr[i]);
	}
	buf_append_text(&name, ".evtx");
	f = file_named(s, buf_view(&name));
	if (!f)
		f = file_new(s, buf_view(&name), NULL);
	buf_fini(&name);
	return f;
}

static bool
file_flag(struct writer_options *o, struct log_file *f, struct slice word)
{
	struct {
		const char *name;
		bool *flag;
		bool odd;
	} flags[] = {
		{ "dirty", &o->dirty, true },
		{ "stale-header", &o->stale_file, true },
		{ "stale-chunk", &o->stale_chunk, true },
		{ "no-crc", &o->no_crc, true },
		{ "slack", &o->keep_slack, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (slice_eq(word, slice_from_text(flags[i].name))) {
			*flags[i].flag = true;
			f->odd |= flags[i].odd;
			return true;
		}
	return false;
}

static bool
file_option(struct scenario *s, struct writer_options *o, struct log_file *f, struct slice word)
{
	struct slice key, value;
	uint64_t v;

	if (file_flag(o, f, word))
		return true;
	if (!words_pair(&s->arena, word, &key, &value) || !slice_to_u64(value, &v))
		return false;
	if (slice_eq(key, SLICE("minor"))) {
		o->minor = (uint16_t)v;
	} else if (slice_eq(key, SLICE("rotate"))) {
		o->rotate = (size_t)v;
		f->odd = true; /* libevtx calls a wrapped log corrupted */
	} else if (slice_eq(key, SLICE("zero-tail"))) {
		o->zero_tail = (size_t)v;
	} else if (slice_eq(key, SLICE("record"))) {
		f->next_record = v;
	} else if (slice_eq(key, SLICE("renumber"))) {
		f->next_header = v;
	} else {
		return false;
	}
	return true;
}

/* The next word as a name; in quotation marks when it has blanks. */
static bool
take_name(struct slice *line, struct slice *name)
{
	if (!words_next(line, name))
		return false;
	if (name->len >= 2 && name->ptr[0] == '"' && name->ptr[name->len - 1] == '"')
		*name = slice_sub(*name, 1, name->len - 2);
	return true;
}

/* file NAME [option...], or file auto. */
bool
scenario_do_file(struct scenario *s, struct slice line)
{
	struct slice name, word;
	struct writer_options options = { 0 };
	struct log_file settings = { .next_record = 1 }, *f;

	if (!take_name(&line, &name))
		return scenario_fail(s, "file needs a name", line);
	s->residue = false;
	s->current = SCENARIO_FILES;
	if (slice_eq(name, SLICE("auto")))
		return true;
	while (words_next(&line, &word))
		if (!file_option(s, &options, &settings, word))
			return scenario_fail(s, "no option of a file", word);
	f = file_named(s, name);
	if (!f) {
		f = file_new(s, name, &options);
		if (!f)
			return false;
		f->next_record = settings.next_record;
		f->next_header = settings.next_header;
		f->odd = settings.odd;
	}
	s->current = s->last = (size_t)(f - s->files);
	return true;
}

bool
scenario_do_copy(struct scenario *s, struct slice line)
{
	struct slice from, to;
	struct log_file *source, *copy;

	if (!take_name(&line, &from) || !take_name(&line, &to))
		return scenario_fail(s, "copy needs two names", line);
	source = file_named(s, from);
	if (!source)
		return scenario_fail(s, "no such file", from);
	copy = file_new(s, to, NULL);
	if (!copy)
		return false;
	copy->is_copy = true;
	copy->copy_of = (size_t)(source - s->files);
	return true;
}

static struct log_file *
last_file(struct scenario *s)
{
	size_t index = s->current < SCENARIO_FILES ? s->current : s->last;

	return index < s->file_count ? &s->files[index] : NULL;
}

bool
scenario_do_chunk(struct scenario *s, struct slice line)
{
	struct log_file *f = last_file(s);

	return f && writer_log_new_chunk(f->log) ? true : scenario_fail(s, "no file for a chunk", line);
}

bool
scenario_do_hide(struct scenario *s, struct slice line)
{
	struct log_file *f = last_file(s);

	if (!f || !writer_log_hide_last(f->log))
		return scenario_fail(s, "nothing to hide", line);
	f->odd = true;
	return true;
}

bool
scenario_do_pad(struct scenario *s, struct slice line)
{
	struct log_file *f = last_file(s);
	uint64_t offset;

	if (!f || !slice_to_u64(slice_trim(line), &offset))
		return scenario_fail(s, "pad needs a file and an offset", line);
	if (!writer_log_pad_to(f->log, s->now, f->next_record++, (size_t)offset))
		return scenario_fail(s, "no record can end there", line);
	f->odd |= offset > 65528;
	return true;
}

bool
scenario_do_residue(struct scenario *s, struct slice line)
{
	(void)line;
	s->residue = true;
	return true;
}

bool
scenario_do_live(struct scenario *s, struct slice line)
{
	(void)line;
	s->residue = false;
	return true;
}


struct log_file *
scenario_file_for(struct scenario *s, const struct writer_event *e)
{
	struct log_file *f = s->current < SCENARIO_FILES ? &s->files[s->current] : file_by_event(s, e);

	if (f)
		s->last = (size_t)(f - s->files);
	return f;
}

/* The bytes of one file; copies are made of what their original gave. */
static bool
deliver_file(struct scenario *s, const struct log_file *f, struct buf *bytes)
{
	for (size_t i = 0; i < s->file_count; i++) {
		const struct log_file *copy = &s->files[i];

		if (copy != f && !(copy->is_copy && &s->files[copy->copy_of] == f))
			continue;
		if (!s->sink->log(s->sink->context, copy->name, buf_view(bytes), writer_log_count(f->log), !f->odd,
			    s->err))
			return false;
	}
	return true;
}

bool
scenario_deliver(struct scenario *s)
{
	bool ok = true;

	for (size_t i = 0; i < s->file_count && ok; i++) {
		struct buf bytes;

		if (s->files[i].is_copy)
			continue;
		buf_init(&bytes, SCENARIO_FILE_MAX);
		ok = writer_log_finish(s->files[i].log, &bytes) ? deliver_file(s, &s->files[i], &bytes)
								: err_nomem(s->err);
		buf_fini(&bytes);
	}
	return ok;
}
