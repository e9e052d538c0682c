# What is in src/sigma/: one line a file.
src_sigma_files = \
	src/sigma/ahead.c src/sigma/ahead.h \
	src/sigma/class.c \
	src/sigma/collection.c src/sigma/collection.h \
	src/sigma/condition.c \
	src/sigma/correlation.c src/sigma/correlation.h \
	src/sigma/detection.c \
	src/sigma/document.c \
	src/sigma/edges.c src/sigma/edges.h \
	src/sigma/encode.c src/sigma/encode.h \
	src/sigma/evaluate.c src/sigma/evaluate.h \
	src/sigma/evaluate_atom.c src/sigma/evaluate_atom.h \
	src/sigma/event.c src/sigma/event.h \
	src/sigma/event_id.c src/sigma/event_id.h \
	src/sigma/explain.c src/sigma/explain.h \
	src/sigma/expand.c src/sigma/expand.h \
	src/sigma/field_index.c src/sigma/field_index.h \
	src/sigma/field_index_make.c \
	src/sigma/filter.c src/sigma/filter.h \
	src/sigma/gate.c \
	src/sigma/item.c \
	src/sigma/item_text.c src/sigma/item_text.h \
	src/sigma/judge.c \
	src/sigma/layout.c src/sigma/layout.h \
	src/sigma/link.c src/sigma/link.h \
	src/sigma/link_correlation.c \
	src/sigma/link_filter.c \
	src/sigma/literal_hop.c src/sigma/literal_short.c src/sigma/literal_tables.h \
	src/sigma/literals.c src/sigma/literals.h \
	src/sigma/load.h \
	src/sigma/logsource.c src/sigma/logsource.h \
	src/sigma/mapping.c src/sigma/mapping.h \
	src/sigma/mapping_parse.c \
	src/sigma/marks.c \
	src/sigma/match_repeat.c src/sigma/match.c src/sigma/match.h \
	src/sigma/match_state.h \
	src/sigma/measure.c src/sigma/measure.h \
	src/sigma/memory.c src/sigma/memory.h \
	src/sigma/modifiers.c src/sigma/modifiers.h \
	src/sigma/number.c src/sigma/number.h \
	src/sigma/pairs.c src/sigma/pairs.h \
	src/sigma/pattern.c src/sigma/pattern.h \
	src/sigma/plan.c src/sigma/plan.h src/sigma/plan_make.h \
	src/sigma/plan_fields.c \
	src/sigma/plan_gates.c \
	src/sigma/plan_ids.c \
	src/sigma/plan_nodes.c \
	src/sigma/reach.c src/sigma/reach.h \
	src/sigma/quantity.c src/sigma/quantity.h \
	src/sigma/required.c src/sigma/required.h \
	src/sigma/rule.c src/sigma/rule.h \
	src/sigma/ruleset.c src/sigma/ruleset.h \
	src/sigma/select.c src/sigma/select.h \
	src/sigma/set.h \
	src/sigma/show_document.c \
	src/sigma/show.c src/sigma/show.h src/sigma/show_parts.h \
	src/sigma/tags.c \
	src/sigma/tokens.c \
	src/sigma/tree.h \
	src/sigma/walk.c \
	src/sigma/window.c src/sigma/window.h

# The shipped pack: compiled into the program.
shipped_rules = \
	rules/command-and-control/psasyncshell_markers_script_block.yml \
	rules/command-and-control/psasyncshell_name_command_line.yml \
	rules/command-and-control/psasyncshell_name_engine_start.yml \
	rules/command-and-control/psasyncshell_name_module_log.yml \
	rules/command-and-control/psasyncshell_name_pipeline_details.yml \
	rules/command-and-control/psasyncshell_name_script_block.yml \
	rules/command-and-control/psasyncshell_structure_script_block.yml \
	rules/defense-evasion/event_log_cleared.yml \
	rules/defense-evasion/log_headers_denied.yml \
	rules/defense-evasion/log_hidden_record.yml \
	rules/defense-evasion/log_record_numbers_broken.yml \
	rules/defense-evasion/log_record_numbers_broken_open.yml \
	rules/defense-evasion/log_time_backwards.yml \
	rules/defense-evasion/security_log_cleared.yml \
	rules/execution/tcp_shell_structure_command_line.yml \
	rules/execution/tcp_shell_structure_script_block.yml \
	rules/execution/tcpclient_reverse_shell_command_line.yml \
	rules/execution/tcpclient_reverse_shell_engine_start.yml \
	rules/execution/tcpclient_reverse_shell_module_log.yml \
	rules/execution/tcpclient_reverse_shell_pipeline_details.yml \
	rules/execution/tcpclient_reverse_shell_script_block.yml

nodist_libevtriage_a_SOURCES = rules_pack.c mapping_default.c
BUILT_SOURCES += rules_pack.c mapping_default.c
CLEANFILES += rules_pack.c mapping_default.c
EXTRA_DIST += tools/embed-rules.sh tools/embed-mapping.sh tools/fold-table.sh rules/logsources.map $(shipped_rules)

rules_pack.c: tools/embed-rules.sh src/sigma/files.mk $(shipped_rules)
	$(AM_V_GEN)$(SHELL) $(srcdir)/tools/embed-rules.sh $(srcdir) $(shipped_rules) > $@.tmp && mv $@.tmp $@

mapping_default.c: tools/embed-mapping.sh rules/logsources.map
	$(AM_V_GEN)$(SHELL) $(srcdir)/tools/embed-mapping.sh $(srcdir)/rules/logsources.map > $@.tmp && mv $@.tmp $@
