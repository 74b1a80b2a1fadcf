/* Decides what a fault on purpose does to a client's connection, link or message, and how calls are named for its rules. */
#include "simulators/eventhub/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRIKE_MS 5000 /* real; the loop is never away so long */
#define DETACH_FORCED "amqp:link:detach-forced"
#define CLOSE_FORCED "amqp:connection:forced"

/* What an AMQP exchange can suffer. The loop has one thread: what is held or delayed is the connection, after the effect. */
#define KINDS                                                                                      \
    (SIM_FAULT_BIT(SIM_FAULT_REFUSE) | SIM_FAULT_BIT(SIM_FAULT_DROP_REQUEST) |                     \
     SIM_FAULT_BIT(SIM_FAULT_DROP_ANSWER) | SIM_FAULT_BIT(SIM_FAULT_DETACH) |                      \
     SIM_FAULT_BIT(SIM_FAULT_CLOSE_CONNECTION) | PAUSES | FLOWS)
#define PAUSES (SIM_FAULT_BIT(SIM_FAULT_DELAY) | SIM_FAULT_BIT(SIM_FAULT_PARK_AFTER))
#define FLOWS (SIM_FAULT_BIT(SIM_FAULT_NO_CREDIT) | SIM_FAULT_BIT(SIM_FAULT_REDELIVER))

/* What a call cannot suffer: there is no link yet, no answer to refuse with, or a reply that would contradict it. */
static const struct {
    const char *call;
    unsigned without;
} limits[] = {
    {"eventhub.open", SIM_FAULT_BIT(SIM_FAULT_DETACH) | FLOWS},
    {"eventhub.putToken", SIM_FAULT_BIT(SIM_FAULT_DETACH) | FLOWS},
    {"eventhub.attach", FLOWS},
    {"eventhub.credit", ~SIM_FAULT_BIT(SIM_FAULT_NO_CREDIT)},
    {"eventhub.send", SIM_FAULT_BIT(SIM_FAULT_REDELIVER)},
    {"eventhub.receive", SIM_FAULT_BIT(SIM_FAULT_REFUSE) | SIM_FAULT_BIT(SIM_FAULT_NO_CREDIT)},
};
static const struct sim_status_word conditions[] = {
    {401, AMQP_E_UNAUTHORIZED}, {403, AMQP_E_UNAUTHORIZED}, {404, AMQP_E_NOT_FOUND},
    {429, EH_E_BUSY},           {503, EH_E_BUSY},           {0, NULL},
};

static int strike_now(void *context, const cJSON *where, const struct sim_fault *fault,
                      struct base_error *err);

/* ---- over HTTP ---- */

static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    (void)context;
    snprintf(out->call, sizeof(out->call), "eventhub.%s",
             base_equal(request->method, "POST") ? "post" : "rest");
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    struct base_buf body = {0};
    (void)context;
    (void)request;
    base_buf_printf(&body, "<Error><Code>%d</Code><Detail>", refusal->status);
    for (const char *at = refusal->message; *at; at++)
        if (*at == '<' || *at == '&')
            base_buf_puts(&body, *at == '<' ? "&lt;" : "&amp;");
        else
            base_buf_putc(&body, *at);
    base_buf_puts(&body, "</Detail></Error>");
    base_http_answer_text(response, refusal->status, "application/xml; charset=utf-8", body.data);
    base_buf_release(&body);
}

void eh_fault_add(eh_t *eh)
{
    sim_fault_room_add(eh->world, &(struct sim_fault_room){"eventhub", about, refuse, eh});
    sim_fault_strike_add(eh->world, "eventhub", strike_now, eh);
}

/* ---- over AMQP ---- */

static const char *caller_of(const struct eh_peer *peer, const struct eh_link *link)
{
    if (link && strcmp(link->identity, "anonymous") != 0)
        return link->identity;
    if (peer->claims.count > 0)
        return peer->claims.items[peer->claims.count - 1].name;
    return peer->user ? peer->user : "anonymous";
}

bool eh_fault_take(struct eh_peer *peer, const struct eh_link *link, const char *call,
                   struct sim_fault *out)
{
    sim_world_t *world = peer->eh->world;
    if (!sim_fault_armed(world))
        return false;
    unsigned kinds = KINDS;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        if (!strcmp(limits[i].call, call))
            kinds &= ~limits[i].without;
    if (peer->pause)
        kinds &= ~PAUSES; /* it is held already */
    const struct sim_fault_call exchange = {"eventhub", call, caller_of(peer, link), kinds};
    if (!sim_fault_take(world, &exchange, out))
        return false;
    sim_fault_text(out, peer->fault);
    if (!(SIM_FAULT_BIT(out->kind) & PAUSES))
        return true;
    peer->pause = sim_fault_pause_new(world, out, &exchange, peer->host);
    return false; /* all as usual, but nobody hears of it yet */
}

bool eh_fault_pausing(struct eh_peer *peer)
{
    if (!peer->pause)
        return false;
    enum sim_pause_state state = sim_fault_pause_look(peer->pause);
    if (state == SIM_PAUSE_GOES_ON)
        return true;
    peer->broken = peer->broken || state == SIM_PAUSE_DROPPED;
    sim_fault_pause_free(peer->pause);
    peer->pause = NULL;
    return false;
}

void eh_fault_starve(struct eh_link *link, const struct sim_fault *fault)
{
    snprintf(link->starved_by, sizeof(link->starved_by), "%s", fault->rule);
    amqp_link_auto_credit(link->link, 0);
    amqp_link_flow(link->link, 0, false);
    link->peer->starving = true;
}

void eh_fault_feed(struct eh_peer *peer)
{
    peer->starving = false;
    for (struct eh_link *link = peer->links; link; link = link->next_of_peer) {
        if (!link->starved_by[0] || !link->attached)
            continue;
        if (sim_fault_rule_stands(peer->eh->world, link->starved_by)) {
            peer->starving = true;
            continue;
        }
        link->starved_by[0] = '\0';
        amqp_link_auto_credit(link->link, EH_SENDER_CREDIT);
    }
}

const char *eh_fault_condition(const struct sim_fault *fault)
{
    if (fault->code[0])
        return fault->code;
    if (fault->kind == SIM_FAULT_DETACH)
        return DETACH_FORCED;
    if (fault->kind == SIM_FAULT_CLOSE_CONNECTION)
        return CLOSE_FORCED;
    return sim_status_word(conditions, fault->status, AMQP_E_INTERNAL);
}

char *eh_fault_text(const struct eh_peer *peer, const struct sim_fault *fault)
{
    return eh_text(peer->eh, peer->space, NULL, "The fault rule '%s' ends or refuses this.",
                   fault->rule);
}

bool eh_fault_end(struct eh_peer *peer, struct eh_link *link, const struct sim_fault *fault)
{
    if (fault->kind == SIM_FAULT_DETACH && link) {
        eh_link_end(link, eh_fault_condition(fault), eh_fault_text(peer, fault));
    } else if (fault->kind == SIM_FAULT_CLOSE_CONNECTION) {
        char *text = eh_fault_text(peer, fault);
        amqp_connection_close(peer->connection, eh_fault_condition(fault), text);
        free(text);
    } else if (fault->kind == SIM_FAULT_DROP_REQUEST || fault->kind == SIM_FAULT_DROP_ANSWER) {
        peer->broken = true;
    } else {
        return false;
    }
    return true;
}

/* ---- at once ---- */

void eh_fault_strike(struct eh_peer *peer, struct eh_strike *strike)
{
    bool hit = false;
    if (strike->space && !base_glob_nocase(strike->space, peer->space))
        return;
    for (struct eh_link *link = peer->links; link; link = link->next_of_peer) {
        if (!link->attached || !link->hub ||
            (strike->hub && !base_glob_nocase(strike->hub, link->hub->name)) ||
            (strike->group && !base_glob_nocase(strike->group, link->group)))
            continue;
        hit = true;
        if (strike->fault->kind != SIM_FAULT_DETACH)
            continue;
        sim_fault_text(strike->fault, peer->fault);
        strike->struck += eh_fault_end(peer, link, strike->fault);
    }
    if (hit && strike->fault->kind != SIM_FAULT_DETACH)
        strike->struck += eh_fault_end(peer, NULL, strike->fault);
}

void eh_fault_struck(eh_t *eh, struct eh_strike *strike)
{
    pthread_mutex_lock(&eh->strike_lock);
    strike->done = true;
    pthread_cond_broadcast(&eh->strike_done);
    pthread_mutex_unlock(&eh->strike_lock);
}

static bool is_text(const cJSON *where, const char *member, const char **out,
                    struct base_error *err)
{
    const cJSON *node = base_json_at(where, member);
    *out = cJSON_IsString(node) ? node->valuestring : NULL;
    if (!node || *out)
        return true;
    base_error_set(err, BASE_INVALID, "InvalidFault",
                   "%s is no text; expected a glob such as \"*\"", member);
    base_error_target(err, "%s", member);
    return false;
}

/* Any thread. A namespace may be given with its domain. The loop does it, and is waited for; a second asker waits for the first. */
static int strike_now(void *context, const cJSON *where, const struct sim_fault *fault,
                      struct base_error *err)
{
    eh_t *eh = context;
    struct eh_strike strike = {.fault = fault};
    struct timespec until;
    char space[64] = "*";
    if (!is_text(where, "namespace", &strike.space, err) ||
        !is_text(where, "hub", &strike.hub, err) || !is_text(where, "group", &strike.group, err))
        return -1;
    if (!(KINDS & SIM_FAULT_BIT(fault->kind)) || fault->kind == SIM_FAULT_REFUSE) {
        base_error_set(err, BASE_INVALID, "InvalidFault",
                       "do is %s; at once only detach, closeConnection and dropRequest can be done",
                       fault->word);
        base_error_target(err, "do");
        return -1;
    }
    if (strike.space)
        snprintf(space, sizeof(space), "%.*s", (int)strcspn(strike.space, "."), strike.space);
    strike.space = space;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STRIKE_MS / 1000;
    pthread_mutex_lock(&eh->strike_lock);
    while (eh->strike_busy)
        pthread_cond_wait(&eh->strike_done, &eh->strike_lock);
    eh->strike_busy = true;
    atomic_store(&eh->strike, &strike);
    eh_loop_look(eh->loop);
    while (!strike.done)
        if (pthread_cond_timedwait(&eh->strike_done, &eh->strike_lock, &until) &&
            atomic_exchange(&eh->strike, NULL))
            break; /* nobody took it: there is no loop */
    eh->strike_busy = false;
    pthread_cond_broadcast(&eh->strike_done);
    pthread_mutex_unlock(&eh->strike_lock);
    return strike.struck;
}
