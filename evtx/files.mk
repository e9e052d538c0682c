# What is in evtx/: one line a file.
evtx_files = \
	evtx/reader.h \
	evtx/record.h \
	evtx/render.h \
	evtx/source.c evtx/source.h \
	evtx/tree.h \
	evtx/value.h
