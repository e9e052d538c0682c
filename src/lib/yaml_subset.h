/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML that rules are written in, read in one pass: block maps and lists, scalars plain, quoted, literal and folded,
 * flow lists in one line, comments, documents.  It never refuses a text: it says of a document what libyaml would say,
 * tree and places alike, or that the text is not its own; then libyaml has to be asked, about errors too.  So whatever is
 * unusual here (anchors, tags, directives, tabs, quotes over several lines, keys that stand twice, a document that is a
 * single word) is left to the library, though much of it would be fine. */
#ifndef LIB_YAML_SUBSET_H
#define LIB_YAML_SUBSET_H

#include "base/buf.h"
#include "src/lib/yaml.h"

/* What stands at the left margin or ends the text. */
enum subset_mark {
	MARK_NONE,
	MARK_DOCUMENT,     /* --- */
	MARK_DOCUMENT_END, /* ... */
	MARK_END,          /* of the text */
};

struct yaml_subset {
	struct slice text;
	struct arena *arena;   /* of the document at hand */
	struct buf joined;     /* a scalar of several lines */
	size_t at;
	size_t line_start;
	size_t line_end;       /* of what the line says: LF or CR LF follows, or nothing */
	size_t next_start;     /* of the line behind, or SIZE_MAX */
	uint32_t line;         /* from 0 */
	size_t counted, count; /* of the line's characters up to there, where they are not bytes */
	enum subset_mark mark;
	ptrdiff_t indent;      /* column of the token at hand, from 0; -1 at a mark */
	size_t depth, nodes;   /* nodes: in all documents, keys too */
	bool ascii;
	bool begun;
};

enum subset_step {
	SUBSET_DOCUMENT,
	SUBSET_END,
	SUBSET_OUTSIDE, /* from this document on the text is not ours */
};

/* The text must outlive the reader and the trees: most scalars are slices of it. */
void yaml_subset_init(struct yaml_subset *s, struct slice text);
void yaml_subset_fini(struct yaml_subset *s);

enum subset_step yaml_subset_next(struct yaml_subset *s, struct arena *arena, const struct yaml_node **root);

#endif
