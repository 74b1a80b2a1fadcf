/* reference/map/text.h: what a person reads. Everything is appended to the caller's buffer. */
#ifndef REFERENCE_MAP_TEXT_H
#define REFERENCE_MAP_TEXT_H

#include "reference/map/device.h"

/* "D.json does not load:" and a line for each error, with its place. */
void map_load_text(const char *path, const struct dp_mapping_errors *errors, struct base_buf *out);
/* An event: each measurement, the template that made it, each value with its expression; the fault; why there is nothing. */
void map_event_text(const dp_device_mapping_t *mapping, const struct map_event *event, size_t index,
                    bool explain, struct base_arena *arena, struct base_buf *out);

#endif
