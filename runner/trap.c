/* Decides what happens between a fault that is armed and its healing, and kills a program in the middle of a call. */
#include "runner/trap.h"
#include "runner/cloud.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 2000 /* real; how long the control API may keep a look waiting */

struct trap { /* one armed fault */
    run_traps_t *traps;
    char *name, *path; /* of the rule, and /_sim/faults/{name} */
    bool optional, healed, crash;
    int fired, matched; /* when it was healed */
    int kills;          /* atomic; of a crash */
    bool ended;         /* atomic; the thread is to end */
    pthread_t thread;   /* of a crash */
    struct trap *next;
};
struct run_traps {
    struct run_world *world;
    struct trap *list;
};

static void *watch(void *context);
static struct trap *find(run_traps_t *traps, const char *name);
static enum base_status heal(struct trap *trap, struct base_error *err);

run_traps_t *run_traps_new(struct run_world *world)
{
    run_traps_t *traps = base_alloc(sizeof *traps);

    traps->world = world;
    return traps;
}

void run_traps_free(run_traps_t *traps)
{
    if (!traps)
        return;
    while (traps->list) {
        struct trap *trap = traps->list;
        traps->list = trap->next;
        if (!trap->healed)
            base_ignore(heal(trap, NULL));
        free(trap->name);
        free(trap->path);
        free(trap);
    }
    free(traps);
}

static char *path_of(const char *name)
{
    struct base_buf path = {0};

    base_buf_puts(&path, "/_sim/faults/");
    base_uri_encode(&path, name, NULL);
    return base_buf_take(&path);
}

enum base_status run_trap_arm(run_traps_t *traps, const cJSON *rule, bool crash, bool optional,
                              struct base_error *err)
{
    cJSON *armed = NULL;

    if (crash && !run_cloud_rp_running(traps->world->cloud))
        return base_error_set(
            err, BASE_UNSUPPORTED, NULL,
            traps->world->cloud
                ? "the RP does not run: there is nothing to crash"
                : "the RP was not started by this run, so it cannot be killed by it; leave "
                  "--state-dir away to run in a cloud of its own");
    enum base_status status = run_control(traps->world, "POST", "/_sim/faults", rule, &armed, err);
    if (status != BASE_OK)
        return status;
    struct trap *trap = base_alloc(sizeof *trap);
    trap->traps = traps;
    trap->name = base_strdup(base_json_text(armed, "name"));
    trap->path = path_of(trap->name);
    trap->optional = optional;
    trap->next = traps->list;
    traps->list = trap;
    cJSON_Delete(armed);
    if (crash && pthread_create(&trap->thread, NULL, watch, trap))
        return base_error_set(err, BASE_IO, NULL, "there is no thread to watch the fault");
    trap->crash = crash;
    return BASE_OK;
}

enum base_status run_trap_heal(run_traps_t *traps, const char *name, struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (name && !find(traps, name))
        return base_error_set(err, BASE_NOT_FOUND, NULL, "no fault \"%s\" is armed", name);
    for (struct trap *trap = traps->list; trap && status == BASE_OK; trap = trap->next)
        if (!trap->healed && (!name || !strcmp(name, trap->name)))
            status = heal(trap, err);
    return status;
}

static enum base_status look(struct trap *trap, struct base_error *err)
{
    cJSON *rule = NULL;
    enum base_status status = run_control(trap->traps->world, "GET", trap->path, NULL, &rule, err);

    if (status == BASE_OK) {
        trap->fired = (int)base_json_number(rule, "fired", 0);
        trap->matched = (int)base_json_number(rule, "matched", 0);
    }
    cJSON_Delete(rule);
    return status;
}

enum base_status run_trap_fired(run_traps_t *traps, const char *name, int *fired, int *matched,
                                struct base_error *err)
{
    struct trap *trap = find(traps, name);
    enum base_status status = BASE_OK;

    *fired = *matched = 0;
    if (!trap)
        return base_error_set(err, BASE_NOT_FOUND, NULL, "no fault \"%s\" was armed before", name);
    if (!trap->healed)
        status = look(trap, err);
    *fired = trap->crash ? __atomic_load_n(&trap->kills, __ATOMIC_ACQUIRE) : trap->fired;
    *matched = trap->matched;
    return status;
}

void run_traps_vacuous(run_traps_t *traps, void (*tell)(void *context, const char *name),
                       void *context)
{
    for (struct trap *trap = traps->list; trap; trap = trap->next) {
        int fired, matched;
        if (!trap->optional &&
            run_trap_fired(traps, trap->name, &fired, &matched, NULL) == BASE_OK && !fired)
            tell(context, trap->name);
    }
}

/* The newest of that name: one that was healed may have been armed again. */
static struct trap *find(run_traps_t *traps, const char *name)
{
    for (struct trap *trap = traps->list; trap; trap = trap->next)
        if (!strcmp(trap->name, name))
            return trap;
    return NULL;
}

static enum base_status heal(struct trap *trap, struct base_error *err)
{
    cJSON *nothing = NULL;

    base_ignore(look(trap, NULL));
    __atomic_store_n(&trap->ended, true, __ATOMIC_RELEASE);
    enum base_status status =
        run_control(trap->traps->world, "DELETE", trap->path, NULL, &nothing, err);
    cJSON_Delete(nothing);
    if (trap->crash)
        pthread_join(trap->thread, NULL);
    trap->healed = true;
    return status;
}

/* ---- the watcher of a crash ---- */

/* The program first: whoever is dead does not hear that its call is dropped. */
static void kill_and_drop(struct trap *trap)
{
    struct run_world *world = trap->traps->world;
    cJSON *body = cJSON_CreateObject(), *nothing = NULL;
    char *path = base_asprintf("%s/release", trap->path);

    bool killed = run_cloud_rp_kill(world->cloud, NULL) == BASE_OK;
    base_json_set_text(body, "answer", "drop");
    base_ignore(run_control(world, "POST", path, body, &nothing, NULL));
    if (killed)
        __atomic_add_fetch(&trap->kills, 1, __ATOMIC_RELEASE);
    cJSON_Delete(nothing);
    cJSON_Delete(body);
    free(path);
}

static void *watch(void *context)
{
    struct trap *trap = context;
    char *path = base_asprintf("%s?parked=%d", trap->path, LOOK_MS);

    while (!__atomic_load_n(&trap->ended, __ATOMIC_ACQUIRE)) {
        cJSON *rule = NULL;
        if (run_control(trap->traps->world, "GET", path, NULL, &rule, NULL) != BASE_OK)
            break; /* healed, or the cloud is gone */
        if (cJSON_GetArraySize(base_json_at(rule, "parked")))
            kill_and_drop(trap);
        cJSON_Delete(rule);
    }
    free(path);
    return NULL;
}
