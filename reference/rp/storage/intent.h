/* reference/rp/storage/intent.h: remembers what we are about to make outside, before we make it. Delete walks these rows
 * backwards; a row goes when its thing is gone. Worker only; in the caller's transaction. */
#ifndef REFERENCE_RP_STORAGE_INTENT_H
#define REFERENCE_RP_STORAGE_INTENT_H

#include "common/clock.h"
#include "reference/rp/storage/store.h"

enum rp_intent_state { RP_PLANNED = 1, RP_MADE, RP_REMOVING, RP_GONE }; /* never backwards */

struct rp_intent {
    int64_t seq;
    char owner[BASE_UUID_TEXT]; /* uid of the resource it is made for */
    char kind[40];              /* "eventhub.namespace": row of the table in worker/removal.c */
    char slot[64];              /* which of several of a kind; "" for the only one */
    char *target;               /* ARM id, Kubernetes path, certificate or blob name */
    cJSON *detail;              /* object: where it lies */
    cJSON *pending;             /* ARM operation still running; NULL for none */
    enum rp_intent_state state;
};
void rp_intent_release(struct rp_intent *intent); /* and zeroes it */

/* BASE_NOT_FOUND when absent. Release `out` after BASE_OK. */
BASE_MUST_USE enum base_status rp_intent_get(base_db_t *db, const char *owner, const char *kind,
                                             const char *slot, struct rp_intent *out,
                                             struct base_error *err);
/* Records it as PLANNED; one that is there keeps its place and its state (unless it was under removal: then it is
 * PLANNED again, before anything is made) and gets the new target and detail. */
BASE_MUST_USE enum base_status rp_intent_plan(base_db_t *db, const struct rp_intent *intent,
                                              struct base_error *err);
/* Writes state and pending of `intent` (by seq). */
BASE_MUST_USE enum base_status rp_intent_save(base_db_t *db, const struct rp_intent *intent,
                                              struct base_error *err);
BASE_MUST_USE enum base_status rp_intent_drop(base_db_t *db, int64_t seq, struct base_error *err);
/* The newest of an owner; BASE_NOT_FOUND when none is left. */
BASE_MUST_USE enum base_status rp_intent_newest(base_db_t *db, const char *owner,
                                                struct rp_intent *out, struct base_error *err);
/* The newest of an owner and kind, whatever its slot; BASE_NOT_FOUND. */
BASE_MUST_USE enum base_status rp_intent_newest_of(base_db_t *db, const char *owner,
                                                   const char *kind, struct rp_intent *out,
                                                   struct base_error *err);

/* Holders of a shared thing. */
BASE_MUST_USE enum base_status rp_holding_add(base_db_t *db, const char *thing, const char *holder,
                                              struct base_error *err);
/* *left: holders that remain. */
BASE_MUST_USE enum base_status rp_holding_drop(base_db_t *db, const char *thing, const char *holder,
                                               int64_t *left, struct base_error *err);

#endif
