/* Decides what an AMQP condition means to the caller: status, and whether trying again makes sense. */
#include "azure/eventhub_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_WAIT_S 4 /* "Please wait 4 seconds and try again" */

static const struct meaning {
    const char *condition;
    enum base_status status;
    bool retryable;
} meanings[] = {
    {"amqp:unauthorized-access", BASE_DENIED, false},
    {"amqp:not-found", BASE_NOT_FOUND, false},
    {"com.microsoft:entity-disabled", BASE_NOT_FOUND, false},
    {"amqp:link:stolen", BASE_CONFLICT, false},
    {"com.microsoft:producer-epoch-stolen", BASE_CONFLICT, false},
    {"com.microsoft:out-of-order-sequence", BASE_CONFLICT, false},
    {"amqp:link:message-size-exceeded", BASE_TOO_LARGE, false},
    {"amqp:resource-limit-exceeded", BASE_TOO_LARGE, false},
    {"com.microsoft:server-busy", BASE_THROTTLED, true},
    {"com.microsoft:container-close", BASE_THROTTLED, true},
    {"com.microsoft:timeout", BASE_TIMEOUT, true},
    {"com.microsoft:operation-cancelled", BASE_UNAVAILABLE, true},
    {"com.microsoft:argument-error", BASE_INVALID, false},
    {"com.microsoft:argument-out-of-range", BASE_INVALID, false},
    {"amqp:not-allowed", BASE_INVALID, false},
    {"amqp:not-implemented", BASE_UNSUPPORTED, false},
    {"amqp:invalid-field", BASE_INVALID, false},
    {"amqp:precondition-failed", BASE_INVALID, false},
    {"amqp:decode-error", BASE_PROTOCOL, false},
    {"amqp:connection:framing-error", BASE_PROTOCOL, true},
    {"amqp:internal-error", BASE_UNAVAILABLE, true},
    {"amqp:connection:forced", BASE_UNAVAILABLE, true},
    {"amqp:link:detach-forced", BASE_UNAVAILABLE, true},
    {"amqp:connection:redirect", BASE_UNAVAILABLE, true},
    {"amqp:link:redirect", BASE_UNAVAILABLE, true},
};

static const struct meaning *find_meaning(const char *condition)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strcmp(meanings[i].condition, condition) == 0)
            return &meanings[i];
    }
    return NULL;
}

enum base_status az_condition_error(struct base_error *err, const char *condition,
                                    const char *description, const char *what)
{
    const struct meaning *meaning = find_meaning(condition);
    enum base_status status = meaning ? meaning->status : BASE_UNAVAILABLE;
    bool first = err && err->status == BASE_OK;

    base_error_set(err, status, condition, "%s: %s (%s)", what,
                   description && *description ? description : "the service gave no reason",
                   condition);
    if (first && status == BASE_THROTTLED)
        err->retry_after_s = BUSY_WAIT_S;
    return status;
}

enum base_status az_amqp_error(struct base_error *err, const struct amqp_error *error,
                               const char *what)
{
    char *condition = amqp_bytes_dup(error->condition),
         *description = amqp_bytes_dup(error->description);
    enum base_status status =
        az_condition_error(err, condition ? condition : "", description, what);

    free(condition);
    free(description);
    return status;
}

enum base_status az_copy_error(struct base_error *err, const struct base_error *from)
{
    if (err && err->status == BASE_OK)
        *err = *from;
    return from->status;
}

bool az_eventhub_retryable(const struct base_error *err)
{
    const struct meaning *meaning = find_meaning(err->code);

    if (meaning)
        return meaning->retryable;
    return err->status == BASE_UNAVAILABLE || err->status == BASE_TIMEOUT ||
           err->status == BASE_THROTTLED;
}

bool az_eventhub_stolen(const struct base_error *err)
{
    return strcmp(err->code, "amqp:link:stolen") == 0 ||
           strcmp(err->code, "com.microsoft:producer-epoch-stolen") == 0;
}
