/* eventhub/rest.h: sending events by HTTPS POST (facts eventhub.md §7). */
#ifndef EVENTHUB_REST_H
#define EVENTHUB_REST_H

#include "simulators/eventhub/world.h"

/* The handler of *.servicebus.windows.net (context: eh_t). */
void eh_rest_handle(void *eh, const struct base_http_request *request,
                    struct base_http_response *response);

#endif
