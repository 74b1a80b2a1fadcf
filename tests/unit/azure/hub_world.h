/* What the Event Hubs client tests share: a server of their own, tokens, producers and consumers. */
#ifndef TEST_AZURE_HUB_WORLD_H
#define TEST_AZURE_HUB_WORLD_H

#include "tests/unit/azure/hub_server.h"
#include "common/crypto.h"
#include "common/file.h"

struct world {
    struct hub *hub;
    struct base_clock clock;
    base_random_t *random;
    az_eventhub_t *client;
    struct base_error err;
    int64_t token_life_s;
    _Atomic int tokens_made; /* callers of several threads */
};

static inline char *make_jwt(struct world *world, int64_t expires_s)
{
    struct base_buf text = {0}, claims = {0};

    base_buf_printf(&claims, "{\"aud\":\"https://eventhubs.azure.net\",\"exp\":%lld}",
                    (long long)expires_s);
    base_base64url_encode(&text, "{\"alg\":\"RS256\"}", 15);
    base_buf_putc(&text, '.');
    base_base64url_encode(&text, claims.data, claims.len);
    base_buf_printf(&text, ".sig%d", world->tokens_made);
    base_buf_release(&claims);
    return base_buf_take(&text);
}

static inline enum base_status give_token(void *context, const char *audience, char **jwt,
                                          struct base_error *err)
{
    struct world *world = context;
    (void)err;

    assert_true(strncmp(audience, "sb://127.0.0.1", 14) == 0);
    world->tokens_made++;
    *jwt = make_jwt(world, base_clock_s(&world->clock) + world->token_life_s);
    return BASE_OK;
}

static inline struct az_eventhub_config base_config(struct world *world)
{
    return (struct az_eventhub_config){.fully_qualified_namespace = "sb://127.0.0.1/",
                                       .hub = "hub1",
                                       .port = world->hub->port,
                                       .token = give_token,
                                       .token_context = world,
                                       .development_emulator = true,
                                       .clock = &world->clock,
                                       .random = world->random,
                                       .timeout_ms = 5000};
}

static inline struct world *open_world_with(void (*change)(struct az_eventhub_config *config))
{
    struct world *world = base_alloc(sizeof *world);

    world->hub = hub_start(NULL, NULL);
    base_clock_init(&world->clock);
    world->random = base_random_new("seed");
    world->token_life_s = 3600;
    struct az_eventhub_config config = base_config(world);
    if (change)
        change(&config);
    world->client = az_eventhub_open(&config, &world->err);
    assert_non_null(world->client);
    return world;
}

static inline struct world *open_world(void)
{
    return open_world_with(NULL);
}

static inline void close_world(struct world *world)
{
    az_eventhub_close(world->client);
    hub_stop(world->hub);
    base_random_free(world->random);
    free(world);
}

static inline void good(struct world *world, enum base_status status)
{
    if (status != BASE_OK)
        fail_msg("%s: %s: %s", base_status_name(status), world->err.code, world->err.message);
}

static inline void bad(struct world *world, enum base_status status, enum base_status expected,
                       const char *code)
{
    if (status != expected || strcmp(world->err.code, code))
        fail_msg("%s instead of %s: '%s' instead of '%s': %s", base_status_name(status),
                 base_status_name(expected), world->err.code, code, world->err.message);
}

static inline az_producer_t *producer(struct world *world, const char *partition)
{
    az_producer_t *made = az_producer_open(world->client, partition, &world->err);

    if (!made)
        fail_msg("%s: %s", world->err.code, world->err.message);
    return made;
}

static inline void send_numbers(struct world *world, az_producer_t *to, const char *key, int first,
                                int count)
{
    az_event_batch_t *batch = az_event_batch_new(to, key);
    char body[32];

    for (int i = first; i < first + count; i++) {
        snprintf(body, sizeof body, "{\"n\":%d}", i);
        struct az_event_data event = {.body = body, .body_len = strlen(body)};
        if (az_event_batch_add(batch, &event))
            continue;
        good(world, az_producer_send_batch(to, batch, &world->err));
        az_event_batch_clear(batch);
        assert_true(az_event_batch_add(batch, &event));
    }
    good(world, az_producer_send_batch(to, batch, &world->err));
    az_event_batch_free(batch);
}

static inline az_consumer_t *consumer_at(struct world *world, const char *partition,
                                         struct az_position position)
{
    struct az_consumer_config config = {
        .partition_id = partition, .position = position, .prefetch = 50};
    az_consumer_t *made = az_consumer_open(world->client, &config, &world->err);

    if (!made)
        fail_msg("%s: %s", world->err.code, world->err.message);
    return made;
}

#endif
