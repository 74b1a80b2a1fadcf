/* Decides which kinds are served, and what is particular to each: one row a kind. */
#include "simulators/aks/kinds.h"

#include "simulators/aks/strategy.h"
#include "simulators/aks/table.h"

static const struct aks_field_key pod_fields[] = {
    {"spec.nodeName", "spec.nodeName", ""},
    {"spec.restartPolicy", "spec.restartPolicy", ""},
    {"spec.schedulerName", "spec.schedulerName", ""},
    {"spec.serviceAccountName", "spec.serviceAccountName", ""},
    {"spec.hostNetwork", "spec.hostNetwork", "false"},
    {"status.phase", "status.phase", ""},
    {"status.podIP", "status.podIP", ""},
    {"status.nominatedNodeName", "status.nominatedNodeName", ""},
    {0},
};
static const struct aks_field_key event_fields[] = {
    {"involvedObject.kind", "involvedObject.kind", ""},
    {"involvedObject.namespace", "involvedObject.namespace", ""},
    {"involvedObject.name", "involvedObject.name", ""},
    {"involvedObject.uid", "involvedObject.uid", ""},
    {"involvedObject.apiVersion", "involvedObject.apiVersion", ""},
    {"involvedObject.resourceVersion", "involvedObject.resourceVersion", ""},
    {"involvedObject.fieldPath", "involvedObject.fieldPath", ""},
    {"reason", "reason", ""},
    {"reportingComponent", "reportingComponent", ""},
    {"source", "source.component", ""},
    {"type", "type", ""},
    {0},
};
static const struct aks_field_key secret_fields[] = {{"type", "type", ""}, {0}};
static const struct aks_field_key namespace_fields[] = {{"status.phase", "status.phase", ""}, {0}};
static const struct aks_field_key node_fields[] = {
    {"spec.unschedulable", "spec.unschedulable", "false"}, {0}};
static const struct aks_field_key replica_set_fields[] = {
    {"status.replicas", "status.replicas", "0"}, {0}};

/* name:group/version or "" for the kind's own:Kind:verbs */
static const char *const namespace_subs[] = {"finalize::Namespace:update",
                                             "status::Namespace:get,patch,update", NULL};
static const char *const node_subs[] = {"status::Node:get,patch,update", NULL};
static const char *const pod_subs[] = {"binding::Binding:create", "log::Pod:get",
                                       "status::Pod:get,patch,update", NULL};
static const char *const deployment_subs[] = {"scale:autoscaling/v1:Scale:get,patch,update",
                                              "status::Deployment:get,patch,update", NULL};
static const char *const replica_set_subs[] = {"scale:autoscaling/v1:Scale:get,patch,update",
                                               "status::ReplicaSet:get,patch,update", NULL};

static const struct aks_kind kinds[AKS_KINDS] = {
    [AKS_NAMESPACE] = {.id = AKS_NAMESPACE,
                       .group = "",
                       .version = "v1",
                       .api_version = "v1",
                       .resource = "namespaces",
                       .plural = "namespaces",
                       .singular = "",
                       .kind = "Namespace",
                       .short_name = "ns",
                       .category = "",
                       .answers_body = true,
                       .no_collection = true,
                       .field_keys = namespace_fields,
                       .columns = aks_columns_namespace,
                       .defaults = aks_default_namespace,
                       .prepare = aks_prepare_namespace,
                       .validate = aks_validate_namespace,
                       .subresources = namespace_subs},
    [AKS_NODE] = {.id = AKS_NODE,
                  .group = "",
                  .version = "v1",
                  .api_version = "v1",
                  .resource = "nodes",
                  .plural = "nodes",
                  .singular = "",
                  .kind = "Node",
                  .short_name = "no",
                  .category = "",
                  .field_keys = node_fields,
                  .columns = aks_columns_node,
                  .prepare = aks_prepare_node,
                  .subresources = node_subs},
    [AKS_POD] = {.id = AKS_POD,
                 .group = "",
                 .version = "v1",
                 .api_version = "v1",
                 .resource = "pods",
                 .plural = "pods",
                 .singular = "",
                 .kind = "Pod",
                 .short_name = "po",
                 .category = "all",
                 .namespaced = true,
                 .answers_body = true,
                 .field_keys = pod_fields,
                 .columns = aks_columns_pod,
                 .defaults = aks_default_pod,
                 .prepare = aks_prepare_pod,
                 .validate = aks_validate_pod,
                 .subresources = pod_subs},
    [AKS_SECRET] = {.id = AKS_SECRET,
                    .group = "",
                    .version = "v1",
                    .api_version = "v1",
                    .resource = "secrets",
                    .plural = "secrets",
                    .singular = "",
                    .kind = "Secret",
                    .short_name = "",
                    .category = "",
                    .namespaced = true,
                    .field_keys = secret_fields,
                    .columns = aks_columns_secret,
                    .defaults = aks_default_secret,
                    .prepare = aks_prepare_secret,
                    .validate = aks_validate_secret},
    [AKS_CONFIG_MAP] = {.id = AKS_CONFIG_MAP,
                        .group = "",
                        .version = "v1",
                        .api_version = "v1",
                        .resource = "configmaps",
                        .plural = "configmaps",
                        .singular = "",
                        .kind = "ConfigMap",
                        .short_name = "cm",
                        .category = "",
                        .namespaced = true,
                        .columns = aks_columns_config_map,
                        .validate = aks_validate_config_map},
    [AKS_SERVICE_ACCOUNT] = {.id = AKS_SERVICE_ACCOUNT,
                             .group = "",
                             .version = "v1",
                             .api_version = "v1",
                             .resource = "serviceaccounts",
                             .plural = "serviceaccounts",
                             .singular = "",
                             .kind = "ServiceAccount",
                             .short_name = "sa",
                             .category = "",
                             .namespaced = true,
                             .answers_body = true,
                             .columns = aks_columns_service_account},
    [AKS_EVENT] = {.id = AKS_EVENT,
                   .group = "",
                   .version = "v1",
                   .api_version = "v1",
                   .resource = "events",
                   .plural = "events",
                   .singular = "",
                   .kind = "Event",
                   .short_name = "ev",
                   .category = "",
                   .namespaced = true,
                   .field_keys = event_fields,
                   .columns = aks_columns_event,
                   .validate = aks_validate_event},
    [AKS_DEPLOYMENT] = {.id = AKS_DEPLOYMENT,
                        .group = "apps",
                        .version = "v1",
                        .api_version = "apps/v1",
                        .resource = "deployments.apps",
                        .plural = "deployments",
                        .singular = "",
                        .kind = "Deployment",
                        .short_name = "deploy",
                        .category = "all",
                        .namespaced = true,
                        .generation = true,
                        .columns = aks_columns_deployment,
                        .defaults = aks_default_deployment,
                        .prepare = aks_prepare_workload,
                        .validate = aks_validate_deployment,
                        .subresources = deployment_subs},
    [AKS_REPLICA_SET] = {.id = AKS_REPLICA_SET,
                         .group = "apps",
                         .version = "v1",
                         .api_version = "apps/v1",
                         .resource = "replicasets.apps",
                         .plural = "replicasets",
                         .singular = "",
                         .kind = "ReplicaSet",
                         .short_name = "rs",
                         .category = "all",
                         .namespaced = true,
                         .generation = true,
                         .field_keys = replica_set_fields,
                         .columns = aks_columns_replica_set,
                         .defaults = aks_default_replica_set,
                         .prepare = aks_prepare_workload,
                         .validate = aks_validate_replica_set,
                         .subresources = replica_set_subs},
    [AKS_IDENTITY] = {.id = AKS_IDENTITY,
                      .group = "aadpodidentity.k8s.io",
                      .version = "v1",
                      .api_version = "aadpodidentity.k8s.io/v1",
                      .resource = "azureidentities.aadpodidentity.k8s.io",
                      .plural = "azureidentities",
                      .singular = "azureidentity",
                      .kind = "AzureIdentity",
                      .short_name = "",
                      .category = "",
                      .namespaced = true,
                      .custom = true,
                      .generation = true,
                      .columns = aks_columns_identity},
    [AKS_IDENTITY_BINDING] = {.id = AKS_IDENTITY_BINDING,
                              .group = "aadpodidentity.k8s.io",
                              .version = "v1",
                              .api_version = "aadpodidentity.k8s.io/v1",
                              .resource = "azureidentitybindings.aadpodidentity.k8s.io",
                              .plural = "azureidentitybindings",
                              .singular = "azureidentitybinding",
                              .kind = "AzureIdentityBinding",
                              .short_name = "",
                              .category = "",
                              .namespaced = true,
                              .custom = true,
                              .generation = true,
                              .columns = aks_columns_identity_binding},
    [AKS_ASSIGNED_IDENTITY] = {.id = AKS_ASSIGNED_IDENTITY,
                               .group = "aadpodidentity.k8s.io",
                               .version = "v1",
                               .api_version = "aadpodidentity.k8s.io/v1",
                               .resource = "azureassignedidentities.aadpodidentity.k8s.io",
                               .plural = "azureassignedidentities",
                               .singular = "azureassignedidentity",
                               .kind = "AzureAssignedIdentity",
                               .short_name = "",
                               .category = "",
                               .namespaced = true,
                               .custom = true,
                               .generation = true,
                               .columns = aks_columns_plain},
    [AKS_IDENTITY_EXCEPTION] = {.id = AKS_IDENTITY_EXCEPTION,
                                .group = "aadpodidentity.k8s.io",
                                .version = "v1",
                                .api_version = "aadpodidentity.k8s.io/v1",
                                .resource = "azurepodidentityexceptions.aadpodidentity.k8s.io",
                                .plural = "azurepodidentityexceptions",
                                .singular = "azurepodidentityexception",
                                .kind = "AzurePodIdentityException",
                                .short_name = "",
                                .category = "",
                                .namespaced = true,
                                .custom = true,
                                .generation = true,
                                .columns = aks_columns_plain},
};

const struct aks_kind *aks_kind_at(enum aks_kind_id id)
{
    return &kinds[id];
}

const struct aks_kind *aks_kind_by_plural(const char *group, const char *version,
                                          const char *plural)
{
    for (size_t i = 0; i < AKS_KINDS; i++)
        if (base_equal(kinds[i].group, group) && base_equal(kinds[i].version, version) &&
            base_equal(kinds[i].plural, plural))
            return &kinds[i];
    return NULL;
}

const struct aks_kind *aks_kind_by_name(const char *api_version, const char *kind)
{
    for (size_t i = 0; i < AKS_KINDS; i++)
        if (base_equal(kinds[i].kind, kind) && base_equal(kinds[i].api_version, api_version))
            return &kinds[i];
    return NULL;
}

const char *aks_kind_resource(const struct aks_kind *kind)
{
    return kind->resource;
}

const char *aks_kind_api_version(const struct aks_kind *kind)
{
    return kind->api_version;
}

const struct aks_type *aks_kind_type(const struct aks_kind *kind)
{
    return aks_type_find(kind->kind);
}
