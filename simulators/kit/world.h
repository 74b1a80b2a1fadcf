/* kit/world.h: one pretend cloud. Owns what all simulators share; every simulator keeps its own
 * state beside it.
 *
 * Locks: each part of the kit has its own lock, held only inside its functions and never while
 * calling out. A simulator has its own lock and must not hold it while it calls sim_call(), a
 * provider or another kit callback. Any thread. */
#ifndef KIT_WORLD_H
#define KIT_WORLD_H

#include "common/clock.h"
#include "common/http.h"

typedef struct sim_world sim_world_t;

struct sim_world_config {
    const struct base_clock *clock; /* borrowed */
    base_random_t *random;          /* borrowed */
    const char *state_dir;          /* NULL: everything in memory, gone with the world */
    size_t
        keys_ahead; /* RSA keys made ahead of time for new identities (kit/keys.h); 0: made when wanted */
};
/* Makes a world, or opens the one in state_dir. Fails: BASE_IO, BASE_DENIED. */
BASE_MUST_USE sim_world_t *sim_world_new(const struct sim_world_config *config,
                                         struct base_error *err);
void sim_world_free(sim_world_t *world);
const struct base_clock *sim_world_clock(const sim_world_t *world);
base_random_t *sim_world_random(const sim_world_t *world);
const char *sim_world_state_dir(const sim_world_t *world); /* NULL when in memory */
int64_t sim_now_ms(const sim_world_t *world);

/* Hosts: who answers for which name. `pattern` is a glob ("*.vault.azure.net",
 * "management.azure.com", "169.254.169.254"); `service` names the simulator in traces ("keyvault").
 * Called while the world is being built. */
void sim_host_add(sim_world_t *world, const char *pattern, const char *service,
                  base_http_handler handler, void *context);
/* Calls back for each pattern, in order: the proxy's and the certificate maker's list of known
 * names. */
void sim_host_each(const sim_world_t *world,
                   void (*each)(void *context, const char *pattern, const char *service),
                   void *context);
/* The handler of the whole world (context: the world): finds the host's simulator, traces the
 * exchange. Unknown host: 502. */
void sim_dispatch(void *world, const struct base_http_request *request,
                  struct base_http_response *response);

/* One simulator asking another, on the wire's terms but in-process: full URL, any method. `headers`
 * may be NULL. `caller` names the asking simulator in the trace ("aks"). The answer must be
 * released with base_http_response_release. */
void sim_call(sim_world_t *world, const char *caller, const char *method, const char *url,
              const struct base_headers *headers, const char *body,
              struct base_http_response *answer);

/* Documents that outlive the process when there is a state folder (SQLite). room + key name one; a
 * put replaces. */
void sim_store_put(sim_world_t *world, const char *room, const char *key, const cJSON *document);
void sim_store_delete(sim_world_t *world, const char *room, const char *key);
/* Calls back for each document of the room, in order of key. The document is the callback's only
 * for the call. */
void sim_store_each(sim_world_t *world, const char *room,
                    void (*each)(void *context, const char *key, const cJSON *document),
                    void *context);

/* Settings of the running world, plain texts: "proxy" (URL of the CONNECT proxy), "ca-file" (PEM
 * file for programs we start), "images" (lines NAME=PROGRAM), ... Set while the world is being
 * built, or later through the control API (kit/setting.h); a set to NULL unsets. A get is a borrowed
 * text that lives as long as the world, NULL when unset. */
void sim_setting_set(sim_world_t *world, const char *name, const char *value);
const char *sim_setting(const sim_world_t *world, const char *name);

/* Views for the `world` verb: GET /_sim/world/<name> answers what `view` returns (an array of
 * objects, owned by the caller). Must not hold secrets. */
void sim_view_add(sim_world_t *world, const char *name, cJSON *(*view)(void *context),
                  void *context);
cJSON *sim_view_get(sim_world_t *world,
                    const char *name) BASE_MUST_USE;   /* NULL when there is no such view */
cJSON *sim_view_all(sim_world_t *world) BASE_MUST_USE; /* {name: [...], ...} */

#endif
