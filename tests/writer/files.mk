# Our own EVTX writer: a library for unit tests and a program for shell tests.
tests_writer_files =
