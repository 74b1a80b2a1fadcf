/* eventhub/text.h: the service's error sentences, with their tracking tail. */
#ifndef EVENTHUB_TEXT_H
#define EVENTHUB_TEXT_H

#include "simulators/eventhub/world.h"

#define EH_DOMAIN "servicebus.windows.net"

/* Conditions of the service's own. */
#define EH_E_ARGUMENT "com.microsoft:argument-error"
#define EH_E_RANGE "com.microsoft:argument-out-of-range"
#define EH_E_DISABLED "com.microsoft:entity-disabled"
#define EH_E_BUSY "com.microsoft:server-busy"

/* Appends " TrackingId:..., SystemTracker:{space}.servicebus.windows.net[:entity], Timestamp:...". */
void eh_text_track(eh_t *eh, struct base_buf *out, const char *space, const char *entity);
/* A whole description: the sentence and the tail. Release with free(). */
char *eh_text(eh_t *eh, const char *space, const char *entity, const char *fmt, ...)
    BASE_PRINTF(4, 5) BASE_MUST_USE;

/* The HTTP status nearest to an AMQP condition, for traces, $cbs and $management. */
int eh_status_of(const char *condition);

#endif
