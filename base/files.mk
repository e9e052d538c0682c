# What is in base/: one line a file.
base_files = \
	base/arena.c base/arena.h \
	base/ascii.h \
	base/attr.h \
	base/base64.c base/base64.h \
	base/buf.c base/buf.h \
	base/ckd.h \
	base/crc32.c base/crc32.h \
	base/crc32_fold.c base/crc32_fold.h \
	base/cursor.h \
	base/err.c base/err.h \
	base/escape.c base/escape.h \
	base/escape_utf16.c \
	base/filetime.c base/filetime.h \
	base/find.c base/find.h \
	base/fold.c base/fold.h base/fold_table.h \
	base/guid.c base/guid.h \
	base/heap.c base/heap.h \
	base/hex.h \
	base/huge.h \
	base/io.c base/io.h \
	base/json_read.c base/json_read.h \
	base/keyed.c base/keyed.h \
	base/limits.h \
	base/same.h \
	base/seed.h \
	base/name.c base/name.h \
	base/slice.c base/slice.h \
	base/plain.h \
	base/sort_key.h \
	base/sorter.c base/sorter.h \
	base/spill.c base/spill.h \
	base/table.c base/table.h \
	base/thread.c base/thread.h \
	base/units.h \
	base/utf.c base/utf.h \
	base/word.h
