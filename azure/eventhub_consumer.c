/* Decides how events of one partition are received: where to start, how many to keep ready, when to ask for more. */
#include "azure/eventhub_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFETCH 300
#define SELECTOR "apache.org:selector-filter:string"
#define SELECTOR_CODE 0x468C00000004u

struct held { /* a delivery nobody asked for yet */
    struct held *next;
    size_t len;
    char payload[];
};

struct az_consumer {
    struct az_link link; /* first */
    char *entity;
    uint32_t prefetch;
    struct held *first, **last;
    uint32_t count;
    bool track, told;
    struct az_last_enqueued end;
};

/* -- arriving (I/O thread) ------------------------------------------------------------------------------------------ */

static void take_number(const struct amqp_value *map, const char *name, int64_t *to)
{
    struct amqp_value value;

    if (amqp_map_get(map, name, &value))
        (void)amqp_value_int64(&value, to);
}

/* The delivery annotations stand first, or behind a header; the rest of the message is read when somebody asks for it. */
static bool find_annotations(struct amqp_bytes payload, struct amqp_value *out)
{
    struct amqp_cursor cursor;
    uint64_t code;

    amqp_cursor_init(&cursor, payload);
    if (!amqp_read_described(&cursor, &code, out))
        return false;
    if (code == AMQP_SECTION_HEADER && !amqp_read_described(&cursor, &code, out))
        return false;
    return code == AMQP_SECTION_DELIVERY_ANNOTATIONS && out->type == AMQP_MAP &&
           amqp_check(out, NULL);
}

static void take_end(az_consumer_t *consumer, struct amqp_bytes payload)
{
    struct amqp_value value, map;
    struct amqp_bytes text;
    const struct amqp_value *annotations = &map;

    if (!find_annotations(payload, &map))
        return;
    take_number(annotations, "last_enqueued_sequence_number", &consumer->end.sequence_number);
    take_number(annotations, "last_enqueued_time_utc", &consumer->end.enqueued_ms);
    take_number(annotations, "runtime_info_retrieval_time_utc", &consumer->end.retrieved_ms);
    if (amqp_map_get(annotations, "last_enqueued_offset", &value) && amqp_value_text(&value, &text))
        snprintf(consumer->end.offset, sizeof consumer->end.offset, "%.*s", (int)text.len,
                 text.data);
    consumer->told = true;
}

static void got_message(struct az_link *link, const struct amqp_delivery *delivery)
{
    az_consumer_t *consumer = (az_consumer_t *)link;
    struct held *held = base_alloc(sizeof *held + delivery->payload.len);

    held->len = delivery->payload.len;
    memcpy(held->payload, delivery->payload.data, held->len);
    *consumer->last = held;
    consumer->last = &held->next;
    consumer->count++;
    if (consumer->track)
        take_end(consumer, delivery->payload);
}

/* -- opening -------------------------------------------------------------------------------------------------------- */

/* The start position as the service's selector. */
static enum base_status put_selector(struct base_buf *out, const struct az_position *position,
                                     struct base_error *err)
{
    const char *compare = position->inclusive ? ">=" : ">";
    long long number = (long long)position->number;

    switch (position->kind) {
    case AZ_POSITION_EARLIEST:
        base_buf_puts(out, "amqp.annotation.x-opt-offset > '-1'");
        return BASE_OK;
    case AZ_POSITION_LATEST:
        base_buf_puts(out, "amqp.annotation.x-opt-offset > '@latest'");
        return BASE_OK;
    case AZ_POSITION_SEQUENCE:
        base_buf_printf(out, "amqp.annotation.x-opt-sequence-number %s '%lld'", compare, number);
        return BASE_OK;
    case AZ_POSITION_ENQUEUED:
        base_buf_printf(out, "amqp.annotation.x-opt-enqueued-time %s '%lld'", compare, number);
        return BASE_OK;
    case AZ_POSITION_OFFSET:
        if (!position->offset || !*position->offset || strchr(position->offset, '\''))
            return base_error_set(err, BASE_INVALID, NULL, "receive: \"%s\" is not an offset",
                                  position->offset ? position->offset : "");
        base_buf_printf(out, "amqp.annotation.x-opt-offset %s '%s'", compare, position->offset);
        return BASE_OK;
    }
    return base_error_set(err, BASE_INVALID, NULL, "receive: unknown kind of position %d",
                          position->kind);
}

static enum base_status put_filter(struct base_buf *out, const struct az_position *position,
                                   struct base_error *err)
{
    struct base_buf selector = {0};
    enum base_status status = put_selector(&selector, position, err);
    size_t mark = amqp_put_map(out);

    amqp_put_symbol(out, SELECTOR);
    amqp_put_descriptor(out, SELECTOR_CODE);
    amqp_put_string_n(out, selector.data, selector.len);
    amqp_put_end(out, mark, 2);
    base_buf_release(&selector);
    return status;
}

static void put_link_properties(struct base_buf *out, const struct az_consumer_config *config)
{
    size_t mark = amqp_put_map(out);
    uint32_t items = 0;

    if (config->identifier) {
        amqp_put_symbol(out, "com.microsoft:receiver-name");
        amqp_put_string(out, config->identifier);
        items += 2;
    }
    if (config->exclusive) {
        amqp_put_symbol(out, "com.microsoft:epoch");
        amqp_put_long(out, config->epoch);
        items += 2;
    }
    amqp_put_end(out, mark, items);
}

static void put_capabilities(struct base_buf *out, bool track)
{
    const char *const names[] = {"com.microsoft:georeplication",
                                 track ? "com.microsoft:enable-receiver-runtime-metric" : NULL,
                                 NULL};

    amqp_put_symbols(out, names);
}

static enum base_status attach_locked(az_consumer_t *consumer,
                                      const struct az_consumer_config *config,
                                      const struct base_buf *filter, int64_t until,
                                      struct base_error *err)
{
    struct base_buf properties = {0}, wanted = {0};
    struct amqp_attach attach;
    char name[64];

    snprintf(name, sizeof name, "consumer-%llu",
             (unsigned long long)++consumer->link.client->serial);
    put_link_properties(&properties, config);
    put_capabilities(&wanted, config->track_last_enqueued);
    amqp_attach_init(&attach, name, AMQP_RECEIVER);
    attach.snd_settle_mode = AMQP_SND_SETTLED;
    attach.source = (struct amqp_source){
        .present = true, .address = amqp_string(consumer->entity), .filter = amqp_raw(filter)};
    attach.target = (struct amqp_target){.present = true, .address = amqp_string(name)};
    attach.properties = amqp_raw(&properties);
    attach.desired_capabilities = amqp_raw(&wanted);
    enum base_status status = az_link_open_locked(&consumer->link, NULL, &attach, until, err);
    if (!status) {
        amqp_link_flow(consumer->link.link, consumer->prefetch, false);
        az_io_wake(consumer->link.client);
    }
    base_buf_release(&properties);
    base_buf_release(&wanted);
    return status;
}

static void free_consumer(az_consumer_t *consumer)
{
    while (consumer->first) {
        struct held *next = consumer->first->next;
        free(consumer->first);
        consumer->first = next;
    }
    free(consumer->entity);
    free(consumer);
}

az_consumer_t *az_consumer_open(az_eventhub_t *client, const struct az_consumer_config *config,
                                struct base_error *err)
{
    az_consumer_t *consumer = base_alloc(sizeof *consumer);
    struct base_buf filter = {0};
    int64_t until = az_until(client);

    consumer->link.client = client;
    consumer->link.message = got_message;
    consumer->last = &consumer->first;
    consumer->prefetch = config->prefetch ? config->prefetch : PREFETCH;
    consumer->track = config->track_last_enqueued;
    consumer->entity = base_asprintf("%s/ConsumerGroups/%s/Partitions/%s", client->config.hub,
                                     config->consumer_group ? config->consumer_group : "$Default",
                                     config->partition_id);
    enum base_status status = put_filter(&filter, &config->position, err);
    pthread_mutex_lock(&client->lock);
    if (!status)
        status = az_authorize_locked(client, consumer->entity, until, err);
    if (!status) {
        status = attach_locked(consumer, config, &filter, until, err);
        if (status)
            az_unauthorize_locked(client, consumer->entity);
    }
    pthread_mutex_unlock(&client->lock);
    base_buf_release(&filter);
    if (!status)
        return consumer;
    free_consumer(consumer);
    return NULL;
}

void az_consumer_close(az_consumer_t *consumer)
{
    if (!consumer)
        return;
    az_eventhub_t *client = consumer->link.client;

    pthread_mutex_lock(&client->lock);
    az_link_close_locked(&consumer->link);
    az_unauthorize_locked(client, consumer->entity);
    pthread_mutex_unlock(&client->lock);
    free_consumer(consumer);
}

/* -- receiving ------------------------------------------------------------------------------------------------------ */

/* What is held plus what was asked for stays between half the prefetch and all of it. */
static void top_up_locked(az_consumer_t *consumer)
{
    struct az_link *link = &consumer->link;

    if (link->state != AZ_LINK_UP ||
        consumer->count + amqp_link_credit(link->link) > consumer->prefetch / 2)
        return;
    amqp_link_flow(link->link, consumer->prefetch - consumer->count, false);
    az_io_wake(link->client);
}

/* Takes up to `max` off the queue; they are turned into events without the lock. */
static struct held *take_locked(az_consumer_t *consumer, size_t max, size_t *count)
{
    struct held *first = consumer->first, **end = &first;

    for (*count = 0; *count < max && *end; ++*count)
        end = &(*end)->next;
    consumer->first = *end;
    if (!consumer->first)
        consumer->last = &consumer->first;
    *end = NULL;
    consumer->count -= (uint32_t)*count;
    return first;
}

static enum base_status wait_event_locked(az_consumer_t *consumer, int wait_ms,
                                          struct base_error *err)
{
    az_eventhub_t *client = consumer->link.client;
    int64_t until = wait_ms < 0 ? INT64_MAX : base_monotonic_ms() + wait_ms;

    while (!consumer->first) {
        if (client->canceled)
            return base_error_set(err, BASE_CANCELED, NULL, "receive: we were asked to stop");
        if (consumer->link.state != AZ_LINK_UP)
            return az_copy_error(err, &consumer->link.error);
        if (base_monotonic_ms() >= until)
            return BASE_OK;
        az_sleep_locked(client, until);
    }
    return BASE_OK;
}

/* Gives deliveries back to the front of the queue. */
static void put_back_locked(az_consumer_t *consumer, struct held *held)
{
    struct held **end = &held;

    if (!held)
        return;
    for (; *end; end = &(*end)->next)
        consumer->count++;
    if (!consumer->first)
        consumer->last = end;
    *end = consumer->first;
    consumer->first = held;
}

/* Turns deliveries into events, freeing them. Stops before one that cannot be read; that one is an error of the next call,
 * and is gone then. Returns what is left. */
static struct held *read_events(struct held *held, size_t count, struct az_events *out,
                                enum base_status *status, struct base_error *err)
{
    struct base_error own = {0};

    out->items = base_arena_alloc(&out->arena, count * sizeof *out->items);
    while (held) {
        struct held *next = held->next;
        bool bad = az_event_read(&out->arena, (struct amqp_bytes){held->payload, held->len},
                                 &out->items[out->count], &own) != BASE_OK;
        if (bad && out->count)
            return held;
        free(held);
        held = next;
        if (bad) {
            *status = az_copy_error(err, &own);
            return held;
        }
        out->count++;
    }
    return NULL;
}

enum base_status az_consumer_receive(az_consumer_t *consumer, size_t max, int wait_ms,
                                     struct az_events *out, struct base_error *err)
{
    az_eventhub_t *client = consumer->link.client;
    size_t count = 0;

    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&client->lock);
    enum base_status status = wait_event_locked(consumer, wait_ms, err);
    struct held *held = status ? NULL : take_locked(consumer, max, &count);
    top_up_locked(consumer);
    pthread_mutex_unlock(&client->lock);
    if (!count)
        return status;
    held = read_events(held, count, out, &status, err);
    pthread_mutex_lock(&client->lock);
    put_back_locked(consumer, held);
    pthread_mutex_unlock(&client->lock);
    return status;
}

void az_events_release(struct az_events *events)
{
    base_arena_release(&events->arena);
    memset(events, 0, sizeof *events);
}

bool az_consumer_last_enqueued(const az_consumer_t *consumer, struct az_last_enqueued *out)
{
    az_eventhub_t *client = consumer->link.client;

    pthread_mutex_lock(&client->lock);
    bool told = consumer->told;
    *out = consumer->end;
    pthread_mutex_unlock(&client->lock);
    return told;
}
