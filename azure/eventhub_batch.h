/* azure/eventhub_batch.h (eventhub*.c only): what a batch is inside. */
#ifndef AZURE_EVENTHUB_BATCH_H
#define AZURE_EVENTHUB_BATCH_H

#include "azure/eventhub.h"

struct az_event_batch {
    size_t max;              /* bytes that the service takes */
    char *partition_key;     /* NULL: none */
    struct base_buf payload; /* the message as it will be sent */
    struct base_buf event;   /* scratch: one encoded event */
    size_t count;
};
az_event_batch_t *az_event_batch_make(size_t max, const char *partition_key) BASE_MUST_USE;

#endif
