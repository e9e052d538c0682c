/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that escapes.  Text from evidence is WTF-8 written by an attacker; each function here makes it
 * safe for one kind of reader: a JSON parser, a spreadsheet, a terminal, an XML parser.  (It lives in base because
 * both the record dumper, in evtx, and the timeline, in output, need it.) */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/* JSON string contents, without the quotes: RFC 8259.  Control characters (also DEL and C1, U+2028, U+2029 and the
 * bidi controls, which are legal but fool readers) as \uXXXX, but LF, CR, TAB as \n, \r, \t; lone surrogates and
 * stray bytes as U+FFFD.  True when nothing had to be replaced. */
bool escape_json(struct buf *out, struct slice text);

/* The same from UTF-16LE (half a unit at the end is left out), into room for ESCAPE_JSON_ROOM(utf16.len) bytes; returns
 * how many were written.  `readable` tells how many bytes may be read from utf16.ptr on, at least utf16.len: where
 * there are some behind the text, it need not be taken apart unit by unit at its end. */
#define ESCAPE_JSON_ROOM(len) (3 * (size_t)(len) + 32)
size_t escape_json_utf16(uint8_t *out, struct slice utf16, size_t readable);

/* escape_json with quotes around it. */
bool escape_json_string(struct buf *out, struct slice text);

/* A number, above 2^53 as a string: up to there every reader gets an integer right, many round what is above (jq,
 * JavaScript). */
void escape_json_number(struct buf *out, uint64_t number);

enum escape_csv_flags {
	ESCAPE_CSV_RAW = 1, /* no formula guard */
};

/* One CSV cell (RFC 4180), quoted when it has to be.  One line a row: LF, CR, TAB become U+240A, U+240D, U+2409;
 * the other control characters their control pictures (U+2400 + code, DEL U+2421), C1 and bidi controls <U+XXXX>,
 * lone surrogates U+FFFD.  A cell that a spreadsheet could take for a formula (its first character, after blanks
 * and quotes, is = + - @ or the full-width form of one of them, or it begins with a control) gets one leading '. */
void escape_csv_cell(struct buf *out, struct slice text, enum escape_csv_flags flags);

/* For a terminal: printable characters stay, LF CR TAB become the pictures as in CSV, every other control, bidi,
 * zero-width or unassigned-for-display character is shown as <U+XXXX>, stray bytes as \xNN. */
void escape_terminal(struct buf *out, struct slice text);

/* XML 1.0 character data (or an attribute value in double quotes): & < > and, in attributes, " and line ends;
 * characters XML cannot hold (controls, surrogates, U+FFFE, U+FFFF) as U+FFFD. */
enum escape_xml_flags {
	ESCAPE_XML_ATTRIBUTE = 1,
};
bool escape_xml(struct buf *out, struct slice text, enum escape_xml_flags flags);

/* A file name of letters, digits, '.', '-' and '_' made from text, at most max bytes, never empty, never beginning
 * with a dot or a dash. */
void escape_file_name(struct buf *out, struct slice text, size_t max);

#endif
