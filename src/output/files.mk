# What is in src/output/: one line a file.
src_output_files = \
	src/output/csv.c \
	src/output/excerpt.c src/output/excerpt.h \
	src/output/file.c src/output/file.h \
	src/output/guard.c \
	src/output/json.c \
	src/output/sinks.c src/output/sink.h \
	src/output/table.c \
	src/output/width.c src/output/width.h
dist_man5_MANS += man/evtriage-timeline.5
