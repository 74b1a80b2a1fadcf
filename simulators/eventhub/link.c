/* Takes links from attach to detach: finds what they name, asks whether they may, and keeps the list of the live ones. */
#include "simulators/eventhub/fault.h"
#include "simulators/eventhub/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct eh_node *const nodes[] = {
    [EH_NODE_CBS] = &eh_node_cbs,
    [EH_NODE_MANAGEMENT] = &eh_node_management,
    [EH_NODE_SEND] = &eh_node_sender,
    [EH_NODE_RECEIVE] = &eh_node_receiver,
};

static char *strike_attach(struct eh_link *link, const char **condition);
static char *try_attach(struct eh_link *link, const struct amqp_attach *remote,
                        const char **condition);
static void go_live(struct eh_link *link);
static void leave(struct eh_link *link);
static void link_free(struct eh_link *link);
static char *not_found(struct eh_link *link, const char **condition);

void eh_link_requested(void *context, amqp_link_t *handle, const struct amqp_attach *remote)
{
    struct eh_link *link = base_alloc(sizeof(*link));
    const char *condition = NULL;
    link->peer = context;
    link->link = handle;
    link->partition = -1;
    link->epoch = -1;
    link->after = INT64_MIN;
    snprintf(link->identity, sizeof(link->identity), "anonymous");
    amqp_link_set_context(handle, link);
    link->next_of_peer = link->peer->links;
    link->peer->links = link;
    char *text = strike_attach(link, &condition);
    if (!text)
        text = try_attach(link, remote, &condition);
    if (text) {
        eh_link_trace(link, "attach", condition, text);
        amqp_link_refuse(handle, condition, text);
        free(text);
        return;
    }
    link->attached = true;
    go_live(link);
    eh_link_trace(link, "attach", NULL, NULL);
}

void eh_link_ended(void *context, amqp_link_t *handle, const struct amqp_error *error)
{
    struct eh_link *link = amqp_link_context(handle);
    (void)context;
    (void)error;
    if (!link)
        return;
    eh_peer_flush_trace(link->peer);
    if (link->attached && link->hub)
        eh_link_trace(link, "detach", NULL, NULL);
    leave(link);
    for (struct eh_link **at = &link->peer->links; *at; at = &(*at)->next_of_peer)
        if (*at == link) {
            *at = link->next_of_peer;
            break;
        }
    link_free(link);
}

void eh_link_credit(void *context, amqp_link_t *handle)
{
    struct eh_link *link = amqp_link_context(handle);
    (void)context;
    if (link && link->attached && link->node->credit)
        link->node->credit(link);
}

void eh_link_message(void *context, amqp_link_t *handle, const struct amqp_delivery *delivery)
{
    struct eh_link *link = amqp_link_context(handle);
    (void)context;
    if (link && link->attached && link->node->message)
        link->node->message(link, delivery);
}

void eh_link_end(struct eh_link *link, const char *condition, char *description)
{
    eh_link_trace(link, "detach", condition, description);
    leave(link);
    amqp_link_detach(link->link, condition, description);
    free(description);
}

void eh_link_accept(struct eh_link *link, uint64_t max_size, const char *capability)
{
    struct amqp_attach reply;
    amqp_link_mirror(link->link, &reply);
    reply.max_message_size = max_size;
    if (amqp_link_role(link->link) == AMQP_SENDER) /* nothing that we send is answered */
        reply.snd_settle_mode = AMQP_SND_SETTLED;
    reply.offered_capabilities = amqp_symbol(capability);
    amqp_link_accept(link->link, &reply);
}

char *eh_link_find_hub(struct eh_link *link, const char **condition)
{
    const struct eh_peer *peer = link->peer;
    const char *partition = link->address.partition;
    int64_t number = -1;
    link->hub = eh_hub_get(peer->eh, peer->space, link->address.hub);
    if (!link->hub)
        return not_found(link, condition);
    if (link->address.group && !eh_group_spelling(peer->eh, link->hub, link->address.group,
                                                  link->group, sizeof(link->group)))
        return not_found(link, condition);
    if (!partition)
        return NULL;
    if (!base_parse_int64(partition, &number) || number < 0 ||
        number >= link->hub->partition_count) {
        *condition = EH_E_RANGE;
        return eh_text(peer->eh, peer->space, link->address.hub,
                       "The specified partition '%s' is invalid for an EventHub partition sender "
                       "or receiver. It should be "
                       "between 0 and %d. Parameter name: PartitionId",
                       partition, link->hub->partition_count - 1);
    }
    link->partition = (int)number;
    return NULL;
}

char *eh_link_authorize(struct eh_link *link, unsigned any_of, const char **condition)
{
    struct eh_peer *peer = link->peer;
    char *path = base_strdup(link->address.path);
    base_lower(path);
    free(link->claim_path);
    link->claim_path = path;
    const struct eh_wish wish = {link->hub, link->group[0] ? link->group : NULL, any_of, path};
    const struct eh_claim *claim = eh_claims_grant(peer->eh, &peer->claims, &wish);
    if (claim) {
        snprintf(link->identity, sizeof(link->identity), "%s", claim->name);
        return NULL;
    }
    if (peer->claims.count > 0)
        snprintf(link->identity, sizeof(link->identity), "%s",
                 peer->claims.items[peer->claims.count - 1].name);
    *condition = AMQP_E_UNAUTHORIZED;
    return eh_text(
        peer->eh, peer->space, link->address.hub,
        "Unauthorized access. '%s' claim(s) are required to perform this operation. Resource: "
        "'sb://%s." EH_DOMAIN "/%s'.",
        any_of & EH_LISTEN ? "Listen" : "Send", peer->space, path);
}

/* As fault rules name it. */
static const char *call_of(const struct eh_link *link, const char *method)
{
    if (!strcmp(method, "transfer"))
        return link->node == &eh_node_sender ? "eventhub.send" : "eventhub.receive";
    return !strcmp(method, "attach") ? "eventhub.attach" : NULL;
}

void eh_link_trace(const struct eh_link *link, const char *method, const char *condition,
                   const char *detail)
{
    struct eh_peer *peer = link->peer;
    char *url = base_asprintf("%s://%s." EH_DOMAIN "/%s", peer->host[0] ? "amqps" : "amqp",
                              peer->space, link->address.path ? link->address.path : "");
    sim_trace_add(peer->eh->world,
                  &(struct sim_exchange){.service = "eventhub",
                                         .caller = link->identity,
                                         .method = method,
                                         .url = url,
                                         .status = condition ? eh_status_of(condition) : 200,
                                         .started_ms = sim_now_ms(peer->eh->world),
                                         .answer = detail,
                                         .call = call_of(link, method),
                                         .fault = peer->fault[0] ? peer->fault : NULL});
    peer->fault[0] = '\0';
    free(url);
}

void eh_peer_flush_trace(struct eh_peer *peer)
{
    if (!peer->busy)
        return;
    peer->busy = false;
    for (struct eh_link *link = peer->links; link; link = link->next_of_peer) {
        char detail[128];
        if (link->events == 0)
            continue;
        snprintf(detail, sizeof(detail), "{\"events\":%zu,\"transfers\":%zu,\"direction\":\"%s\"}",
                 link->events, link->transfers, link->node == &eh_node_sender ? "in" : "out");
        eh_link_trace(link, "transfer", NULL, detail);
        link->events = link->transfers = 0;
    }
}

cJSON *eh_view_links(void *context)
{
    eh_t *eh = context;
    cJSON *rows = cJSON_CreateArray();
    pthread_mutex_lock(&eh->link_lock);
    for (const struct eh_link *link = eh->links; link; link = link->next_live) {
        cJSON *row = cJSON_CreateObject();
        base_json_set_text(row, "hub", link->hub->name);
        base_json_set_text(row, "group", link->group);
        if (link->partition >= 0)
            base_json_set(row, "partition", base_json_textf("%d", link->partition));
        base_json_set_text(row, "role", link->node->role);
        base_json_set_text(row, "identity", link->identity);
        cJSON_AddItemToArray(rows, row);
    }
    pthread_mutex_unlock(&eh->link_lock);
    return rows;
}

/* -- helpers -- */

/* A fault on purpose; as eh_node.attach. */
static char *strike_attach(struct eh_link *link, const char **condition)
{
    struct sim_fault fault;
    if (!eh_fault_take(link->peer, link, "eventhub.attach", &fault))
        return NULL;
    if (fault.kind != SIM_FAULT_DETACH)
        (void)eh_fault_end(link->peer, NULL, &fault);
    *condition = eh_fault_condition(&fault);
    return eh_fault_text(link->peer, &fault);
}

static char *try_attach(struct eh_link *link, const struct amqp_attach *remote,
                        const char **condition)
{
    bool sending = remote->role == AMQP_SENDER;
    const struct amqp_value *address = sending ? &remote->target.address : &remote->source.address;
    struct amqp_bytes text = {0};
    if (sending ? remote->target.coordinator : false) {
        *condition = AMQP_E_NOT_IMPLEMENTED;
        return base_strdup(
            "Event Hubs has no transactions: a link to a coordinator cannot be made.");
    }
    if (!link->peer->space[0]) {
        *condition = AMQP_E_NOT_FOUND;
        return base_strdup("The connection names no namespace.");
    }
    (void)amqp_value_text(address, &text);
    if (!eh_address_parse(text, sending, &link->address)) {
        char *given = text.data ? amqp_bytes_dup(text) : base_strdup("");
        *condition = AMQP_E_NOT_FOUND;
        char *sentence = eh_text(link->peer->eh, link->peer->space, NULL,
                                 "The messaging entity 'sb://%s." EH_DOMAIN
                                 "/%s' could not be found. To know more visit "
                                 "https://aka.ms/sbResourceMgrExceptions.",
                                 link->peer->space, given);
        free(given);
        return sentence;
    }
    link->node = nodes[link->address.kind];
    return link->node->attach(link, remote, condition);
}

static char *not_found(struct eh_link *link, const char **condition)
{
    *condition = AMQP_E_NOT_FOUND;
    return eh_text(link->peer->eh, link->peer->space, link->address.hub,
                   "The messaging entity 'sb://%s." EH_DOMAIN
                   "/%s' could not be found. To know more visit "
                   "https://aka.ms/sbResourceMgrExceptions.",
                   link->peer->space, link->address.path);
}

static void go_live(struct eh_link *link)
{
    eh_t *eh = link->peer->eh;
    if (!link->hub)
        return;
    pthread_mutex_lock(&eh->link_lock);
    link->next_live = eh->links;
    if (eh->links)
        eh->links->previous_live = link;
    eh->links = link;
    pthread_mutex_unlock(&eh->link_lock);
}

/* Out of everything that the world sees; the engine may still wait for the peer's detach. */
static void leave(struct eh_link *link)
{
    eh_t *eh = link->peer->eh;
    if (!link->attached)
        return;
    link->attached = false;
    if (link->node == &eh_node_receiver)
        eh_receiver_leave(link);
    if (!link->hub)
        return;
    pthread_mutex_lock(&eh->link_lock);
    if (link->previous_live)
        link->previous_live->next_live = link->next_live;
    else
        eh->links = link->next_live;
    if (link->next_live)
        link->next_live->previous_live = link->previous_live;
    pthread_mutex_unlock(&eh->link_lock);
}

static void link_free(struct eh_link *link)
{
    for (size_t i = 0; i < link->reply_count; i++)
        base_buf_release(&link->replies[i]);
    free(link->replies);
    eh_address_release(&link->address);
    eh_hub_unref(link->hub);
    free(link->claim_path);
    free(link);
}
