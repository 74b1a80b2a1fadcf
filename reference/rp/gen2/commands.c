/* Decides which steps bring a Gen 2 resource about, and in which order. */
#include "reference/rp/provisioning/capacity.h"
#include "reference/rp/provisioning/provisioning.h"
#include "reference/rp/worker/command.h"
#include "reference/rp/gen2/commands.h"
#include "reference/rp/gen2/names.h"

#include <string.h>

/* Built-in roles (facts of Azure RBAC). */
#define BLOB_DATA_CONTRIBUTOR "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
#define KEY_VAULT_SECRETS_USER "4633458b-17de-408a-b874-0445c86b69e6"
#define EVENT_HUBS_DATA_RECEIVER "a638d3c7-ab3a-418d-83e6-5f17a39d4fde"
#define EVENT_HUBS_DATA_SENDER "2b629674-e913-4c01-ae53-ef4638d8f975"

/* ID-01: exactly these rights, at exactly these scopes. */
static enum rp_outcome storage_role(struct rp_job *job, struct base_error *err)
{
    const struct rp_role role = {"storage", BLOB_DATA_CONTRIBUTOR,
                                 rp_job_workspace_text(job, "storage.id")};

    return rp_role_ensure(job, &role, err);
}

static enum rp_outcome vault_role(struct rp_job *job, struct base_error *err)
{
    const struct rp_role role = {"vault", KEY_VAULT_SECRETS_USER,
                                 rp_job_workspace_text(job, "allocation.vault")};

    return rp_role_ensure(job, &role, err);
}

static enum rp_outcome receiver_role(struct rp_job *job, struct base_error *err)
{
    const struct rp_role role = {"receiver", EVENT_HUBS_DATA_RECEIVER,
                                 rp_name_hub(job, &job->resource)};

    return rp_role_ensure(job, &role, err);
}

static enum rp_outcome sender_role(struct rp_job *job, struct base_error *err)
{
    const struct rp_role role = {"sender", EVENT_HUBS_DATA_SENDER,
                                 rp_name_hub(job, &job->resource)};

    return rp_role_ensure(job, &role, err);
}

static const struct rp_step WORKSPACE[] = {
    {"capacity", "capacity", rp_capacity_ensure},
    {"group", "the resource group", rp_group_ensure},
    {"storage", "the storage account", rp_storage_ensure},
    {"template-container", "the container of mappings", rp_template_container_ensure},
    {"identity", "the internal identity", rp_identity_ensure},
    {"storage-role", "the internal identity's right to the storage account", storage_role},
    {"vault-role", "the internal identity's right to the Key Vault", vault_role},
    {"cluster", "the cluster", rp_cluster_ensure},
    {"kubernetes-namespace", "the Kubernetes namespace", rp_kubernetes_namespace_ensure},
    {"pod-identity", "the pod identity", rp_pod_identity_ensure},
};
static const struct rp_step CONNECTOR[] = {
    {"namespace", "the Event Hub namespace", rp_namespace_ensure},
    {"hub", "the event hub for normalized data", rp_hub_ensure},
    {"receiver-role", "the internal identity's right to read the hub", receiver_role},
    {"sender-role", "the internal identity's right to write to the hub", sender_role},
    {"checkpoint-container", "the container of checkpoints", rp_checkpoint_container_ensure},
    {"source", "the source", rp_source_ensure},
    {"certificate", "the certificate of the connector's identity", rp_certificate_ensure},
    {"mapping", "the device mapping", rp_device_mapping_ensure},
    {"deployment", "the normalization pod", rp_normalization_ensure},
    {"running", "the normalization pod", rp_deployment_running},
    {"former-source", "the checkpoints of an earlier source", rp_source_forget},
};
static const struct rp_step DESTINATION[] = {
    {"consumer-group", "the consumer group", rp_consumer_group_ensure},
    {"mapping", "the FHIR mapping", rp_fhir_mapping_ensure},
    {"deployment", "the destination pod", rp_destination_pod_ensure},
    {"running", "the destination pod", rp_deployment_running},
};
static const struct rp_step RENEW[] = {
    {"certificate", "the certificate of the connector's identity", rp_certificate_ensure},
};
static const struct rp_step TEARDOWN[] = {
    {"teardown", "what was made for it", rp_teardown},
};
static const struct rp_step WORKSPACE_TEARDOWN[] = {
    {"connectors", "its connectors", rp_remove_children},
    {"teardown", "what was made for it", rp_teardown},
};
static const struct rp_step CONNECTOR_TEARDOWN[] = {
    {"destinations", "its destinations", rp_remove_children},
    {"teardown", "what was made for it", rp_teardown},
};

#define STEPS(table) table, sizeof table / sizeof *table
static const struct rp_command COMMANDS[] = {
    {"workspace.create", STEPS(WORKSPACE)},
    {"workspace.update", STEPS(WORKSPACE)},
    {"workspace.delete", STEPS(WORKSPACE_TEARDOWN), .removes = true},
    {"connector.create", STEPS(CONNECTOR)},
    {"connector.update", STEPS(CONNECTOR)},
    {"connector.renew", STEPS(RENEW), .quiet = true},
    {"workspace.reconcile", STEPS(WORKSPACE), .quiet = true, .checks = true},
    {"connector.reconcile", STEPS(CONNECTOR), .quiet = true, .checks = true},
    {"destination.reconcile", STEPS(DESTINATION), .quiet = true, .checks = true},
    {"connector.delete", STEPS(CONNECTOR_TEARDOWN), .removes = true},
    {"destination.create", STEPS(DESTINATION)},
    {"destination.update", STEPS(DESTINATION)},
    {"destination.delete", STEPS(TEARDOWN), .removes = true},
    {"mapping.delete", STEPS(TEARDOWN),
     .removes = true}, /* either generation's, with its connector */
};

const struct rp_command *rp_gen2_command_find(const char *kind)
{
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        if (!strcmp(COMMANDS[i].kind, kind))
            return &COMMANDS[i];
    return NULL;
}
