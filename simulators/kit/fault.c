/* Decides which exchange a fault strikes, and how long a parked one is held. */
#include "simulators/kit/fault_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool matches(const struct sim_fault_rule *rule, const struct sim_fault_call *call);
static void deadline(struct timespec *until, int64_t real_ms);

struct sim_faults *sim_faults_open(void)
{
    struct sim_faults *faults = base_alloc(sizeof *faults);
    pthread_condattr_t monotonic;

    pthread_mutex_init(&faults->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&faults->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return faults;
}

void sim_faults_close(struct sim_faults *faults)
{
    if (!faults)
        return;
    sim_fault_remove(faults, NULL);
    free(faults->rules);
    pthread_cond_destroy(&faults->changed);
    pthread_mutex_destroy(&faults->lock);
    free(faults);
}

bool sim_fault_armed(const sim_world_t *world)
{
    return atomic_load_explicit(&world->faults->armed, memory_order_acquire) > 0;
}

bool sim_fault_take(sim_world_t *world, const struct sim_fault_call *call, struct sim_fault *out)
{
    struct sim_faults *faults = world->faults;

    out->kind = SIM_FAULT_NONE;
    pthread_mutex_lock(&faults->lock);
    for (size_t i = 0; i < faults->count; i++) {
        struct sim_fault_rule *rule = faults->rules[i];
        if (!matches(rule, call))
            continue;
        rule->matched++;
        if (out->kind != SIM_FAULT_NONE || rule->matched < rule->nth ||
            (rule->times >= 0 && rule->fired >= rule->times))
            continue;
        rule->fired++;
        *out = rule->fault;
    }
    pthread_mutex_unlock(&faults->lock);
    return out->kind != SIM_FAULT_NONE;
}

void sim_fault_text(const struct sim_fault *fault, char *out)
{
    snprintf(out, SIM_FAULT_TEXT, "%s (%s)", fault->rule, fault->word);
}

enum sim_fault_answer sim_fault_hold(sim_world_t *world, struct sim_held *held)
{
    struct sim_faults *faults = world->faults;
    struct timespec until;
    int timed_out = 0;

    deadline(&until, SIM_FAULT_HOLD_MAX_MS);
    held->since_ms = sim_now_ms(world);
    pthread_mutex_lock(&faults->lock);
    held->answer = faults->stopped || !sim_fault_find(faults, held->fault->rule) ? SIM_ANSWER_SEND
                                                                                 : SIM_ANSWER_HELD;
    held->next = faults->held;
    faults->held = held;
    pthread_cond_broadcast(&faults->changed);
    while (held->answer == SIM_ANSWER_HELD && !timed_out)
        timed_out = pthread_cond_timedwait(&faults->changed, &faults->lock, &until);
    struct sim_held **at = &faults->held;
    while (*at != held)
        at = &(*at)->next;
    *at = held->next;
    pthread_mutex_unlock(&faults->lock);
    return held->answer == SIM_ANSWER_HELD ? SIM_ANSWER_SEND : held->answer;
}

void sim_fault_delay(sim_world_t *world, const struct sim_fault *fault)
{
    struct sim_faults *faults = world->faults;
    struct timespec until;
    int timed_out = 0;

    deadline(&until, base_clock_real(world->clock, fault->delay_ms));
    pthread_mutex_lock(&faults->lock);
    while (!faults->stopped && !timed_out && sim_fault_find(faults, fault->rule))
        timed_out = pthread_cond_timedwait(&faults->changed, &faults->lock, &until);
    pthread_mutex_unlock(&faults->lock);
}

struct sim_fault_rule *sim_fault_find(struct sim_faults *faults, const char *name)
{
    for (size_t i = 0; i < faults->count; i++)
        if (base_equal(faults->rules[i]->fault.rule, name))
            return faults->rules[i];
    return NULL;
}

void sim_fault_remove(struct sim_faults *faults, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < faults->count; i++) {
        struct sim_fault_rule *rule = faults->rules[i];
        if (name && !base_equal(rule->fault.rule, name)) {
            faults->rules[kept++] = rule;
            continue;
        }
        sim_fault_release(faults, rule->fault.rule, SIM_ANSWER_SEND);
        sim_fault_rule_free(rule);
    }
    faults->count = kept;
    atomic_store_explicit(&faults->armed, (int)kept, memory_order_release);
    pthread_cond_broadcast(&faults->changed);
}

int sim_fault_release(struct sim_faults *faults, const char *name, enum sim_fault_answer answer)
{
    int released = 0;

    for (struct sim_held *held = faults->held; held; held = held->next) {
        if (held->answer != SIM_ANSWER_HELD || !base_equal(held->fault->rule, name))
            continue;
        held->answer = answer;
        released++;
    }
    pthread_cond_broadcast(&faults->changed);
    return released;
}

void sim_fault_stop(sim_world_t *world)
{
    struct sim_faults *faults = world->faults;

    pthread_mutex_lock(&faults->lock);
    faults->stopped = true;
    sim_fault_remove(faults, NULL);
    pthread_mutex_unlock(&faults->lock);
}

void sim_fault_room_add(sim_world_t *world, const struct sim_fault_room *room)
{
    struct sim_faults *faults = world->faults;

    pthread_mutex_lock(&faults->lock);
    size_t count = atomic_load(&faults->room_count);
    BUG_ON(count == sizeof faults->rooms / sizeof *faults->rooms);
    faults->rooms[count] = *room;
    atomic_store_explicit(&faults->room_count, count + 1, memory_order_release);
    pthread_mutex_unlock(&faults->lock);
}

void sim_fault_strike_add(sim_world_t *world, const char *service, sim_fault_strike strike,
                          void *context)
{
    struct sim_faults *faults = world->faults;

    pthread_mutex_lock(&faults->lock);
    BUG_ON(faults->strike_count == sizeof faults->strikes / sizeof *faults->strikes);
    faults->strikes[faults->strike_count].service = service;
    faults->strikes[faults->strike_count].strike = strike;
    faults->strikes[faults->strike_count++].context = context;
    pthread_mutex_unlock(&faults->lock);
}

static bool matches(const struct sim_fault_rule *rule, const struct sim_fault_call *call)
{
    return (call->kinds & SIM_FAULT_BIT(rule->fault.kind)) &&
           base_glob_nocase(rule->at, call->service) && base_glob_nocase(rule->call, call->call) &&
           base_glob_nocase(rule->caller, call->caller);
}

static void deadline(struct timespec *until, int64_t real_ms)
{
    clock_gettime(CLOCK_MONOTONIC, until);
    until->tv_sec += real_ms / 1000;
    until->tv_nsec += real_ms % 1000 * 1000000;
    if (until->tv_nsec >= 1000000000) {
        until->tv_sec++;
        until->tv_nsec -= 1000000000;
    }
}
