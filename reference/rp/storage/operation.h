/* reference/rp/storage/operation.h: operation documents, and the leases under which the worker does them.
 *
 * A lease has an owner, an end and an epoch. The epoch grows with each lease and is the fencing value: every write of a
 * worker names it, and the write of a worker that lost its lease fails with BASE_CONFLICT.
 *
 * What asks for an operation, and what ends it, is on the disk when the call returns. Leases and progress survive the end of any
 * process, but after a power failure an operation may stand a few steps further back: all steps may be repeated. */
#ifndef REFERENCE_RP_STORAGE_OPERATION_H
#define REFERENCE_RP_STORAGE_OPERATION_H

#include "common/clock.h"
#include "reference/rp/storage/store.h"

#define RP_IN_PROGRESS "InProgress" /* ends as Succeeded, Failed or Canceled (resource.h) */

struct rp_operation {
    char id[BASE_UUID_TEXT];
    char kind[32];                /* "connector.create" */
    char *resource, *resource_id; /* key; id as answered */
    char resource_uid[BASE_UUID_TEXT], subscription[BASE_UUID_TEXT];
    char location[64];
    char correlation[64];
    char status[16];
    int64_t created_ms, ended_ms; /* ended 0: still running */
    char error_code[64], error_message[1024];
    char step[48]; /* name of the next step; "" is the first */
    int64_t attempts, dequeues, due_ms, epoch;
    int64_t waits;                        /* of the step at hand: how often it was not yet done */
    bool cancel;                          /* somebody asked to stop it */
    char after[BASE_UUID_TEXT];           /* it waits for the end of this operation; "" for none */
    char last_code[64], last_error[1024]; /* of the last failure, until a step is done */
};
void rp_operation_release(struct rp_operation *operation); /* and zeroes it */

/* Inserts a new one, due at once (due_ms as given); with `after`, that one is asked to stop, and this one begins when it has ended.
 * In the caller's transaction. */
BASE_MUST_USE enum base_status
rp_operation_insert(base_db_t *db, const struct rp_operation *operation, struct base_error *err);
/* BASE_NOT_FOUND when absent. */
BASE_MUST_USE enum base_status rp_operation_get(base_db_t *db, const char *id,
                                                struct rp_operation *out, struct base_error *err);

struct rp_lease {
    const char *owner;
    int64_t now_ms, until_ms;
};
/* Takes the first operation that is due, nobody's, and waits for no other. BASE_NOT_FOUND when there is none. */
BASE_MUST_USE enum base_status rp_lease_take(base_db_t *db, const struct rp_lease *lease,
                                             struct rp_operation *out, struct base_error *err);
/* Lengthens a lease that is still ours; BASE_CONFLICT when it was lost. */
BASE_MUST_USE enum base_status rp_lease_renew(base_db_t *db, const struct rp_operation *operation,
                                              int64_t until_ms, struct base_error *err);
/* BASE_OK while the lease is ours. To be called inside the transaction that depends on it. */
BASE_MUST_USE enum base_status rp_lease_check(base_db_t *db, const struct rp_operation *operation,
                                              struct base_error *err);
/* Asks a running operation to stop: it ends Canceled before its next step. BASE_NOT_FOUND when it is not there or has ended. */
BASE_MUST_USE enum base_status rp_operation_cancel(base_db_t *db, const char *id, int64_t now_ms,
                                                   struct base_error *err);
/* Was it asked to stop? False also when that cannot be read now. */
bool rp_operation_canceled(base_db_t *db, const char *id);
/* At start-up, when nobody else works on this database: whoever held leases is gone. */
BASE_MUST_USE enum base_status rp_lease_void_all(base_db_t *db, struct base_error *err);
/* Forgets operations that ended before `ended_before_ms`: nobody asks about them any more. */
BASE_MUST_USE enum base_status rp_operation_forget(base_db_t *db, int64_t ended_before_ms,
                                                   struct base_error *err);
/* When the next operation is due (epoch ms); INT64_MAX when none runs. */
BASE_MUST_USE enum base_status rp_operation_next_due(base_db_t *db, int64_t *due_ms,
                                                     struct base_error *err);

/* Outcomes of a step. All need the lease: BASE_CONFLICT when it was lost. */
/* The next step is `step`; the lease is kept. */
BASE_MUST_USE enum base_status rp_operation_advance(base_db_t *db, struct rp_operation *operation,
                                                    const char *step, struct base_error *err);
/* Not before due_ms; writes operation->attempts, waits, last_code and last_error; gives the lease back. */
BASE_MUST_USE enum base_status rp_operation_postpone(base_db_t *db,
                                                     const struct rp_operation *operation,
                                                     int64_t due_ms, struct base_error *err);
/* The end. `failure` NULL: Succeeded; one with status BASE_CANCELED: Canceled; else Failed. */
BASE_MUST_USE enum base_status rp_operation_finish(base_db_t *db,
                                                   const struct rp_operation *operation,
                                                   int64_t now_ms, const struct base_error *failure,
                                                   struct base_error *err);

#endif
