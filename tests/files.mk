# The tests.  A Check program: one line in unit_tests and one for its source; a shell test: one line in shell_tests.
# A helper program that tests use joins test_programs.
unit_tests =
shell_tests =
test_programs =
test_extra = tests/tap.sh tests/layers.txt tests/golden.list testdata/golden

# The program with faults in front of libc: see tests/fault_wrap.c.
test_programs += tests/evtriage-fault
tests_evtriage_fault_SOURCES = tests/fault_wrap.c src/main.c
tests_evtriage_fault_LDADD = $(program_libs)
tests_evtriage_fault_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray \
	-Wl,--wrap=libevtx_file_get_record_by_index -Wl,--wrap=strdup,--wrap=pread,--wrap=write,--wrap=pwrite,--wrap=fsync,--wrap=rename,--wrap=renameat,--wrap=renameat2,--wrap=send,--wrap=sendmsg \
	-Wl,--wrap=syscall,--wrap=seccomp_load,--wrap=outbox_put,--wrap=matcher_was_quiet,--wrap=regex_search
shell_tests += tests/deaths.sh tests/determinism.sh tests/merge.sh tests/shares.sh tests/slack.sh tests/slots.sh tests/words.sh tests/repeats.sh tests/fault.sh tests/inputs.sh tests/joining.sh tests/correlation.sh tests/worker.sh tests/fuzz.sh tests/evidence.sh
shell_tests += tests/outputs.sh tests/unicode.sh tests/golden.sh

# base and output
unit_tests += tests/test_base
tests_test_base_SOURCES = tests/test_base.c
tests_test_base_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_base_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_utf
tests_test_utf_SOURCES = tests/test_utf.c
tests_test_utf_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_utf_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_units
tests_test_units_SOURCES = tests/test_units.c
tests_test_units_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_units_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_table
tests_test_table_SOURCES = tests/test_table.c
tests_test_table_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_table_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_filetime
tests_test_filetime_SOURCES = tests/test_filetime.c
tests_test_filetime_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_filetime_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_guid
tests_test_guid_SOURCES = tests/test_guid.c
tests_test_guid_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_guid_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_spill
tests_test_spill_SOURCES = tests/test_spill.c
tests_test_spill_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_spill_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sorter
tests_test_sorter_SOURCES = tests/test_sorter.c
tests_test_sorter_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sorter_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

unit_tests += tests/test_heap
tests_test_heap_SOURCES = tests/test_heap.c
tests_test_heap_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_heap_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

unit_tests += tests/test_outbox
tests_test_outbox_SOURCES = tests/test_outbox.c
tests_test_outbox_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_outbox_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

unit_tests += tests/test_row_writer
tests_test_row_writer_SOURCES = tests/test_row_writer.c
tests_test_row_writer_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_row_writer_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

unit_tests += tests/test_manifest
tests_test_manifest_SOURCES = tests/test_manifest.c
tests_test_manifest_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_manifest_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_order
tests_test_order_SOURCES = tests/test_order.c
tests_test_order_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_order_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_escape
tests_test_escape_SOURCES = tests/test_escape.c
tests_test_escape_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_escape_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sinks
tests_test_sinks_SOURCES = tests/test_sinks.c
tests_test_sinks_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sinks_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_output_file
tests_test_output_file_SOURCES = tests/test_output_file.c
tests_test_output_file_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_output_file_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
shell_tests += tests/layers.sh tests/manual_columns.sh

# subject
unit_tests += tests/test_subject tests/test_joiner tests/test_finding tests/test_coverage tests/test_text_digest
tests_test_subject_SOURCES = tests/test_subject.c
tests_test_subject_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_subject_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_test_joiner_SOURCES = tests/test_joiner.c
tests_test_joiner_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_joiner_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_test_finding_SOURCES = tests/test_finding.c
tests_test_finding_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_finding_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_test_coverage_SOURCES = tests/test_coverage.c
tests_test_coverage_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_coverage_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_test_text_digest_SOURCES = tests/test_text_digest.c
tests_test_text_digest_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_text_digest_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

unit_tests += tests/test_correlated
tests_test_correlated_SOURCES = tests/test_correlated.c
tests_test_correlated_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_correlated_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

# command line
unit_tests += tests/test_options
tests_test_options_SOURCES = tests/test_options.c
tests_test_options_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_options_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
shell_tests += tests/cli.sh tests/manual.sh tests/audit_events.sh tests/rules_test.sh

# the direct reader
test_programs += bench/decode
bench_decode_SOURCES = bench/decode.c
bench_decode_LDADD = $(program_libs)
# The same without bounds checks, only for bench/decode.sh: make bench/decode_unchecked
EXTRA_PROGRAMS = bench/decode_unchecked
CLEANFILES += bench/decode_unchecked
bench_decode_unchecked_SOURCES = bench/decode.c $(base_files) $(evtx_files)
bench_decode_unchecked_CPPFLAGS = $(libevtriage_a_CPPFLAGS) -DBENCH_UNCHECKED
bench_decode_unchecked_LDADD = $(library_archives) $(EVTX_LIBS)
unit_tests += tests/test_plan
tests_test_plan_SOURCES = tests/test_plan.c tests/mini_chunk.h tests/plan_compare.h tests/repeat_compare.h
tests_test_plan_LDADD = $(writer_libs) $(program_libs) $(CHECK_LIBS)
tests_test_plan_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
shell_tests += tests/plan.sh
test_programs += tests/plan_compare
tests_plan_compare_SOURCES = tests/plan_compare.c tests/plan_compare.h tests/repeat_compare.h
tests_plan_compare_LDADD = $(program_libs)
unit_tests += tests/test_value
tests_test_value_SOURCES = tests/test_value.c
tests_test_value_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_value_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_chunk
tests_test_chunk_SOURCES = tests/test_chunk.c tests/mini_chunk.h
tests_test_chunk_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_chunk_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_binxml
tests_test_binxml_SOURCES = tests/test_binxml.c tests/mini_chunk.h
tests_test_binxml_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_binxml_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
test_programs += tests/count_records tests/read_counts
tests_count_records_SOURCES = tests/count_records.c
tests_read_counts_SOURCES = tests/read_counts.c
tests_read_counts_LDADD = $(program_libs)
shell_tests += tests/counts.sh

# rules
unit_tests += tests/test_regex
tests_test_regex_SOURCES = tests/test_regex.c tests/sigma_help.h
tests_test_regex_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_regex_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_yaml
tests_test_yaml_SOURCES = tests/test_yaml.c tests/sigma_help.h
tests_test_yaml_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_yaml_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_yaml_subset
tests_test_yaml_subset_SOURCES = tests/test_yaml_subset.c tests/sigma_help.h tests/yaml_compare.h tests/yaml_maker.h
tests_test_yaml_subset_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_yaml_subset_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
test_programs += tests/yaml_corpus
tests_yaml_corpus_SOURCES = tests/yaml_corpus.c tests/yaml_compare.h
tests_yaml_corpus_LDADD = $(program_libs)
shell_tests += tests/yaml_corpus.sh
unit_tests += tests/test_ahead
tests_test_ahead_SOURCES = tests/test_ahead.c tests/sigma_help.h
tests_test_ahead_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_ahead_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_values
tests_test_sigma_values_SOURCES = tests/test_sigma_values.c tests/sigma_help.h
tests_test_sigma_values_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_values_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_modifiers
tests_test_sigma_modifiers_SOURCES = tests/test_sigma_modifiers.c tests/sigma_help.h
tests_test_sigma_modifiers_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_modifiers_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_mapping
tests_test_sigma_mapping_SOURCES = tests/test_sigma_mapping.c tests/sigma_help.h
tests_test_sigma_mapping_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_mapping_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_json_event
tests_test_json_event_SOURCES = tests/test_json_event.c
tests_test_json_event_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_json_event_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_show
tests_test_sigma_show_SOURCES = tests/test_sigma_show.c tests/sigma_help.h
tests_test_sigma_show_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_show_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_condition
tests_test_sigma_condition_SOURCES = tests/test_sigma_condition.c tests/sigma_help.h
tests_test_sigma_condition_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_condition_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_parse
tests_test_sigma_parse_SOURCES = tests/test_sigma_parse.c tests/sigma_help.h
tests_test_sigma_parse_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_parse_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_evaluate
tests_test_sigma_evaluate_SOURCES = tests/test_sigma_evaluate.c tests/sigma_help.h
tests_test_sigma_evaluate_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_evaluate_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_ruleset
tests_test_sigma_ruleset_SOURCES = tests/test_sigma_ruleset.c tests/sigma_help.h
tests_test_sigma_ruleset_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_ruleset_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_sigma_correlation
tests_test_sigma_correlation_SOURCES = tests/test_sigma_correlation.c tests/sigma_help.h
tests_test_sigma_correlation_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_correlation_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_window
tests_test_window_SOURCES = tests/test_window.c
tests_test_window_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_window_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_pack
tests_test_pack_SOURCES = tests/test_pack.c tests/sigma_help.h
tests_test_pack_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_pack_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
shell_tests += tests/sigma_corpus.sh tests/sigma_bad.sh tests/sigma_jq.sh tests/plan_corpus.sh

unit_tests += tests/test_sigma_plan
tests_test_sigma_plan_SOURCES = tests/test_sigma_plan.c tests/match_compare.h tests/rule_maker.h
tests_test_sigma_plan_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_sigma_plan_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
test_programs += tests/plan_corpus bench/match
tests_plan_corpus_SOURCES = tests/plan_corpus.c tests/log_events.h tests/match_compare.h
tests_plan_corpus_LDADD = $(program_libs)
bench_match_SOURCES = bench/match.c tests/log_events.h
bench_match_LDADD = $(program_libs)

# the writer
test_programs += tests/writer/evtx-write
shell_tests += tests/writer.sh

# records, rendering and the libevtx reader
unit_tests += tests/test_record
tests_test_record_SOURCES = tests/test_record.c tests/tree_help.h
tests_test_record_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_record_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_render
tests_test_render_SOURCES = tests/test_render.c tests/tree_help.h
tests_test_render_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_render_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_xml
tests_test_xml_SOURCES = tests/test_xml.c
tests_test_xml_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_xml_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_libevtx tests/test_library_style
tests_test_library_style_SOURCES = tests/test_library_style.c
tests_test_library_style_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_library_style_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_test_libevtx_SOURCES = tests/test_libevtx.c
tests_test_libevtx_LDADD = $(writer_libs) $(program_libs) $(CHECK_LIBS)
tests_test_libevtx_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
test_programs += tests/compare_readers
tests_compare_readers_SOURCES = tests/compare_readers.c
tests_compare_readers_LDADD = $(program_libs)

# the second opinion
shell_tests += tests/agree.sh tests/second.sh
unit_tests += tests/test_opinion
tests_test_opinion_SOURCES = tests/test_opinion.c tests/tree_help.h
tests_test_opinion_LDADD = $(writer_libs) $(program_libs) $(CHECK_LIBS)
tests_test_opinion_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

# residue
unit_tests += tests/test_partial
tests_test_partial_SOURCES = tests/test_partial.c fuzz/parent.h
tests_test_partial_LDADD = $(program_libs) $(CHECK_LIBS)
tests_test_partial_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
unit_tests += tests/test_residue
tests_test_residue_SOURCES = tests/test_residue.c tests/mini_chunk.h
tests_test_residue_LDADD = $(writer_libs) $(program_libs) $(CHECK_LIBS)
tests_test_residue_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
shell_tests += tests/builtin_corpus.sh
test_programs += tests/builtin_corpus
tests_builtin_corpus_SOURCES = tests/builtin_corpus.c
tests_builtin_corpus_LDADD = $(program_libs)
