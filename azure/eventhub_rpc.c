/* Decides how a request travels to a node of the service ($cbs, $management) and its reply comes back. */
#include "azure/eventhub_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_CREDIT 50

static void got_reply(struct az_link *link, const struct amqp_delivery *delivery);

/* -- opening -------------------------------------------------------------------------------------------------------- */

/* The two links have names of their own: some peers know links by name only, whatever their direction. */
static enum base_status open_pair_locked(struct az_rpc *rpc, int64_t until, struct base_error *err)
{
    az_eventhub_t *client = rpc->sender.client;
    struct amqp_attach attach;
    char name[96];

    snprintf(rpc->reply_to, sizeof rpc->reply_to, "%s-%llu", rpc->node + 1,
             (unsigned long long)++client->serial);
    snprintf(name, sizeof name, "%s-request", rpc->reply_to);
    amqp_attach_init(&attach, name, AMQP_SENDER);
    attach.source = (struct amqp_source){.present = true, .address = amqp_string(rpc->reply_to)};
    attach.target = (struct amqp_target){.present = true, .address = amqp_string(rpc->node)};
    enum base_status status = az_link_open_locked(&rpc->sender, NULL, &attach, until, err);
    if (status)
        return status;
    snprintf(name, sizeof name, "%s-reply", rpc->reply_to);
    amqp_attach_init(&attach, name, AMQP_RECEIVER);
    attach.source = (struct amqp_source){.present = true, .address = amqp_string(rpc->node)};
    attach.target = (struct amqp_target){.present = true, .address = amqp_string(rpc->reply_to)};
    rpc->receiver.message = got_reply;
    status = az_link_open_locked(&rpc->receiver, rpc->sender.session, &attach, until, err);
    if (status) {
        az_link_close_locked(&rpc->sender);
        return status;
    }
    amqp_link_auto_credit(rpc->receiver.link, REPLY_CREDIT);
    az_io_wake(client);
    return BASE_OK;
}

static bool is_up(const struct az_rpc *rpc)
{
    return rpc->sender.state == AZ_LINK_UP && rpc->receiver.state == AZ_LINK_UP;
}

/* One caller opens the pair (the service refuses a second $cbs), the others wait for it. */
enum base_status az_rpc_open_locked(struct az_rpc *rpc, int64_t until, struct base_error *err)
{
    az_eventhub_t *client = rpc->sender.client;
    enum base_status status = BASE_OK;

    while (!status && rpc->opening)
        status = az_wait_locked(client, until, rpc->node, err);
    if (status || is_up(rpc))
        return status;
    rpc->opening = true;
    rpc->generation++;
    az_link_close_locked(&rpc->sender);
    az_link_close_locked(&rpc->receiver);
    status = open_pair_locked(rpc, until, err);
    rpc->opening = false;
    pthread_cond_broadcast(&client->changed);
    return status;
}

/* -- replies (I/O thread) -------------------------------------------------------------------------------------------- */

/* The SDKs read both spellings of these names. */
static bool get_property(const struct amqp_message *message, const char *name, const char *camel,
                         struct amqp_value *out)
{
    return amqp_map_get(&message->application_properties, name, out) ||
           amqp_map_get(&message->application_properties, camel, out);
}

static void copy_text(const struct amqp_value *value, char *to, size_t size)
{
    struct amqp_bytes text;

    if (amqp_value_text(value, &text))
        snprintf(to, size, "%.*s", (int)text.len, text.data);
}

static void fill_reply(struct az_reply *reply, struct amqp_bytes payload)
{
    struct amqp_message message;
    struct amqp_value value;
    int64_t status = 0;

    base_buf_append(&reply->payload, payload.data, payload.len);
    payload.data = reply->payload.data;
    if (amqp_message_parse(payload, &message, NULL))
        return; /* status 0: told as a broken reply */
    if (get_property(&message, "status-code", "statusCode", &value) &&
        amqp_value_int64(&value, &status))
        reply->status = (int)status;
    if (get_property(&message, "status-description", "statusDescription", &value))
        copy_text(&value, reply->description, sizeof reply->description);
    if (get_property(&message, "error-condition", "errorCondition", &value))
        copy_text(&value, reply->condition, sizeof reply->condition);
    if (message.body == AMQP_BODY_VALUE)
        reply->value = message.value;
}

static bool correlation_of(struct amqp_bytes payload, uint64_t *id)
{
    struct amqp_message message;
    struct amqp_bytes text;
    int64_t number;

    if (amqp_message_parse(payload, &message, NULL) ||
        !amqp_value_text(&message.properties.correlation_id, &text) || text.len > 20)
        return false;
    char digits[24];
    snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.data);
    if (!base_parse_int64(digits, &number))
        return false;
    *id = (uint64_t)number;
    return true;
}

static void got_reply(struct az_link *link, const struct amqp_delivery *delivery)
{
    struct az_rpc *rpc = (struct az_rpc *)((char *)link - offsetof(struct az_rpc, receiver));
    uint64_t id;

    if (!correlation_of(delivery->payload, &id))
        return;
    for (struct az_pending *at = rpc->pending; at; at = at->next) {
        if (at->id != id || at->done)
            continue;
        fill_reply(at->reply, delivery->payload);
        at->done = true;
    }
}

/* -- requests ------------------------------------------------------------------------------------------------------- */

static void build_request(struct base_buf *out, const struct az_rpc *rpc, uint64_t id,
                          const struct az_request *request)
{
    const struct az_event_property *property = request->properties;
    struct amqp_message message;
    struct base_buf map = {0};
    char text[24];
    uint32_t items = 0;

    snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    amqp_message_init(&message);
    message.properties.present = true;
    message.properties.message_id = amqp_string(text);
    message.properties.to = amqp_bytes_of(rpc->node);
    message.properties.reply_to = amqp_bytes_of(rpc->reply_to);
    size_t mark = amqp_put_map(&map);
    for (; property->name; property++, items += 2) {
        amqp_put_string(&map, property->name);
        amqp_put_value(&map, &property->value);
    }
    amqp_put_end(&map, mark, items);
    message.application_properties = amqp_raw(&map);
    message.body = AMQP_BODY_VALUE;
    message.value = request->body;
    amqp_message_build(out, &message);
    base_buf_release(&map);
}

static enum base_status send_locked(struct az_rpc *rpc, const struct base_buf *request,
                                    int64_t until, struct base_error *err)
{
    az_eventhub_t *client = rpc->sender.client;
    struct amqp_bytes part = {request->data, request->len};
    struct amqp_send message = {.parts = &part, .part_count = 1, .settled = true};
    enum base_status status = BASE_OK;

    while (!status && is_up(rpc) && !amqp_link_sendable(rpc->sender.link))
        status = az_wait_locked(client, until, rpc->node, err);
    if (!status && is_up(rpc)) {
        status = amqp_link_send(rpc->sender.link, &message, err);
        az_io_wake(client);
    }
    return status;
}

static enum base_status judge(struct az_rpc *rpc, const struct az_pending *pending,
                              struct base_error *err)
{
    const struct az_reply *reply = pending->reply;
    static const struct {
        int status;
        const char *condition;
    } codes[] = {
        {400, "com.microsoft:argument-error"}, {401, "amqp:unauthorized-access"},
        {403, "amqp:unauthorized-access"},     {404, "amqp:not-found"},
        {408, "com.microsoft:timeout"},        {500, "amqp:internal-error"},
        {503, "com.microsoft:server-busy"},
    };

    if (!pending->done)
        return az_copy_error(err,
                             rpc->sender.error.status ? &rpc->sender.error : &rpc->receiver.error);
    if (reply->status >= 200 && reply->status < 300)
        return BASE_OK;
    if (!reply->status)
        return base_error_set(err, BASE_PROTOCOL, NULL, "%s: the reply has no status-code",
                              rpc->node);
    if (err)
        err->http_status = err->status ? err->http_status : reply->status;
    const char *condition = reply->condition;
    for (size_t i = 0; !*condition && i < sizeof codes / sizeof *codes; i++)
        condition = codes[i].status == reply->status ? codes[i].condition : "";
    return az_condition_error(err, *condition ? condition : "amqp:internal-error",
                              reply->description, rpc->node);
}

static void unlink_pending(struct az_rpc *rpc, const struct az_pending *pending)
{
    struct az_pending **at = &rpc->pending;

    while (*at != pending)
        at = &(*at)->next;
    *at = pending->next;
}

enum base_status az_rpc_call_locked(struct az_rpc *rpc, const struct az_request *request,
                                    struct az_reply *reply, struct base_error *err)
{
    az_eventhub_t *client = rpc->sender.client;
    struct base_buf message = {0};
    enum base_status status = az_rpc_open_locked(rpc, request->until, err);

    if (status)
        return status;
    struct az_pending pending = {
        .id = ++rpc->last_id, .generation = rpc->generation, .reply = reply, .next = rpc->pending};
    rpc->pending = &pending;
    build_request(&message, rpc, pending.id, request);
    status = send_locked(rpc, &message, request->until, err);
    while (!status && !pending.done && is_up(rpc) && pending.generation == rpc->generation)
        status = az_wait_locked(client, request->until, rpc->node, err);
    unlink_pending(rpc, &pending);
    base_buf_release(&message);
    return status ? status : judge(rpc, &pending, err);
}

void az_reply_release(struct az_reply *reply)
{
    base_buf_release(&reply->payload);
}
