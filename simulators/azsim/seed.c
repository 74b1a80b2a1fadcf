/* Decides who lives in a new cloud and what they may do. */
#include "simulators/azsim/seed.h"

#include "common/file.h"
#include "simulators/kit/keys.h"
#include "simulators/kit/pki.h"
#include "simulators/kit/rbac.h"
#include "simulators/kit/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RP_CLIENT_NAME "arm.management.azure.com"
#define YEAR_MS (365LL * 86400 * 1000)

struct seed { /* one seeding */
    sim_world_t *world;
    arm_t *arm;
    const char *folder;
    char customer_tenant[BASE_UUID_TEXT], provider_tenant[BASE_UUID_TEXT];
    char customer_subscription[BASE_UUID_TEXT], provider_subscription[BASE_UUID_TEXT];
    cJSON *bootstrap;
};

enum home { CUSTOMER, PROVIDER };

static const struct {
    const char *application;
    enum home home; /* of the subscription the roles are on */
    const char *role;
} grants[] = {
    {"customer", CUSTOMER, "Owner"},
    {"customer", CUSTOMER, "Azure Event Hubs Data Owner"},
    {"customer", CUSTOMER, "FHIR Data Contributor"},
    {"customer", CUSTOMER, "Storage Blob Data Owner"},
    {"operator", PROVIDER, "Owner"},
    {"operator", PROVIDER, "Key Vault Administrator"},
    {"operator", PROVIDER, "Storage Blob Data Owner"},
    {"operator", PROVIDER, "Azure Event Hubs Data Owner"},
    {"rp", PROVIDER, "Contributor"},
    {"rp", PROVIDER, "User Access Administrator"},
    {"rp", PROVIDER, "Key Vault Administrator"},
    {"rp", PROVIDER, "Storage Blob Data Contributor"},
    {"rp", CUSTOMER,
     "Reader"}, /* what registering Microsoft.HealthcareApis grants its application */
};
static const char *const namespaces[] = {
    "Microsoft.HealthcareApis",  "Microsoft.EventHub", "Microsoft.Storage",
    "Microsoft.ManagedIdentity", "Microsoft.KeyVault", "Microsoft.ContainerService",
};

static void grant(struct seed *seed, const char *application, enum home home, const char *object_id)
{
    const char *subscription =
        home == CUSTOMER ? seed->customer_subscription : seed->provider_subscription;

    for (size_t i = 0; i < sizeof grants / sizeof *grants; i++) {
        struct sim_assignment assignment = {.principal_type = "ServicePrincipal"};
        if (strcmp(grants[i].application, application) || grants[i].home != home)
            continue;
        base_uuid(sim_world_random(seed->world), assignment.name);
        snprintf(assignment.scope, sizeof assignment.scope, "/subscriptions/%s", subscription);
        snprintf(assignment.role, sizeof assignment.role, "%s",
                 sim_role_find(grants[i].role)->guid);
        snprintf(assignment.principal, sizeof assignment.principal, "%s", object_id);
        assignment.created_ms = assignment.updated_ms = sim_now_ms(seed->world);
        sim_assignment_put(seed->world, &assignment);
    }
}

/* A service principal of `client_id` in a home's tenant, with its roles there. Returns its object id in `object_id`. */
static void add_principal(struct seed *seed, const char *name, enum home home,
                          char client_id[BASE_UUID_TEXT], char object_id[BASE_UUID_TEXT])
{
    struct sim_principal principal = {.kind = SIM_PRINCIPAL_APPLICATION};

    snprintf(principal.tenant, sizeof principal.tenant, "%s",
             home == CUSTOMER ? seed->customer_tenant : seed->provider_tenant);
    snprintf(principal.name, sizeof principal.name, "%s", name);
    snprintf(principal.client_id, sizeof principal.client_id, "%s", client_id);
    sim_principal_put(seed->world, &principal);
    memcpy(client_id, principal.client_id, BASE_UUID_TEXT);
    memcpy(object_id, principal.object_id, BASE_UUID_TEXT);
    grant(seed, name, home, object_id);
}

static void add_secret_application(struct seed *seed, const char *name, enum home home)
{
    char client_id[BASE_UUID_TEXT] = "", object_id[BASE_UUID_TEXT], secret[41];
    cJSON *node = cJSON_AddObjectToObject(seed->bootstrap, name);

    add_principal(seed, name, home, client_id, object_id);
    base_random_hex(sim_world_random(seed->world), secret, 40);
    sim_credential_add_secret(seed->world, client_id, secret);
    base_json_set_text(node, "tenant",
                       home == CUSTOMER ? seed->customer_tenant : seed->provider_tenant);
    base_json_set_text(node, "subscription",
                       home == CUSTOMER ? seed->customer_subscription
                                        : seed->provider_subscription);
    base_json_set_text(node, "clientId", client_id);
    base_json_set_text(node, "objectId", object_id);
    base_json_set_text(node, "clientSecret", secret);
}

static enum base_status write_key(struct seed *seed, const char *name, const base_key_t *key,
                                  bool with_key, bool with_chain, struct base_error *err)
{
    char *path = base_asprintf("%s/%s", seed->folder, name);
    struct base_buf pem = {0};

    if (with_key)
        base_key_pem(key, &pem);
    if (with_chain)
        base_key_chain_pem(key, &pem);
    enum base_status status = base_file_write(path, pem.data, pem.len, 0600, err);
    base_buf_release(&pem);
    free(path);
    return status;
}

/* The RP's first-party application: a certificate, and a principal in both tenants. */
static enum base_status add_rp_application(struct seed *seed, struct base_error *err)
{
    char client_id[BASE_UUID_TEXT] = "", object_id[BASE_UUID_TEXT], customer_object[BASE_UUID_TEXT];
    base_key_t *key = sim_key_take(seed->world);
    struct base_buf der = {0};
    int64_t now = sim_now_ms(seed->world);

    base_key_certify(key, NULL,
                     &(struct base_certificate_request){.common_name = "iomt-rp",
                                                        .not_before_ms = now - 86400000,
                                                        .not_after_ms = now + 10 * YEAR_MS},
                     sim_world_random(seed->world));
    add_principal(seed, "rp", PROVIDER, client_id, object_id);
    add_principal(seed, "rp", CUSTOMER, client_id, customer_object);
    base_key_certificate_der(key, &der);
    sim_credential_add_certificate(seed->world, client_id, der.data, der.len);
    base_buf_release(&der);
    enum base_status status = write_key(seed, "rp-application.pem", key, true, true, err);
    base_key_free(key);
    cJSON *node = cJSON_AddObjectToObject(seed->bootstrap, "rp");
    base_json_set_text(node, "tenant", seed->provider_tenant);
    base_json_set_text(node, "subscription", seed->provider_subscription);
    base_json_set_text(node, "clientId", client_id);
    base_json_set_text(node, "objectId", object_id);
    base_json_set(node, "certificateFile", base_json_textf("%s/rp-application.pem", seed->folder));
    return status;
}

/* The RP's listener: a server certificate of the world's CA, and the name of the client it may serve. */
static enum base_status add_rp_server(struct seed *seed, struct base_error *err)
{
    static const char *const names[] = {"localhost", "127.0.0.1", NULL};
    base_key_t *key = sim_pki_issue(seed->world, "iomt-rp", names, false);
    cJSON *node = cJSON_AddObjectToObject(seed->bootstrap, "rpServer");
    enum base_status status = write_key(seed, "rp-server.pem", key, false, true, err);

    if (status == BASE_OK)
        status = write_key(seed, "rp-server-key.pem", key, true, false, err);
    base_key_free(key);
    base_json_set(node, "certificateFile", base_json_textf("%s/rp-server.pem", seed->folder));
    base_json_set(node, "keyFile", base_json_textf("%s/rp-server-key.pem", seed->folder));
    base_json_set_text(node, "clientSubject", RP_CLIENT_NAME);
    return status;
}

static void add_places(struct seed *seed)
{
    base_random_t *random = sim_world_random(seed->world);

    base_uuid(random, seed->customer_tenant);
    base_uuid(random, seed->provider_tenant);
    base_uuid(random, seed->customer_subscription);
    base_uuid(random, seed->provider_subscription);
    sim_tenant_add(seed->world, seed->customer_tenant, "contoso.onmicrosoft.com");
    sim_tenant_add(seed->world, seed->provider_tenant, "provider.onmicrosoft.com");
    arm_subscription_put(seed->arm, seed->customer_subscription, "Contoso", seed->customer_tenant);
    arm_subscription_put(seed->arm, seed->provider_subscription, "Resource provider",
                         seed->provider_tenant);
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        arm_namespace_register(seed->arm, seed->customer_subscription, namespaces[i]);
        arm_namespace_register(seed->arm, seed->provider_subscription, namespaces[i]);
    }
}

enum base_status azsim_seed(sim_world_t *world, arm_t *arm, struct base_error *err)
{
    struct seed seed = {.world = world, .arm = arm, .folder = sim_world_state_dir(world)};
    char *path = base_asprintf("%s/bootstrap.json", seed.folder);
    enum base_status status = BASE_OK;

    if (!base_file_exists(path)) {
        seed.bootstrap = cJSON_CreateObject();
        add_places(&seed);
        add_secret_application(&seed, "customer", CUSTOMER);
        add_secret_application(&seed, "operator", PROVIDER);
        status = add_rp_application(&seed, err);
        if (status == BASE_OK)
            status = add_rp_server(&seed, err);
        char *text = base_json_print_pretty(seed.bootstrap);
        if (status == BASE_OK)
            status = base_file_write(path, text, strlen(text), 0600, err);
        free(text);
        cJSON_Delete(seed.bootstrap);
    }
    free(path);
    return status;
}
