/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of BinXML (evtx-format.md 2.1), for everything that walks over them. */
#ifndef EVTX_TOKEN_H
#define EVTX_TOKEN_H

enum token {
	TOKEN_END = 0x00,
	TOKEN_ELEMENT = 0x01,
	TOKEN_CLOSE_START = 0x02,
	TOKEN_CLOSE_EMPTY = 0x03,
	TOKEN_END_ELEMENT = 0x04,
	TOKEN_TEXT = 0x05,
	TOKEN_ATTRIBUTE = 0x06,
	TOKEN_CDATA = 0x07,
	TOKEN_CHARACTER = 0x08,
	TOKEN_ENTITY = 0x09,
	TOKEN_INSTRUCTION = 0x0A,
	TOKEN_INSTRUCTION_DATA = 0x0B,
	TOKEN_INSTANCE = 0x0C,
	TOKEN_SUBSTITUTION = 0x0D,
	TOKEN_OPTIONAL = 0x0E,
	TOKEN_FRAGMENT = 0x0F,
	TOKEN_COUNT,
	TOKEN_MORE = 0x40, /* flag: an attribute list follows, or another part or attribute */
};

#endif
