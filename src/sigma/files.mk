# What is in src/sigma/: one line a file.
src_sigma_files = \
	src/sigma/event.h \
	src/sigma/match.h \
	src/sigma/rule.h \
	src/sigma/ruleset.h
