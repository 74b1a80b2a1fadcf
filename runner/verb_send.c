/* Decides how telemetry is sent and remembered: payloads in order, batched, each acknowledged or not. */
#include "runner/run.h"

#include "common/text.h"

#include "azure/eventhub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_MAX 1000000
#define PROPERTY_MAX 16

struct sending {
    struct run_state *state;
    az_producer_t *producer;
    az_event_batch_t *batch;
    const char *partition_key;
    cJSON *pending; /* bodies in the batch */
    int sent;
};

struct parts { /* of an event that has more than a body */
    struct az_event_property properties[PROPERTY_MAX], annotations[PROPERTY_MAX];
};
static const char *const event_keys[] = {"$body", "$properties", "$annotations"};

static enum base_status flush(struct sending *s, struct base_error *err)
{
    enum base_status status = az_producer_send_batch(s->producer, s->batch, err);

    while (s->pending->child) {
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToObject(entry, "body",
                              cJSON_DetachItemViaPointer(s->pending, s->pending->child));
        base_json_set_bool(entry, "acknowledged", status == BASE_OK);
        cJSON_AddItemToArray(s->state->sent, entry);
        s->sent++;
    }
    az_event_batch_clear(s->batch);
    return status;
}

/* A mapping of texts; borrowed from `node`. */
static bool read_properties(const cJSON *node, struct az_event_property *out, size_t *count,
                            struct base_error *err)
{
    *count = 0;
    for (const cJSON *item = node ? node->child : NULL; item; item = item->next) {
        if (!cJSON_IsString(item) || *count == PROPERTY_MAX) {
            base_error_set(err, BASE_INVALID, NULL, "%s holds at most %d texts", node->string,
                           PROPERTY_MAX);
            return false;
        }
        out[(*count)++] = (struct az_event_property){item->string, amqp_string(item->valuestring)};
    }
    return true;
}

/* A payload is the event's body, or {$body, $properties, $annotations}. Borrowed from `payload`; NULL + err. */
static cJSON *take_apart(cJSON *payload, struct parts *parts, struct az_event_data *event,
                         struct base_error *err)
{
    cJSON *body = cJSON_GetObjectItemCaseSensitive(payload, "$body");
    size_t known = 0;

    if (!body)
        return payload;
    for (size_t i = 0; i < 3; i++)
        known += cJSON_HasObjectItem(payload, event_keys[i]);
    if (known != (size_t)cJSON_GetArraySize(payload)) {
        base_error_set(err, BASE_INVALID, NULL,
                       "beside $body an event has $properties and $annotations only");
        return NULL;
    }
    event->properties = parts->properties;
    event->annotations = parts->annotations;
    return read_properties(cJSON_GetObjectItemCaseSensitive(payload, "$properties"),
                           parts->properties, &event->property_count, err) &&
                   read_properties(cJSON_GetObjectItemCaseSensitive(payload, "$annotations"),
                                   parts->annotations, &event->annotation_count, err)
               ? body
               : NULL;
}

/* Into the batch; one that is full is sent first. */
static enum base_status fit_in(struct sending *s, const struct az_event_data *event,
                               struct base_error *err)
{
    if (az_event_batch_add(s->batch, event))
        return BASE_OK;
    enum base_status status = flush(s, err);
    if (status != BASE_OK || az_event_batch_add(s->batch, event))
        return status;
    return base_error_set(err, BASE_TOO_LARGE, NULL,
                          "an event of %zu bytes does not fit into a batch", event->body_len);
}

/* Takes `payload` over. */
static enum base_status add(struct sending *s, cJSON *payload, struct base_error *err)
{
    struct az_event_data event = {0};
    struct parts parts;
    cJSON *body = take_apart(payload, &parts, &event, err);
    char *text = !body                  ? NULL
                 : cJSON_IsString(body) ? base_strdup(body->valuestring)
                                        : base_json_print(body);
    enum base_status status = BASE_INVALID;

    if (body) {
        event.body = text;
        event.body_len = strlen(text);
        status = fit_in(s, &event, err);
    }
    if (status == BASE_OK)
        cJSON_AddItemToArray(s->pending, base_json_copy(body));
    cJSON_Delete(payload);
    free(text);
    return status;
}

static void set_round(struct run_state *state, int64_t at_ms, int index)
{
    cJSON *event = cJSON_CreateObject();
    char time[BASE_TIME_TEXT];

    base_time_iso(at_ms, time);
    base_json_set_text(event, "time", time);
    base_json_set_number(event, "index", index);
    base_json_set(state->scope.names, "event", event);
}

static enum base_status send_round(struct sending *s, const cJSON *events, struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (const cJSON *item = events->child; item && status == BASE_OK; item = item->next) {
        cJSON *body = run_expand(&s->state->scope, item, err);
        status = body ? add(s, body, err) : BASE_INVALID;
    }
    return status;
}

/* repeat {count, from, every}: $(event.index) and $(event.time) change from round to round. */
static enum base_status send_all(struct sending *s, const cJSON *value, struct base_error *err)
{
    const cJSON *repeat = base_json_at(value, "repeat"), *from = base_json_at(repeat, "from");
    int64_t every = 1000, start = base_clock_ms(&s->state->world->clock);
    int count = repeat ? (int)base_json_number(repeat, "count", 1) : 1;
    enum base_status status = BASE_OK;

    if (base_json_text(repeat, "every"))
        base_parse_duration(base_json_text(repeat, "every"), &every);
    char *text = from ? run_expand_string(&s->state->scope, from, err) : NULL;
    if (from && (!text || !base_time_parse(text, &start)))
        status = base_error_set(err, BASE_INVALID, NULL, "from must be an RFC 3339 time");
    free(text);
    if (count < 1 || count > REPEAT_MAX)
        status = base_error_set(err, BASE_INVALID, NULL, "count must be from 1 to %d", REPEAT_MAX);
    for (int i = 0; i < count && status == BASE_OK; i++) {
        set_round(s->state, start + i * every, i);
        status = send_round(s, base_json_at(value, "events"), err);
    }
    return status == BASE_OK ? flush(s, err) : status;
}

static enum base_status send_to(struct run_state *state, const struct az_eventhub_config *config,
                                const cJSON *value, const char *key, int *sent,
                                struct base_error *err)
{
    struct sending s = {.state = state, .partition_key = key};
    az_eventhub_t *client = az_eventhub_open(config, err);
    enum base_status status = BASE_UNAVAILABLE;

    s.producer = client ? az_producer_open(client, NULL, err) : NULL;
    if (s.producer) {
        s.batch = az_event_batch_new(s.producer, key);
        s.pending = cJSON_CreateArray();
        status = send_all(&s, value, err);
        *sent = s.sent;
        cJSON_Delete(s.pending);
        az_event_batch_free(s.batch);
    } else if (err && err->status != BASE_OK) {
        status = err->status;
    }
    az_producer_close(s.producer);
    az_eventhub_close(client);
    return status;
}

enum run_attempt run_verb_send(struct run_state *state, const cJSON *step, const cJSON *value,
                               cJSON **answer, struct base_error *err)
{
    const cJSON *as_node = base_json_at(step, "as"),
                *key_node = base_json_at(value, "partitionKey");
    char *space = run_expand_string(&state->scope, base_json_at(value, "namespace"), err);
    char *hub = run_expand_string(&state->scope, base_json_at(value, "hub"), err);
    char *as = as_node ? run_expand_string(&state->scope, as_node, err) : base_strdup("customer");
    char *key = key_node ? run_expand_string(&state->scope, key_node, err) : NULL;
    az_credential_t *credential = NULL;
    enum run_attempt attempt = RUN_WRONG;
    int sent = 0;

    if (!space || !hub || !as ||
        run_world_credential(state->world, as, &credential, err) != BASE_OK)
        goto done;
    struct az_eventhub_config config = {.fully_qualified_namespace = space,
                                        .hub = hub,
                                        .credential = credential,
                                        .ca_file = state->world->ca_file,
                                        .proxy = state->world->proxy,
                                        .clock = &state->world->clock,
                                        .random = state->world->random,
                                        .name = "iomt-run"};
    enum base_status status = send_to(state, &config, value, key, &sent, err);
    attempt = status == BASE_OK ? RUN_ANSWERED : status == BASE_INVALID ? RUN_WRONG : RUN_TRANSPORT;
    if (attempt == RUN_ANSWERED) {
        *answer = cJSON_CreateObject();
        base_json_set_number(*answer, "status", 201);
        cJSON *body = cJSON_AddObjectToObject(*answer, "body");
        base_json_set_number(body, "sent", sent);
    }
done:
    free(space);
    free(hub);
    free(as);
    free(key);
    return attempt;
}
