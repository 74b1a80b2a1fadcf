/* reference/rp/storage/subscription.h: what ARM told us about a customer's subscription. */
#ifndef REFERENCE_RP_STORAGE_SUBSCRIPTION_H
#define REFERENCE_RP_STORAGE_SUBSCRIPTION_H

#include "reference/rp/storage/store.h"

/* Replaces what is known. */
BASE_MUST_USE enum base_status rp_subscription_put(base_db_t *db, const char *id, const char *state,
                                                   const cJSON *document, struct base_error *err);
/* state[32]: "Registered" for a subscription never heard of. */
BASE_MUST_USE enum base_status rp_subscription_state(base_db_t *db, const char *id, char state[32],
                                                     struct base_error *err);

#endif
