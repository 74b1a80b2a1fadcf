/* reference/map/hint.h: why an expression selects nothing: how much of it selects something. */
#ifndef REFERENCE_MAP_HINT_H
#define REFERENCE_MAP_HINT_H

#include "reference/dataplane/device_template.h"

/* Appends to a sentence: the longest leading part of the expression that selects something and what is there, or the
 * condition of a filter that no token meets. Appends nothing when neither can be told. */
void map_hint(enum dp_language language, const char *expression, const struct dp_token *root,
              struct base_arena *arena, struct base_buf *out);

#endif
