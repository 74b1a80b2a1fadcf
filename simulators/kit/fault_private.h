/* kit/fault_private.h: rules and held exchanges as the fault files see them. */
#ifndef KIT_FAULT_PRIVATE_H
#define KIT_FAULT_PRIVATE_H

#include "simulators/kit/fault.h"
#include "simulators/kit/internal.h"

#include <stdatomic.h>

#define SIM_FAULT_RULES 256
#define SIM_FAULT_HOLD_MAX_MS 120000 /* real: longer than any client waits */

struct sim_fault_rule {
    char *at, *call, *caller; /* globs */
    int64_t nth, times;       /* from the nth match on, so often; times < 0: always */
    int64_t matched, fired;
    cJSON *action; /* `do` as posted */
    struct sim_fault fault;
};
enum sim_fault_answer { SIM_ANSWER_HELD, SIM_ANSWER_SEND, SIM_ANSWER_DROP, SIM_ANSWER_LATE };
struct sim_held { /* one parked exchange; lives on its thread's stack, or in its pause */
    const struct sim_fault *fault;
    const struct sim_fault_call *call;
    const char *url;
    int64_t since_ms; /* clock */
    enum sim_fault_answer answer;
    struct sim_held *next;
};
struct sim_faults {
    atomic_int armed; /* number of rules */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* parked, released, healed, stopped; monotonic */
    struct sim_fault_rule **rules;
    size_t count;
    int64_t made; /* rules so far, for names */
    struct sim_held *held;
    bool stopped;
    struct sim_fault_room rooms[16]; /* one may be added while others are read */
    atomic_size_t room_count;
    struct {
        const char *service;
        sim_fault_strike strike;
        void *context;
    } strikes[8];
    size_t strike_count;
};

/* ---- fault.c ---- */
/* Holds the calling thread until the exchange is released, healed, or a limit has passed (then: send). */
enum sim_fault_answer sim_fault_hold(sim_world_t *world, struct sim_held *held);
/* Waits clock milliseconds, less when the rule is healed or the world stops. */
void sim_fault_delay(sim_world_t *world, const struct sim_fault *fault);
/* With the lock held. */
struct sim_fault_rule *sim_fault_find(struct sim_faults *faults, const char *name);
void sim_fault_remove(struct sim_faults *faults, const char *name); /* NULL: all */
int sim_fault_release(struct sim_faults *faults, const char *name, enum sim_fault_answer answer);

/* ---- fault_rule.c ---- */
/* A rule out of its JSON; BASE_INVALID says which member, what was found and what is expected. */
struct sim_fault_rule *sim_fault_rule_read(const cJSON *body, struct base_error *err);
void sim_fault_rule_free(struct sim_fault_rule *rule);
/* The rule as GET shows it, with what it holds. */
cJSON *sim_fault_rule_show(const struct sim_faults *faults, const struct sim_fault_rule *rule);
extern const char *const sim_fault_answers[]; /* by enum sim_fault_answer: "", "send", ... */

/* ---- fault_http.c ---- */
/* What an HTTP exchange can suffer. */
#define SIM_FAULT_HTTP_KINDS                                                                       \
    (SIM_FAULT_BIT(SIM_FAULT_REFUSE) | SIM_FAULT_BIT(SIM_FAULT_DROP_REQUEST) |                     \
     SIM_FAULT_BIT(SIM_FAULT_DROP_ANSWER) | SIM_FAULT_BIT(SIM_FAULT_DELAY) |                       \
     SIM_FAULT_BIT(SIM_FAULT_PARK_BEFORE) | SIM_FAULT_BIT(SIM_FAULT_PARK_AFTER) |                  \
     SIM_FAULT_BIT(SIM_FAULT_GARBLE))
/* ARM's word for a status, which most of Azure shares. */
const char *sim_fault_status_word(int status, const char *fallback);
struct sim_fault_exchange { /* one HTTP exchange on its way through the dispatcher */
    const char *service;
    const struct base_http_request *request;
    struct base_http_response *response;
    bool in_process; /* one simulator asks another: there is no connection to reset */
    bool answered;   /* the handler must not run */
    char call[128], caller[160];
    struct sim_fault fault;
};
/* Names the exchange; `caller` is kept when it is not "". */
void sim_fault_name(sim_world_t *world, struct sim_fault_exchange *exchange);
/* What strikes before the effect. */
void sim_fault_before(sim_world_t *world, struct sim_fault_exchange *exchange);
/* What strikes after it. */
void sim_fault_after(sim_world_t *world, struct sim_fault_exchange *exchange);

/* ---- fault_control.c ---- */
void sim_fault_control(sim_world_t *world, const struct base_http_request *request,
                       struct base_http_response *response);

#endif
