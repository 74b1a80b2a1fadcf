/* kit/internal.h: the world as the kit's own files see it. Not for simulators. */
#ifndef KIT_INTERNAL_H
#define KIT_INTERNAL_H

#include "simulators/kit/world.h"
#include "common/crypto.h"
#include "common/db.h"

#include <pthread.h>

#define SIM_CALLER_HEADER "x-sim-caller" /* between a handler and the dispatcher only */

struct sim_host {
    char *pattern, *service;
    base_http_handler handler;
    void *context;
};
struct sim_named { /* views, settings and control paths */
    char *name, *value, *method;
    cJSON *(*view)(void *context);
    base_http_handler handler;
    void *context;
};
struct sim_list {
    struct sim_named *items;
    size_t count;
};

struct sim_directory; /* directory.c */
struct sim_rbac;      /* rbac.c */
struct sim_tokens;    /* token.c */
struct sim_pki;       /* pki.c */
struct sim_trace;     /* trace.c */
struct sim_keys;      /* keys.c */
struct sim_resources; /* resource.c */
struct sim_faults;    /* fault.c */
struct sim_settings;  /* setting.c */
struct sim_rates;     /* rate.c */

struct sim_world {
    const struct base_clock *clock;
    base_random_t *random;
    char *state_dir;
    base_db_t *db;
    pthread_mutex_t
        lock; /* hosts, settings, views, control paths: grown while building, read later */
    struct sim_host *hosts;
    size_t host_count;
    struct sim_list settings, views, controls;
    struct sim_directory *directory;
    struct sim_rbac *rbac;
    struct sim_tokens *tokens;
    struct sim_pki *pki;
    struct sim_trace *trace;
    struct sim_resources *resources;
    struct sim_keys *keys;
    struct sim_faults *faults;
    struct sim_settings *declared;
    struct sim_rates *rates;
};

struct sim_directory *sim_directory_open(sim_world_t *world);
void sim_directory_close(struct sim_directory *directory);
struct sim_rbac *sim_rbac_open(sim_world_t *world);
void sim_rbac_close(struct sim_rbac *rbac);
struct sim_tokens *sim_tokens_open(sim_world_t *world, struct base_error *err);
void sim_tokens_close(struct sim_tokens *tokens);
struct sim_pki *sim_pki_open(sim_world_t *world, struct base_error *err);
void sim_pki_close(struct sim_pki *pki);
struct sim_keys *sim_keys_open(void);
void sim_keys_close(struct sim_keys *keys);
struct sim_trace *sim_trace_open(sim_world_t *world);
void sim_trace_close(struct sim_trace *trace);
cJSON *sim_trace_refusals(void *world) BASE_MUST_USE; /* the view "refusals" */
struct sim_faults *sim_faults_open(void);
void sim_faults_close(struct sim_faults *faults);
struct sim_rates *sim_rates_open(void);
void sim_rates_close(struct sim_rates *rates);
struct sim_settings *sim_settings_open(void);
void sim_settings_close(struct sim_settings *settings);
struct sim_resources *sim_resources_open(sim_world_t *world);
void sim_resources_close(struct sim_resources *resources);

/* Loads a key from {state}/pki/<name>, or makes and keeps one. `make` returns the new key. */
BASE_MUST_USE base_key_t *sim_key_keep(sim_world_t *world, const char *name,
                                       base_key_t *(*make)(sim_world_t *world),
                                       struct base_error *err);

#endif
