/* Puts the Blob room into a world and takes it out again. */
#include "simulators/blob/blob.h"

#include "simulators/blob/server.h"

#include <stdlib.h>

blob_t *blob_add(sim_world_t *world, struct base_error *err)
{
    blob_t *blob = base_alloc(sizeof(*blob));
    blob->world = world;
    pthread_mutex_init(&blob->lock, NULL);
    if (blob_load(blob, err) != BASE_OK) {
        blob_free(blob);
        return NULL;
    }
    blob_arm_add(blob);
    sim_host_add(world, "*.blob.core.windows.net", "blob", blob_handle, blob);
    blob_fault_add(blob);
    sim_view_add(world, "blobs", blob_view, blob);
    return blob;
}

void blob_free(blob_t *blob)
{
    if (!blob)
        return;
    blob_state_free(blob);
    pthread_mutex_destroy(&blob->lock);
    free(blob);
}
