/* Says what a connection of a client may do as a whole: SASL, open, the namespace it is for, and the age of its tokens. */
#include "simulators/eventhub/fault.h"
#include "simulators/eventhub/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the service does (facts eventhub.md §2, Connection). */
#define MAX_FRAME 65536u
#define CHANNEL_MAX 4999
#define HANDLE_MAX 255u
#define WINDOW 5000u
#define IDLE_MS 240000

/* Hosts of namespaces; the second is the seed's spelling. */
static const char *const domains[] = {".servicebus.windows.net", ".servicesbus.windows.net"};

static const char *const mechanisms[] = {"MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL", NULL};

static enum amqp_sasl_code on_sasl(void *context, amqp_connection_t *connection,
                                   struct amqp_bytes mechanism, struct amqp_bytes response);
static void on_opened(void *context, amqp_connection_t *connection, const struct amqp_open *remote);
static void strike_open(struct eh_peer *peer, const struct sim_fault *fault);
static bool space_of(const char *host, char *out, size_t size);
static bool plain_login(struct eh_peer *peer);
static void refuse_open(struct eh_peer *peer, const char *condition, char *text);
static const char *fault_of(struct eh_link *link, char **text);

const struct amqp_handlers eh_peer_handlers = {
    .sasl = on_sasl,
    .opened = on_opened,
    .link_requested = eh_link_requested,
    .link_ended = eh_link_ended,
    .link_credit = eh_link_credit,
    .message = eh_link_message,
};

struct eh_peer *eh_peer_new(eh_t *eh, int64_t now_ms)
{
    struct eh_peer *peer = base_alloc(sizeof(*peer));
    char container[48], hex[33];
    base_random_hex(sim_world_random(eh->world), hex, 32);
    snprintf(container, sizeof(container), "%s_G0", hex);
    peer->eh = eh;
    peer->generation = atomic_load(&eh->generation);
    peer->review_ms = INT64_MAX;
    struct amqp_connection_config config = {
        .side = AMQP_SERVER,
        .container_id = container,
        .sasl_mechanisms = mechanisms,
        .sasl_optional = true,
        .max_frame_size = MAX_FRAME,
        .channel_max = CHANNEL_MAX,
        .handle_max = HANDLE_MAX,
        .incoming_window = WINDOW,
        .idle_timeout_ms = IDLE_MS,
        .max_message_size = EH_MESSAGE_MAX,
    };
    peer->connection = amqp_connection_new(&config, &eh_peer_handlers, peer, now_ms);
    return peer;
}

void eh_peer_free(struct eh_peer *peer)
{
    amqp_connection_free(peer->connection);
    sim_fault_pause_free(peer->pause);
    eh_claims_release(&peer->claims);
    eh_batch_release(&peer->batch);
    free(peer->user);
    free(peer->password);
    free(peer);
}

void eh_peer_review(struct eh_peer *peer)
{
    peer->generation = atomic_load(&peer->eh->generation);
    peer->review_ms = eh_peer_expiry(peer);
    for (struct eh_link *link = peer->links; link; link = link->next_of_peer) {
        char *text = NULL;
        const char *condition = link->attached && link->hub ? fault_of(link, &text) : NULL;
        if (condition)
            eh_link_end(link, condition, text);
    }
}

int64_t eh_peer_expiry(const struct eh_peer *peer)
{
    int64_t now = sim_now_ms(peer->eh->world), first = INT64_MAX;
    for (size_t i = 0; i < peer->claims.count; i++)
        if (peer->claims.items[i].expires_ms < first && peer->claims.items[i].expires_ms > now)
            first = peer->claims.items[i].expires_ms;
    return first;
}

/* -- the engine's callbacks -- */

/* MSSBCBS, ANONYMOUS and EXTERNAL say nothing: authorization is by $cbs, per link. PLAIN is a rule and its key. */
static enum amqp_sasl_code on_sasl(void *context, amqp_connection_t *connection,
                                   struct amqp_bytes mechanism, struct amqp_bytes response)
{
    struct eh_peer *peer = context;
    struct amqp_bytes user, password;
    (void)connection;
    if (!amqp_bytes_equal(mechanism, "PLAIN"))
        return AMQP_SASL_OK;
    if (!amqp_sasl_plain_parse(response, &user, &password))
        return AMQP_SASL_AUTH;
    free(peer->user);
    free(peer->password);
    peer->user = amqp_bytes_dup(user);
    peer->password = amqp_bytes_dup(password);
    if (space_of(peer->host, peer->space, sizeof(peer->space)) && !plain_login(peer))
        return AMQP_SASL_AUTH;
    return AMQP_SASL_OK;
}

/* open.hostname says which namespace; a client that goes through another address may only have its SNI right. */
static void on_opened(void *context, amqp_connection_t *connection, const struct amqp_open *remote)
{
    struct eh_peer *peer = context;
    const char *host = amqp_connection_remote_hostname(connection);
    (void)remote;
    bool known = space_of(host, peer->space, sizeof(peer->space)) &&
                 eh_namespace_exists(peer->eh, peer->space);
    if (!known)
        known = space_of(peer->host, peer->space, sizeof(peer->space)) &&
                eh_namespace_exists(peer->eh, peer->space);
    struct sim_fault fault;
    if (eh_fault_take(peer, NULL, "eventhub.open", &fault))
        strike_open(peer, &fault);
    else if (!known)
        refuse_open(peer, AMQP_E_NOT_FOUND,
                    base_asprintf("The namespace of host '%s' does not exist: expected "
                                  "{namespace}." EH_DOMAIN ".",
                                  *host ? host : peer->host));
    else if (peer->user && !plain_login(peer))
        refuse_open(peer, AMQP_E_UNAUTHORIZED,
                    eh_text(peer->eh, peer->space, NULL,
                            "Unauthorized access: the key of '%s' is wrong.", peer->user));
}

/* -- helpers -- */

/* A fault on purpose. */
static void strike_open(struct eh_peer *peer, const struct sim_fault *fault)
{
    if (fault->kind == SIM_FAULT_DROP_REQUEST || fault->kind == SIM_FAULT_DROP_ANSWER)
        (void)eh_fault_end(peer, NULL, fault);
    else
        refuse_open(peer, eh_fault_condition(fault), eh_fault_text(peer, fault));
}

static bool space_of(const char *host, char *out, size_t size)
{
    char *name = base_strndup(host, strcspn(host, ":"));
    bool good = false;
    base_lower(name);
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        size_t first = strcspn(name, ".");
        if (strcmp(name + first, domains[i]) == 0 && first > 0 && first < size) {
            snprintf(out, size, "%.*s", (int)first, name);
            good = true;
        }
    }
    free(name);
    return good;
}

static bool plain_login(struct eh_peer *peer)
{
    struct eh_claim claim;
    return eh_key_check(peer->eh, peer->space, peer->user, peer->password, &claim) &&
           eh_claims_put(&peer->claims, &claim);
}

static void refuse_open(struct eh_peer *peer, const char *condition, char *text)
{
    char *url = base_asprintf("amqps://%s/", peer->space[0] ? peer->space : peer->host);
    sim_trace_add(peer->eh->world,
                  &(struct sim_exchange){.service = "eventhub",
                                         .caller = peer->user ? peer->user : "anonymous",
                                         .method = "open",
                                         .url = url,
                                         .status = eh_status_of(condition),
                                         .started_ms = sim_now_ms(peer->eh->world),
                                         .answer = text,
                                         .call = "eventhub.open",
                                         .fault = peer->fault[0] ? peer->fault : NULL});
    peer->fault[0] = '\0';
    amqp_connection_close(peer->connection, condition, text);
    free(url);
    free(text);
}

/* Why a link cannot stay; NULL when it can. */
static const char *fault_of(struct eh_link *link, char **text)
{
    eh_t *eh = link->peer->eh;
    char spelling[64];
    bool sending = link->node == &eh_node_sender;
    if (atomic_load(&link->hub->gone) ||
        (link->group[0] &&
         !eh_group_spelling(eh, link->hub, link->group, spelling, sizeof(spelling)))) {
        *text = eh_text(eh, link->peer->space, link->address.hub,
                        "The messaging entity 'sb://%s." EH_DOMAIN
                        "/%s' could not be found. To know more visit "
                        "https://aka.ms/sbResourceMgrExceptions.",
                        link->peer->space, link->address.path);
        return AMQP_E_NOT_FOUND;
    }
    enum eh_status status = eh_hub_status(eh, link->hub);
    if (status == EH_DISABLED || status == (sending ? EH_SEND_DISABLED : EH_RECEIVE_DISABLED)) {
        *text = eh_text(eh, link->peer->space, link->address.hub,
                        "Messaging entity '%s' is currently disabled.", link->address.hub);
        return EH_E_DISABLED;
    }
    if (eh_claims_alive(&link->peer->claims, link->claim_path, sim_now_ms(eh->world)))
        return NULL;
    *text = eh_text(eh, link->peer->space, link->address.hub,
                    "ExpiredToken: The token of '%s' has expired.", link->address.path);
    return AMQP_E_UNAUTHORIZED;
}
