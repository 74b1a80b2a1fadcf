/* Takes events from a client's sender link into the partitions (facts eventhub.md §2 Send). */
#include "simulators/eventhub/fault.h"
#include "simulators/eventhub/peer.h"

#include <stdlib.h>
#include <string.h>

#define IDEMPOTENT "com.microsoft:idempotent-producer"

static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition);
static void message(struct eh_link *link, const struct amqp_delivery *delivery);
static bool strike(struct eh_link *link, const struct amqp_delivery *delivery,
                   const struct sim_fault *fault);
static enum base_status address_batch(struct eh_link *link, struct base_error *err);
static void refuse(struct eh_link *link, const struct amqp_delivery *delivery,
                   const struct base_error *err);

const struct eh_node eh_node_sender = {"sender", attach, message, NULL};

static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition)
{
    enum eh_status status;
    if (amqp_symbols_have(&remote->desired_capabilities, IDEMPOTENT)) {
        *condition = AMQP_E_NOT_IMPLEMENTED;
        return base_strdup(
            "Idempotent producers are not supported here: attach without the capability " IDEMPOTENT
            ".");
    }
    char *text = eh_link_find_hub(link, condition);
    if (!text)
        text = eh_link_authorize(link, EH_SEND, condition);
    if (text)
        return text;
    status = eh_hub_status(link->peer->eh, link->hub);
    if (status == EH_DISABLED || status == EH_SEND_DISABLED) {
        *condition = EH_E_DISABLED;
        return eh_text(link->peer->eh, link->peer->space, link->address.hub,
                       "Messaging entity '%s' is currently disabled.", link->address.hub);
    }
    eh_link_accept(link, EH_MESSAGE_MAX, NULL);
    struct sim_fault fault;
    if (eh_fault_take(link->peer, link, "eventhub.credit", &fault))
        eh_fault_starve(link, &fault);
    else
        amqp_link_auto_credit(link->link, EH_SENDER_CREDIT);
    return NULL;
}

static void message(struct eh_link *link, const struct amqp_delivery *delivery)
{
    struct eh_peer *peer = link->peer;
    struct eh_batch *batch = &peer->batch;
    struct base_error err = {0};
    struct sim_fault fault = {0};

    if (peer->broken) /* what is still in the buffers of a broken connection never came */
        return;
    if (eh_fault_take(peer, link, "eventhub.send", &fault) && strike(link, delivery, &fault))
        return;
    if (eh_batch_read(batch, delivery->payload, delivery->message_format, &err) != BASE_OK ||
        address_batch(link, &err) != BASE_OK ||
        eh_hub_append(peer->eh, link->hub, link->partition, batch, &err) != BASE_OK) {
        refuse(link, delivery, &err);
        return;
    }
    link->events += batch->count;
    link->transfers++;
    peer->busy = true;
    if (fault.kind == SIM_FAULT_DROP_ANSWER)
        (void)eh_fault_end(peer, link, &fault);
    else if (!delivery->settled)
        amqp_link_accept_delivery(link->link, delivery->id);
    if (fault.kind == SIM_FAULT_NO_CREDIT)
        eh_fault_starve(link, &fault);
}

/* A fault on purpose before the effect: true when the message is not taken. */
static bool strike(struct eh_link *link, const struct amqp_delivery *delivery,
                   const struct sim_fault *fault)
{
    struct base_error err = {0};
    if (fault->kind == SIM_FAULT_DROP_ANSWER || fault->kind == SIM_FAULT_NO_CREDIT)
        return false; /* these strike after it */
    if (eh_fault_end(link->peer, link, fault))
        return true;
    base_error_set(&err, BASE_UNAVAILABLE, eh_fault_condition(fault),
                   "The fault rule '%s' refuses this message.", fault->rule);
    refuse(link, delivery, &err);
    return true;
}

/* A partition link takes no key; a publisher's name is the key. */
static enum base_status address_batch(struct eh_link *link, struct base_error *err)
{
    struct eh_batch *batch = &link->peer->batch;
    if (link->partition >= 0 && batch->key.data)
        return base_error_set(err, BASE_INVALID, EH_E_ARGUMENT,
                              "A partition key cannot be sent on a link to partition %d: the key "
                              "chooses the partition.",
                              link->partition);
    if (link->address.publisher) {
        batch->publisher = amqp_bytes_of(link->address.publisher);
        batch->key = batch->publisher;
    }
    return BASE_OK;
}

static void refuse(struct eh_link *link, const struct amqp_delivery *delivery,
                   const struct base_error *err)
{
    const char *condition = err->code[0] ? err->code : AMQP_E_INTERNAL;
    char *text = eh_text(link->peer->eh, link->peer->space, link->address.hub, "%s", err->message);
    eh_link_trace(link, "transfer", condition, text);
    if (!delivery->settled)
        amqp_link_reject(link->link, delivery->id, condition, text);
    free(text);
}
