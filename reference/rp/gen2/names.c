/* Decides what the things outside are called. */
#include "reference/rp/gen2/names.h"
#include "common/text.h"

#include <string.h>

const char *rp_name_uid(struct base_arena *arena, const char *uid)
{
    char *out = base_arena_alloc(arena, strlen(uid) + 1), *to = out;

    for (; *uid; uid++)
        if (*uid != '-')
            *to++ = *uid;
    return out;
}

static const char *workspace_uid(struct rp_job *job)
{
    return rp_name_uid(&job->arena, rp_job_workspace(job)->uid);
}

const char *rp_name_group(struct rp_job *job)
{
    return base_arena_printf(&job->arena, "/subscriptions/%s/resourceGroups/iomt-%s",
                             rp_job_workspace_text(job, "allocation.subscription"),
                             workspace_uid(job));
}

const char *rp_name_storage(struct rp_job *job)
{
    return base_arena_printf(&job->arena,
                             "%s/providers/Microsoft.Storage/storageAccounts/iomt%.20s",
                             rp_name_group(job), workspace_uid(job));
}

const char *rp_name_identity(struct rp_job *job)
{
    return base_arena_printf(
        &job->arena, "%s/providers/Microsoft.ManagedIdentity/userAssignedIdentities/iomt-%s",
        rp_name_group(job), workspace_uid(job));
}

const char *rp_name_cluster(struct rp_job *job)
{
    return base_arena_printf(&job->arena,
                             "%s/providers/Microsoft.ContainerService/managedClusters/iomt-%s",
                             rp_name_group(job), workspace_uid(job));
}

const char *rp_name_namespace(struct rp_job *job, const char *generation)
{
    return base_arena_printf(&job->arena, "%s/providers/Microsoft.EventHub/namespaces/iomt-%s-%s",
                             rp_name_group(job), workspace_uid(job), generation);
}

const char *rp_name_kubernetes(struct rp_job *job)
{
    return base_arena_printf(&job->arena, "iomt-%s", workspace_uid(job));
}

const char *rp_name_plain(struct rp_job *job, const struct rp_resource *resource)
{
    return base_arena_printf(&job->arena, "iomt-%s", rp_name_uid(&job->arena, resource->uid));
}

const char *rp_name_deployment(struct rp_job *job, const char *kind)
{
    char *name =
        base_arena_printf(&job->arena, "%s-%s-%.12s", kind, rp_resource_name(&job->resource),
                          rp_name_uid(&job->arena, job->resource.uid));

    base_lower(name);
    return name;
}

const char *rp_name_hub(struct rp_job *job, const struct rp_resource *connector)
{
    const char *namespace = base_json_text(connector->metadata, "eventHubNamespace.id");

    if (!namespace)
        BUG("the connector's metadata has no Event Hub namespace");
    return base_arena_printf(&job->arena, "%s/eventhubs/%s", namespace,
                             rp_name_plain(job, connector));
}
