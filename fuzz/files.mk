# Fuzz targets: each is one function; replay.c gives it a main that runs it over files.
fuzz_targets =
fuzz_extra =
