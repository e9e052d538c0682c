# What is in src/scan/: one line a file.
src_scan_files = \
	src/scan/aside.c src/scan/aside.h \
	src/scan/broker.c src/scan/broker.h \
	src/scan/collect.c \
	src/scan/commit.c \
	src/scan/early.c src/scan/early.h \
	src/scan/correlate.c src/scan/correlate.h \
	src/scan/emit.c \
	src/scan/guard.c \
	src/scan/inputs.c src/scan/inputs.h \
	src/scan/jail.c src/scan/jail.h \
	src/scan/json.c src/scan/json.h \
	src/scan/key_set.c src/scan/key_set.h \
	src/scan/manifest.c src/scan/manifest.h \
	src/scan/merge.c src/scan/merge.h src/scan/merge_file.c src/scan/merge_second.c \
	src/scan/worker_repeat.c \
	src/scan/exhibit.c src/scan/exhibit.h \
	src/scan/opinion.c src/scan/opinion_said.c src/scan/opinion_sums.c src/scan/opinion_columns.c src/scan/opinion.h \
	src/scan/opinion_merge.c \
	src/scan/opinion_partial.c \
	src/scan/opinion_work.c \
	src/scan/opinion_wire.c src/scan/opinion_wire.h \
	src/scan/order.c src/scan/order.h \
	src/scan/outbox.c src/scan/outbox.h \
	src/scan/partial.c src/scan/partial.h src/scan/partial_second.c \
	src/scan/plan.c \
	src/scan/protocol.c src/scan/protocol.h \
	src/scan/residue_pool.c src/scan/residue_pool.h src/scan/residue_templates.c \
	src/scan/run.h \
	src/scan/scan.c src/scan/scan.h \
	src/scan/second.c \
	src/scan/seen.c src/scan/seen.h \
	src/scan/shape.c \
	src/scan/standard_input.c src/scan/standard_input.h \
	src/scan/unit.c src/scan/unit.h \
	src/scan/work.c \
	src/scan/worker.c src/scan/worker.h src/scan/worker_state.h \
	src/scan/explain_lines.c src/scan/explain_lines.h \
	src/scan/worker_explain.c src/scan/worker_explain.h \
	src/scan/worker_block.c \
	src/scan/worker_file.c \
	src/scan/worker_kind.c \
	src/scan/worker_opinion.c \
	src/scan/worker_record.c \
	src/scan/worker_second.c \
	src/scan/worker_send.c \
	src/scan/worker_carve.c \
	src/scan/worker_survey.c
