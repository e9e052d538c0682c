/* SPDX-License-Identifier: Apache-2.0 */
/* The XML that libevtx prints, back into a tree of nodes.  Not an XML parser: the library leaves < & " unescaped in
 * attributes and in ANSI texts (evtx-format.md 6.2, 6.3), so what is markup is told by its layout, which is always the
 * same - each element on a line of its own, text only in elements without children - and everything else is text. */
#ifndef EVTX_XML_H
#define EVTX_XML_H

#include "base/arena.h"
#include "base/err.h"
#include "evtx/tree.h"

/* Reads one document from UTF-16LE.  Names and values are slices of it (of the arena where a text holds references),
 * so it must live as long as the tree; every value is a VALUE_STRING.  Errors, with `at` as the byte offset in the
 * text: ERR_FORMAT, ERR_TRUNCATED, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK bool xml_parse(struct slice utf16, struct arena *arena, struct node **root, struct err *err);

#endif
