/* Sends the answers of $cbs and $management to the link that the peer opened for them. */
#include "simulators/eventhub/peer.h"

#include <stdlib.h>
#include <string.h>

static struct eh_link *reply_link(const struct eh_link *link, struct amqp_bytes reply_to);
static int fitness(const struct eh_link *asked, const struct eh_link *link,
                   struct amqp_bytes reply_to);
static void encode(struct base_buf *out, const struct amqp_message *request,
                   const struct eh_reply *reply);
static bool send_now(struct eh_link *link, const struct base_buf *payload);

void eh_reply_send(struct eh_link *link, const struct amqp_message *request,
                   const struct eh_reply *reply)
{
    struct base_buf payload = {0};
    struct eh_link *to = reply_link(link, request->properties.reply_to);
    if (!to || to->reply_count == EH_REPLIES_MAX) {
        eh_link_trace(link, "reply", AMQP_E_NOT_FOUND,
                      "no link to answer on, or too many answers wait on it");
        return;
    }
    encode(&payload, request, reply);
    if (to->reply_count == 0 && send_now(to, &payload)) {
        base_buf_release(&payload);
        return;
    }
    to->replies = base_realloc(to->replies, (to->reply_count + 1) * sizeof(*to->replies));
    to->replies[to->reply_count++] = payload;
}

void eh_reply_credit(struct eh_link *link)
{
    size_t sent = 0;
    while (sent < link->reply_count && send_now(link, &link->replies[sent]))
        base_buf_release(&link->replies[sent++]);
    if (sent > 0)
        memmove(link->replies, link->replies + sent,
                (link->reply_count - sent) * sizeof(*link->replies));
    link->reply_count -= sent;
    if (amqp_link_draining(link->link) && link->reply_count == 0)
        amqp_link_drained(link->link);
}

const char *eh_request_text(struct base_arena *arena, const struct amqp_message *request,
                            const char *name)
{
    struct amqp_value value;
    struct amqp_bytes text;
    if (!amqp_map_get(&request->application_properties, name, &value) ||
        !amqp_value_text(&value, &text))
        return NULL;
    return base_arena_strndup(arena, text.data, text.len);
}

/* -- helpers -- */

/* By target address or link name, else by session, else whichever there is (facts eventhub.md §2 $cbs). */
static struct eh_link *reply_link(const struct eh_link *asked, struct amqp_bytes reply_to)
{
    struct eh_link *best = NULL;
    int most = 0;
    for (struct eh_link *link = asked->peer->links; link; link = link->next_of_peer) {
        int fit = fitness(asked, link, reply_to);
        if (fit > most) {
            best = link;
            most = fit;
        }
    }
    return best;
}

static int fitness(const struct eh_link *asked, const struct eh_link *link,
                   struct amqp_bytes reply_to)
{
    const struct amqp_attach *remote = amqp_link_remote(link->link);
    struct amqp_bytes address = {0};
    if (!link->attached || link->node != asked->node || amqp_link_role(link->link) != AMQP_SENDER ||
        !remote)
        return 0;
    (void)amqp_value_text(&remote->target.address, &address);
    if (reply_to.data && address.data && address.len == reply_to.len &&
        memcmp(address.data, reply_to.data, reply_to.len) == 0)
        return 4;
    if (reply_to.data && remote->name.len == reply_to.len &&
        memcmp(remote->name.data, reply_to.data, reply_to.len) == 0)
        return 3;
    return amqp_link_session(link->link) == amqp_link_session(asked->link) ? 2 : 1;
}

static void encode(struct base_buf *out, const struct amqp_message *request,
                   const struct eh_reply *reply)
{
    struct amqp_message message;
    struct base_buf properties = {0};
    amqp_message_init(&message);
    message.properties.present = true;
    message.properties.correlation_id = request->properties.message_id.type != AMQP_NULL
                                            ? request->properties.message_id
                                            : request->properties.correlation_id;
    message.properties.to = request->properties.reply_to;
    size_t map = amqp_put_map(&properties);
    amqp_put_string(&properties, "status-code");
    amqp_put_int(&properties, reply->status);
    amqp_put_string(&properties, "status-description");
    amqp_put_string(&properties, reply->description);
    if (reply->condition) {
        amqp_put_string(&properties, "error-condition");
        amqp_put_symbol(&properties, reply->condition);
    }
    amqp_put_end(&properties, map, reply->condition ? 6 : 4);
    message.application_properties = amqp_raw(&properties);
    message.body = AMQP_BODY_VALUE;
    message.value = reply->value ? amqp_raw(reply->value) : amqp_null();
    amqp_message_build(out, &message);
    base_buf_release(&properties);
}

static bool send_now(struct eh_link *link, const struct base_buf *payload)
{
    const struct amqp_bytes part = {payload->data, payload->len};
    const struct amqp_send send = {.parts = &part, .part_count = 1, .settled = true};
    if (!amqp_link_sendable(link->link))
        return false;
    return amqp_link_send(link->link, &send, NULL) == BASE_OK;
}
