/* reference/rp/operations.h: how an operation on a stored resource is started, by the front end or by another command. */
#ifndef REFERENCE_RP_OPERATIONS_H
#define REFERENCE_RP_OPERATIONS_H

#include "reference/rp/storage/operation.h"
#include "reference/rp/storage/resource.h"
#include "reference/rp/world.h"

/* In the caller's transaction: sets state (Creating, Updating, Deleting; "renew" and "reconcile" leave it) and operation in `resource`, which
 * the caller stores, and inserts the operation document, due at once. An operation that runs on the resource is asked to stop, and the new
 * one waits for its end. Release *operation in any case. */
BASE_MUST_USE enum base_status rp_operation_start(const struct rp_world *world,
                                                  const char *correlation,
                                                  struct rp_resource *resource, const char *verb,
                                                  struct rp_operation *operation,
                                                  struct base_error *err);

#endif
