/* SPDX-License-Identifier: Apache-2.0 */
/* From a tree to System fields and payload fields. */
#include "tests/tree_help.h"

static const struct {
	const char *name, *xml;
	const char *expected; /* provider|channel|computer|sid|id version level task opcode keywords|record pid tid|time */
	const char *has;      /* letters: t r e p h l a */
} systems[] = {
	{ "typed values, as templates give them",
		"<Event><System><Provider Name=\"\" Guid=\"x\"/><EventID Qualifiers=\"@06:0000\">@06:0810</EventID><Version>@04:01"
		"</Version><Level>@04:05</Level><Task>@06:0200</Task><Opcode>@04:0F</Opcode><Keywords>@15:0000000000002080"
		"</Keywords><TimeCreated SystemTime=\"@11:00803ED5DEB19D01\"/><EventRecordID>@0A:0700000000000000"
		"</EventRecordID><Correlation ActivityID=\"@0F:00112233445566778899AABBCCDDEEFF\"/>"
		"<Execution ProcessID=\"@08:34120000\" ThreadID=\"@08:08000000\"/><Channel>C/O</Channel><Computer>PC</Computer>"
		"<Security UserID=\"@13:010100000000000512000000\"/></System></Event>",
		"|C/O|PC|S-1-5-18|4104 1 5 2 15 0x8020000000000000|7 4660 8|116444736000000000", "trephla" },
	{ "texts, as forwarded events have them",
		"<Event><System><Provider Name=\"P\"/><EventID>4104</EventID><Version>1</Version><Level>5</Level><Task>2</Task>"
		"<Opcode>15</Opcode><Keywords>0x8020000000000000</Keywords>"
		"<TimeCreated SystemTime=\"1970-01-01T00:00:00.000000000Z\"/><EventRecordID>7</EventRecordID>"
		"<Correlation ActivityID=\"{33221100-5544-7766-8899-AABBCCDDEEFF}\"/><Execution ProcessID=\"4660\" ThreadID=\"8\"/>"
		"<Channel>C|&amp;|O</Channel><Computer>PC</Computer><Security UserID=\"S-1-5-18\"/></System></Event>",
		"P|C&O|PC|S-1-5-18|4104 1 5 2 15 0x8020000000000000|7 4660 8|116444736000000000", "trephla" },
	{ "another order", "<Event><System><Computer>PC</Computer><EventID>2</EventID><Provider Name=\"P\"/></System></Event>",
		"P||PC||2 0 0 0 0 0x0|0 0 0|0", "e" },
	{ "the first of two of a name counts",
		"<Event><System><EventID>2</EventID><EventID>3</EventID></System></Event>", "||||2 0 0 0 0 0x0|0 0 0|0", "e" },
	{ "numbers that do not fit", "<Event><System><EventID>4294967296</EventID><Level>256</Level><Version>-1</Version>"
		"<Execution ProcessID=\"x\" ThreadID=\"@08:01\"/></System></Event>", "||||0 0 0 0 0 0x0|0 0 0|0", "" },
	{ "no time, no activity", "<Event><System><TimeCreated/><Correlation ActivityID=\"x\"/></System></Event>",
		"||||0 0 0 0 0 0x0|0 0 0|0", "" },
	{ "NULL is not there", "<Event><System><Level>@00:0000</Level></System></Event>", "||||0 0 0 0 0 0x0|0 0 0|0", "" },
	{ "no System", "<Event><EventData/></Event>", "||||0 0 0 0 0 0x0|0 0 0|0", "" },
	{ "System is only looked for below the root", "<Event><UserData><System><EventID>2</EventID></System></UserData></Event>",
		"||||0 0 0 0 0 0x0|0 0 0|0", "" },
};

static void
system_text(const struct record_system *s, struct buf *out)
{
	buf_append(out, s->provider);
	buf_append_byte(out, '|');
	buf_append(out, s->channel);
	buf_append_byte(out, '|');
	buf_append(out, s->computer);
	buf_append_byte(out, '|');
	buf_append(out, s->user_sid);
	buf_printf(out, "|%u %u %u %u %u 0x%llx|%llu %u %u|%llu", s->event_id, s->version, s->level, s->task, s->opcode,
		(unsigned long long)s->keywords, (unsigned long long)s->record_id, s->process_id, s->thread_id,
		(unsigned long long)s->time);
}

static void
has_text(const struct record_system *s, char out[static 8])
{
	const bool has[] = { s->has.time, s->has.record_id, s->has.event_id, s->has.process_id, s->has.thread_id, s->has.level,
		s->has.activity_id };
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(has); i++) {
		if (has[i])
			out[len++] = "trephla"[i];
	}
	out[len] = '\0';
}

START_TEST(test_system)
{
	struct record record = { .number = 9 };
	struct arena arena;
	struct buf text;
	struct err err = { 0 };
	char has[8];

	arena_init(&arena, 1 << 20);
	buf_init(&text, 4096);
	record.tree = tree_make(systems[_i].xml, &arena);
	ck_assert_msg(record_read_system(&record, &arena, &err), "%s: %s", systems[_i].name, err.text);
	system_text(&record.system, &text);
	buf_append_byte(&text, 0);
	has_text(&record.system, has);
	ck_assert_msg(strcmp((char *)text.ptr, systems[_i].expected) == 0, "%s: %s", systems[_i].name, (char *)text.ptr);
	ck_assert_msg(strcmp(has, systems[_i].has) == 0, "%s: has %s", systems[_i].name, has);
	if (record.system.has.activity_id)
		ck_assert_msg(record.system.activity_id.bytes[15] == 0xFF, "%s: activity", systems[_i].name);
	buf_fini(&text);
	arena_fini(&arena);
}
END_TEST

/* A long text goes another way than the usual short one. */
START_TEST(test_long_texts)
{
	struct record record = { .number = 9 };
	struct arena arena;
	struct err err = { 0 };
	struct node *root;

	arena_init(&arena, 1 << 20);
	root = tree_make("<Event><System><Channel>a|b</Channel><Computer>c</Computer></System></Event>", &arena);
	record.tree = tree_wide(1, 5000, &arena);
	root->children->children->children->value = record.tree->children->children->children->value;
	root->children->children->next->children->value = root->children->children->children->value;
	record.tree = root;
	ck_assert_msg(record_read_system(&record, &arena, &err), "%s", err.text);
	ck_assert_uint_eq(record.system.channel.len, 5001);
	ck_assert_uint_eq(record.system.channel.ptr[5000], 'b');
	ck_assert_uint_eq(record.system.computer.len, 5000);
	arena.limit = arena.used + 100;
	ck_assert(!record_read_system(&record, &arena, &err));
	ck_assert_uint_eq(err.code, ERR_LIMIT);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *name, *xml;
	const char *expected; /* Name=text; of each; ! for NULL, ~ where the exact UTF-16 is there */
} payloads[] = {
	{ "named Data", "<Event><System><EventID>1</EventID></System><EventData><Data Name=\"A\">x</Data><Data Name=\"B\">"
		"@07:FBFFFFFF</Data></EventData></Event>", "A~=x;B=-5;" },
	{ "Data without name", "<Event><EventData><Data>x</Data><Data>y</Data><Data Name=\"\">z</Data></EventData></Event>",
		"Data~=x;Data~=y;Data~=z;" },
	{ "Data and Binary", "<Event><EventData><Data>x</Data><Binary>@0E:00AB</Binary></EventData></Event>",
		"Data~=x;Binary=00AB;" },
	{ "empty is not NULL", "<Event><EventData><Data Name=\"A\"/><Data Name=\"B\">@00:00</Data><Data Name=\"C\">@01:</Data>"
		"</EventData></Event>", "A=;B!=;C=;" },
	{ "text of several parts", "<Event><EventData><Data Name=\"A\">a|&amp;|b</Data></EventData></Event>", "A=a&b;" },
	{ "text behind a NUL stays", "<Event><EventData><Data Name=\"A\">@01:610000006200</Data></EventData></Event>",
		"A~=a\0b;" },
	{ "UserData at any depth", "<Event><UserData><E xmlns=\"u\"><A>x</A><B><C>y</C></B></E></UserData></Event>", "A~=x;C~=y;" },
	{ "attributes that hold data", "<Event><UserData><E><A fileRef=\"f\" n=\"@06:0700\"/><B k=\"v\">t</B></E></UserData></Event>",
		"A_fileRef~=f;A_n=7;B~=t;B_k~=v;" },
	{ "attributes that only name", "<Event><EventData Name=\"E\"><Data Name=\"A\" Type=\"t\">x</Data><D xmlns:a=\"u\">y</D>"
		"</EventData></Event>", "A~=x;D~=y;" },
	{ "ComplexData", "<Event><EventData><ComplexData Name=\"N\"><Data Name=\"A\">x</Data></ComplexData></EventData></Event>",
		"ComplexData_Name~=N;A~=x;" },
	{ "several payloads", "<Event><EventData><Data Name=\"A\">x</Data></EventData><ProcessingErrorData><ErrorCode>15005"
		"</ErrorCode></ProcessingErrorData><DebugData><LevelName>l</LevelName></DebugData></Event>",
		"A~=x;ErrorCode~=15005;LevelName~=l;" },
	{ "RenderingInfo repeats the event", "<Event><EventData><Data Name=\"A\">x</Data></EventData><RenderingInfo Culture=\"c\">"
		"<Message>m</Message></RenderingInfo></Event>", "A~=x;" },
	{ "RenderingInfo where nothing else is", "<Event><System><Level>1</Level></System><RenderingInfo Culture=\"c\">"
		"<Message>m</Message><Level>l</Level></RenderingInfo></Event>", "RenderingInfo.Message~=m;RenderingInfo.Level~=l;" },
	{ "text where none should be", "<Event><EventData>stray</EventData></Event>", "EventData~=stray;" },
	{ "no payload", "<Event><System><EventID>1</EventID></System></Event>", "" },
	{ "a half pair", "<Event><EventData><Data Name=\"A\">@01:3DD8</Data></EventData></Event>", "A~=\xed\xa0\xbd;" },
};

static void
fields_text(const struct record_field *fields, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		buf_append(out, fields[i].name);
		buf_append_text(out, fields[i].null ? "!" : "");
		buf_append_text(out, fields[i].utf16.len ? "~=" : "=");
		buf_append(out, fields[i].text);
		buf_append_byte(out, ';');
	}
}

/* Texts of the table may hold a NUL: compare what stands before and behind it. */
static bool
same_text(struct slice is, const char *expected)
{
	size_t len = strlen(expected);

	if (len < is.len)
		len += 1 + strlen(expected + len + 1);
	return slice_eq(is, slice_from(expected, len));
}

START_TEST(test_fields)
{
	struct record record = { .number = 9 };
	struct record_field *fields;
	struct arena arena;
	struct buf text;
	struct err err = { 0 };
	size_t count;

	arena_init(&arena, 1 << 20);
	buf_init(&text, 4096);
	record.tree = tree_make(payloads[_i].xml, &arena);
	ck_assert_msg(record_read_fields(&record, &arena, &fields, &count, &err), "%s: %s", payloads[_i].name, err.text);
	fields_text(fields, count, &text);
	ck_assert_msg(same_text(buf_view(&text), payloads[_i].expected), "%s: %.*s", payloads[_i].name, (int)text.len,
		(char *)text.ptr);
	buf_fini(&text);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *name;
	size_t depth, count, len; /* a deep tree, or a wide one */
	size_t room;              /* left in the arena; 0: enough */
	enum err_code code;
} limits[] = {
	{ "as deep as allowed", LIMIT_ELEMENT_DEPTH, 0, 0, 0, ERR_OK },
	{ "too deep", 2 * LIMIT_ELEMENT_DEPTH, 0, 0, 0, ERR_LIMIT },
	{ "much text", 0, 100, 60000, 0, ERR_OK },
	{ "one text many times", 0, 1000, 60000, 0, ERR_LIMIT },
	{ "no room for the list", 0, 100, 10, 100, ERR_LIMIT },
	{ "no room for the texts", 0, 100, 6000, 100000, ERR_LIMIT },
};

START_TEST(test_limits)
{
	struct record record = { .number = 9 };
	struct record_field *fields;
	struct arena arena;
	struct err err = { 0 };
	size_t count;
	bool ok;

	arena_init(&arena, LIMIT_RECORD_ARENA);
	record.tree = limits[_i].depth ? tree_deep(limits[_i].depth, &arena) : tree_wide(limits[_i].count, limits[_i].len, &arena);
	if (limits[_i].room)
		arena.limit = arena.used + limits[_i].room;
	ok = record_read_fields(&record, &arena, &fields, &count, &err);
	ck_assert_msg(ok == (limits[_i].code == ERR_OK) && err.code == limits[_i].code, "%s: %d %s", limits[_i].name, ok, err.text);
	if (!ok)
		ck_assert_msg(count == 0 && fields == NULL, "%s: nothing is handed out", limits[_i].name);
	arena_fini(&arena);
}
END_TEST

START_TEST(test_flags)
{
	unsigned all = RECORD_BEYOND_FREE_SPACE | RECORD_BAD_CHUNK_CHECKSUM | RECORD_DIRTY_LOG | RECORD_NO_TEMPLATE |
		       RECORD_LONG_PADDING | RECORD_BAD_CHUNK_HEADER | RECORD_SIZE_COPY_DIFFERS;
	unsigned one = RECORD_DIRTY_LOG, count = 0;

	ck_assert_str_eq(record_flag_name(&one), "dirty-log");
	ck_assert_uint_eq(one, 0);
	ck_assert_ptr_null(record_flag_name(&one));
	while (record_flag_name(&all))
		count++;
	ck_assert_uint_eq(count, 7);
	ck_assert_uint_eq(all, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *tc = tcase_create("record");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_system, 0, (int)ARRAY_LEN(systems));
	tcase_add_test(tc, test_long_texts);
	tcase_add_loop_test(tc, test_fields, 0, (int)ARRAY_LEN(payloads));
	tcase_add_loop_test(tc, test_limits, 0, (int)ARRAY_LEN(limits));
	tcase_add_test(tc, test_flags);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
