# What is in src/subject/: one line a file.
src_subject_files = \
	src/subject/columns.c src/subject/columns.h \
	src/subject/coverage.h \
	src/subject/finding.h \
	src/subject/joiner.h \
	src/subject/part.h \
	src/subject/subject.h
