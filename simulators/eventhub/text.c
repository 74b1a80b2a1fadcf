/* Writes the tail that the service puts behind its error sentences, and maps conditions to status codes. */
#include "simulators/eventhub/text.h"

#include "amqp/performative.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *condition;
    int status;
} statuses[] = {
    {AMQP_E_UNAUTHORIZED, 401},     {AMQP_E_NOT_FOUND, 404},
    {EH_E_ARGUMENT, 400},           {EH_E_RANGE, 400},
    {EH_E_DISABLED, 403},           {EH_E_BUSY, 503},
    {AMQP_E_STOLEN, 409},           {AMQP_E_RESOURCE_LIMIT, 403},
    {AMQP_E_MESSAGE_SIZE, 413},     {AMQP_E_NOT_IMPLEMENTED, 501},
    {AMQP_E_NOT_ALLOWED, 405},      {AMQP_E_DECODE, 400},
    {AMQP_E_RESOURCE_DELETED, 410},
};

void eh_text_track(eh_t *eh, struct base_buf *out, const char *space, const char *entity)
{
    char id[BASE_UUID_TEXT], time[BASE_TIME_TEXT];
    base_uuid(sim_world_random(eh->world), id);
    base_time_iso_s(sim_now_ms(eh->world), time);
    time[strcspn(time, "Z")] = '\0';
    base_buf_printf(out, " TrackingId:%s_G0, SystemTracker:%s." EH_DOMAIN "%s%s, Timestamp:%s", id,
                    space, entity ? ":" : "", entity ? entity : "", time);
}

char *eh_text(eh_t *eh, const char *space, const char *entity, const char *fmt, ...)
{
    struct base_buf out = {0};
    va_list args;
    va_start(args, fmt);
    base_buf_vprintf(&out, fmt, args);
    va_end(args);
    eh_text_track(eh, &out, space, entity);
    return base_buf_take(&out);
}

int eh_status_of(const char *condition)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (strcmp(statuses[i].condition, condition) == 0)
            return statuses[i].status;
    return 500;
}
