/* reference/map/envelope.h: from a line of an events file to what templates see.
 *
 * A line is {"Body":..., "BodyText":"...", "Properties":{}, "SystemProperties":{}}, all optional, Body or BodyText; or the
 * body alone. {"@timestamp":"..."} among the properties stands for an AMQP timestamp. Pure. */
#ifndef REFERENCE_MAP_ENVELOPE_H
#define REFERENCE_MAP_ENVELOPE_H

#include "reference/dataplane/device_mapping.h"

#define MAP_WRONG_INPUT "WrongInput"

/* The envelope of one line, in the arena. Fails with code "InvalidDataFormatException" when the event's body is no JSON (the
 * connector meets such events), or with MAP_WRONG_INPUT when the line is no event at all: the sentence then begins with
 * the column: "17: ...". `body_only`: the line is the body. */
BASE_MUST_USE enum base_status map_envelope_read(struct base_arena *arena, const char *line,
                                                 size_t len, bool body_only, struct dp_token **out,
                                                 struct base_error *err);

#endif
