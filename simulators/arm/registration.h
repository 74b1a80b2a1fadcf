/* simulators/arm/registration.h: which subscriptions use which namespaces, and telling providers so. Private to the room. */
#ifndef ARM_REGISTRATION_H
#define ARM_REGISTRATION_H

#include "simulators/arm/world.h"

/* "Registered" or "NotRegistered". */
const char *arm_registration_state(struct arm *arm, const char *provider, const char *subscription);
void arm_registration_remove(struct arm *arm, const char *provider, const char *subscription);
/* Sends the subscription notification (PUT /subscriptions/{id}?api-version=2.0) when the provider does not know of the registration
 * yet; what fails is tried again before the next forwarded request. Blocks on the provider. */
void arm_registration_tell(struct arm *arm, const char *provider, const char *subscription);
/* The provider was replaced: everything is told again. */
void arm_registration_forget_told(struct arm *arm, const char *provider);

#endif
