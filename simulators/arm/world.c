/* Decides what ARM's state is and how it begins and ends. */
#include "simulators/arm/world.h"
#include "simulators/arm/deployments/scheduler.h"
#include "simulators/arm/endpoint.h"
#include "simulators/arm/front.h"
#include "simulators/arm/groups.h"
#include "simulators/arm/identity.h"
#include "simulators/arm/throttle.h"
#include "simulators/arm/views.h"

#include <stddef.h>
#include <stdlib.h>

/* "arm.resources" is the kit's room. */
static const struct {
    size_t offset;
    const char *room;
} rooms[] = {
    {offsetof(struct arm, subscriptions), "arm.subscriptions"},
    {offsetof(struct arm, groups), "arm.groups"},
    {offsetof(struct arm, registrations), "arm.registrations"},
    {offsetof(struct arm, index), "arm.index"},
    {offsetof(struct arm, asked), "arm.asked"},
    {offsetof(struct arm, identities), "arm.identities"},
    {offsetof(struct arm, credentials), "arm.credentials"},
    {offsetof(struct arm, notes), "arm.assignment-notes"},
    {offsetof(struct arm, locks), "arm.locks"},
    {offsetof(struct arm, management_groups), "arm.management-groups"},
    {offsetof(struct arm, manifests), "arm.manifests"},
    {offsetof(struct arm, operations), "arm.operations"},
};

static arm_docs_t **docs_at(struct arm *arm, size_t i)
{
    return (arm_docs_t **)((char *)arm + rooms[i].offset);
}

static void init_locks(struct arm *arm)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&arm->lock, NULL);
    pthread_mutex_init(&arm->identity_lock, NULL);
    pthread_mutex_init(&arm->assignment_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&arm->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

arm_t *arm_add(sim_world_t *world, struct base_error *err)
{
    struct arm *arm = base_alloc(sizeof *arm);

    (void)err;
    arm->world = world;
    arm->conflicting = cJSON_CreateArray();
    init_locks(arm);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        *docs_at(arm, i) = arm_docs_new(world, rooms[i].room);
    arm->deployments = arm_deployments_new(arm);
    sim_host_add(world, ARM_HOST, "arm", arm_handle, arm);
    sim_host_add(world, "*.identity.azure.net", "identity", arm_msi_handle, arm);
    arm_user_assigned_add(arm);
    arm_views_add(arm);
    arm_control_add(arm);
    arm_fault_add(arm);
    arm_throttle_add(arm);
    return arm;
}

void arm_free(arm_t *arm)
{
    if (!arm)
        return;
    arm_endpoint_cancel(arm);
    arm_group_delete_stop(arm);
    arm_deployments_free(arm->deployments);
    arm_endpoint_release(arm);
    arm_throttle_release(arm);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        arm_docs_free(*docs_at(arm, i));
    cJSON_Delete(arm->conflicting);
    pthread_cond_destroy(&arm->wake);
    pthread_mutex_destroy(&arm->assignment_lock);
    pthread_mutex_destroy(&arm->identity_lock);
    pthread_mutex_destroy(&arm->lock);
    free(arm);
}
