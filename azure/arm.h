/* azure/arm.h: Azure Resource Manager: read, write and delete by resource id, long-running
 * operations one look at a time. Paths start with '/' and may hold a query; they are encoded here
 * (blanks, Unicode, '#', a '%' that starts no escape), escapes stay as they are. `endpoint` NULL:
 * https://management.azure.com. Links of answers (Location, Azure-AsyncOperation, nextLink) are
 * followed on the endpoint's host and below it only: elsewhere BASE_PROTOCOL, code InvalidLink, and
 * no token goes there. Source: facts of the RPC, sections 1.5 and 1.7. */
#ifndef AZURE_ARM_H
#define AZURE_ARM_H

#include "azure/credential.h"

#define AZ_ARM_RESOURCE "https://management.azure.com/"

struct az_arm {
    struct az_client az;
    az_credential_t *credential;
    const char *endpoint; /* NULL: https://management.azure.com */
    const char *tenant;   /* token's tenant; NULL: the credential's */
};

/* GET; *out is the parsed body (cJSON_Delete it), NULL after a failure. BASE_NOT_FOUND when absent,
 * BASE_PROTOCOL when the body is empty or no JSON. */
BASE_MUST_USE enum base_status az_arm_get(const struct az_arm *arm, const char *path,
                                          const char *api_version, cJSON **out,
                                          struct base_error *err);

/* What a write left to wait for. Plain data, so it can be stored between looks. */
struct az_arm_operation {
    char url[8192]; /* Azure-AsyncOperation, else Location of a 202, else the resource itself while
                          its provisioningState is not terminal (PUT, PATCH); "" when the write was
                          done at once */
    bool status_body;  /* url answers {"status":...} (Azure-AsyncOperation) rather than 202/200
                          (Location, resource) */
    int retry_after_s; /* 0: none named */
};
/* PUT/PATCH/POST/DELETE. body NULL: none. *out (may be NULL) gets the answer's body or NULL. A
 * DELETE of what is absent (204, 404) is BASE_OK. BASE_TOO_LARGE: the write was accepted, but its
 * operation's URL does not fit. */
BASE_MUST_USE enum base_status az_arm_write(const struct az_arm *arm, const char *method,
                                            const char *path, const char *api_version,
                                            const cJSON *body, cJSON **out,
                                            struct az_arm_operation *operation,
                                            struct base_error *err);
/* One look at an operation: *done tells. operation->url follows the service (a Location may move).
 * Fails with the operation's own code, target and message when it ended Failed (BASE_INVALID) or
 * Canceled (BASE_CANCELED): http_status is 0 then; a failure with an http_status only says that this
 * look was refused. */
BASE_MUST_USE enum base_status az_arm_poll(const struct az_arm *arm,
                                           struct az_arm_operation *operation, bool *done,
                                           struct base_error *err);
/* az_arm_write, then looks until it is done or real_ms passed (BASE_TIMEOUT), sleeping Retry-After
 * (clock; least 10 ms when none). *out: PUT and PATCH the resource as it is then, POST the action's
 * result, DELETE NULL; NULL after a failure. For tools. */
BASE_MUST_USE enum base_status az_arm_write_wait(const struct az_arm *arm, const char *method,
                                                 const char *path, const char *api_version,
                                                 const cJSON *body, int real_ms, cJSON **out,
                                                 struct base_error *err);
/* All pages of a list ({"value":[...],"nextLink":...}); *out is one array, NULL after a failure.
 * BASE_PROTOCOL when a page holds no "value", BASE_TOO_LARGE past 1000 pages. */
BASE_MUST_USE enum base_status az_arm_list(const struct az_arm *arm, const char *path,
                                           const char *api_version, cJSON **out,
                                           struct base_error *err);

/* The identity data plane (x-ms-identity-url; facts/arm.md 2.2, api-version 2024-01-01): GET of the
 * URL, answering the 401 challenge with a token of the tenant it names for `audience`. */
struct az_identity_credentials {
    char client_id[64], object_id[64], tenant_id[64];
    char authentication_endpoint[256];
    int64_t not_before_ms, not_after_ms, renew_after_ms, cannot_renew_after_ms; /* 0: not told */
    base_key_t *key; /* certificate and private key; base_key_free */
};
/* *out is zeroed on a failure. Fails: BASE_UNAUTHENTICATED (no challenge that names a tenant, or the
 * token was refused), BASE_PROTOCOL (code InvalidAnswer; target names the member at fault). */
BASE_MUST_USE enum base_status
az_identity_credentials_get(const struct az_client *az, az_credential_t *credential,
                            const char *identity_url, const char *audience,
                            struct az_identity_credentials *out, struct base_error *err);

#endif
