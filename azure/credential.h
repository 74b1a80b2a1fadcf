/* azure/credential.h: bearer tokens from Entra ID (login.microsoftonline.com) or from a
 * managed-identity endpoint, cached until 5 minutes before they expire (half their life when that is
 * shorter). Thread-safe: one question serves all who ask for the same token; while it is out, a
 * token that is still good is handed out, also when the question fails. Source: OAuth 2.0 client
 * credentials (v2 endpoint), IMDS 2018-02-01. */
#ifndef AZURE_CREDENTIAL_H
#define AZURE_CREDENTIAL_H

#include "common/crypto.h"
#include "common/http_client.h"

typedef struct az_credential az_credential_t;

struct az_client { /* what every client needs; borrowed for its life */
    base_http_client_t *http;
    const struct base_clock *clock;
    base_random_t *random;
    const char *correlation; /* x-ms-correlation-request-id of all calls; NULL: none */
    int tries;               /* exchanges of one call at most; 0: 4. 1 for who repeats by himself */
    int timeout_ms;          /* of calls that name none; 0: the HTTP client's */
    /* told of every exchange: status 0 when no answer came. Any thread; NULL: nobody is */
    void (*observe)(void *context, const char *method, const char *url, int status);
    void *observe_context;
    /* asked before every exchange whether it may be made; another status than BASE_OK, with its error, is the call's outcome.
     * Any thread; NULL: all may */
    enum base_status (*permit)(void *context, const char *method, const char *url,
                               struct base_error *err);
    void *permit_context;
};

/* An application with a client secret. */
az_credential_t *az_credential_secret(const struct az_client *az, const char *authority,
                                      const char *tenant, const char *client_id,
                                      const char *secret) BASE_MUST_USE;
/* An application (or a managed identity's own application) with a certificate: RS256 client
 * assertion with x5t and x5c. Takes `key` over. authority: "https://login.microsoftonline.com"
 * (NULL: that). */
az_credential_t *az_credential_certificate(const struct az_client *az, const char *authority,
                                           const char *tenant, const char *client_id,
                                           base_key_t *key) BASE_MUST_USE;
/* The pod's or machine's managed identity: `endpoint` NULL: AZURE_POD_IDENTITY_AUTHORITY_HOST, else
 * http://169.254.169.254. client_id NULL: the system-assigned one. */
az_credential_t *az_credential_managed(const struct az_client *az, const char *endpoint,
                                       const char *client_id) BASE_MUST_USE;
void az_credential_free(az_credential_t *credential);

/* A token for `resource` ("https://vault.azure.net", no "/.default"). tenant NULL: the credential's
 * own. The text is a copy: free(). Fails: BASE_UNAUTHENTICATED (err->code the AADSTS code or error
 * word), BASE_UNAVAILABLE, BASE_TIMEOUT. Blocks. */
BASE_MUST_USE enum base_status az_token(az_credential_t *credential, const char *tenant,
                                        const char *resource, char **token, struct base_error *err);
/* Forgets cached tokens, so that the next call asks anew (after a 401, or a renewed certificate).
 */
void az_credential_forget(az_credential_t *credential);

/* One REST call with a bearer token for `resource`; credential NULL: without a token. Retries 429
 * (any method: nothing was done), and 503 and lost connections for idempotent methods, up to 3 times,
 * honouring Retry-After (clock; one over 60 s is left to the caller); asks a new token once after a
 * 401. BASE_OK for every 2xx; else the status of the answer, with the error body's code, message and
 * target ({"error":{code,message,target}}, OAuth 2.0 with the AADSTS code, Kubernetes Status,
 * OperationOutcome or XML <Error>) and http_status and retry_after_s in err. Neither the token nor
 * the query of the URL gets into err. `answer` zeroed by the caller, released by it. Blocks;
 * BASE_CANCELED as soon as the HTTP client is canceled. */
struct az_call {
    const char *method, *url;
    const char *resource; /* token audience */
    const char *tenant;   /* NULL: the credential's */
    const struct base_headers *headers;
    const char *content_type; /* NULL: application/json when there is a body */
    const char *body;
    size_t body_len; /* 0 with a body: strlen */
    /* as in http_client.h, for a 2xx answer; the body of a refusal goes into err. Never retried. */
    bool (*on_data)(void *context, const void *data, size_t len);
    void *on_data_context;
    int timeout_ms;
    bool repeatable; /* a POST or PATCH that may go out twice: retried like an idempotent method */
};
BASE_MUST_USE enum base_status az_send(const struct az_client *az, az_credential_t *credential,
                                       const struct az_call *call, struct base_http_answer *answer,
                                       struct base_error *err);

#endif
