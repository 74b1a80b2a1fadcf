/* fhir/fhir.h: the FHIR R4 simulator: Microsoft.HealthcareApis/services and workspaces/fhirservices
 * behind ARM, and the FHIR REST API on {name}.azurehealthcareapis.com and
 * {workspace}-{name}.fhir.azurehealthcareapis.com. Rules: facts fhir.md, arm.md §3; HL7 FHIR R4.
 *
 * Settings it reads (kit/world.h): "fhir-validation" = "strict" refuses also what HL7 forbids but the
 * real service takes (invariants, bindings, types as text). */
#ifndef FHIR_FHIR_H
#define FHIR_FHIR_H

#include "simulators/kit/world.h"

typedef struct fhir fhir_t;

/* Registers provider Microsoft.HealthcareApis, both host patterns and the view "fhir"
 * ([{service,type,count}]), and opens {state}/fhir.db (in memory without a state folder). The world
 * is borrowed and must outlive the result. Release with fhir_free before the world. Fails: BASE_IO,
 * BASE_DENIED, BASE_UNSUPPORTED (the file is newer than this program). */
BASE_MUST_USE fhir_t *fhir_add(sim_world_t *world, struct base_error *err);
void fhir_free(fhir_t *fhir); /* NULL is fine; no request may be in flight */

#endif
