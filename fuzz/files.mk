# Fuzz targets: each is one function; replay.c gives it a main that runs it over files.
fuzz_targets =
fuzz_extra =

# Built with libFuzzer under --enable-fuzz, else with replay.c, which runs a target over files.
if FUZZ
fuzz_main =
fuzz_ldflags = -fsanitize=fuzzer
else
fuzz_main = fuzz/replay.c
fuzz_ldflags =
endif
fuzz_extra += fuzz/replay.c

fuzz_targets += fuzz/fuzz_chunk fuzz/fuzz_record
fuzz_fuzz_chunk_SOURCES = fuzz/fuzz_chunk.c fuzz/visit.h $(fuzz_main)
fuzz_fuzz_chunk_LDADD = $(program_libs)
fuzz_fuzz_chunk_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_fuzz_record_SOURCES = fuzz/fuzz_record.c fuzz/visit.h $(fuzz_main)
fuzz_fuzz_record_LDADD = $(program_libs)
fuzz_fuzz_record_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
test_programs += $(fuzz_targets)

fuzz_targets += fuzz/fuzz_plan
fuzz_fuzz_plan_SOURCES = fuzz/fuzz_plan.c fuzz/visit.h tests/plan_compare.h $(fuzz_main)
fuzz_fuzz_plan_LDADD = $(program_libs)
fuzz_fuzz_plan_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

fuzz_targets += fuzz/fuzz_rule
fuzz_fuzz_rule_SOURCES = fuzz/fuzz_rule.c $(fuzz_main)
fuzz_fuzz_rule_LDADD = $(program_libs)
fuzz_fuzz_rule_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_extra += fuzz/corpus/rule/language.yml fuzz/corpus/rule/modifiers.yml fuzz/corpus/rule/plain.yml fuzz/corpus/rule/quoted.yml

fuzz_targets += fuzz/fuzz_mapping fuzz/fuzz_json
fuzz_fuzz_mapping_SOURCES = fuzz/fuzz_mapping.c $(fuzz_main)
fuzz_fuzz_mapping_LDADD = $(program_libs)
fuzz_fuzz_mapping_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_fuzz_json_SOURCES = fuzz/fuzz_json.c $(fuzz_main)
fuzz_fuzz_json_LDADD = $(program_libs)
fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_extra += fuzz/corpus/mapping/all fuzz/corpus/json/process fuzz/corpus/json/registry
fuzz_extra += fuzz/corpus/rule/circle.yml fuzz/corpus/rule/collection.yml fuzz/corpus/rule/correlation.yml \
	fuzz/corpus/rule/filter.yml

fuzz_targets += fuzz/fuzz_block
fuzz_fuzz_block_SOURCES = fuzz/fuzz_block.c $(fuzz_main)
fuzz_fuzz_block_LDADD = $(program_libs)
fuzz_fuzz_block_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_extra += fuzz/corpus/block/part fuzz/corpus/block/joiner fuzz/corpus/block/block fuzz/corpus/block/variant \
	fuzz/corpus/block/finding fuzz/corpus/block/coverage

fuzz_targets += fuzz/fuzz_escape fuzz/fuzz_protocol
fuzz_fuzz_escape_SOURCES = fuzz/fuzz_escape.c $(fuzz_main)
fuzz_fuzz_escape_LDADD = $(program_libs)
fuzz_fuzz_escape_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_fuzz_protocol_SOURCES = fuzz/fuzz_protocol.c $(fuzz_main)
fuzz_fuzz_protocol_LDADD = $(program_libs)
fuzz_fuzz_protocol_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

fuzz_targets += fuzz/fuzz_xml fuzz/fuzz_libevtx fuzz/fuzz_compare
fuzz_fuzz_compare_SOURCES = fuzz/fuzz_compare.c $(fuzz_main)
fuzz_fuzz_compare_LDADD = $(program_libs)
fuzz_fuzz_compare_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_fuzz_xml_SOURCES = fuzz/fuzz_xml.c $(fuzz_main)
fuzz_fuzz_xml_LDADD = $(program_libs)
fuzz_fuzz_xml_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_fuzz_libevtx_SOURCES = fuzz/fuzz_libevtx.c $(fuzz_main)
fuzz_fuzz_libevtx_LDADD = $(program_libs)
fuzz_fuzz_libevtx_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_extra += fuzz/corpus/compare/attribute-surrogate
fuzz_extra += fuzz/corpus/xml/event fuzz/corpus/xml/rendering fuzz/corpus/xml/unescaped

fuzz_targets += fuzz/fuzz_slack
fuzz_fuzz_slack_SOURCES = fuzz/fuzz_slack.c fuzz/visit.h $(fuzz_main)
fuzz_fuzz_slack_LDADD = $(program_libs)
fuzz_fuzz_slack_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

fuzz_targets += fuzz/fuzz_match
fuzz_fuzz_match_SOURCES = fuzz/fuzz_match.c tests/match_compare.h tests/rule_maker.h $(fuzz_main)
fuzz_fuzz_match_LDADD = $(program_libs)
fuzz_fuzz_match_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_extra += fuzz/corpus/match/one fuzz/corpus/match/two

fuzz_targets += fuzz/fuzz_correlated
fuzz_fuzz_correlated_SOURCES = fuzz/fuzz_correlated.c $(fuzz_main)
fuzz_fuzz_correlated_LDADD = $(program_libs)
fuzz_fuzz_correlated_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_extra += fuzz/corpus/correlated/events

fuzz_targets += fuzz/fuzz_worker fuzz/fuzz_merge
fuzz_fuzz_worker_SOURCES = fuzz/fuzz_worker.c fuzz/parent.h $(fuzz_main)
fuzz_fuzz_worker_LDADD = $(program_libs)
fuzz_fuzz_worker_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_fuzz_merge_SOURCES = fuzz/fuzz_merge.c fuzz/parent.h $(fuzz_main)
fuzz_fuzz_merge_LDADD = $(program_libs)
fuzz_fuzz_merge_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

fuzz_targets += fuzz/fuzz_yaml
fuzz_fuzz_yaml_SOURCES = fuzz/fuzz_yaml.c tests/yaml_compare.h $(fuzz_main)
fuzz_fuzz_yaml_LDADD = $(program_libs)
fuzz_fuzz_yaml_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_extra += fuzz/corpus/yaml/blocks fuzz/corpus/yaml/crlf fuzz/corpus/yaml/lists fuzz/corpus/yaml/outside \
	fuzz/corpus/yaml/umlauts fuzz/corpus/yaml/values
