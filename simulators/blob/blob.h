/* blob/blob.h: the Blob storage simulator: Microsoft.Storage/storageAccounts behind ARM and the
 * Blob REST protocol on {account}.blob.core.windows.net. Rules: facts clients.md §5, arm.md §4.3,
 * Azure's Blob service REST reference. */
#ifndef BLOB_BLOB_H
#define BLOB_BLOB_H

#include "simulators/kit/world.h"

typedef struct blob blob_t;

/* Registers provider Microsoft.Storage, host *.blob.core.windows.net and the view "blobs"
 * ([{account,container,name,size,metadata}]), and loads what the world's store kept. The world is
 * borrowed and must outlive the result. Release with blob_free before the world. Fails:
 * BASE_INVALID (a stored document is broken). */
BASE_MUST_USE blob_t *blob_add(sim_world_t *world, struct base_error *err);
void blob_free(blob_t *blob); /* NULL is fine; no request may be in flight */

#endif
