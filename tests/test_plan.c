/* SPDX-License-Identifier: Apache-2.0 */
/* Plans against the tree decoder: for every shape of a template, every broken log of the writer, every prefix and every
 * flipped bit of a log both say the same; and what a hostile log can do to the store of plans. */
#include "tests/mini_chunk.h"
#include "tests/plan_compare.h"
#include "tests/writer/broken.h"

#include <check.h>

enum { SLOW = 300, BUFFER = 16 * 1024 * 1024, WORDS = 4096 };

/* Event with a System whose EventID is slot 0; what follows are its other children, then the values behind slot 0's
 * descriptor: %1 and so on. */
#define OUTER(children) \
	"0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =System 02 01 FF FF $0 =EventID 02 0D #0 06 04 04 " children \
	" 04 00 end "
/* The same with a literal EventID and one slot, which holds embedded data. */
#define EMBEDS(children) \
	"0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =System 02 01 FF FF $0 =EventID 02 05 01 '7 04 04 " \
	children " 04 00 end "
#define INNER(element) EMBEDS("0E #0 21") "[ def 0F 01 01 00 " element " 00 end "
#define DATA(name) "41 FF FF $0 =Data $0 06 =Name 05 01 '" name " "

static const struct {
	const char *name, *words;
	const char *by_plans; /* r record, f fields, j JSON: what the tree is not needed for */
} shapes[] = {
	{ "System alone", OUTER("") "$1 #2 06 00 #7 00", "rfj" },
	{ "a leaf", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0D #1 08 04 04") "$2 #2 06 00 #4 08 00 #7 $9 00", "rfj" },
	{ "a leaf that is gone", OUTER("01 FF FF $0 =A 02 01 01 00 $0 =B 02 0E #1 08 04 01 FF FF $0 =C 03 04")
		"$2 #2 06 00 #0 00 00 #7 00", "rfj" },
	{ "a normal NULL", OUTER("01 FF FF $0 =A 02 01 01 00 $0 =B 02 0D #1 08 04 01 FF FF $0 =C 03 04") "$2 #2 06 00 #0 00 00 #7 00",
		"rfj" },
	{ "all children may be gone", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =X 02 01 01 00 $0 =B 02 0E #1 08 04 04 04")
		"$2 #2 06 00 #0 00 00 #7 00", "rj" },
	{ "an element that another slot takes along", OUTER("01 FF FF $0 =A 02 01 01 00 $0 =B 02 05 01 'x 04 01 FF FF $0 =C 03 04")
		"$2 #2 06 00 #0 00 00 #7 00", "rfj" },
	{ "it is there", OUTER("01 FF FF $0 =A 02 01 01 00 $0 =B 02 05 01 'x 04 01 FF FF $0 =C 03 04") "$2 #2 06 00 #1 04 00 #7 01 00",
		"rfj" },
	{ "two slots decide", OUTER("01 FF FF $0 =A 02 01 01 00 $0 =B 02 0E #2 04 04 01 FF FF $0 =C 03 04")
		"$3 #2 06 00 #1 04 00 #1 04 00 #7 01 02 00", "rf" },
	{ "attributes by slots", OUTER("41 FF FF $0 =A $0 46 =k 0E #1 01 06 =l 0E #2 01 02 01 FF FF $0 =C 03 04")
		"$3 #2 06 00 #0 00 00 #2 01 00 #7 ~v 00", "rfj" },
	{ "attributes by slots around what is gone", OUTER("41 FF FF $0 =A $0 46 =k 0E #1 01 06 =l 0E #2 01 02 01 03 00 $0 =C 02 0E #3 01 04 04")
		"$4 #2 06 00 #0 00 00 #2 01 00 #0 00 00 #7 ~v 00", "rfj" },
	{ "no attribute by slots, and nothing in it", OUTER("41 FF FF $0 =A $0 06 =k 0E #1 01 02 01 02 00 $0 =C 02 0E #2 01 04 04")
		"$3 #2 06 00 #0 00 00 #0 00 00 #7 00", "rfj" },
	{ "no attribute by slots around an element", OUTER("41 FF FF $0 =A $0 06 =k 0E #1 01 02 01 FF FF $0 =C 02 0E #2 01 04 04")
		"$3 #2 06 00 #0 00 00 #2 01 00 #7 ~v 00", "rfj" },
	{ "attributes by slots in one another", OUTER("01 FF FF $0 =X 02 41 FF FF $0 =A $0 46 =k 0E #1 01 06 =l 05 01 'w 02 41 FF FF $0 =C $0 "
		"06 =m 0E #2 01 02 01 FF FF $0 =D 03 04 01 FF FF $0 =E 03 04 04") "$3 #2 06 00 #2 01 00 #2 01 00 #7 ~v ~u 00", "rj" },
	{ "attributes by slots in System's siblings' leaf", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 46 =k 0E #1 01 06 =l 0E #2 04 02 0E #3 01 04 04")
		"$4 #2 06 00 #0 00 00 #1 04 00 #2 01 00 #7 09 ~v 00", "rj" },
	{ "without any attribute", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 46 =k 0E #1 01 06 =l 0E #2 04 02 0D #3 01 04 04")
		"$4 #2 06 00 #0 00 00 #0 00 00 #2 01 00 #7 ~v 00", "rj" },
	{ "nothing in it but an attribute", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 06 =k 0E #1 01 02 0D #2 01 04 04")
		"$3 #2 06 00 #2 01 00 #0 00 00 #7 ~v 00", "rj" },
	{ "slot and text attributes around a text", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 46 =k 0E #1 01 06 =m 05 01 'w 02 05 01 'x 04 04")
		"$2 #2 06 00 #2 01 00 #7 ~v 00", "rj" },
	{ "a text attribute and a slot", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 06 =k 05 01 'v 02 0D #1 01 04 04")
		"$2 #2 06 00 #2 01 00 #7 ~x 00", "rj" },
	{ "an empty string", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0D #1 01 04 04") "$2 #2 06 00 #2 01 00 #7 #0 00", "rfj" },
	{ "one name twice", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0D #1 01 04 01 FF FF $0 =B 02 05 01 'y 04 04")
		"$2 #2 06 00 #2 01 00 #7 ~x 00", "rfj" },
	{ "one name twice, one may be gone", OUTER("01 FF FF $0 =A 02 01 01 00 $0 =B 02 0E #1 01 04 01 FF FF $0 =B 02 05 01 'y 04 04")
		"$2 #2 06 00 #2 01 00 #7 ~x 00", "rf" },
	{ "an array in a leaf", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0D #1 86 04 04") "$2 #2 06 00 #5 86 00 #7 #1 #2 03 00", "rf" },
	{ "an array in an attribute", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 06 =k 0D #1 84 02 04 04") "$2 #2 06 00 #2 84 00 #7 01 02 00",
		"rj" },
	{ "an array beside a slot attribute", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 06 =k 0D #2 84 02 0D #1 84 04 04")
		"$3 #2 06 00 #2 84 00 #1 04 00 #7 01 02 03 00", "" },
	{ "an array in System", OUTER("") "$1 #4 86 00 #7 #8 00", "" },
	{ "a slot named twice", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0D #1 01 04 01 FF FF $0 =C 02 0D #1 01 04 04")
		"$2 #2 06 00 #2 01 00 #7 ~x 00", "rfj" },
	{ "an array named twice", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0D #1 01 04 01 FF FF $0 =C 02 0D #1 01 04 04")
		"$2 #2 06 00 #2 84 00 #7 01 02 00", "" },
	{ "embedded data named twice", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0E #1 21 04 01 FF FF $0 =C 02 0D #1 01 04 04")
		"$2 #2 06 00 #0 00 00 #7 00", "" },
	{ "a slot that is not there", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0E #9 01 04 01 FF FF $0 =C 02 0D #8 01 04 04")
		"$1 #2 06 00 #7 00", "rfj" },
	{ "slot 65,535", OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0E #65535 01 04 04") "$1 #2 06 00 #7 00", "" },
	{ "dependency 65,534", OUTER("01 FF FF $0 =A 02 01 FE FF $0 =B 03 04") "$1 #2 06 00 #7 00", "" },
	{ "more values than slots", OUTER("") "$3 #2 06 00 #4 21 00 #2 81 00 #7 $0 ~x 00", "rfj" },
	{ "text beside elements", OUTER("01 FF FF $0 =A 02 05 01 'x 01 FF FF $0 =B 03 04") "$1 #2 06 00 #7 00", "" },
	{ "text beside a slot", OUTER("01 FF FF $0 =A 02 05 01 'x 0D #1 01 04") "$2 #2 06 00 #2 01 00 #7 ~y 00", "" },
	{ "entities and characters", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 06 =k 49 =quot 45 01 'v 09 =nbsp 02 45 01 'a 49 =lt 48 #65 05 01 ' 04 04")
		"$1 #2 06 00 #7 00", "rj" },
	{ "CDATA", OUTER("01 FF FF $0 =A 02 07 'x 04") "$1 #2 06 00 #7 00", "" },
	{ "a part with text alone", OUTER("01 FF FF $0 =A 02 05 01 'x 04") "$1 #2 06 00 #7 00", "rj" },
	{ "xmlns is no data", OUTER("01 FF FF $0 =A 02 41 FF FF $0 =B $0 06 =xmlns 05 01 'u 02 0D #1 01 04 04") "$2 #2 06 00 #2 01 00 #7 ~x 00",
		"rfj" },
	{ "no System", "0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =A 03 04 00 end $0 00", "" },
	{ "EventID twice", "0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =System 02 01 FF FF $0 =EventID 02 0D #0 06 04 "
		"01 FF FF $0 =EventID 02 0D #1 06 04 04 04 00 end $2 #2 06 00 #2 06 00 #7 #8 00", "" },
	{ "Provider's Name twice", "0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =System 02 41 FF FF $0 =Provider $0 "
		"46 =Name 0D #0 01 06 =Name 0D #1 01 03 04 04 00 end $2 #2 01 00 #2 01 00 ~x ~y 00", "" },
	{ "System rows of every kind", "0F 01 01 00 def 0F 01 01 00 41 FF FF $0 =Event $0 06 =xmlns 05 01 'u 02 01 FF FF $0 =System 02 "
		"41 FF FF $0 =Provider $0 46 =Name 0E #2 01 06 =Guid 0E #3 0F 03 41 00 00 $0 =EventID $0 06 =Qualifiers 0E #1 06 02 0E #0 06 04 "
		"41 FF FF $0 =TimeCreated $0 06 =SystemTime 0E #4 11 03 41 FF FF $0 =Security $0 06 =UserID 0E #5 13 03 01 FF FF $0 =Computer "
		"02 05 01 'PC 04 01 06 00 $0 =Keywords 02 0E #6 15 04 04 04 00 end $7 #2 06 00 #2 06 00 #4 01 00 #16 0F 00 #8 11 00 #12 13 00 "
		"#8 15 00 #7 #8 ~Pr $1 $2 $3 $4 $100 $31000000 01 01 00 00 00 00 00 05 $18 $1 $2 00", "rfj" },
	{ "numbers too large for their fields, and texts", "0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =System 02 "
		"01 FF FF $0 =EventID 02 0D #0 06 04 01 FF FF $0 =Level 02 0D #1 04 04 01 FF FF $0 =Task 02 0D #2 06 04 01 FF FF $0 =Version "
		"02 0D #3 04 04 01 FF FF $0 =EventRecordID 02 0D #4 0A 04 04 04 00 end $5 #8 0A 00 #2 01 00 #2 08 00 #0 07 00 #4 14 00 "
		"$1 $1 ~7 #5 $99 00", "rfj" },
	{ "a row in an attribute of what may be gone", "0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =System 02 "
		"41 01 00 $0 =Security $0 06 =UserID 0E #0 01 02 0E #1 01 04 04 04 00 end $2 #2 01 00 #0 00 00 ~x 00", "" },

	{ "EventData", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 0E #0 01 04 " DATA("B") "02 0E #1 08 04 04")
		"$2 #2 01 00 #4 08 00 ~x $5 00 ] 00", "rfj" },
	{ "five values", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 0E #0 01 04 " DATA("B") "02 0E #1 08 04 " DATA("C") "02 0E #2 01 04 "
		DATA("D") "02 0E #3 01 04 " DATA("E") "02 0E #4 04 04 04") "$5 #2 01 00 #4 08 00 #0 00 00 #4 01 00 #1 04 00 ~x $5 ~yz 09 00 ] 00", "rfj" },
	{ "seven values for five slots", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 0E #0 01 04 " DATA("B") "02 0E #4 08 04 04")
		"$7 #2 01 00 #0 00 00 #0 00 00 #0 00 00 #4 08 00 #2 01 00 #3 0E 00 ~x $5 ~y 09 09 09 00 ] 00", "rfj" },
	{ "four values for five slots", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 0E #0 01 04 " DATA("B") "02 0E #4 08 04 04")
		"$4 #2 01 00 #0 00 00 #0 00 00 #2 01 00 ~x ~y 00 ] 00", "rfj" },
	{ "Data that is gone", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 0E #0 01 04 " DATA("B") "02 0E #1 08 04 04")
		"$2 #0 00 00 #0 00 00 00 ] 00", "rfj" },
	{ "Data of one name", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 0D #0 01 04 " DATA("A") "02 0D #1 08 04 04")
		"$2 #2 01 00 #4 08 00 ~x $5 00 ] 00", "rfj" },
	{ "an array in named Data", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 0D #0 81 04 04") "$1 #6 81 00 ~x #0 ~y 00 ] 00", "rf" },
	{ "an array in Data", INNER("01 FF FF $0 =EventData 02 01 FF FF $0 =Data 02 0E #0 81 04 01 01 00 $0 =Binary 02 0E #1 0E 04 04")
		"$2 #6 81 00 #2 0E 00 ~x #0 ~y #1 00 ] 00", "rfj" },
	{ "an empty array in Data", INNER("01 FF FF $0 =EventData 02 01 FF FF $0 =Data 02 0E #0 81 04 01 01 00 $0 =Binary 02 0E #1 0E 04 04")
		"$2 #0 81 00 #0 00 00 00 ] 00", "rfj" },
	{ "no Data at all", INNER("01 FF FF $0 =EventData 02 01 00 00 $0 =Data 02 0E #0 81 04 01 01 00 $0 =Binary 02 0E #1 0E 04 04")
		"$2 #0 00 00 #0 00 00 00 ] 00", "rfj" },
	{ "several Data without names", INNER("01 FF FF $0 =EventData 02 01 FF FF $0 =Data 02 0E #0 01 04 01 FF FF $0 =Data 03 01 FF FF "
		"$0 =Data 02 05 01 'z 04 04") "$1 #2 01 00 ~x 00 ] 00", "rfj" },
	{ "with something between", INNER("01 FF FF $0 =EventData 02 01 FF FF $0 =Data 02 0E #0 01 04 01 FF FF $0 =B 03 01 FF FF "
		"$0 =Data 02 05 01 'z 04 04") "$1 #2 01 00 ~x 00 ] 00", "rf" },
	{ "Data named Data", INNER("01 FF FF $0 =EventData 02 01 FF FF $0 =Data 02 0D #0 01 04 " DATA("Data") "03 04") "$1 #2 01 00 ~x 00 ] 00",
		"rf" },
	{ "Data named by a slot", INNER("01 FF FF $0 =EventData 02 41 FF FF $0 =Data $0 06 =Name 0D #1 01 02 0D #0 01 04 04")
		"$2 #2 01 00 #2 01 00 ~x ~N 00 ] 00", "r" },
	{ "Data that holds elements", INNER("01 FF FF $0 =EventData 02 " DATA("A") "02 01 FF FF $0 =B 02 0D #0 01 04 04 04")
		"$1 #2 01 00 ~x 00 ] 00", "rf" },
	{ "data without content", INNER("01 FF FF $0 =EventData 03") "$0 00 ] 00", "rfj" },
	{ "data that is a leaf", INNER("01 FF FF $0 =EventData 02 0D #0 01 04") "$1 #2 01 00 ~x 00 ] 00", "rj" },
	{ "data that may be gone", INNER("01 00 00 $0 =EventData 02 01 FF FF $0 =A 03 04") "$1 #0 00 00 00 ] 00", "rj" },
	{ "data named System", INNER("01 FF FF $0 =System 02 01 FF FF $0 =A 03 04") "$0 00 ] 00", "" },
	{ "data named RenderingInfo", INNER("01 FF FF $0 =RenderingInfo 02 01 FF FF $0 =A 03 04") "$0 00 ] 00", "" },
	{ "an event in the event", INNER("01 FF FF $0 =Event 02 01 FF FF $0 =System 02 01 FF FF $0 =A 03 04 04") "$0 00 ] 00", "r" },
	{ "embedded in embedded", INNER("01 FF FF $0 =E 02 0E #0 21 04") "$1 #2 21 00 01 00 00 ] 00", "" },
	{ "UserData", EMBEDS("01 00 00 $0 =UserData 02 0E #0 21 04") "[ def 0F 01 01 00 01 FF FF $0 =U 02 01 FF FF $0 =A 02 0D #0 01 04 04 00 end "
		"$1 #2 01 00 ~x 00 ] 00", "rfj" },
	{ "UserData with an element with attributes", EMBEDS("01 00 00 $0 =UserData 02 0E #0 21 04") "[ def 0F 01 01 00 41 FF FF $0 =U $0 06 =k 05 "
		"01 'v 02 01 FF FF $0 =A 02 0D #0 01 04 04 00 end $1 #2 01 00 ~x 00 ] 00", "rj" },
	{ "UserData with an empty element", EMBEDS("01 00 00 $0 =UserData 02 0E #0 21 04") "[ def 0F 01 01 00 01 FF FF $0 =U 03 00 end $0 00 ] 00", "rfj" },
	{ "UserData with Data in it", EMBEDS("01 00 00 $0 =UserData 02 0E #0 21 04") "[ def 0F 01 01 00 01 FF FF $0 =Data 03 00 end $0 00 ] 00", "" },
	{ "UserData that is NULL", EMBEDS("01 00 00 $0 =UserData 02 0E #0 21 04") "$1 #0 00 00 00", "rfj" },
	{ "UserData that is a text", EMBEDS("01 00 00 $0 =UserData 02 0E #0 21 04") "$1 #2 01 00 ~x 00", "" },
	{ "UserData beside data", EMBEDS("01 FF FF $0 =UserData 02 01 FF FF $0 =A 03 04 0E #0 21") "[ def 0F 01 01 00 01 FF FF $0 =EventData 02 "
		"01 FF FF $0 =A 03 04 00 end $0 00 ] 00", "rf" },
	{ "an element that is not in a template", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 04 00 ] 00", "rfj" },
	{ "a bare element behind a fragment header", EMBEDS("0E #0 21") "[ 0F 01 01 00 01 $0 =EventData 02 01 $0 =A 02 05 01 'v 04 04 00 ] 00", "rfj" },
	{ "bare Data with names", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 41 $0 =Data $0 06 =Name 05 01 'n 02 05 01 'v 04 "
		"41 $0 =Data $0 06 =Name 05 01 'm 03 04 00 ] 00", "rfj" },
	{ "bare Data without names", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 01 $0 =Data 02 05 01 'v 04 01 $0 =Data 03 04 00 ] 00", "rfj" },
	{ "a bare text that is empty", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 01 $0 =A 02 05 01 ' 04 04 00 ] 00", "rfj" },
	{ "a bare attribute without a text", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 41 $0 =A $0 06 =k 02 05 01 'v 04 04 00 ] 00", "rj" },
	{ "a bare element with two texts", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 01 $0 =A 02 45 01 'v 05 01 'w 04 04 00 ] 00", "" },
	{ "a bare element with a character", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 01 $0 =A 02 08 41 00 04 04 00 ] 00", "" },
	{ "a bare element with text and elements", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 05 01 'v 01 $0 =A 03 04 00 ] 00", "" },
	{ "two bare elements", EMBEDS("0E #0 21") "[ 01 $0 =EventData 03 01 $0 =A 03 00 ] 00", "" },
	{ "a bare element without end", EMBEDS("0E #0 21") "[ 01 $0 =EventData 02 01 $0 =A 02 04 ] 00", "" },
	{ "no template at all", "41 $0 =Event $0 06 =xmlns 05 01 'x 02 01 $0 =System 02 01 $0 =EventID 02 05 01 '7 04 01 $0 =Level 02 05 01 '3 04 "
		"41 $0 =TimeCreated $0 06 =SystemTime 05 01 '2024-01-02T03:04:05Z 03 04 01 $0 =EventData 02 41 $0 =Data $0 06 =Name "
		"05 01 'n 02 05 01 'v 04 04 04 00", "rfj" },
	{ "no template, a substitution", "01 $0 =Event 02 01 $0 =System 02 01 $0 =EventID 02 0D #0 06 04 04 04 00", "" },
	{ "two instances in one value", INNER("01 FF FF $0 =EventData 03") "$0 00 ref $0 00 ] 00", "" },
	{ "bytes behind the data", INNER("01 FF FF $0 =EventData 03") "$0 00 01 02 03 ] 00", "rfj" },
	{ "no end token", INNER("01 FF FF $0 =EventData 03") "$0 ] 00", "rfj" },
	{ "embedded data without a byte", EMBEDS("0E #0 21") "$1 #0 21 00 00", "" },
	{ "values without end", OUTER("") "$2 #2 06 00 #65535 01 00 #7 00", "" },
	{ "more values than are allowed", OUTER("") "$4097 #2 06 00 #7 00", "" },
	{ "count that wraps", OUTER("") "$0x40000001 #2 06 00 #7 00", "" },
	{ "another fragment behind", OUTER("") "$1 #2 06 00 #7 00 0F 01 01 00 01 $0 =B 03 00", "rfj" },
};

static void
check_same(struct slice log, struct plan_compared *result, const char *name)
{
	struct source source = source_from_memory(log);

	ck_assert_msg(plan_compare(&source, result), "%s: %s", name, result->why);
}

/* A log of one chunk, to be filled; the caller frees it. */
static struct mini *
new_log(void)
{
	struct mini *m = malloc(sizeof(*m));

	ck_assert(m);
	mini_init(m);
	return m;
}

/* The log as it was filled, whole. */
static void
check_log(struct mini *m, struct plan_compared *result, const char *name)
{
	mini_finish(m, 0);
	check_same(slice_from(m->bytes, sizeof(m->bytes)), result, name);
}

START_TEST(test_shape)
{
	struct plan_compared r;
	struct mini *m = new_log();
	char by_plans[4];

	mini_record(m, shapes[_i].words);
	mini_record(m, shapes[_i].words);
	check_log(m, &r, shapes[_i].name);
	snprintf(by_plans, sizeof(by_plans), "%s%s%s", r.planned ? "r" : "", r.with_fields ? "f" : "", r.with_json ? "j" : "");
	ck_assert_msg(strcmp(by_plans, shapes[_i].by_plans) == 0, "%s: by plans '%s', expected '%s'", shapes[_i].name, by_plans,
		shapes[_i].by_plans);
	ck_assert_msg(r.records + r.lost == 2, "%s: %zu records, %zu lost", shapes[_i].name, r.records, r.lost);
	free(m);
}
END_TEST

/* What the shapes hold, cut and damaged: `step` leaves out all but every n-th bit. */
static void
flip(uint8_t *bytes, size_t len, size_t from, size_t to, size_t step, const char *name)
{
	struct plan_compared r;

	for (size_t bit = from * 8; bit < to * 8; bit += step) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		check_same(slice_from(bytes, len), &r, name);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

START_TEST(test_flipped_shape)
{
	struct mini *m = new_log();

	mini_record(m, shapes[_i].words);
	mini_finish(m, 0);
	/* as a short file, so that the buffers of both readers are small */
	flip(m->bytes, LIMIT_FILE_HEADER + m->at, LIMIT_FILE_HEADER + LIMIT_CHUNK_HEADER, LIMIT_FILE_HEADER + m->at, 3, shapes[_i].name);
	free(m);
}
END_TEST

START_TEST(test_cut_shape)
{
	struct plan_compared r;
	struct mini *m = new_log();

	mini_record(m, shapes[_i].words);
	mini_record(m, MINI_PLAIN);
	mini_finish(m, 0);
	for (size_t len = LIMIT_FILE_HEADER; len <= LIMIT_FILE_HEADER + m->at; len++)
		check_same(slice_from(m->bytes, len), &r, shapes[_i].name);
	ck_assert_uint_eq(r.records + r.lost, 2);
	free(m);
}
END_TEST

START_TEST(test_broken_forms)
{
	const struct broken_form *form;
	struct plan_compared r;
	size_t records;
	struct buf log;

	buf_init(&log, BUFFER);
	for (size_t i = 0; (form = broken_form(i)); i++) {
		buf_reset(&log);
		ck_assert_msg(broken_make(form, &log, &records), "%s", form->name);
		check_same(buf_view(&log), &r, form->name);
	}
	buf_fini(&log);
}
END_TEST

static const char *const flipped_forms[] = { "plain-good", "value-types", "value-arrays", "embedded-two", "embedded-bare",
	"plain-references" };

START_TEST(test_flipped_form)
{
	const struct broken_form *form;
	size_t records, i;
	struct buf log;

	for (i = 0; (form = broken_form(i)) && strcmp(form->name, flipped_forms[_i]) != 0; i++)
		;
	ck_assert(form);
	buf_init(&log, BUFFER);
	ck_assert(broken_make(form, &log, &records));
	/* its first records, all their bytes, some of their bits */
	flip(log.ptr, LIMIT_FILE_HEADER + 3072, LIMIT_FILE_HEADER + LIMIT_CHUNK_HEADER, LIMIT_FILE_HEADER + 3072, 5, form->name);
	buf_fini(&log);
}
END_TEST

/* --- bare events, one like the other --- */

enum bare_name { EVENT, SYSTEM, EVENT_ID, EVENT_DATA, NAMED_DATA, NAME, BARE_NAMES };

/* Where the names of a chunk stand; 0: not yet. */
struct bare {
	struct mini m;
	size_t at[BARE_NAMES];
	size_t name_at; /* of the reference to Name that was written last */
};

static struct bare *
new_bare(void)
{
	struct bare *b = calloc(1, sizeof(*b));

	ck_assert(b);
	mini_init(&b->m);
	return b;
}

static void
put_name(struct bare *b, enum bare_name name)
{
	static const char *const texts[BARE_NAMES] = { "=Event", "=System", "=EventID", "=EventData", "=Data", "=Name" };
	char word[32];

	snprintf(word, sizeof(word), "$%zu", b->at[name]);
	mini_words(&b->m, b->at[name] ? word : texts[name]);
	if (!b->at[name])
		b->at[name] = b->m.at - 2 * strlen(texts[name]) - 8;
}

static void
put_bare(struct bare *b, const char *id, const char *name, const char *value)
{
	struct mini *m = &b->m;
	char words[WORDS];

	mini_begin(m);
	mini_words(m, "0F 01 01 00 01 $0");
	put_name(b, EVENT);
	mini_words(m, "02 01 $0");
	put_name(b, SYSTEM);
	mini_words(m, "02 01 $0");
	put_name(b, EVENT_ID);
	snprintf(words, sizeof(words), "02 05 01 '%s 04 04 01 $%zu", id, strlen(value) + 100);
	mini_words(m, words);
	put_name(b, EVENT_DATA);
	snprintf(words, sizeof(words), "02 41 $%zu", strlen(value) + 50);
	mini_words(m, words);
	put_name(b, NAMED_DATA);
	snprintf(words, sizeof(words), "$%zu 06", strlen(name) + 20);
	mini_words(m, words);
	b->name_at = m->at;
	put_name(b, NAME);
	snprintf(words, sizeof(words), "05 01 '%s 02 05 01 '%s 04 04 04 00", name, value);
	mini_words(m, words);
	mini_end(m, 0);
}

/* Names stand in the first; others repeat it with other texts and sizes, and now and then with another name. */
START_TEST(test_alike)
{
	static const struct {
		const char *id, *name, *value;
	} events[] = {
		{ "1", "n", "v" }, { "2", "n", "w" }, { "4104", "n", "" }, { "3", "n", "a-longer-text-of-more-than-sixteen-characters" },
		{ "4", "m", "v" }, { "5", "n", "x" }, { "6", "m", "yy" }, { "", "n", "z" }, { "7", "no", "v" }, { "8", "k", "v" }, { "9", "l", "v" },
		{ "1", "n", "v" }, { "12", "k", "vv" },
	};
	struct bare *b = new_bare();
	struct plan_compared r;
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		put_bare(b, events[i].id, events[i].name, events[i].value);
	check_log(&b->m, &r, "alike");
	ck_assert_uint_eq(r.planned, ARRAY_LEN(events));
	len = LIMIT_FILE_HEADER + b->m.at;
	flip(b->m.bytes, len, LIMIT_FILE_HEADER + LIMIT_CHUNK_HEADER, len, 3, "alike, a bit changed");
	for (size_t cut = LIMIT_FILE_HEADER + LIMIT_CHUNK_HEADER; cut < len; cut++)
		check_same(slice_from(b->m.bytes, cut), &r, "alike, cut");
	free(b);
}
END_TEST

/* The name that one event refers to stands in the next, behind the same reference: the bytes are the same, but there they
 * are followed by a name. */
START_TEST(test_name_ahead)
{
	struct bare *b = new_bare();
	struct plan_compared r;
	size_t first;

	put_bare(b, "1", "nm", "v");
	put_bare(b, "1", "nm", "v");
	first = b->name_at;
	put_bare(b, "1", "nm", "v");
	mini_set(mini_chunk(&b->m) + first, b->name_at + 4, 4);
	mini_set(mini_chunk(&b->m) + b->name_at, b->name_at + 4, 4);
	check_log(&b->m, &r, "a name ahead");
	ck_assert_uint_eq(r.planned, 2);
	free(b);
}
END_TEST

/* The same for templates: the definition that one event refers to stands in the next, and its first bytes look like the count
 * and the descriptor of the one before: a value of 0x0201 bytes of type 3. */
START_TEST(test_definition_ahead)
{
	struct mini *m = new_log();
	struct plan_compared r;
	size_t at;

	mini_record(m, OUTER("") "$1 #2 06 00 #7 00");
	mini_begin(m);
	mini_words(m, "0F 01 01 00 ref $1 $0x04030201");
	at = m->at - 12; /* of the offset of the definition */
	mini_end(m, 0x0201 + 1);
	mini_begin(m);
	mini_words(m, "0F 01 01 00 def 0F 01 01 00 01 FF FF $0 =Event 02 01 FF FF $0 =System 02 01 FF FF $0 =EventID 02 0D #0 06 04 04 "
		"01 FF FF $0 =A 02 05 01 #600");
	for (unsigned i = 0; i < 600; i++)
		mini_put(m, 0, 2);
	mini_words(m, "04 04 00 end $1 #2 06 00 #9 00");
	mini_end(m, 0);
	mini_set(mini_chunk(m) + m->definition, 1, 4);
	mini_set(mini_chunk(m) + at, m->definition, 4);
	mini_record(m, "0F 01 01 00 ref $1 #2 06 00 #10 00");
	check_log(m, &r, "a definition ahead");
	ck_assert_uint_eq(r.planned, 4);
	free(m);
}
END_TEST

/* What is remembered of an event's descriptors gives way to those of two damaged ones; then the event comes again, with values
 * that would do for the last of these. */
START_TEST(test_layouts_in_between)
{
	struct mini *m = new_log();
	struct plan_compared r;

	mini_record(m, OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 0D #1 01 04 04") "$2 #2 06 00 #2 01 00 #7 ~v 00");
	mini_record(m, "0F 01 01 00 ref $2 #2 06 00 #4 01 00 #8 ~vw 00");
	mini_record(m, "0F 01 01 00 ref $2 #2 06 00 #900 01 00 #9 ~v 00");
	mini_record(m, "0F 01 01 00 ref $2 #2 06 00 #2 01 00 #9 ~v 01");
	mini_record(m, "0F 01 01 00 ref $2 #2 06 00 #4 01 00 #10 ~v #256 00");
	check_log(m, &r, "layouts in between");
	ck_assert_uint_eq(r.planned, 3);
	free(m);
}
END_TEST

/* --- the store --- */

/* One instance each of `count` definitions with one GUID and one size, which differ in a name; then of all again. */
static void
check_variants(unsigned count, struct plan_compared *result, const char *name)
{
	struct mini *m = new_log();
	char words[WORDS];

	for (unsigned i = 0; i < count; i++) {
		snprintf(words, sizeof(words), OUTER("01 FF FF $0 =A%02u 02 01 FF FF $0 =B 02 05 01 'x 04 04") "$1 #2 06 00 #%u 00", i, i);
		mini_record(m, words);
		mini_record(m, "0F 01 01 00 ref $1 #2 06 00 #77 00");
	}
	check_log(m, result, name);
	free(m);
}

START_TEST(test_one_guid_for_many)
{
	struct plan_compared r;

	check_variants(LIMIT_PLAN_VARIANTS, &r, "as many as are kept");
	ck_assert_uint_eq(r.planned, 2 * LIMIT_PLAN_VARIANTS);
	check_variants(LIMIT_PLAN_VARIANTS + 5, &r, "more than are kept");
	ck_assert_uint_eq(r.planned, 2 * LIMIT_PLAN_VARIANTS);
	ck_assert_uint_eq(r.records, 2 * (LIMIT_PLAN_VARIANTS + 5));
}
END_TEST

/* The same definition at another place, its names inline or not: one plan or two, the same records. */
START_TEST(test_next_chunk)
{
	static const char definition[] = OUTER("01 FF FF $0 =A 02 01 FF FF $0 =B 02 05 01 'x 04 04") "$1 #2 06 00 #1 00";
	struct mini *one = new_log(), *two = new_log();
	struct plan_compared r;
	struct buf log;

	mini_record(one, definition);
	mini_finish(one, 0);
	mini_record(two, MINI_PLAIN);
	mini_record(two, definition);
	mini_finish(two, 0);
	buf_init(&log, BUFFER);
	buf_append(&log, slice_from(one->bytes, sizeof(one->bytes)));
	for (unsigned i = 0; i < 3; i++)
		buf_append(&log, slice_from(mini_chunk(i % 2 ? one : two), LIMIT_CHUNK));
	check_same(buf_view(&log), &r, "four chunks");
	ck_assert_uint_eq(r.planned, 4);
	/* the second chunk's definition says something else in the same place */
	log.ptr[LIMIT_FILE_HEADER + LIMIT_CHUNK + two->at - 40] ^= 1;
	check_same(buf_view(&log), &r, "four chunks, one changed");
	free(one);
	free(two);
	buf_fini(&log);
}
END_TEST

/* 1,000 records that each name another definition of 60 KiB, all of them overlapping: what is looked at is bounded. */
START_TEST(test_overlapping_definitions)
{
	struct mini *m = new_log();
	struct plan_compared r;

	for (unsigned i = 0; i < 1000; i++) {
		mini_begin(m);
		mini_words(m, "0F 01 01 00 0C 01 $0");
		mini_put(m, LIMIT_CHUNK_HEADER + 8 * i, 4);
		mini_words(m, "$0 00");
		mini_end(m, 0);
	}
	check_log(m, &r, "overlapping");
	ck_assert_uint_eq(r.records + r.lost, 1000);
	free(m);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("plan");
	TCase *shape = tcase_create("shapes"), *store = tcase_create("store");

	tcase_set_timeout(shape, SLOW);
	tcase_add_loop_test(shape, test_shape, 0, ARRAY_LEN(shapes));
	tcase_add_loop_test(shape, test_flipped_shape, 0, ARRAY_LEN(shapes));
	tcase_add_loop_test(shape, test_cut_shape, 0, ARRAY_LEN(shapes));
	tcase_add_test(shape, test_broken_forms);
	tcase_add_loop_test(shape, test_flipped_form, 0, ARRAY_LEN(flipped_forms));
	tcase_add_test(shape, test_alike);
	tcase_add_test(shape, test_name_ahead);
	tcase_add_test(shape, test_definition_ahead);
	tcase_add_test(shape, test_layouts_in_between);
	suite_add_tcase(s, shape);
	tcase_set_timeout(store, SLOW);
	tcase_add_test(store, test_one_guid_for_many);
	tcase_add_test(store, test_next_chunk);
	tcase_add_test(store, test_overlapping_definitions);
	suite_add_tcase(s, store);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
