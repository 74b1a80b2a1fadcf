/* reference/rp/storage/allocation.h: which capacity a workspace was given. */
#ifndef REFERENCE_RP_STORAGE_ALLOCATION_H
#define REFERENCE_RP_STORAGE_ALLOCATION_H

#include "reference/rp/storage/store.h"

/* The item `owner` holds of `kind`, copied to out[size]; BASE_NOT_FOUND when none. */
BASE_MUST_USE enum base_status rp_allocation_get(base_db_t *db, const char *owner, const char *kind,
                                                 char *out, size_t size, struct base_error *err);
BASE_MUST_USE enum base_status rp_allocation_add(base_db_t *db, const char *owner, const char *kind,
                                                 const char *item, struct base_error *err);
/* How many owners hold `item`. */
BASE_MUST_USE enum base_status rp_allocation_count(base_db_t *db, const char *kind,
                                                   const char *item, int64_t *count,
                                                   struct base_error *err);
/* Gives back all that `owner` holds. */
BASE_MUST_USE enum base_status rp_allocation_release(base_db_t *db, const char *owner,
                                                     struct base_error *err);

#endif
