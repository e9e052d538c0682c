/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/ahead.h"

#include "base/limits.h"
#include "base/thread.h"
#include "src/sigma/set.h"

#include <stdlib.h>

enum {
	WINDOW = 32,              /* files held at once */
	BATCH = 8,                /* files taken or given back at once: two threads should rarely ask for the lock */
	TEXT_MOST = 32 * 1024,    /* of a file whose trees are held; rules have 2 KiB */
	DOCUMENTS_MOST = 64,
	KEEP_TEXT = 128 * 1024,   /* a longer buffer is given back */
	WORTH_A_THREAD = 16,      /* files */
	STACK = 256 * 1024,
};

struct ahead {
	const char *const *paths;
	size_t count;
	struct parsed_file files[WINDOW]; /* by number of the path modulo WINDOW */
	pthread_t thread;
	bool has_thread;
	/* the loader's own */
	size_t next;  /* to be given out; the one before is still in use */
	size_t ready; /* those below are known to be done */

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool done[WINDOW];
	size_t claimed;  /* paths below that number are somebody's */
	size_t returned; /* and those below are done with */
	bool stopped;
};

static void
take_apart(struct parsed_file *f)
{
	struct yaml_reader *reader = yaml_open(buf_view(&f->text));
	size_t count = 0;

	if (!reader)
		return;
	for (;;) {
		struct parsed_document document = { .root = NULL };

		document.step = yaml_next(reader, &f->arena, &document.root, &document.why);
		f->parsed = document.step == YAML_END || document.step == YAML_BROKEN;
		if (document.step != YAML_END)
			buf_append(&f->documents, slice_from(&document, sizeof(document)));
		if (f->parsed || ++count == DOCUMENTS_MOST)
			break;
	}
	f->parsed = f->parsed && !f->documents.failed;
	yaml_close(reader);
}

static void
work_on(struct ahead *a, size_t number)
{
	struct parsed_file *f = &a->files[number % WINDOW];

	if (f->text.capacity > KEEP_TEXT)
		buf_fini(&f->text);
	buf_reset(&f->text);
	buf_reset(&f->documents);
	arena_reset(&f->arena);
	f->why = (struct err){ 0 };
	f->parsed = false;
	if (!rule_file_read(a->paths[number], &f->text, &f->why))
		return;
	if (f->text.len <= TEXT_MOST && digest_sha256(buf_view(&f->text), f->digest))
		take_apart(f);
}

/* Works on the next files that are nobody's yet; false when there are none within the window.  Called with the lock held. */
static bool
work_on_next(struct ahead *a)
{
	size_t first = a->claimed, end = first + BATCH;

	if (end > a->returned + WINDOW)
		end = a->returned + WINDOW;
	if (end > a->count)
		end = a->count;
	if (first >= end)
		return false;
	a->claimed = end;
	for (size_t i = first; i < end; i++)
		a->done[i % WINDOW] = false;
	pthread_mutex_unlock(&a->lock);
	for (size_t i = first; i < end; i++)
		work_on(a, i);
	pthread_mutex_lock(&a->lock);
	for (size_t i = first; i < end; i++)
		a->done[i % WINDOW] = true;
	pthread_cond_broadcast(&a->changed);
	return true;
}

static void *
run_thread(void *context)
{
	struct ahead *a = context;

	pthread_mutex_lock(&a->lock);
	while (!a->stopped && a->claimed < a->count)
		if (!work_on_next(a))
			pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	digest_forget();
	return NULL;
}

struct ahead *
ahead_new(const char *const *paths, size_t count)
{
	struct ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->paths = paths;
	a->count = count;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	for (size_t i = 0; i < WINDOW; i++) {
		buf_init(&a->files[i].text, RULE_FILE_ROOM);
		buf_init(&a->files[i].documents, SIZE_MAX / 2);
		arena_init(&a->files[i].arena, LIMIT_RULE_MEMORY);
	}
	/* Without a thread ahead_next does all the work. */
	a->has_thread = count >= WORTH_A_THREAD && thread_start(&a->thread, STACK, run_thread, a);
	return a;
}

void
ahead_free(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stopped = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	if (a->has_thread)
		pthread_join(a->thread, NULL);
	for (size_t i = 0; i < WINDOW; i++) {
		buf_fini(&a->files[i].text);
		buf_fini(&a->files[i].documents);
		arena_fini(&a->files[i].arena);
	}
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

const struct parsed_file *
ahead_next(struct ahead *a)
{
	size_t number = a->next++;

	if (number < a->ready && number % BATCH)
		return &a->files[number % WINDOW];
	pthread_mutex_lock(&a->lock);
	a->returned = number;
	pthread_cond_broadcast(&a->changed);
	while (number >= a->claimed || !a->done[number % WINDOW])
		if (!work_on_next(a))
			pthread_cond_wait(&a->changed, &a->lock);
	while (a->ready < a->claimed && a->done[a->ready % WINDOW])
		a->ready++;
	pthread_mutex_unlock(&a->lock);
	return &a->files[number % WINDOW];
}
