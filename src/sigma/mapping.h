/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule's log source means: which records it stands for, and what their fields are called in rules.  All of it
 * is one readable text (rules/logsources.map, compiled in) that a user can add to: evtriage-mapping(5) describes the
 * form.  This module holds that text as a list of sources; who reads records applies the fields (src/subject), who
 * loads rules looks sources up (logsource.h). */
#ifndef SIGMA_MAPPING_H
#define SIGMA_MAPPING_H

#include "base/arena.h"
#include "base/err.h"

/* How a further name of a field gets its text out of others. */
enum field_function {
	FIELD_FIRST,     /* the first argument that has a text and is not "-" */
	FIELD_DECIMAL,   /* a number, in decimal */
	FIELD_NONZERO,   /* the first argument that is a number other than 0 */
	FIELD_ACCOUNT,   /* SID, domain, name: DOMAIN\name, services as Sysmon names them; a second three if the first is nobody */
	FIELD_INTEGRITY, /* a mandatory label: Sysmon's word, and the label itself as a second value */
	FIELD_WORD,      /* field, then pairs: text and what it becomes; another text stays */
	FIELD_REGISTRY,  /* key, value name: HKLM\...\name as Sysmon writes it */
	FIELD_VALUE,     /* registry data, type: in Sysmon's notation */
	FIELD_DRIVE,     /* a path: as it is, and one on a device as on C: as a second value */
	FIELD_TIME,      /* a time, as Sysmon writes UtcTime */
	FIELD_RENAME,    /* the argument's field, which loses its old name */
};

struct field_alias {
	struct slice name;
	enum field_function function;
	const struct slice *arguments;
	size_t count;
};

struct id_range {
	uint32_t first, last;
};

/* Only records whose field has one of these values. */
struct source_condition {
	struct slice field;
	const struct slice *values;
	size_t count;
};

struct slice_list {
	const struct slice *items;
	size_t count;
};

struct mapping_source {
	struct slice name;
	uint32_t line;
	struct slice product;            /* "windows" */
	struct slice_list categories, services;
	struct slice_list channels;      /* one that ends with * is a beginning */
	struct slice_list providers;     /* none: any */
	const struct id_range *events;   /* none: any */
	size_t event_count;
	const struct source_condition *conditions; /* all must hold */
	size_t condition_count;
	struct slice_list fields;        /* all that such a record has; none: not told */
	const struct field_alias *aliases; /* in order */
	size_t alias_count;
	struct slice about;              /* what must be switched on */
	bool no_log;                     /* no event log holds it */
};

struct mapping {
	const struct mapping_source **sources; /* in order; of two with one name the later one has replaced the first */
	size_t count;
};

/* Adds the sources of a text to *mapping, all in the arena.  Errors: ERR_SYNTAX and ERR_LIMIT (err->at: line << 32),
 * ERR_NOMEM. */
MUST_CHECK bool mapping_add(struct mapping *mapping, struct slice text, struct arena *arena, struct err *err);

/* The text that is compiled in. */
extern const uint8_t mapping_default_text[];
extern const size_t mapping_default_len;
MUST_CHECK bool mapping_add_default(struct mapping *mapping, struct arena *arena, struct err *err);

/* Whether such records belong to the source, its conditions aside.  Channel decides; in a log of forwarded events that
 * bears the collector's own channel, the provider does.  An empty provider fits any. */
bool mapping_source_fits(const struct mapping_source *source, struct slice channel, struct slice provider,
	uint32_t event_id);

/* The same for the channel alone: may a log of that name have records of the source? */
bool mapping_source_in_channel(const struct mapping_source *source, struct slice channel);

/* Whether a rule with that log source asks for the source; empty slices for what it does not give. */
bool mapping_source_serves(const struct mapping_source *source, struct slice product, struct slice category,
	struct slice service);

/* True when the mapping has a source for that product at all. */
bool mapping_has_product(const struct mapping *mapping, struct slice product);

/* True when a record of the source can have a field of that name, its own, a further name or one of System. */
bool mapping_source_has_field(const struct mapping_source *source, struct slice field);

#endif
