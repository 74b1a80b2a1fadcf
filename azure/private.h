/* azure/private.h: what the clients of this room share, and nobody else uses. */
#ifndef AZURE_PRIVATE_H
#define AZURE_PRIVATE_H

#include "azure/credential.h"

/* Secrets (tokens, assertions, keys) are overwritten before their memory goes back. NULL is fine.
 * The texts of az_secret_json are overwritten too, then the tree is deleted. */
void az_secret_free(char *text);
void az_secret_release(struct base_buf *buf);
void az_secret_headers(struct base_headers *headers);
void az_secret_json(cJSON *node);
/* Replaces `secret` (also percent-encoded, also a part of it at the end, where a sentence was cut)
 * in err's texts: a service may repeat in its refusal what it was sent. NULL, or shorter than 6:
 * nothing is done. */
void az_conceal(struct base_error *err, const char *secret);
/* Cuts the query of `url` out of err's texts: it may be signed, or name an identity. */
void az_conceal_query(struct base_error *err, const char *url);

/* Fills `out` from a refusal: status, http_status, retry_after_s, and code, message and target from
 * whichever error body it has: ARM and Key Vault {"error":{}}, OAuth 2.0, Kubernetes Status,
 * OperationOutcome, XML <Error>. */
void az_answer_refusal(const char *method, const char *url, const struct base_http_answer *answer,
                       struct base_error *out);
/* The JSON body; cJSON_Delete it. Fails: BASE_PROTOCOL; the sentence names method and URL without
 * its query, never the body. */
BASE_MUST_USE enum base_status az_answer_json(const char *method, const char *url,
                                              const struct base_http_answer *answer, cJSON **out,
                                              struct base_error *err);
/* Retry-After in seconds (at most a day); 0 when absent or not a number. */
int az_answer_retry_after(const struct base_http_answer *answer);

/* The text between <tag> and </tag> within [from, end), references undone: free(). NULL when
 * absent, "" for <tag/>. */
char *az_xml_text(const char *from, const char *end, const char *tag) BASE_MUST_USE;

/* Reports `found` through err, where the first cause wins. Returns found->status. */
enum base_status az_report(const struct base_error *found, struct base_error *err);
/* May the token for `base` be sent where this link of an answer leads: same scheme and port, same
 * host or one below it? BASE_PROTOCOL when not. */
BASE_MUST_USE enum base_status az_link_check(const char *base, const char *link,
                                             struct base_error *err);
/* Waits on the clock; false as soon as the client is canceled. */
BASE_MUST_USE bool az_wait(const struct az_client *az, int64_t clock_ms);

/* Forgets this token and no other: it was refused. */
void az_credential_drop(az_credential_t *credential, const char *token);

#endif
