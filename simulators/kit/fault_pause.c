/* Decides how long an exchange is held or delayed by a service whose thread must not wait. */
#include "simulators/kit/fault_private.h"

#include <stdio.h>
#include <stdlib.h>

struct sim_fault_pause {
    sim_world_t *world;
    struct sim_fault fault;
    struct sim_fault_call call;
    char *name, *caller, *url;
    struct sim_held held; /* in the list while it is parked */
    int64_t until_ms;     /* real, monotonic */
    bool parked;
};

sim_fault_pause_t *sim_fault_pause_new(sim_world_t *world, const struct sim_fault *fault,
                                       const struct sim_fault_call *call, const char *url)
{
    struct sim_faults *faults = world->faults;
    sim_fault_pause_t *pause = base_alloc(sizeof *pause);

    pause->world = world;
    pause->fault = *fault;
    pause->name = base_strdup(call->call);
    pause->caller = base_strdup(call->caller);
    pause->url = base_strdup(url);
    pause->call = (struct sim_fault_call){call->service, pause->name, pause->caller, call->kinds};
    pause->parked = fault->kind != SIM_FAULT_DELAY;
    pause->until_ms =
        base_monotonic_ms() +
        (pause->parked ? SIM_FAULT_HOLD_MAX_MS : base_clock_real(world->clock, fault->delay_ms));
    if (!pause->parked)
        return pause;
    pause->held = (struct sim_held){.fault = &pause->fault,
                                    .call = &pause->call,
                                    .url = pause->url,
                                    .since_ms = sim_now_ms(world)};
    pthread_mutex_lock(&faults->lock);
    pause->held.next = faults->held;
    faults->held = &pause->held;
    pthread_cond_broadcast(&faults->changed);
    pthread_mutex_unlock(&faults->lock);
    return pause;
}

enum sim_pause_state sim_fault_pause_look(const sim_fault_pause_t *pause)
{
    struct sim_faults *faults = pause->world->faults;
    enum sim_pause_state state = SIM_PAUSE_GOES_ON;

    pthread_mutex_lock(&faults->lock);
    if (pause->parked && pause->held.answer != SIM_ANSWER_HELD)
        state = pause->held.answer == SIM_ANSWER_SEND ? SIM_PAUSE_OVER : SIM_PAUSE_DROPPED;
    else if (faults->stopped || !sim_fault_find(faults, pause->fault.rule) ||
             base_monotonic_ms() >= pause->until_ms)
        state = SIM_PAUSE_OVER;
    pthread_mutex_unlock(&faults->lock);
    return state;
}

void sim_fault_pause_free(sim_fault_pause_t *pause)
{
    if (!pause)
        return;
    if (pause->parked) {
        struct sim_faults *faults = pause->world->faults;
        pthread_mutex_lock(&faults->lock);
        struct sim_held **at = &faults->held;
        while (*at != &pause->held)
            at = &(*at)->next;
        *at = pause->held.next;
        pthread_mutex_unlock(&faults->lock);
    }
    free(pause->name);
    free(pause->caller);
    free(pause->url);
    free(pause);
}

bool sim_fault_rule_stands(const sim_world_t *world, const char *name)
{
    struct sim_faults *faults = world->faults;

    pthread_mutex_lock(&faults->lock);
    bool stands = !faults->stopped && sim_fault_find(faults, name);
    pthread_mutex_unlock(&faults->lock);
    return stands;
}
