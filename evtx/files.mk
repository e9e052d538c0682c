# What is in evtx/: one line a file.
evtx_files = \
	evtx/binxml.c evtx/binxml.h evtx/binxml_decoder.h evtx/token.h \
	evtx/binxml_instance.c \
	evtx/carve.c evtx/carve.h \
	evtx/cached_text.c evtx/cached_text.h \
	evtx/chunk.c evtx/chunk.h \
	evtx/chunk_log.c evtx/chunk_log.h \
	evtx/compare.c evtx/compare.h evtx/compare_pass.h \
	evtx/compare_say.c \
	evtx/direct.c \
	evtx/header.c \
	evtx/json_value.c evtx/json_value.h \
	evtx/libevtx.c \
	evtx/library_heap.c evtx/library_heap.h \
	evtx/library_style.c evtx/library_style.h \
	evtx/opinion.c evtx/opinion.h \
	evtx/plan.c evtx/plan.h \
	evtx/plan_body.c \
	evtx/plan_fields.c \
	evtx/plan_json.c evtx/plan_json.h evtx/plan_json_make.h \
	evtx/plan_json_keep.c \
	evtx/plan_json_run.c \
	evtx/plan_layout.c \
	evtx/plan_read.c \
	evtx/plan_shape.c evtx/plan_shape.h \
	evtx/plan_store.c evtx/plan_store.h \
	evtx/plan_sums.c \
	evtx/plan_system.c \
	evtx/plan_trace.c evtx/plan_trace.h \
	evtx/reader.h \
	evtx/readers.c \
	evtx/record.c evtx/record.h \
	evtx/record_rows.h \
	evtx/record_tree.c \
	evtx/render.h \
	evtx/render_json.c \
	evtx/render_xml.c \
	evtx/sid.c \
	evtx/slots.c evtx/slots.h \
	evtx/repeat.c evtx/repeat.h \
	evtx/residue.c evtx/residue.h \
	evtx/source.c evtx/source.h \
	evtx/survey.c evtx/survey.h \
	evtx/template.c evtx/template.h evtx/template_builtin.c \
	evtx/tree.c evtx/tree.h \
	evtx/value.c evtx/value.h \
	evtx/verdict.c evtx/verdict.h \
	evtx/xml.c evtx/xml.h
