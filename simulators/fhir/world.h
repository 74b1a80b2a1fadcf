/* fhir/world.h: the state: services behind ARM, and the store of resources.
 *
 * A resource's kind (service and type) is one integer; so is an index key (kind and search
 * parameter). Every version has a sequence number that is its time in milliseconds times 1000, plus
 * a counter: sequence numbers rise strictly, and lastUpdated is read from them. */
#ifndef FHIR_WORLD_H
#define FHIR_WORLD_H

#include "common/db.h"
#include "simulators/fhir/fhir.h"
#include "simulators/fhir/rows.h"
#include "simulators/fhir/tokens.h"
#include "simulators/kit/resource.h"

#include <pthread.h>

#define FHIR_TYPES_MAX 256
#define FHIR_PARAMS_MAX 256
#define FHIR_TICKS_PER_MS 1000 /* sequence numbers in a millisecond */

struct fhir_service {
    int64_t number; /* in the store */
    char *arm_id, *host;
    char *url;      /* "https://host": what tells its own references from foreign ones */
    char *audience; /* without a trailing slash */
    char *tenant;   /* that its tokens come from; "" for any */
    char **members; /* object ids of properties.accessPolicies */
    size_t member_count;
    bool gen2; /* workspaces/fhirservices */
    struct fhir_service *next;
};

struct fhir {
    sim_world_t *world;
    base_db_t *db;
    fhir_tokens_t *tokens;
    int64_t last_seq;      /* in a write transaction only */
    pthread_rwlock_t lock; /* of the services */
    struct fhir_service *services;
};

/* ---- services.c: ARM's resources as the data plane needs them ---- */
/* Records a service from its ARM body (also again, when it changed). */
BASE_MUST_USE enum base_status fhir_service_put(fhir_t *fhir, const cJSON *body,
                                                struct base_error *err);
/* Forgets the service and deletes its data. */
BASE_MUST_USE enum base_status fhir_service_remove(fhir_t *fhir, const char *arm_id,
                                                   struct base_error *err);
/* A copy in the arena; false when no service has the host name (port and case ignored). */
bool fhir_service_find(fhir_t *fhir, struct base_arena *arena, const char *host,
                       struct fhir_service *out);
/* Deletes the data of services that ARM no longer has; once, when all are recorded. */
BASE_MUST_USE enum base_status fhir_services_sweep(fhir_t *fhir, struct base_error *err);
void fhir_services_release(fhir_t *fhir);
/* The host name of a service with this ARM id; freed with free(). */
char *fhir_service_host(const char *arm_id) BASE_MUST_USE;

/* ---- arm.c ---- */
void fhir_arm_add(fhir_t *fhir);
/* fault.c: how the calls of this room are named, and refused on purpose. */
void fhir_fault_add(fhir_t *fhir);

/* ---- server.c: the data plane's handler (context: the room) ---- */
void fhir_handle(void *fhir, const struct base_http_request *request,
                 struct base_http_response *response);

/* ---- store.c ---- */
BASE_MUST_USE enum base_status fhir_store_open(fhir_t *fhir, struct base_error *err);
cJSON *fhir_store_view(void *fhir) BASE_MUST_USE;
/* The number of a service, given out when first asked; everything of a service. */
BASE_MUST_USE enum base_status fhir_store_number(fhir_t *fhir, const char *arm_id, int64_t *number,
                                                 struct base_error *err);
BASE_MUST_USE enum base_status fhir_store_remove_service(fhir_t *fhir, int64_t number,
                                                         struct base_error *err);
/* The index rows with keys first..last. */
BASE_MUST_USE enum base_status fhir_store_clear_index(fhir_t *fhir, int64_t first, int64_t last,
                                                      struct base_error *err);

/* ---- reindex.c: after the store was opened ---- */
BASE_MUST_USE enum base_status fhir_reindex(fhir_t *fhir, struct base_error *err);

static inline int64_t fhir_kind(int64_t service, int type)
{
    return service * FHIR_TYPES_MAX + type;
}
static inline int64_t fhir_key(int64_t kind, int param)
{
    return kind * FHIR_PARAMS_MAX + param;
}
static inline int64_t fhir_seq_ms(int64_t seq)
{
    return seq / FHIR_TICKS_PER_MS;
}

/* One version of a resource; texts live in the arena of the call that asked. */
struct fhir_version {
    int64_t rid; /* the resource's number, the same for all versions */
    int64_t kind, version, seq;
    const char *id;
    const char *method; /* POST, PUT, DELETE that made it */
    const char *body;   /* "" for a deletion */
    bool deleted;
};
/* The current version, a deletion too. BASE_NOT_FOUND without err: never existed. */
BASE_MUST_USE enum base_status fhir_store_find(fhir_t *fhir, struct base_arena *arena, int64_t kind,
                                               const char *id, struct fhir_version *out,
                                               struct base_error *err);
BASE_MUST_USE enum base_status fhir_store_find_version(fhir_t *fhir, struct base_arena *arena,
                                                       int64_t kind, const char *id,
                                                       int64_t version, struct fhir_version *out,
                                                       struct base_error *err);
/* Fills `out` from columns rid, kind, id, version, seq, method, body, in this order. */
void fhir_store_row(const struct base_db_statement *statement, struct base_arena *arena,
                    struct fhir_version *out);
#define FHIR_VERSION_COLUMNS "r.rid, r.kind, r.id, v.version, v.seq, v.method, v.body"

/* Inside a transaction (base_db_begin): the next sequence number; a new current version (version->rid
 * 0: a new resource, filled in); index rows gone and come; everything of a resource. */
int64_t fhir_store_next_seq(fhir_t *fhir);
BASE_MUST_USE enum base_status fhir_store_add(fhir_t *fhir, struct fhir_version *version,
                                              struct base_error *err);
BASE_MUST_USE enum base_status fhir_store_index(fhir_t *fhir, const struct fhir_version *version,
                                                const struct fhir_rows *gone,
                                                const struct fhir_rows *come,
                                                struct base_error *err);
BASE_MUST_USE enum base_status fhir_store_purge(fhir_t *fhir, const struct fhir_version *version,
                                                bool keep_current, struct base_error *err);

#endif
