/* simulators/arm/credentials.h: the certificates of managed identities (facts of ARM, 2.2). Private to the room; thread-safe. */
#ifndef ARM_CREDENTIALS_H
#define ARM_CREDENTIALS_H

#include "simulators/arm/forward.h"

/* The credentials object of an identity: {client_id, object_id, tenant_id, client_secret (base64 PKCS#12, empty password), ...}.
 * The same certificate until its renewal is due; then a new one, while the old one stays good until it expires. Making one
 * takes about 0.1 s. Fails: BASE_IO (PKCS#12 cannot be made). */
BASE_MUST_USE cJSON *arm_credentials(struct arm *arm, const struct arm_identity *identity,
                                     struct base_error *err);

#endif
