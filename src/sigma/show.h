/* SPDX-License-Identifier: Apache-2.0 */
/* A rule's tree as text: how the rule was read.  For people, and for tests of the parser that do not go through the
 * matcher. */
#ifndef SIGMA_SHOW_H
#define SIGMA_SHOW_H

#include "base/buf.h"
#include "src/sigma/ruleset.h"

/* Of a rule that has a tree: a line "NAME: ..." for each search identifier, then "condition: ...".  Texts stand as
 * patterns in quotes: * and ? are wildcards, <dash> is any option sign, a c behind the quote means that case counts. */
void show_rule(const struct rule *rule, struct buf *out);

/* Of a document of any kind in a closed set: the same, or the lines "WHAT: ..." of a correlation or a filter.  False,
 * and nothing is written, for what could not be read or does not run. */
bool show_document(const struct ruleset *set, const struct rule *rule, struct buf *out);

#endif
