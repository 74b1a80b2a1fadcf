/* Decides how a hub and its partitions are looked at ($management). */
#include "azure/eventhub_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is read: a hub, or one of its partitions. */
struct subject {
    const char *entity, *type;
    const char *partition; /* NULL: the hub */
};

static enum base_status call_locked(az_eventhub_t *client, const struct subject *subject,
                                    struct az_reply *reply, int64_t until, struct base_error *err)
{
    char *token = base_strdup(az_token_of_locked(client, subject->entity));
    const char *type = subject->type, *partition = subject->partition;
    const struct az_event_property properties[] = {
        {"operation", amqp_string("READ")},
        {"name", amqp_string(client->config.hub)},
        {"type", amqp_string(type)},
        {"security_token", amqp_string(token)},
        {partition ? "partition" : NULL, amqp_string(partition)},
        {NULL, amqp_null()},
    };
    struct az_request request = {properties, amqp_null(), until};
    enum base_status status = az_rpc_call_locked(&client->management, &request, reply, err);

    free(token);
    return status;
}

/* A READ of `type`; partition NULL: of the hub. The reply's value is a map. */
static enum base_status read_locked(az_eventhub_t *client, const char *type, const char *partition,
                                    struct az_reply *reply, struct base_error *err)
{
    int64_t until = az_until(client);
    char *entity = base_asprintf("%s/$management", client->config.hub);
    struct subject subject = {entity, type, partition};
    enum base_status status = az_authorize_locked(client, entity, until, err);

    if (!status) {
        status = call_locked(client, &subject, reply, until, err);
        az_unauthorize_locked(client, entity); /* the next read puts a new token */
    }
    if (!status && reply->value.type != AMQP_MAP)
        status = base_error_set(err, BASE_PROTOCOL, NULL,
                                "$management answered READ with a %s, map expected",
                                amqp_type_name(reply->value.type));
    free(entity);
    return status;
}

static int64_t get_number(const struct amqp_value *map, const char *name, int64_t fallback)
{
    struct amqp_value value;
    int64_t number;

    return amqp_map_get(map, name, &value) && amqp_value_int64(&value, &number) ? number : fallback;
}

static char *get_text(const struct amqp_value *map, const char *name)
{
    struct amqp_value value;
    struct amqp_bytes text;

    if (!amqp_map_get(map, name, &value) || !amqp_value_text(&value, &text))
        return base_strdup("");
    return amqp_bytes_dup(text);
}

static enum base_status get_ids(const struct amqp_value *map, struct az_hub_properties *out,
                                struct base_error *err)
{
    struct amqp_value ids, id;
    struct amqp_items items;
    struct amqp_bytes text;

    if (!amqp_map_get(map, "partition_ids", &ids) ||
        (ids.type != AMQP_ARRAY && ids.type != AMQP_LIST) || !ids.count)
        return base_error_set(err, BASE_PROTOCOL, NULL, "$management named no partition_ids");
    out->partition_ids = base_alloc(ids.count * sizeof *out->partition_ids);
    amqp_items_init(&items, &ids);
    while (amqp_items_next(&items, &id)) {
        if (!amqp_value_text(&id, &text))
            return base_error_set(err, BASE_PROTOCOL, NULL,
                                  "$management named a partition id of type %s, string expected",
                                  amqp_type_name(id.type));
        out->partition_ids[out->partition_count++] = amqp_bytes_dup(text);
    }
    return BASE_OK;
}

void az_hub_properties_release(struct az_hub_properties *properties)
{
    for (size_t i = 0; i < properties->partition_count; i++)
        free(properties->partition_ids[i]);
    free(properties->partition_ids);
    free(properties->name);
    memset(properties, 0, sizeof *properties);
}

enum base_status az_eventhub_properties(az_eventhub_t *client, struct az_hub_properties *out,
                                        struct base_error *err)
{
    struct az_reply reply = {0};

    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&client->lock);
    enum base_status status = read_locked(client, "com.microsoft:eventhub", NULL, &reply, err);
    pthread_mutex_unlock(&client->lock);
    if (!status) {
        out->name = get_text(&reply.value, "name");
        out->created_ms = get_number(&reply.value, "created_at", 0);
        status = get_ids(&reply.value, out, err);
    }
    az_reply_release(&reply);
    if (status)
        az_hub_properties_release(out);
    return status;
}

enum base_status az_eventhub_partition_properties(az_eventhub_t *client, const char *partition_id,
                                                  struct az_partition_properties *out,
                                                  struct base_error *err)
{
    struct az_reply reply = {0};
    struct amqp_value empty;

    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&client->lock);
    enum base_status status =
        read_locked(client, "com.microsoft:partition", partition_id, &reply, err);
    pthread_mutex_unlock(&client->lock);
    if (!status) {
        char *offset = get_text(&reply.value, "last_enqueued_offset");
        snprintf(out->last_enqueued_offset, sizeof out->last_enqueued_offset, "%s", offset);
        free(offset);
        out->begin_sequence_number = get_number(&reply.value, "begin_sequence_number", -1);
        out->last_enqueued_sequence_number =
            get_number(&reply.value, "last_enqueued_sequence_number", -1);
        out->last_enqueued_ms = get_number(&reply.value, "last_enqueued_time_utc", 0);
        out->is_empty = amqp_map_get(&reply.value, "is_partition_empty", &empty) &&
                        empty.type == AMQP_BOOLEAN && empty.as.boolean;
    }
    az_reply_release(&reply);
    return status;
}
