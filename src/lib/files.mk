# What is in src/lib/: one line a file; one foreign library each.
src_lib_files = \
	src/lib/digest.c src/lib/digest.h \
	src/lib/regex.c src/lib/regex.h \
	src/lib/seccomp.c src/lib/seccomp.h \
	src/lib/yaml.c src/lib/yaml.h
