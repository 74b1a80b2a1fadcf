/* reference/rp/api/fhir_service.h: the resource id of a FHIR service, and the URL that it serves. */
#ifndef REFERENCE_RP_API_FHIR_SERVICE_H
#define REFERENCE_RP_API_FHIR_SERVICE_H

#include "reference/rp/config.h"

struct rp_fhir_service {
    char id[512];                                              /* with its leading slash */
    char subscription[64], group[96], workspace[64], name[64]; /* workspace "": a Gen 1 service */
};
/* Takes ".../Microsoft.HealthcareApis/services/{n}" or ".../workspaces/{w}/fhirservices/{n}" apart, leading slash optional (VER-02).
 * False when it is neither. */
bool rp_fhir_service_parse(const char *text, struct rp_fhir_service *out);

/* The service's URL: its authentication audience when that lies under an allowed suffix, else what follows from its
 * names. `resource` is ARM's answer about it, NULL: not known. url[256]. */
void rp_fhir_service_url(const struct rp_fhir_service *service, const struct rp_config *config,
                         const cJSON *resource, char url[256]);

#endif
