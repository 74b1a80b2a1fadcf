/* Decides what the files say that describe a running cloud: the RP's configuration, endpoints.json, env. */
#include "runner/cloud.h"

#include "common/file.h"

#include <stdlib.h>
#include <string.h>

static cJSON *one_id(const char *member, const char *id)
{
    cJSON *list = cJSON_CreateArray(), *entry = cJSON_CreateObject();

    base_json_set_text(entry, member, id);
    cJSON_AddItemToArray(list, entry);
    return list;
}

static cJSON *regions(const cJSON *endpoints)
{
    cJSON *list = cJSON_CreateArray(), *region = cJSON_CreateObject(), *capacity, *aliases, *vaults;

    base_json_set_text(region, "name", "westus2");
    base_json_set_text(region, "displayName", "West US 2");
    aliases = cJSON_AddArrayToObject(region, "aliases");
    cJSON_AddItemToArray(aliases, cJSON_CreateString("US West 2"));
    capacity = cJSON_AddObjectToObject(region, "capacity");
    cJSON_AddItemToObject(capacity, "subscriptions",
                          one_id("id", base_json_text(endpoints, "operator.subscription")));
    cJSON_AddItemToObject(capacity, "clusters",
                          one_id("id", base_json_text(endpoints, "operator.clusterId")));
    vaults = one_id("id", base_json_text(endpoints, "operator.vaultId"));
    base_json_set_text(vaults->child, "uri", base_json_text(endpoints, "operator.vaultUri"));
    cJSON_AddItemToObject(capacity, "vaults", vaults);
    cJSON_AddItemToArray(list, region);
    return list;
}

enum base_status run_cloud_write_rp(struct run_cloud *cloud, char **config_path,
                                    struct base_error *err)
{
    const cJSON *endpoints = cloud->world.endpoints;
    cJSON *root = cJSON_CreateObject(), *frontend = cJSON_AddObjectToObject(root, "frontend");
    cJSON *identity = cJSON_AddObjectToObject(root, "identity"), *subjects;
    char *folder = base_asprintf("%s/rp", cloud->state_dir);

    base_json_set_text(frontend, "certificateFile",
                       base_json_text(endpoints, "rpServer.certificateFile"));
    base_json_set_text(frontend, "keyFile", base_json_text(endpoints, "rpServer.keyFile"));
    base_json_set_text(frontend, "clientCaFile", cloud->world.ca_file);
    subjects = cJSON_AddArrayToObject(frontend, "clientSubjects");
    cJSON_AddItemToArray(subjects,
                         cJSON_CreateString(base_json_text(endpoints, "rpServer.clientSubject")));
    base_json_set_text(identity, "tenantId", base_json_text(endpoints, "rp.tenant"));
    base_json_set_text(identity, "clientId", base_json_text(endpoints, "rp.clientId"));
    base_json_set_text(identity, "certificateFile",
                       base_json_text(endpoints, "rp.certificateFile"));
    cJSON_AddItemToObject(root, "regions", regions(endpoints));
    *config_path = base_asprintf("%s/rp.json", folder);
    char *text = base_json_print_pretty(root);
    enum base_status status = base_dir_make(folder, err);
    if (status == BASE_OK)
        status = base_file_write(*config_path, text, strlen(text), 0600, err);
    free(text);
    free(folder);
    cJSON_Delete(root);
    return status;
}

/* Which programs read which word is in docs/environments.md. */
static const struct {
    const char *name, *path; /* dotted, in endpoints.json */
} exports[] = {
    {"HTTPS_PROXY", "proxy"},
    {"https_proxy", "proxy"},
    {"CURL_CA_BUNDLE", "bundleFile"},
    {"REQUESTS_CA_BUNDLE", "bundleFile"},
    {"NODE_EXTRA_CA_CERTS", "caFile"},
    {"SSL_CERT_FILE", "bundleFile"},
    {"IOMT_STATE_DIR", "stateDir"},
    {"IOMT_CLOCK", "clock"},
    {"IOMT_CONTROL", "control"},
    {"IOMT_HTTPS", "https"},
    {"IOMT_AMQPS", "amqps"},
    {"IOMT_AMQP", "amqp"},
    {"IOMT_TENANT_ID", "customer.tenant"},
    {"IOMT_SUBSCRIPTION_ID", "customer.subscription"},
    {"IOMT_RESOURCE_GROUP", "customer.group"},
    {"IOMT_EVENTHUB_NAMESPACE", "customer.namespace"},
    {"IOMT_EVENTHUB", "customer.hub"},
    {"IOMT_EVENTHUB_ID", "customer.hubId"},
    {"IOMT_FHIR_ID", "customer.fhirId"},
    {"IOMT_FHIR_URL", "customer.fhirUrl"},
    {"AZURE_TENANT_ID", "customer.tenant"},
    {"AZURE_CLIENT_ID", "customer.clientId"},
    {"AZURE_CLIENT_SECRET", "customer.clientSecret"},
    {"AZURE_SUBSCRIPTION_ID", "customer.subscription"},
    {"IOMT_PROVIDER_TENANT_ID", "operator.tenant"},
    {"IOMT_PROVIDER_SUBSCRIPTION_ID", "operator.subscription"},
    {"IOMT_OPERATOR_CLIENT_ID", "operator.clientId"},
    {"IOMT_OPERATOR_CLIENT_SECRET", "operator.clientSecret"},
};

static void append_export(struct base_buf *out, const char *name, const char *value)
{
    base_buf_printf(out, "export %s='", name);
    for (; *value; value++) {
        if (*value == '\'')
            base_buf_puts(out, "'\\''");
        else
            base_buf_putc(out, *value);
    }
    base_buf_puts(out, "'\n");
}

enum base_status run_cloud_write_env(struct run_cloud *cloud, struct base_error *err)
{
    cJSON *endpoints = cloud->world.endpoints;
    struct base_buf env = {0};
    char *env_path = base_asprintf("%s/env", cloud->state_dir),
         *path = base_asprintf("%s/endpoints.json", cloud->state_dir);

    base_json_set_text(endpoints, "armUrl", "https://management.azure.com");
    base_json_set_text(endpoints, "authorityUrl", "https://login.microsoftonline.com");
    base_json_set_text(endpoints, "rpEndpoint", cloud->rp_endpoint);
    base_buf_puts(&env, "# Source this: . <state-dir>/env\n");
    append_export(&env, "IOMT_ARM_URL", "https://management.azure.com");
    append_export(&env, "NO_PROXY", "127.0.0.1,localhost");
    append_export(&env, "no_proxy", "127.0.0.1,localhost");
    for (size_t i = 0; i < sizeof exports / sizeof *exports; i++) {
        const char *value = base_json_text(endpoints, exports[i].path);
        if (value && *value)
            append_export(&env, exports[i].name, value);
    }
    char *text = base_json_print_pretty(endpoints);
    enum base_status status = base_file_write(path, text, strlen(text), 0600, err);
    if (status == BASE_OK)
        status = base_file_write(env_path, env.data, env.len, 0600, err);
    free(text);
    free(path);
    free(env_path);
    base_buf_release(&env);
    return status;
}
