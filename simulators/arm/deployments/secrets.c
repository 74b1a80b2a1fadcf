/* Decides whether a parameter may be read from a vault, and reads it. */
#include "simulators/arm/deployments/deployment.h"
#include "simulators/arm/index.h"
#include "simulators/kit/token.h"

#include <stdlib.h>
#include <string.h>

#define ACTION "Microsoft.KeyVault/vaults/deploy/action"
#define VAULT_AUDIENCE "https://vault.azure.net"
#define VAULT_VERSION "7.4"
#define LIFETIME_S 300

static cJSON *refuse(struct base_error *err, const char *vault, const char *why)
{
    base_error_set(err, BASE_INVALID, "KeyVaultParameterReferenceSecretRetrieveFailed",
                   "The secret of KeyVault parameter reference cannot be retrieved from '%s': %s.",
                   vault, why);
    return NULL;
}

/* As the deployment's caller: real ARM reads as itself once the vault allows it for deployments. */
static cJSON *read_secret(struct arm_deployment *deployment, const char *url, const char *vault,
                          struct base_error *err)
{
    sim_world_t *world = deployment->arm->world;
    struct sim_principal caller;
    struct base_headers headers = {0};
    struct base_http_response answer = {0};
    cJSON *secret = NULL, *body = NULL;

    if (!sim_principal_by_object(world, deployment->who.caller.token.object_id, &caller))
        return refuse(err, vault, "the caller is unknown to the directory");
    char *token = sim_token_mint(
        world, &(struct sim_token_request){&caller, VAULT_AUDIENCE, "2", LIFETIME_S});
    base_headers_addf(&headers, "Authorization", "Bearer %s", token);
    sim_call(world, "arm", "GET", url, &headers, NULL, &answer);
    if (answer.body.len)
        body = base_json_parse(answer.body.data, answer.body.len, NULL);
    if (answer.status == 200 && base_json_text(body, "value"))
        secret = cJSON_CreateString(base_json_text(body, "value"));
    else
        refuse(err, vault,
               base_json_text(body, "error.message") ? base_json_text(body, "error.message")
                                                     : "the vault did not answer");
    cJSON_Delete(body);
    base_http_response_release(&answer);
    base_headers_release(&headers);
    free(token);
    return secret;
}

cJSON *arm_deployment_secret(void *context, const char *vault_id, const char *secret_name,
                             const char *secret_version, struct base_error *err)
{
    struct arm_deployment *deployment = context;
    cJSON *vault = arm_resource_known(deployment->arm, vault_id), *secret = NULL;
    const char *uri = base_json_text(vault, "properties.vaultUri");
    size_t len = uri ? strlen(uri) : 0;

    if (!vault)
        refuse(err, vault_id, "the vault was not found");
    else if (!base_json_true(vault, "properties.enabledForTemplateDeployment"))
        refuse(err, vault_id, "the vault is not enabled for template deployment");
    else if (!sim_rbac_allows(deployment->arm->world, deployment->who.caller.token.object_id,
                              ACTION, false, vault_id))
        refuse(err, vault_id, "the client does not have permission to perform action '" ACTION "'");
    else if (!uri)
        refuse(err, vault_id, "the vault has no address");
    else
        secret = read_secret(
            deployment,
            base_arena_printf(&deployment->arena, "%s%ssecrets/%s%s%s?api-version=" VAULT_VERSION,
                              uri, uri[len - 1] == '/' ? "" : "/", secret_name,
                              secret_version ? "/" : "", secret_version ? secret_version : ""),
            vault_id, err);
    cJSON_Delete(vault);
    return secret;
}
