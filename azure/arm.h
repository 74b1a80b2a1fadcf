/* azure/arm.h: Azure Resource Manager: read, write and delete by resource id, long-running
 * operations one look at a time. Paths start with '/'; `endpoint` NULL:
 * https://management.azure.com. Source: facts of the RPC, sections 1.5 and 1.7. */
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

/* GET; *out is the parsed body (cJSON_Delete it). BASE_NOT_FOUND when absent. */
BASE_MUST_USE enum base_status az_arm_get(const struct az_arm *arm, const char *path,
                                          const char *api_version, cJSON **out,
                                          struct base_error *err);

/* What a write left to wait for. Plain data, so it can be stored between looks. */
struct az_arm_operation {
    char url[2048];    /* Azure-AsyncOperation or Location; "" when the write was done at once */
    bool status_body;  /* url answers {"status":...} (Azure-AsyncOperation) rather than 202/200
                          (Location) */
    int retry_after_s; /* 0: none named */
};
/* PUT/PATCH/POST/DELETE. body NULL: none. *out (may be NULL) gets the answer's body or NULL. A
 * DELETE of what is absent (204, 404) is BASE_OK. */
BASE_MUST_USE enum base_status az_arm_write(const struct az_arm *arm, const char *method,
                                            const char *path, const char *api_version,
                                            const cJSON *body, cJSON **out,
                                            struct az_arm_operation *operation,
                                            struct base_error *err);
/* One look at an operation: *done tells. Fails with the operation's own error when it ended Failed
 * or Canceled. */
BASE_MUST_USE enum base_status az_arm_poll(const struct az_arm *arm,
                                           struct az_arm_operation *operation, bool *done,
                                           struct base_error *err);
/* az_arm_write, then looks until it is done or real_ms passed, sleeping Retry-After (clock; least
 * 10 ms when none). For tools. */
BASE_MUST_USE enum base_status az_arm_write_wait(const struct az_arm *arm, const char *method,
                                                 const char *path, const char *api_version,
                                                 const cJSON *body, int real_ms, cJSON **out,
                                                 struct base_error *err);
/* {"id": <all pages of a list>}: follows nextLink; *out is one array. */
BASE_MUST_USE enum base_status az_arm_list(const struct az_arm *arm, const char *path,
                                           const char *api_version, cJSON **out,
                                           struct base_error *err);

/* The identity data plane (x-ms-identity-url; facts/arm.md 2.2, api-version 2024-01-01): GET of the
 * URL, answering the 401 challenge with a token of the tenant it names for `audience`. */
struct az_identity_credentials {
    char client_id[64], object_id[64], tenant_id[64];
    char authentication_endpoint[256];
    int64_t not_before_ms, not_after_ms, renew_after_ms, cannot_renew_after_ms;
    base_key_t *key; /* certificate and private key; base_key_free */
};
BASE_MUST_USE enum base_status
az_identity_credentials_get(const struct az_client *az, az_credential_t *credential,
                            const char *identity_url, const char *audience,
                            struct az_identity_credentials *out, struct base_error *err);

#endif
