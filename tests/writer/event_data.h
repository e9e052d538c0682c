/* SPDX-License-Identifier: Apache-2.0 */
/* The data of an event: EventData with named or classic fields, or UserData, each as a template instance with values
 * or, in records without template, as text in place. */
#ifndef TESTS_WRITER_EVENT_DATA_H
#define TESTS_WRITER_EVENT_DATA_H

#include "tests/writer/wchunk.h"

struct writer_event;
struct writer_value;

struct pen {
	struct wchunk *c;
	const struct writer_event *event;
	bool plain; /* no template */
};

/* The elements: in the definition of the data's template, or in place in a record without one. */
void event_data_write(struct pen *p);

/* What the 0x21 value holds: a template instance of its own. */
void event_data_instance(struct pen *p);

/* --- shared with the fixed part of the event --- */

/* Opens an element with one literal attribute (name NULL: none), up to its content. */
struct wxml_element event_open_with(struct pen *p, const char *element, int32_t dependency, const char *name,
	struct slice text);

/* <name>value as text</name>, without dependency id. */
void event_plain_element(struct pen *p, struct slice name, struct writer_value value);

/* Sixteen bytes from the shape of a template, so that equal shapes share a definition on every run. */
void event_hash(uint64_t state[2], struct slice s);
struct guid event_hash_guid(const uint64_t state[2]);

#endif
