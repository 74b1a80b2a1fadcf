/* tests/unit/pods/destination.h: a destination stage in front of the fake FHIR service, and batches for it. */
#ifndef TESTS_UNIT_PODS_DESTINATION_H
#define TESTS_UNIT_PODS_DESTINATION_H

#include "fake_fhir.h"

#include "reference/pods/compressed.h"
#include "reference/pods/fhir_store.h"
#include "reference/pods/transform.h"

#define EVENTS_MAX 400

struct destination {
    struct fake_cloud cloud;
    struct fake_fhir fhir;
    struct pod pod;
    struct pod_transformation shared;
    struct pod_stage stage;
    void *state;
    struct az_event events[EVENTS_MAX]; /* the batch to come */
    size_t count;
    int64_t sequence;
    struct base_arena arena; /* of its bodies */
    struct base_buf flags;   /* {"IsMeasurementGroup": true} as it travels */
    enum pod_part part;
    struct base_error err;
};

static int destination_open(void **state)
{
    struct destination *d = base_alloc(sizeof *d);

    fake_pod_open(&d->pod, &d->cloud, POD_DESTINATION);
    fake_fhir_open(&d->fhir, &d->cloud);
    (void)fake_put(&d->cloud, "/template/mapping.json", FAKE_FHIR_MAPPING);
    d->shared =
        (struct pod_transformation){.pod = &d->pod,
                                    .mappings = pod_mappings_new(&d->pod),
                                    .identities = pod_identity_cache_new(&d->pod.clock),
                                    .observations = pod_observation_cache_new(&d->pod.clock, 5000),
                                    .pool = pod_pool_new(POD_HELPERS)};
    d->stage = pod_transformation_stage(&d->shared);
    d->state = d->stage.open(d->stage.shared);
    base_arena_init(&d->arena);
    *state = d;
    return 0;
}

static int destination_close(void **state)
{
    struct destination *d = *state;

    d->stage.close(d->state);
    pod_pool_free(d->shared.pool);
    pod_mappings_free(d->shared.mappings);
    pod_cache_free(d->shared.identities);
    pod_cache_free(d->shared.observations);
    fake_fhir_close(&d->fhir);
    fake_pod_close(&d->pod, &d->cloud);
    base_arena_release(&d->arena);
    base_buf_release(&d->flags);
    free(d);
    return 0;
}

static struct az_event *add_body(struct destination *d, const void *body, size_t len)
{
    struct az_event *event = &d->events[d->count];

    assert_true(d->count < EVENTS_MAX);
    *event = (struct az_event){.sequence_number = ++d->sequence, .offset = "0"};
    event->body.data = base_arena_strndup(&d->arena, body, len);
    event->body.len = len;
    d->count++;
    return event;
}

static char *body_of(struct destination *d, const char *type, const char *device, const char *value,
                     const char *at)
{
    return base_arena_printf(
        &d->arena,
        "{\"Type\":\"%s\",\"OccurrenceTimeUtc\":\"%s\",\"IngestionTimeUtc\":\"2024-03-05T09:00:00Z"
        "\",\"DeviceId\":\"%s\",\"PatientId\":\"p-1\",\"EncounterId\":null,\"CorrelationId\":null,"
        "\"Properties\":[{\"Name\":\"hr\",\"Value\":\"%s\"}]}",
        type, at, device, value);
}

/* One measurement of type heartrate, at 2024-03-05 and this time of day. */
static void add(struct destination *d, const char *device, const char *value, const char *time)
{
    const char *at = base_arena_printf(&d->arena, "2024-03-05T%sZ", time);
    const char *body = body_of(d, "heartrate", device, value, at);

    (void)add_body(d, body, strlen(body));
}

/* Runs the batch that was added; it stays for another try. */
static enum base_status run_again(struct destination *d)
{
    const struct az_event *items[EVENTS_MAX];

    for (size_t i = 0; i < d->count; i++)
        items[i] = &d->events[i];
    base_error_clear(&d->err);
    return d->stage.run(d->state, &(struct pod_events){"0", items, d->count}, &d->part, &d->err);
}

#endif
