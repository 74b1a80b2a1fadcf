/* reference/map/explain.h: how far an event got in a template, and why it stopped there. Texts live in the arena. */
#ifndef REFERENCE_MAP_EXPLAIN_H
#define REFERENCE_MAP_EXPLAIN_H

#include "reference/map/device.h"

/* One sentence or several about template `index`: what its match selected, what each expression found, what it was short of. */
const char *map_explain(const dp_device_mapping_t *mapping, const struct map_event *event,
                        size_t index, struct base_arena *arena);
/* Finds the expression that a fault without a place comes from, and gives the fault its line and position. */
void map_fault_locate(const dp_device_mapping_t *mapping, struct map_event *event,
                      struct base_arena *arena);

#endif
