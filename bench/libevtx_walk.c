/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick of bench/run: what bare libevtx takes to open a log, fetch the identifier of every record and the
 * XML of those this program is about.  It is the work any reader built on libevtx has to do. */
#include <libevtx.h>
#include <stdio.h>
#include <stdlib.h>

static int
is_wanted(uint32_t id)
{
	static const uint32_t wanted[] = { 1, 400, 403, 600, 800, 4103, 4104, 4688 };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (wanted[i] == id)
			return 1;
	return 0;
}

static size_t
fetch_xml(libevtx_record_t *record, uint8_t **text, size_t *capacity)
{
	size_t size = 0;

	if (libevtx_record_get_utf8_xml_string_size(record, &size, NULL) != 1)
		return 0;
	if (size > *capacity) {
		free(*text);
		*text = malloc(size);
		*capacity = *text ? size : 0;
	}
	return *text && libevtx_record_get_utf8_xml_string(record, *text, size, NULL) == 1 ? size : 0;
}

int
main(int argc, char **argv)
{
	libevtx_file_t *file = NULL;
	uint8_t *text = NULL;
	size_t capacity = 0, bytes = 0;
	int records = 0, wanted = 0;

	if (argc != 2 || libevtx_file_initialize(&file, NULL) != 1 ||
	    libevtx_file_open(file, argv[1], LIBEVTX_OPEN_READ, NULL) != 1 ||
	    libevtx_file_get_number_of_records(file, &records, NULL) != 1) {
		fprintf(stderr, "libevtx_walk: cannot read %s\n", argc > 1 ? argv[1] : "(no file)");
		return 1;
	}
	for (int i = 0; i < records; i++) {
		libevtx_record_t *record = NULL;
		uint32_t id = 0;

		if (libevtx_file_get_record_by_index(file, i, &record, NULL) != 1)
			continue;
		if (libevtx_record_get_event_identifier(record, &id, NULL) == 1 && is_wanted(id & 0xffff)) {
			bytes += fetch_xml(record, &text, &capacity);
			wanted++;
		}
		libevtx_record_free(&record, NULL);
	}
	printf("%d records, %d wanted, %zu bytes of XML\n", records, wanted, bytes);
	libevtx_file_close(file, NULL);
	libevtx_file_free(&file, NULL);
	free(text);
	return 0;
}
