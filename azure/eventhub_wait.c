/* Decides how callers wait for what the I/O thread brings. */
#include "azure/eventhub_private.h"

#include <time.h>

int64_t az_until(const az_eventhub_t *client)
{
    return base_monotonic_ms() + client->timeout_ms;
}

/* base_monotonic_ms and the condition variable go by the same clock; INT64_MAX waits for ever. */
void az_sleep_locked(az_eventhub_t *client, int64_t until)
{
    struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};

    if (until == INT64_MAX)
        pthread_cond_wait(&client->changed, &client->lock);
    else
        pthread_cond_timedwait(&client->changed, &client->lock, &at);
}

enum base_status az_wait_locked(az_eventhub_t *client, int64_t until, const char *what,
                                struct base_error *err)
{
    if (client->canceled)
        return base_error_set(err, BASE_CANCELED, NULL, "%s: we were asked to stop", what);
    if (base_monotonic_ms() >= until)
        return base_error_set(err, BASE_TIMEOUT, NULL, "%s: no answer from %s within %d ms", what,
                              client->endpoint, client->timeout_ms);
    az_sleep_locked(client, until);
    return BASE_OK;
}
