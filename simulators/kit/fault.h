/* kit/fault.h: faults on purpose: an exchange of the world, named by its service, is refused, throttled, dropped, delayed,
 * parked or garbled by a rule (docs/faults.md). Rules come through the control API:
 *   POST   /_sim/faults                  arms a rule; 201, 400 (which member, what was found, what is expected), 409 (the name is taken)
 *   GET    /_sim/faults[/{name}]         rules: how often matched and fired, what is parked now; ?parked=MS waits (real) for a parked call
 *   POST   /_sim/faults/{name}/release   {"answer":"send"|"drop"|"late"}: lets what is parked go on
 *   DELETE /_sim/faults[/{name}]         heals: takes rules away and lets go on what they hold
 * While no rule is armed an exchange costs one atomic load. Any thread. */
#ifndef KIT_FAULT_H
#define KIT_FAULT_H

#include "simulators/kit/route.h"
#include "simulators/kit/world.h"

/* What a service knows of a request before it looks at it. */
struct sim_call_about {
    char call[128];   /* "keyvault.SetSecret"; "" : "<service>.<method>" */
    char caller[160]; /* only when the service knows better than the bearer token; "" otherwise */
};
struct sim_refusal {
    int status;
    const char *code; /* NULL: what the service says for the status */
    const char *message;
    int retry_after_s; /* 0: none; the header is set by the kit */
};
struct sim_fault_room {
    const char *service; /* as in sim_host_add */
    /* Names the exchange; both texts of `out` are "" beforehand. */
    void (*about)(void *context, const struct base_http_request *request,
                  struct sim_call_about *out);
    /* Fills the answer in the service's own error form. NULL: {"error":{code,message}}. */
    void (*refuse)(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response);
    void *context;
};
/* Called while the world is being built, after sim_host_add. Texts are borrowed for the world's life. */
void sim_fault_room_add(sim_world_t *world, const struct sim_fault_room *room);
/* "<service>.<operation>" of the route that fits, up to the first blank; nothing when none does. For `about`. */
void sim_call_by_route(const struct base_http_request *request, const char *service,
                       const struct sim_route *routes, size_t count, struct sim_call_about *out);
/* The word a service uses for a status: the row's code, or `fallback`. `words` ends with {0, NULL}. */
struct sim_status_word {
    int status;
    const char *word;
};
const char *sim_status_word(const struct sim_status_word *words, int status, const char *fallback);

/* ---- for services that do not speak HTTP: asks whether a rule fires, and does the rest themselves ---- */

enum sim_fault_kind {
    SIM_FAULT_NONE,
    SIM_FAULT_REFUSE, /* also throttle and expireToken */
    SIM_FAULT_DROP_REQUEST,
    SIM_FAULT_DROP_ANSWER,
    SIM_FAULT_DELAY,
    SIM_FAULT_PARK_BEFORE,
    SIM_FAULT_PARK_AFTER,
    SIM_FAULT_GARBLE,
    SIM_FAULT_DETACH,
    SIM_FAULT_CLOSE_CONNECTION,
    SIM_FAULT_NO_CREDIT,
    SIM_FAULT_REDELIVER,
};
#define SIM_FAULT_BIT(kind) (1u << (kind))

struct sim_fault {
    enum sim_fault_kind kind;
    char rule[128]; /* its name */
    char word[24];  /* as in the rule's `do`: "throttle" */
    int status, retry_after_s;
    char code[96]; /* of a refusal, or an AMQP condition; "": the service's own */
    int64_t delay_ms;
};
struct sim_fault_call {
    const char *service, *call, *caller;
    unsigned
        kinds; /* SIM_FAULT_BIT of what this exchange can suffer; other rules do not match it */
};
bool sim_fault_armed(const sim_world_t *world); /* one atomic load: is there any rule at all? */
/* Counts the exchange and gives the fault that strikes it. False: none. */
bool sim_fault_take(sim_world_t *world, const struct sim_fault_call *call, struct sim_fault *out);
/* "rule (word)", for sim_exchange.fault. `out` holds SIM_FAULT_TEXT bytes. */
#define SIM_FAULT_TEXT 160
void sim_fault_text(const struct sim_fault *fault, char *out);

/* Faults that happen at once (`now: true`): a room that has long-lived connections strikes those that `where` describes (the
 * rule as posted) and says how many; -1 with `err` when `where` is wrong. */
typedef int (*sim_fault_strike)(void *context, const cJSON *where, const struct sim_fault *fault,
                                struct base_error *err);
void sim_fault_strike_add(sim_world_t *world, const char *service, sim_fault_strike strike,
                          void *context);

/* ---- for services whose thread must not wait: what is held or delayed is asked after now and then ---- */

typedef struct sim_fault_pause sim_fault_pause_t;
enum sim_pause_state { SIM_PAUSE_GOES_ON, SIM_PAUSE_OVER, SIM_PAUSE_DROPPED };
/* `fault` (a delay or a park) holds this exchange from now on; a parked one is shown by the control API, and released there.
 * Copies everything. End it with sim_fault_pause_free. */
sim_fault_pause_t *sim_fault_pause_new(sim_world_t *world, const struct sim_fault *fault,
                                       const struct sim_fault_call *call,
                                       const char *url) BASE_MUST_USE;
/* Over: its time has passed, it was released or healed. Dropped: released without an answer. */
enum sim_pause_state sim_fault_pause_look(const sim_fault_pause_t *pause);
void sim_fault_pause_free(sim_fault_pause_t *pause); /* NULL is fine */
/* Is the rule still armed? For what lasts until it is healed. */
bool sim_fault_rule_stands(const sim_world_t *world, const char *name);

/* Everything parked or delayed goes on, and nothing is held any more: before servers are stopped. */
void sim_fault_stop(sim_world_t *world);

#endif
