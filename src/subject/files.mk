# What is in src/subject/: one line a file.
src_subject_files = \
	src/subject/alias.c src/subject/alias.h \
	src/subject/block.c src/subject/block.h \
	src/subject/block_text.c src/subject/block_text.h \
	src/subject/classic.c \
	src/subject/clear_set.c src/subject/clear_set.h \
	src/subject/columns.c src/subject/columns.h \
	src/subject/correlated.c src/subject/correlated.h \
	src/subject/coverage.c src/subject/coverage.h \
	src/subject/coverage_lines.c \
	src/subject/draft.c src/subject/draft.h \
	src/subject/events.c src/subject/events.h \
	src/subject/fields.h \
	src/subject/finding.c src/subject/finding_encode.c src/subject/finding.h src/subject/finding_wire.h \
	src/subject/joiner.c src/subject/joiner.h src/subject/joiner_state.h \
	src/subject/joiner_next.c \
	src/subject/json_event.c src/subject/json_event.h \
	src/subject/logfact.c src/subject/logfact.h \
	src/subject/logspan.c src/subject/logspan.h \
	src/subject/part.c src/subject/part.h \
	src/subject/powershell.c \
	src/subject/subject.c src/subject/subject.h \
	src/subject/text_digest.c src/subject/text_digest.h \
	src/subject/wire.h
