/* Decides what the one sender sends, and how fast. */
#include "tests/bench/end_to_end.h"

#include "azure/eventhub.h"
#include "common/process.h"

#include <stdio.h>
#include <string.h>

#define BATCH 500 /* events of a message */

struct sending {
    struct bench_sender *sender;
    az_producer_t *producer;
    az_event_batch_t *batch;
};

static enum base_status send_rounds(struct sending *s, struct base_error *err);

int bench_value(int64_t device, int64_t round)
{
    return 40 + (int)((device * 31 + round * 7) % 140);
}

void *bench_send_main(void *context)
{
    struct bench_sender *sender = context;
    struct run_world *world = &sender->cloud->world;
    struct az_eventhub_config config = {.fully_qualified_namespace =
                                            base_json_text(world->endpoints, "customer.namespace"),
                                        .hub = base_json_text(world->endpoints, "customer.hub"),
                                        .ca_file = world->ca_file,
                                        .proxy = world->proxy,
                                        .clock = &world->clock,
                                        .random = world->random,
                                        .name = "bench"};
    struct sending s = {.sender = sender};
    az_eventhub_t *client = NULL;
    enum base_status status =
        run_world_credential(world, "customer", &config.credential, &sender->err);

    if (status == BASE_OK)
        client = az_eventhub_open(&config, &sender->err);
    if (client)
        s.producer = az_producer_open(client, NULL, &sender->err);
    if (s.producer) {
        s.batch = az_event_batch_new(s.producer, NULL);
        base_ignore(send_rounds(&s, &sender->err));
        az_event_batch_free(s.batch);
    }
    az_producer_close(s.producer);
    az_eventhub_close(client);
    atomic_store(&sender->ended, true);
    return NULL;
}

static enum base_status flush(struct sending *s, struct base_error *err)
{
    enum base_status status = az_producer_send_batch(s->producer, s->batch, err);

    if (status == BASE_OK)
        atomic_fetch_add(&s->sender->sent, (long long)az_event_batch_count(s->batch));
    az_event_batch_clear(s->batch);
    return status;
}

static enum base_status add(struct sending *s, int64_t device, int64_t round, const char *time,
                            struct base_error *err)
{
    char body[256];
    struct az_event_data data = {.body = body};
    enum base_status status = BASE_OK;

    data.body_len = (size_t)snprintf(
        body, sizeof body,
        "{\"heartrate\":%d,\"deviceid\":\"device-%lld\",\"measurementdatetime\":\"%s\"}",
        bench_value(device, round), (long long)device, time);
    if (!az_event_batch_add(s->batch, &data)) {
        status = flush(s, err);
        if (status == BASE_OK && !az_event_batch_add(s->batch, &data))
            status = base_error_set(err, BASE_TOO_LARGE, NULL, "an event fits no batch");
    }
    if (status == BASE_OK && az_event_batch_count(s->batch) >= BATCH)
        status = flush(s, err);
    return status;
}

static enum base_status send_round(struct sending *s, int64_t round, struct base_error *err)
{
    char time[BASE_TIME_TEXT];
    enum base_status status = BASE_OK;

    base_time_iso_s(BENCH_FIRST_MS + round * BENCH_STEP_MS, time);
    for (int64_t i = 0; i < s->sender->settings->devices && status == BASE_OK; i++)
        status = add(s, i, round, time, err);
    return status == BASE_OK ? flush(s, err) : status;
}

/* The time at which the events sent so far are due at the wanted rate. */
static int64_t due_ms(const struct bench_sender *sender)
{
    return sender->started_ms + atomic_load(&sender->sent) * 1000 / sender->settings->rate;
}

static enum base_status send_rounds(struct sending *s, struct base_error *err)
{
    struct bench_sender *sender = s->sender;
    int64_t rounds = sender->settings->seconds * sender->settings->rate / sender->settings->devices;
    enum base_status status = BASE_OK;

    sender->started_ms = base_monotonic_ms();
    for (int64_t round = 0; round < rounds && status == BASE_OK; round++) {
        int64_t wait_ms = due_ms(sender) - base_monotonic_ms();
        if (atomic_load(&sender->stop) || (wait_ms > 0 && base_stop_wait((int)wait_ms)))
            break;
        status = send_round(s, round, err);
    }
    return status;
}
