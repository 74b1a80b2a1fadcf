/* Answers $cbs: put-token turns a token into a claim of the connection (facts eventhub.md §2 $cbs). */
#include "simulators/eventhub/fault.h"
#include "simulators/eventhub/peer.h"

#include <stdlib.h>
#include <string.h>

#define CREDIT 100

static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition);
static void message(struct eh_link *link, const struct amqp_delivery *delivery);
static void put_token(struct eh_link *link, const struct amqp_message *request,
                      struct base_error *err);
static void trace(struct eh_link *link, const char *audience, const struct base_error *err);

const struct eh_node eh_node_cbs = {"$cbs", attach, message, eh_reply_credit};

/* One pair a connection, as with the service. */
static char *attach(struct eh_link *link, const struct amqp_attach *remote, const char **condition)
{
    for (const struct eh_link *other = link->peer->links; other; other = other->next_of_peer)
        if (other != link && other->attached && other->node == &eh_node_cbs &&
            amqp_link_role(other->link) == amqp_link_role(link->link)) {
            *condition = AMQP_E_NOT_ALLOWED;
            return eh_text(link->peer->eh, link->peer->space, NULL,
                           "$cbs node has already been opened.");
        }
    eh_link_accept(link, UINT64_MAX, NULL);
    if (remote->role == AMQP_SENDER)
        amqp_link_auto_credit(link->link, CREDIT);
    return NULL;
}

static void message(struct eh_link *link, const struct amqp_delivery *delivery)
{
    struct amqp_message request;
    struct base_error err = {0};
    if (amqp_message_parse(delivery->payload, &request, &err) != BASE_OK) {
        amqp_link_reject(link->link, delivery->id, AMQP_E_DECODE, err.message);
        return;
    }
    if (!delivery->settled)
        amqp_link_accept_delivery(link->link, delivery->id);
    put_token(link, &request, &err);
    const char *condition = err.status == BASE_OK                ? NULL
                            : err.status == BASE_UNAUTHENTICATED ? AMQP_E_UNAUTHORIZED
                                                                 : EH_E_ARGUMENT;
    char *text = err.status == BASE_OK
                     ? base_strdup("Accepted")
                     : eh_text(link->peer->eh, link->peer->space, NULL, "%s", err.message);
    eh_reply_send(
        link, &request,
        &(struct eh_reply){condition ? eh_status_of(condition) : 202, text, condition, NULL});
    free(text);
}

/* A fault on purpose: true when it is refused. */
static bool strike(struct eh_link *link, struct base_error *err)
{
    struct sim_fault fault;
    if (!eh_fault_take(link->peer, link, "eventhub.putToken", &fault))
        return false;
    (void)eh_fault_end(link->peer, link, &fault);
    char *text = eh_fault_text(link->peer, &fault);
    base_error_set(err, fault.status == 401 ? BASE_UNAUTHENTICATED : BASE_INVALID,
                   eh_fault_condition(&fault), "%s", text);
    free(text);
    return true;
}

static void put_token(struct eh_link *link, const struct amqp_message *request,
                      struct base_error *err)
{
    struct base_arena arena;
    struct amqp_bytes token = {0};
    struct eh_claim claim;
    base_arena_init(&arena);
    const char *operation = eh_request_text(&arena, request, "operation");
    const char *type = eh_request_text(&arena, request, "type"),
               *name = eh_request_text(&arena, request, "name");
    if (!base_equal(operation, "put-token"))
        (void)base_error_set(err, BASE_INVALID, EH_E_ARGUMENT,
                             "The operation '%s' is not supported; expected put-token.",
                             operation ? operation : "");
    else if (!type || !name || request->body != AMQP_BODY_VALUE ||
             !amqp_value_text(&request->value, &token))
        (void)base_error_set(err, BASE_INVALID, EH_E_ARGUMENT,
                             "put-token needs the application properties name and type, and the "
                             "token as a string body.");
    else if (strike(link, err))
        ;
    else if (eh_token_check(link->peer->eh, link->peer->space, type,
                            base_arena_strndup(&arena, token.data, token.len), name, &claim,
                            err) == BASE_OK) {
        base_error_clear(err);
        memcpy(link->identity, claim.name, sizeof(link->identity));
        if (!eh_claims_put(&link->peer->claims, &claim))
            (void)base_error_set(err, BASE_INVALID, EH_E_ARGUMENT,
                                 "A connection can hold %d tokens.", EH_CLAIMS_MAX);
        link->peer->review_ms = eh_peer_expiry(link->peer);
    }
    trace(link, name ? name : "", err);
    base_arena_release(&arena);
}

static void trace(struct eh_link *link, const char *audience, const struct base_error *err)
{
    sim_trace_add(link->peer->eh->world,
                  &(struct sim_exchange){.service = "eventhub",
                                         .caller = link->identity,
                                         .method = "put-token",
                                         .url = audience,
                                         .status = err->status == BASE_OK                ? 202
                                                   : err->status == BASE_UNAUTHENTICATED ? 401
                                                                                         : 400,
                                         .started_ms = sim_now_ms(link->peer->eh->world),
                                         .answer = err->status == BASE_OK ? NULL : err->message,
                                         .call = "eventhub.putToken",
                                         .fault = link->peer->fault[0] ? link->peer->fault : NULL});
    link->peer->fault[0] = '\0';
}
