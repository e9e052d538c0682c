/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/row_writer.h"

#include "base/thread.h"

#include <stdlib.h>

enum { PIECE_ROWS = 16, BATCHES = 2, WORTH_A_THREAD = 8, TEXT_MOST = 1 << 30, TEXT_KEPT = 128 * 1024 };

/* Texts of some rows: for each piece, one a channel. */
struct batch {
	const struct finding *const *rows; /* until all pieces are done */
	size_t row_count;
	uint64_t first_row;
	struct buf *texts;
	size_t text_room;
	size_t pieces;
	size_t claimed, done; /* of the pieces */
	bool whole;           /* to be written */
};

struct row_writer {
	const struct row_channel *channels;
	size_t channel_count;
	bool wants_thread, has_thread;
	pthread_t thread;
	uint64_t rows; /* so far */
	size_t at;     /* the batch that comes next */

	pthread_mutex_t lock; /* of the batches and all below */
	pthread_cond_t changed;
	struct batch batches[BATCHES];
	struct err failure; /* the first one */
	bool ended;
};

struct row_writer *
row_writer_new(const struct row_channel *channels, size_t count, size_t threads)
{
	struct row_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->channels = channels;
	w->channel_count = count;
	w->wants_thread = threads != 1;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	return w;
}

/* --- what both threads do; each is called with the lock held, and works without it --- */

static void
format_piece(const struct row_writer *w, const struct batch *b, size_t piece)
{
	size_t begin = piece * PIECE_ROWS, end = begin + PIECE_ROWS < b->row_count ? begin + PIECE_ROWS : b->row_count;

	for (size_t i = 0; i < w->channel_count; i++) {
		const struct row_channel *channel = &w->channels[i];

		for (size_t k = begin; k < end; k++)
			channel->sink->finding(&channel->options, b->rows[k], b->first_row + k, &b->texts[piece * w->channel_count + i]);
	}
}

/* The next piece that is nobody's yet; false: there is none. */
static bool
format_next(struct row_writer *w, struct batch *b)
{
	size_t piece = b->claimed;

	if (piece == b->pieces)
		return false;
	b->claimed++;
	pthread_mutex_unlock(&w->lock);
	format_piece(w, b, piece);
	pthread_mutex_lock(&w->lock);
	if (++b->done == b->pieces)
		pthread_cond_broadcast(&w->changed);
	return true;
}

static bool
write_texts(const struct row_writer *w, struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->pieces * w->channel_count; i++) {
		struct buf *text = &b->texts[i];

		if (text->failed)
			return err_nomem(err);
		if (!tee_write(w->channels[i % w->channel_count].file, buf_view(text), err))
			return false;
		buf_reset(text);
		if (text->capacity > TEXT_KEPT)
			buf_fini(text);
	}
	return true;
}

/* After a failure nothing more is written. */
static void
write_batch(struct row_writer *w, struct batch *b)
{
	struct err err = w->failure;

	pthread_mutex_unlock(&w->lock);
	if (err.code == ERR_OK && !write_texts(w, b, &err) && err.code == ERR_OK)
		err_nomem(&err);
	pthread_mutex_lock(&w->lock);
	w->failure = err;
	b->whole = false;
	pthread_cond_broadcast(&w->changed);
}

/* --- the second thread --- */

/* What both can do comes first.  Of two batches that are whole the older one is that whose turn it is to be filled again. */
static bool
help(struct row_writer *w)
{
	struct batch *turn = &w->batches[w->at], *other = &w->batches[(w->at + 1) % BATCHES];

	if (format_next(w, turn))
		return true;
	if (!turn->whole && !other->whole)
		return false;
	write_batch(w, turn->whole ? turn : other);
	return true;
}

static void *
run_thread(void *context)
{
	struct row_writer *w = context;

	pthread_mutex_lock(&w->lock);
	while (!w->ended)
		if (!help(w))
			pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* --- the first thread --- */

static bool
make_texts(const struct row_writer *w, struct batch *b, size_t pieces)
{
	size_t room = pieces * w->channel_count;
	struct buf *grown;

	if (room <= b->text_room)
		return true;
	grown = reallocarray(b->texts, room, sizeof(*grown));
	if (!grown)
		return false;
	b->texts = grown;
	for (; b->text_room < room; b->text_room++)
		buf_init(&grown[b->text_room], TEXT_MOST);
	return true;
}

/* The failure so far, for the caller. */
static bool
is_well(const struct row_writer *w, struct err *err)
{
	if (w->failure.code != ERR_OK)
		*err = w->failure;
	return w->failure.code == ERR_OK;
}

static bool
put(struct row_writer *w, const struct finding *const *rows, size_t count, struct err *err)
{
	struct batch *b = &w->batches[w->at];
	size_t pieces = (count + PIECE_ROWS - 1) / PIECE_ROWS;

	while (b->whole) /* it is still being written */
		pthread_cond_wait(&w->changed, &w->lock);
	if (!is_well(w, err))
		return false;
	if (!make_texts(w, b, pieces))
		return err_nomem(err);
	b->rows = rows;
	b->row_count = count;
	b->first_row = w->rows;
	b->pieces = pieces;
	b->claimed = b->done = 0;
	pthread_cond_broadcast(&w->changed);
	while (format_next(w, b))
		;
	while (b->done < pieces)
		pthread_cond_wait(&w->changed, &w->lock);
	b->whole = true;
	w->at = (w->at + 1) % BATCHES;
	w->rows += count;
	if (w->has_thread)
		pthread_cond_broadcast(&w->changed);
	else
		write_batch(w, b);
	return is_well(w, err);
}

bool
row_writer_put(struct row_writer *w, const struct finding *const *rows, size_t count, struct err *err)
{
	bool done;

	if (w->wants_thread && count >= WORTH_A_THREAD) {
		w->wants_thread = false;
		w->has_thread = thread_start(&w->thread, 0, run_thread, w);
	}
	pthread_mutex_lock(&w->lock);
	done = count == 0 || put(w, rows, count, err);
	pthread_mutex_unlock(&w->lock);
	return done;
}

static void
end_thread(struct row_writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->ended = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (w->has_thread)
		pthread_join(w->thread, NULL);
	w->has_thread = false;
}

bool
row_writer_end(struct row_writer *w, struct err *err)
{
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < BATCHES; i++)
		while (w->batches[i].whole)
			pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
	end_thread(w);
	return is_well(w, err);
}

void
row_writer_free(struct row_writer *w)
{
	if (!w)
		return;
	end_thread(w);
	for (size_t i = 0; i < BATCHES; i++) {
		for (size_t k = 0; k < w->batches[i].text_room; k++)
			buf_fini(&w->batches[i].texts[k]);
		free(w->batches[i].texts);
	}
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
	free(w);
}
