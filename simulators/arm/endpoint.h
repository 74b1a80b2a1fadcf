/* simulators/arm/endpoint.h: where providers outside this process listen, and calls to them. Private to the room. */
#ifndef ARM_ENDPOINT_H
#define ARM_ENDPOINT_H

#include "simulators/arm/world.h"
#include "common/http_client.h"

#define ARM_PROVIDER_TIMEOUT_MS 60000      /* real time; facts of ARM, 1.2 step 15 */
#define ARM_PROVIDER_ANSWER_MAX (8u << 20) /* bytes; facts of ARM, 1.3.1 */

/* Is there somebody to ask? */
bool arm_endpoint_known(struct arm *arm, const char *provider);
/* One exchange: `call->url` is path and query only. The exchange is traced as service "provider", caller "arm".
 * Fails: BASE_UNAVAILABLE (also: nobody is known), BASE_TIMEOUT, BASE_PROTOCOL, BASE_TOO_LARGE. */
BASE_MUST_USE enum base_status arm_endpoint_send(struct arm *arm, const char *provider,
                                                 const struct base_http_call *call,
                                                 struct base_http_answer *answer,
                                                 struct base_error *err);
/* {namespace,endpoint} for each. */
cJSON *arm_endpoint_list(struct arm *arm) BASE_MUST_USE;
/* Makes calls under way and later ones fail: ARM is ending. */
void arm_endpoint_cancel(struct arm *arm);
/* Frees all and removes the client certificate's temporary folder. No call may be under way. */
void arm_endpoint_release(struct arm *arm);

#endif
