/* Decides how the connector's external identity becomes a certificate in the Key Vault, and when it is renewed (IC-05). */
#include "azure/keyvault.h"
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define KIND "certificate"

static struct az_keyvault vault_of(const struct rp_job *job, const char *uri)
{
    return (struct az_keyvault){
        .az = rp_job_client(job), .credential = job->world->credential, .vault = uri};
}

/* The pods read the newest version: another one on top of ours, or a disabled one, is somebody's doing. */
static bool is_ours(const cJSON *known, const cJSON *bundle)
{
    const char *ours = base_json_text(known, "thumbprint"), *found = base_json_text(bundle, "x5t");

    return (!ours || !found || !strcmp(ours, found)) &&
           !cJSON_IsFalse(base_json_at(bundle, "attributes.enabled"));
}

/* Is what the vault holds what we put there, for this identity, and not yet due for renewal? */
static enum base_status up_to_date(struct rp_job *job, const struct az_keyvault *vault,
                                   const char *name, bool *good, struct base_error *err)
{
    const cJSON *known = base_json_at(job->resource.metadata, KIND);
    const char *principal = base_json_text(job->resource.desired, "identity.principalId");
    struct base_error looked = {0};
    cJSON *bundle = NULL;

    *good = false;
    if (!known || !base_equal_nocase(base_json_text(known, "principalId"), principal) ||
        base_json_number(known, "renewAfter", 0) <= (double)rp_job_now(job))
        return BASE_OK;
    enum base_status status = az_keyvault_get_certificate(vault, name, &bundle, &looked);
    *good = status == BASE_OK && is_ours(known, bundle);
    cJSON_Delete(bundle);
    if (status == BASE_OK || status == BASE_NOT_FOUND)
        return BASE_OK;
    *err = looked;
    return status;
}

static cJSON *tags_of(const struct rp_job *job, const struct az_identity_credentials *credentials)
{
    cJSON *tags = cJSON_CreateObject();
    char text[BASE_TIME_TEXT];

    base_json_set_text(tags, "owner", job->resource.id);
    base_time_iso_s(credentials->renew_after_ms, text);
    base_json_set_text(tags, "renew_after", text);
    base_time_iso_s(credentials->cannot_renew_after_ms, text);
    base_json_set_text(tags, "cannot_renew_after", text);
    return tags;
}

/* As the vault tells it: x5t. */
static void thumbprint_of(const struct az_identity_credentials *credentials, struct base_buf *out)
{
    unsigned char thumbprint[20];

    base_key_thumbprint_sha1(credentials->key, thumbprint);
    base_base64url_encode(out, thumbprint, sizeof thumbprint);
}

/* The vault has this very certificate already: somebody imported it and did not live to remember it. Imported once more it would be a
 * second version. NOT_FOUND: it has not. */
static enum base_status adopt(const struct az_keyvault *vault, const char *name,
                              const struct az_identity_credentials *credentials, char **secret_id,
                              struct base_error *err)
{
    struct base_buf wanted = {0};
    cJSON *bundle = NULL;
    enum base_status status = az_keyvault_get_certificate(vault, name, &bundle, err);

    thumbprint_of(credentials, &wanted);
    const char *found = base_json_text(bundle, "x5t");
    bool enabled = !cJSON_IsFalse(base_json_at(bundle, "attributes.enabled"));
    if (status == BASE_OK && enabled && found && !strcmp(found, wanted.data))
        *secret_id = az_keyvault_secret_of(bundle);
    if (status == BASE_OK && !*secret_id)
        status = BASE_NOT_FOUND;
    base_buf_release(&wanted);
    cJSON_Delete(bundle);
    return status;
}

/* A soft-deleted certificate keeps its name: it is ours (the name comes from the uid), so it is purged. */
static enum base_status import(const struct az_keyvault *vault, const char *name,
                               const struct az_identity_credentials *credentials, const cJSON *tags,
                               char **secret_id, struct base_error *err)
{
    struct base_error found = {0};
    enum base_status status =
        az_keyvault_import_certificate(vault, name, credentials->key, tags, secret_id, &found);

    if (status == BASE_CONFLICT) {
        status = az_keyvault_delete_certificate(vault, name, err);
        return status == BASE_OK ? az_keyvault_import_certificate(vault, name, credentials->key,
                                                                  tags, secret_id, err)
                                 : status;
    }
    if (status != BASE_OK)
        *err = found;
    return status;
}

static enum base_status remember(struct rp_job *job, const char *name, const char *secret_id,
                                 const struct az_identity_credentials *credentials,
                                 struct base_error *err)
{
    cJSON *certificate = cJSON_CreateObject();
    struct base_buf thumbprint = {0};

    thumbprint_of(credentials, &thumbprint);
    base_json_set_text(certificate, "thumbprint", thumbprint.data);
    base_buf_release(&thumbprint);
    base_json_set_text(certificate, "name", name);
    base_json_set_text(certificate, "secretId", secret_id);
    base_json_set_text(certificate, "clientId", credentials->client_id);
    base_json_set_text(certificate, "tenantId", credentials->tenant_id);
    base_json_set_text(certificate, "authority", credentials->authentication_endpoint);
    base_json_set_text(certificate, "principalId",
                       base_json_text(job->resource.desired, "identity.principalId"));
    base_json_set_number(certificate, "renewAfter", (double)credentials->renew_after_ms);
    base_json_set_number(certificate, "cannotRenewAfter",
                         (double)credentials->cannot_renew_after_ms);
    base_json_set(job->resource.metadata, KIND, certificate);
    return rp_job_remember(job, err);
}

static enum base_status check_credentials(const struct rp_job *job,
                                          const struct az_identity_credentials *credentials,
                                          struct base_error *err)
{
    const char *principal = base_json_text(job->resource.desired, "identity.principalId");

    if (!credentials->object_id[0] || base_equal_nocase(credentials->object_id, principal))
        return BASE_OK;
    return base_error_set(err, BASE_PROTOCOL, "IdentityMismatch",
                          "the identity URL gave the credential of %s, expected that of %s",
                          credentials->object_id, principal);
}

static enum base_status renew(struct rp_job *job, const struct az_keyvault *vault, const char *name,
                              struct base_error *err)
{
    struct az_client az = rp_job_client(job);
    struct az_identity_credentials credentials = {0};
    char *secret_id = NULL;
    enum base_status status = az_identity_credentials_get(
        &az, job->world->credential, base_json_text(job->resource.desired, "identity.url"),
        job->world->config->identity_audience, &credentials, err);

    if (status == BASE_OK)
        status = check_credentials(job, &credentials, err);
    if (status == BASE_OK) {
        struct base_error looked = {0};
        status = adopt(vault, name, &credentials, &secret_id, &looked);
        if (status != BASE_OK && status != BASE_NOT_FOUND)
            *err = looked;
    }
    if (status == BASE_NOT_FOUND) {
        cJSON *tags = tags_of(job, &credentials);
        status = import(vault, name, &credentials, tags, &secret_id, err);
        cJSON_Delete(tags);
    }
    if (status == BASE_OK)
        status = remember(job, name, secret_id, &credentials, err);
    base_key_free(credentials.key);
    free(secret_id);
    return status;
}

enum rp_outcome rp_certificate_ensure(struct rp_job *job, struct base_error *err)
{
    const char *name = rp_name_plain(job, &job->resource),
               *uri = rp_job_workspace_text(job, "allocation.vaultUri");
    const struct az_keyvault vault = vault_of(job, uri);
    cJSON *detail = cJSON_CreateObject();
    bool good = false;

    base_json_set_text(detail, "vault", uri);
    if (rp_plan(job, job->resource.uid, KIND, "", name, detail, err) != BASE_OK ||
        up_to_date(job, &vault, name, &good, err) != BASE_OK)
        return RP_STEP_FAILED;
    if (!good && renew(job, &vault, name, err) != BASE_OK)
        return RP_STEP_FAILED;
    return rp_outcome_of(rp_made(job, job->resource.uid, KIND, "", err));
}

enum rp_outcome rp_certificate_remove(struct rp_job *job, struct rp_intent *intent,
                                      struct base_error *err)
{
    const struct az_keyvault vault = vault_of(job, base_json_text(intent->detail, "vault"));

    return rp_outcome_of(az_keyvault_delete_certificate(&vault, intent->target, err));
}
