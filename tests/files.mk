# The tests.  A Check program: one line in unit_tests and one for its source; a shell test: one line in shell_tests.
# A helper program that tests use joins test_programs.
unit_tests =
shell_tests =
test_programs =
test_extra =
