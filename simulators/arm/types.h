/* simulators/arm/types.h: which namespaces and resource types ARM knows, and who serves them. */
#ifndef ARM_TYPES_H
#define ARM_TYPES_H

#include "simulators/arm/world.h"
#include "simulators/kit/resource.h"

enum arm_home {
    ARM_HOME_SELF,     /* this room, by the route table */
    ARM_HOME_KIT,      /* a provider in this process */
    ARM_HOME_EXTERNAL, /* a provider behind an endpoint */
};

/* Texts are constant or live in the arena of the look-up. */
struct arm_type {
    const char *provider; /* canonical namespace */
    const char *name;     /* canonical full type; the namespace alone for provider-level actions */
    const char *const *versions; /* newest first; NULL: any well-formed version */
    bool tracked;                /* has a location, is listed and deleted with its group */
    bool operation;              /* polling surface of an asynchronous operation */
    enum arm_home home;
    sim_provider_t *kit; /* ARM_HOME_KIT */
};

bool arm_namespace_known(struct arm *arm, const char *provider);
/* By full type name without case; also other spellings that the published designs use ("workspace" for "workspaces"). */
bool arm_type_find(struct arm *arm, struct base_arena *arena, const char *type,
                   struct arm_type *out);
/* Who answers provider-level calls of a namespace (".../providers/{ns}/checkNameAvailability", ".../providers/{ns}/operations"). */
bool arm_type_of_namespace(struct arm *arm, struct base_arena *arena, const char *provider,
                           struct arm_type *out);
/* An array of {"namespace","resourceTypes":[{resourceType,locations,apiVersions,defaultApiVersion,capabilities}]}; `provider` NULL: all. */
cJSON *arm_type_catalogue(struct arm *arm, const char *provider) BASE_MUST_USE;

/* Is `version` "YYYY-MM-DD" with an optional -preview, -alpha, -beta, -rc or -privatepreview? */
bool arm_version_well_formed(const char *version);
bool arm_version_listed(const char *const *versions, const char *version);

#endif
