/* SPDX-License-Identifier: Apache-2.0 */
/* Our tree of a record against the one that libevtx's XML gives, element by element: names, attributes, texts.  What
 * the library merely writes in another way (nine digits of a second, hexadecimal numbers with all their zeros, pointers
 * in decimal, reals with six digits behind the point) is no difference.  What it is known to get wrong is computed from our value and has to
 * come out exactly so: a difference is excused only when it is the known one. */
#ifndef EVTX_COMPARE_H
#define EVTX_COMPARE_H

#include "base/buf.h"
#include "evtx/tree.h"

/* What libevtx 20181227 is known to print wrong where it prints anything (evtx-format.md 6.2, 6.3). */
enum known_error {
	KNOWN_PAIR,      /* a character beyond U+FFFF: its code point less 0x3FF */
	KNOWN_SURROGATE, /* a surrogate without its partner: U+FFFD, and behind a high one the next unit is gone */
	KNOWN_BOM,       /* a text that begins with a byte order mark (U+FEFF, U+FFFE) loses it */
	KNOWN_NUL,       /* NULs at the end of a text, behind which one is its terminator, are gone */
	KNOWN_NEGATIVE,  /* a negative integer: minus, then the bits below the sign */
	KNOWN_MARKUP,    /* attributes and texts in a code page are not escaped, so that their markup is ambiguous */
	KNOWN_PARTS,     /* of several values side by side, or a text beside elements, only the last is left */
	KNOWN_INSTANCE,  /* a second template instance in one value (RenderingInfo) is left out */
	KNOWN_TIME,      /* a time that is none, shown as its words in hexadecimal */
	KNOWN_SIZE,      /* a value whose size its type does not have: it makes a number of it, we show the bytes */
	KNOWN_REAL,      /* a digit of a small real comes out as a colon */
	KNOWN_ERRORS,
};

/* A few words on it, for Flags and the manifest. */
const char *known_error_name(enum known_error which);

enum { DIFFERENCE_TEXT = 200, DIFFERENCE_PATH = 300 };

/* Where they part first.  Texts are WTF-8, cut to what is around the place. */
struct difference {
	char path[DIFFERENCE_PATH]; /* "System/Provider@Name", "EventData/Data[Path]" */
	char ours[DIFFERENCE_TEXT], theirs[DIFFERENCE_TEXT];
};

/* Memory that is used again from record to record. */
struct comparer {
	struct buf ours, theirs, path;
};

void comparer_init(struct comparer *c);
void comparer_fini(struct comparer *c);

/* True when the trees say the same but for known errors, which are set in *known (bit 1 << known_error).  False:
 * *difference has the first place that differs.  Trees deeper or texts longer than a record may have count as
 * different. */
bool compare_trees(struct comparer *c, const struct node *ours, const struct node *theirs, unsigned *known,
	struct difference *difference);

#endif
