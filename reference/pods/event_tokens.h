/* reference/pods/event_tokens.h: an AMQP event as the envelope that templates see (facts/iomt-dataplane.md §1). Pure. */
#ifndef REFERENCE_PODS_EVENT_TOKENS_H
#define REFERENCE_PODS_EVENT_TOKENS_H

#include "azure/eventhub.h"
#include "reference/dataplane/device_mapping.h"

/* {Body, Properties, SystemProperties}; everything is copied into the arena. Fails as dp_envelope_make. */
BASE_MUST_USE enum base_status pod_envelope(struct base_arena *arena, const struct az_event *event,
                                            struct dp_token **out, struct base_error *err);
/* Is the application property set to boolean true? */
bool pod_event_flag(const struct az_event *event, const char *name);

#endif
