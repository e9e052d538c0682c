# What is in src/cli/: one line a file.
src_cli_files =
