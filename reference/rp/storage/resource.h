/* reference/rp/storage/resource.h: one stored resource: what the customer wants, and what the worker knows about it. */
#ifndef REFERENCE_RP_STORAGE_RESOURCE_H
#define REFERENCE_RP_STORAGE_RESOURCE_H

#include "common/clock.h"
#include "reference/rp/storage/store.h"

/* Stored as numbers: new ones at the end. */
enum rp_type {
    RP_WORKSPACE,
    RP_CONNECTOR,
    RP_DESTINATION,
    RP_MAPPING, /* child of a connector: the seed's older draft (DST-05) */
    RP_GEN1_CONNECTOR,
    RP_GEN1_CONNECTION,
    RP_GEN1_MAPPING,
    RP_TYPE_COUNT
};
#define RP_LEVELS 3 /* names in the longest id */

#define RP_CREATING "Creating"
#define RP_UPDATING "Updating"
#define RP_DELETING "Deleting"
#define RP_SUCCEEDED "Succeeded"
#define RP_FAILED "Failed"
#define RP_CANCELED "Canceled"

struct rp_resource {
    enum rp_type type;
    char *key;    /* lower-case id; destinations always as .../destinations/name */
    char *parent; /* key; NULL for a workspace and a Gen 1 connector */
    char *id;     /* as last spelled by the caller, canonical type names */
    char uid[BASE_UUID_TEXT];
    char subscription[BASE_UUID_TEXT];
    char state[16];
    char operation[BASE_UUID_TEXT]; /* running operation document, a quiet one too; "" for none */
    int64_t version;                /* etag */
    cJSON *desired;                 /* the front end's; shape: api/model.h */
    cJSON *metadata; /* the worker's: allocations, role-assignment ids, AKS uid and name */
};
void rp_resource_release(struct rp_resource *resource); /* and zeroes it */

/* "myconnector" of ".../iotconnectors/myconnector". */
const char *rp_resource_name(const struct rp_resource *resource);
/* True while an operation runs that somebody asked for; renewals and checks are quiet: they give way. */
bool rp_resource_busy(const struct rp_resource *resource);

/* Fails: BASE_NOT_FOUND, BASE_IO. `out` need not be initialised; release it after BASE_OK. */
BASE_MUST_USE enum base_status rp_resource_get(base_db_t *db, const char *key,
                                               struct rp_resource *out, struct base_error *err);
/* BASE_EXISTS when the key is taken. Sets version 1. */
BASE_MUST_USE enum base_status rp_resource_insert(base_db_t *db, struct rp_resource *resource,
                                                  struct base_error *err);
/* Writes id, state, operation and desired; version grows by one, in `resource` too. */
BASE_MUST_USE enum base_status rp_resource_update(base_db_t *db, struct rp_resource *resource,
                                                  struct base_error *err);
/* Writes operation only: a quiet one begins. The etag stays. */
BASE_MUST_USE enum base_status rp_resource_hold(base_db_t *db, const struct rp_resource *resource,
                                                struct base_error *err);
/* An operation of the resource ended: writes state, no operation runs; `check_ms`: when it is looked at next, 0: never.
 * The etag changes with the state. */
BASE_MUST_USE enum base_status rp_resource_rest(base_db_t *db, const struct rp_resource *resource,
                                                int64_t check_ms, struct base_error *err);
/* Writes metadata only; the etag stays. renew_ms 0: no renewal wanted. */
BASE_MUST_USE enum base_status rp_resource_save_metadata(base_db_t *db,
                                                         const struct rp_resource *resource,
                                                         int64_t renew_ms, struct base_error *err);
BASE_MUST_USE enum base_status rp_resource_remove(base_db_t *db, const char *key,
                                                  struct base_error *err);

struct rp_resource_query {
    enum rp_type type;
    const char *prefix; /* keys that start with this; ends with '/' */
    const char *after;  /* keys behind this one; "" from the start */
    int64_t limit;
};
/* In order of key. *out: array of *count, release with rp_resources_free. */
BASE_MUST_USE enum base_status rp_resource_list(base_db_t *db,
                                                const struct rp_resource_query *query,
                                                struct rp_resource **out, size_t *count,
                                                struct base_error *err);
/* Is there one of this type whose own name is this, in any subscription? Case is ignored. */
BASE_MUST_USE enum base_status rp_resource_named(base_db_t *db, enum rp_type type, const char *name,
                                                 bool *found, struct base_error *err);
/* All children of a key, in order of key. */
BASE_MUST_USE enum base_status rp_resource_children(base_db_t *db, const char *parent,
                                                    struct rp_resource **out, size_t *count,
                                                    struct base_error *err);
void rp_resources_free(struct rp_resource *list, size_t count);
/* One connector whose certificate wants renewal and that rests (in Failed too, unless its deletion failed: its pods may run still);
 * BASE_NOT_FOUND when none. */
BASE_MUST_USE enum base_status rp_resource_to_renew(base_db_t *db, int64_t now_ms,
                                                    struct rp_resource *out,
                                                    struct base_error *err);
/* One resource that rests, whose ancestors rest, and which is due to be compared with what it should be: in Succeeded, or in Failed because
 * an earlier comparison failed (metadata.drift). */
BASE_MUST_USE enum base_status rp_resource_to_check(base_db_t *db, int64_t now_ms,
                                                    struct rp_resource *out,
                                                    struct base_error *err);
/* One resource without parent that rests in a subscription whose state is Deleted (RPC 1.12); one whose deletion failed only when that was
 * before `failed_before_ms`. BASE_NOT_FOUND when none. */
BASE_MUST_USE enum base_status rp_resource_to_purge(base_db_t *db, int64_t failed_before_ms,
                                                    struct rp_resource *out,
                                                    struct base_error *err);

#endif
