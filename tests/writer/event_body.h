/* SPDX-License-Identifier: Apache-2.0 */
/* The BinXML of one event: the fixed System part in one of the two value layouts or as plain text, then the data.
 * One walk over the rows of System serves all three; only what is put at a place differs. */
#ifndef TESTS_WRITER_EVENT_BODY_H
#define TESTS_WRITER_EVENT_BODY_H

struct wchunk;
struct writer_event;

/* Everything between the record header and the padding. */
void event_body_write(struct wchunk *c, const struct writer_event *event);

#endif
