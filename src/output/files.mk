# What is in src/output/: one line a file.
src_output_files = \
	src/output/file.h \
	src/output/sink.h
