/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/unit.h"

#include "base/limits.h"

#include <stdlib.h>

struct unit *
unit_new(enum unit_kind kind, struct evidence *evidence)
{
	struct unit *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->kind = kind;
	u->evidence = evidence;
	buf_init(&u->payload, LIMIT_MESSAGE);
	buf_init(&u->records, LIMIT_MESSAGE);
	buf_init(&u->places, LIMIT_MESSAGE);
	buf_init(&u->held, SIZE_MAX / 4);
	buf_init(&u->reason, 512);
	return u;
}

void
unit_free(struct unit *u)
{
	buf_fini(&u->payload);
	buf_fini(&u->records);
	buf_fini(&u->places);
	buf_fini(&u->held);
	buf_fini(&u->reason);
	free(u);
}

void
unit_list_add(struct unit_list *list, struct unit *u)
{
	if (list->last)
		list->last->next = u;
	else
		list->first = u;
	list->last = u;
	list->count++;
}

void
unit_list_drop_first(struct unit_list *list)
{
	struct unit *u = list->first;

	list->first = u->next;
	if (!list->first)
		list->last = NULL;
	list->count--;
	unit_free(u);
}

void
unit_drop_pending(struct unit *u)
{
	u->held.len = u->complete;
}

void
unit_notice(struct unit *u, const struct notice *notice)
{
	size_t begin = frame_begin(&u->held, FRAME_NOTICE);

	notice_encode(notice, &u->held);
	frame_end(&u->held, begin);
	u->complete = u->held.len;
}

void
reader_counts_add(struct reader_counts *sum, const struct reader_counts *more)
{
	sum->chunks += more->chunks;
	sum->empty_chunks += more->empty_chunks;
	sum->first_foreign = sum->foreign_chunks ? sum->first_foreign : more->first_foreign;
	sum->foreign_chunks += more->foreign_chunks;
	sum->bad_checksums += more->bad_checksums;
	sum->tail_bytes += more->tail_bytes;
	sum->records += more->records;
	sum->lost += more->lost;
}
