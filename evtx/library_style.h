/* SPDX-License-Identifier: Apache-2.0 */
/* libevtx shows some values in a form of its own (evtx-format.md 6.2): hexadecimal numbers with all their zeros, times with nine
 * digits behind the second.  Rules and people know the form of Windows' viewer, which the direct reader has, so records
 * that libevtx reads get it, too.  Its XML does not tell values from strings: a string that has exactly such a form changes as
 * well. */
#ifndef EVTX_LIBRARY_STYLE_H
#define EVTX_LIBRARY_STYLE_H

#include "base/arena.h"
#include "base/attr.h"
#include "evtx/tree.h"

/* Changes the contents of elements and the values of attributes.  False: memory ran out. */
MUST_CHECK bool library_style_undo(struct node *root, struct arena *arena);

#endif
