# What is in src/lib/: one line a file; one foreign library each.
src_lib_files = \
	src/lib/digest.c src/lib/digest.h \
	src/lib/regex.c src/lib/regex.h \
	src/lib/seccomp.c src/lib/seccomp.h \
	src/lib/yaml.c src/lib/yaml.h \
	src/lib/yaml_subset.c src/lib/yaml_subset.h src/lib/yaml_subset_line.c src/lib/yaml_subset_parts.h \
	src/lib/yaml_subset_scalar.c src/lib/yaml_tree.c src/lib/yaml_tree.h
