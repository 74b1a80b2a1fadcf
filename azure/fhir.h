/* azure/fhir.h: a FHIR R4 service: read, search by one parameter, update with If-Match. Token
 * audience is the service's URL without a slash at its end. Refusals: err->code, message and target
 * are the OperationOutcome's first issue's code, diagnostics (else details.text) and expression. All
 * calls block; *out: cJSON_Delete it, NULL after a failure. */
#ifndef AZURE_FHIR_H
#define AZURE_FHIR_H

#include "azure/credential.h"

struct az_fhir {
    struct az_client az;
    az_credential_t *credential;
    const char *url; /* "https://ws-svc.fhir.azurehealthcareapis.com" */
    /* For who writes back what was read: a number that would be printed otherwise than the service wrote it (72.0) is a raw node
     * (base_json_keep_numbers). */
    bool exact_numbers;
};
/* GET {type}?{parameter}={value}, next links (of this service only) followed: *out is an array of the
 * resources that match (copies; what came along by _include is left out). BASE_PROTOCOL when a page
 * is no Bundle or links elsewhere, BASE_TOO_LARGE past 1000 pages. */
BASE_MUST_USE enum base_status az_fhir_search(const struct az_fhir *fhir, const char *type,
                                              const char *parameter, const char *value, cJSON **out,
                                              struct base_error *err);
BASE_MUST_USE enum base_status az_fhir_read(const struct az_fhir *fhir, const char *type,
                                            const char *id, cJSON **out, struct base_error *err);
/* PUT {type}/{id} (both taken from the resource); if_version: a versionId for If-Match W/"n", or
 * NULL. *out (may be NULL): as stored; stays NULL when the answer has no body (Prefer: return=minimal is a
 * service's right). BASE_CONFLICT for 409 and 412. */
BASE_MUST_USE enum base_status az_fhir_update(const struct az_fhir *fhir, const cJSON *resource,
                                              const char *if_version, cJSON **out,
                                              struct base_error *err);
/* GET metadata: is it there? */
BASE_MUST_USE enum base_status az_fhir_metadata(const struct az_fhir *fhir, struct base_error *err);

#endif
