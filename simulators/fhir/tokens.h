/* fhir/tokens.h: access tokens that were checked before: checking a signature costs more than
 * answering most requests. Any thread. */
#ifndef FHIR_TOKENS_H
#define FHIR_TOKENS_H

#include "simulators/kit/token.h"

typedef struct fhir_tokens fhir_tokens_t;
fhir_tokens_t *fhir_tokens_new(void) BASE_MUST_USE;
void fhir_tokens_free(fhir_tokens_t *tokens);

/* sim_token_check for one audience; the outcome of a good token is kept until it expires. */
BASE_MUST_USE enum base_status fhir_tokens_check(fhir_tokens_t *tokens, sim_world_t *world,
                                                 const char *authorization, const char *audience,
                                                 struct sim_caller *out, struct base_error *err);

#endif
