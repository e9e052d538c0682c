# What is in src/scan/: one line a file.
src_scan_files = \
	src/scan/scan.h
