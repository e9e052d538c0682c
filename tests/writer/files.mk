# Our own EVTX writer: a library for unit tests and a program for shell tests.  (The program joins test_programs in
# tests/files.mk.)
tests_writer_files = \
	tests/writer/broken.c tests/writer/broken.h \
	tests/writer/broken_body.c \
	tests/writer/broken_container.c \
	tests/writer/broken_value.c \
	tests/writer/compose.c tests/writer/compose.h \
	tests/writer/event_body.c tests/writer/event_body.h \
	tests/writer/event_data.c tests/writer/event_data.h \
	tests/writer/evtx_writer.h \
	tests/writer/log.c \
	tests/writer/made_up.c tests/writer/made_up.h \
	tests/writer/presets.c tests/writer/presets.h \
	tests/writer/scenario.c tests/writer/scenario.h \
	tests/writer/scenario_events.c tests/writer/scenario_state.h \
	tests/writer/scenario_files.c \
	tests/writer/scenario_keys.c \
	tests/writer/scenario_scripts.c \
	tests/writer/scenario_texts.c \
	tests/writer/value.c \
	tests/writer/volume.c tests/writer/volume.h \
	tests/writer/wchunk.c tests/writer/wchunk.h \
	tests/writer/words.c tests/writer/words.h

# A test that wants the library: LDADD = $(writer_libs) $(program_libs) $(CHECK_LIBS)
check_LIBRARIES = tests/writer/libwriter.a
tests_writer_libwriter_a_SOURCES = $(tests_writer_files)
writer_libs = tests/writer/libwriter.a

tests_writer_evtx_write_SOURCES = tests/writer/evtx-write.c
tests_writer_evtx_write_LDADD = $(writer_libs) libevtriage.a

EXTRA_DIST += testdata/README.md testdata/events.scenario testdata/example.scenario testdata/joining.scenario \
	testdata/quiet.scenario testdata/unicode.scenario

test_programs += tests/writer/evtx-write
