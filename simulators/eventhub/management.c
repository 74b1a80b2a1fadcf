/* Answers $management: READ of a hub and of a partition (facts eventhub.md §2 $management). */
#include "simulators/eventhub/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CREDIT 100
#define EMPTY_TIME_MS (-62135596800000LL) /* 0001-01-01 */

struct request {
    const char *operation, *type, *name, *partition, *token;
};

static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition);
static void message(struct eh_link *link, const struct amqp_delivery *delivery);
static const char *read_entity(struct eh_link *link, const struct request *request,
                               struct base_buf *value, char **text);
static const char *authorize(struct eh_link *link, struct eh_hub *hub,
                             const struct request *request, char **text);
static void put_hub(struct base_buf *out, const struct eh_hub *hub);
static const char *put_partition(eh_t *eh, struct base_buf *out, struct eh_hub *hub,
                                 const char *partition, char **text);
static void put_text(struct base_buf *out, const char *name, const char *value);

const struct eh_node eh_node_management = {"$management", attach, message, eh_reply_credit};

/* Every request is authorized by the hub that it names. */
static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition)
{
    (void)condition;
    eh_link_accept(link, UINT64_MAX, NULL);
    if (remote->role == AMQP_SENDER)
        amqp_link_auto_credit(link->link, CREDIT);
    return NULL;
}

static void message(struct eh_link *link, const struct amqp_delivery *delivery)
{
    struct amqp_message parsed;
    struct base_error err = {0};
    struct base_arena arena;
    struct base_buf value = {0};
    char *text = NULL;

    if (amqp_message_parse(delivery->payload, &parsed, &err) != BASE_OK) {
        amqp_link_reject(link->link, delivery->id, AMQP_E_DECODE, err.message);
        return;
    }
    if (!delivery->settled)
        amqp_link_accept_delivery(link->link, delivery->id);
    base_arena_init(&arena);
    const struct request request = {
        eh_request_text(&arena, &parsed, "operation"), eh_request_text(&arena, &parsed, "type"),
        eh_request_text(&arena, &parsed, "name"), eh_request_text(&arena, &parsed, "partition"),
        eh_request_text(&arena, &parsed, "security_token")};
    const char *condition = read_entity(link, &request, &value, &text);
    eh_reply_send(link, &parsed,
                  &(struct eh_reply){condition ? eh_status_of(condition) : 200, text ? text : "OK",
                                     condition, condition ? NULL : &value});
    char *detail = base_asprintf("%s %s", request.type ? request.type : "", text ? text : "");
    eh_link_trace(link, "read", condition, detail);
    free(detail);
    free(text);
    base_buf_release(&value);
    base_arena_release(&arena);
}

/* NULL: `value` holds the answer; else the condition, and its sentence in *text. */
static const char *read_entity(struct eh_link *link, const struct request *request,
                               struct base_buf *value, char **text)
{
    struct eh_peer *peer = link->peer;
    bool is_hub = base_equal(request->type, "com.microsoft:eventhub");
    const char *condition = NULL;

    if (!base_equal(request->operation, "READ") ||
        (!is_hub && !base_equal(request->type, "com.microsoft:partition"))) {
        *text = eh_text(peer->eh, peer->space, NULL,
                        "The operation '%s' of type '%s' is not supported; expected READ of "
                        "com.microsoft:eventhub or "
                        "com.microsoft:partition.",
                        request->operation ? request->operation : "",
                        request->type ? request->type : "");
        return AMQP_E_NOT_IMPLEMENTED;
    }
    struct eh_hub *hub = request->name ? eh_hub_get(peer->eh, peer->space, request->name) : NULL;
    if (!hub) {
        *text = eh_text(peer->eh, peer->space, request->name,
                        "The messaging entity 'sb://%s." EH_DOMAIN
                        "/%s' could not be found. To know more visit "
                        "https://aka.ms/sbResourceMgrExceptions.",
                        peer->space, request->name ? request->name : "");
        return AMQP_E_NOT_FOUND;
    }
    condition = authorize(link, hub, request, text);
    if (!condition && is_hub)
        put_hub(value, hub);
    else if (!condition)
        condition = put_partition(peer->eh, value, hub, request->partition, text);
    eh_hub_unref(hub);
    return condition;
}

/* Send or Listen is enough; a token in the request counts for this request only. */
static const char *authorize(struct eh_link *link, struct eh_hub *hub,
                             const struct request *request, char **text)
{
    struct eh_peer *peer = link->peer;
    struct eh_claims own = {0};
    struct eh_claim claim;
    struct base_error err = {0};
    char *path = base_asprintf("%s/$management", request->name);
    base_lower(path);
    const struct eh_wish wish = {hub, NULL, EH_SEND | EH_LISTEN, path};
    const struct eh_claim *grant = eh_claims_grant(peer->eh, &peer->claims, &wish);
    if (!grant && request->token) {
        bool sas = base_starts_nocase(request->token, "SharedAccessSignature ");
        if (eh_token_check(peer->eh, peer->space, sas ? "servicebus.windows.net:sastoken" : "jwt",
                           request->token, path, &claim, &err) == BASE_OK &&
            eh_claims_put(&own, &claim))
            grant = eh_claims_grant(peer->eh, &own, &wish);
    }
    if (!grant && peer->claims.count > 0) /* who was refused, for the trace */
        snprintf(link->identity, sizeof(link->identity), "%s",
                 peer->claims.items[peer->claims.count - 1].name);
    if (grant)
        snprintf(link->identity, sizeof(link->identity), "%s", grant->name);
    else
        *text = eh_text(peer->eh, peer->space, request->name,
                        "Unauthorized access. 'Listen' claim(s) are required to perform this "
                        "operation. Resource: "
                        "'sb://%s." EH_DOMAIN "/%s'. %s",
                        peer->space, path, err.message);
    eh_claims_release(&own);
    free(path);
    return *text ? AMQP_E_UNAUTHORIZED : NULL;
}

static void put_hub(struct base_buf *out, const struct eh_hub *hub)
{
    char numbers[EH_PARTITIONS_MAX][12];
    const char *ids[EH_PARTITIONS_MAX];
    for (int i = 0; i < hub->partition_count; i++) {
        snprintf(numbers[i], sizeof(numbers[i]), "%d", i);
        ids[i] = numbers[i];
    }
    size_t map = amqp_put_map(out);
    put_text(out, "name", hub->name);
    put_text(out, "type", "com.microsoft:eventhub");
    amqp_put_string(out, "created_at");
    amqp_put_timestamp(out, hub->created_ms);
    amqp_put_string(out, "partition_count");
    amqp_put_int(out, hub->partition_count);
    amqp_put_string(out, "partition_ids");
    amqp_put_strings(out, ids, (size_t)hub->partition_count);
    amqp_put_string(out, "georeplication_factor");
    amqp_put_int(out, 1);
    amqp_put_end(out, map, 12);
}

static const char *put_partition(eh_t *eh, struct base_buf *out, struct eh_hub *hub,
                                 const char *partition, char **text)
{
    int64_t number = -1;
    struct eh_log_info info;
    char offset[24];
    if (!partition || !base_parse_int64(partition, &number) || number < 0 ||
        number >= hub->partition_count) {
        *text = eh_text(eh, hub->namespace_name, hub->name,
                        "The specified partition '%s' is invalid for an EventHub partition sender "
                        "or receiver. It should be "
                        "between 0 and %d. Parameter name: PartitionId",
                        partition ? partition : "", hub->partition_count - 1);
        return EH_E_RANGE;
    }
    eh_log_info(hub->partitions[number].log, &info);
    snprintf(offset, sizeof(offset), "%lld", (long long)info.last.offset);
    size_t map = amqp_put_map(out);
    put_text(out, "name", hub->name);
    put_text(out, "type", "com.microsoft:partition");
    put_text(out, "partition", partition);
    amqp_put_string(out, "begin_sequence_number");
    amqp_put_long(out, info.first);
    amqp_put_string(out, "last_enqueued_sequence_number");
    amqp_put_long(out, info.last.sequence);
    put_text(out, "last_enqueued_offset", offset);
    amqp_put_string(out, "last_enqueued_time_utc");
    amqp_put_timestamp(out, info.last.sequence < 0 ? EMPTY_TIME_MS : info.last.time_ms);
    amqp_put_string(out, "is_partition_empty");
    amqp_put_bool(out, info.empty);
    amqp_put_end(out, map, 16);
    return NULL;
}

static void put_text(struct base_buf *out, const char *name, const char *value)
{
    amqp_put_string(out, name);
    amqp_put_string(out, value);
}
