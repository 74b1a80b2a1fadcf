/* reference/rp/api/model.h: from what a caller writes to what is stored, and back.
 *
 * Stored form ("desired"), the same for all versions:
 *   all:         location (canonical name), tags?, systemData, homeTenant
 *   workspace:   kind?, sku{name}, publicNetworkAccess?
 *   connector:   identity{type, principalId, tenantId, url, userAssignedIdentities?},
 *                iomtIngestResourceDefinition{connectionDefinition{type, properties}} (IC-10), deviceMapping{content}
 *   mapping:     mappingKind (device | fhir), content (DST-05; Gen 1's too)
 *   Gen 1:       connector: serviceConfiguration{resourceIdentityResolutionType}; connection: nothing of its own
 *   destination: destinationType, resourceIdentityResolutionType, fhirServiceResourceId (as written),
 *                fhirService{id, url}, fhirMapping{content}; of the older draft: outputEndpointConfiguration (as written),
 *                mapping (key of the mapping whose content was copied) */
#ifndef REFERENCE_RP_API_MODEL_H
#define REFERENCE_RP_API_MODEL_H

#include "reference/rp/api/faults.h"
#include "reference/rp/api/version.h"
#include "reference/rp/config.h"

struct rp_identity_headers { /* of the request; NULL when absent */
    const char *url, *principal_id, *tenant_id;
};
struct rp_reading { /* all that a reader may look at; borrowed */
    const struct rp_config *config;
    const struct rp_version *version;
    enum rp_type type;
    const char *id;                    /* canonical, from the request */
    const cJSON *body;                 /* the whole resource as the caller wants it */
    const struct rp_resource *current; /* NULL: it is being created */
    const struct rp_resource *parent;  /* NULL for a workspace */
    struct rp_identity_headers identity;
};

/* Reads and validates: the new desired form (to be deleted by the caller), or NULL with at least one fault. systemData, homeTenant and a
 * destination's fhirService.url are the caller's to add. */
cJSON *rp_model_read(const struct rp_reading *in, struct rp_faults *faults) BASE_MUST_USE;
/* The whole answer: id, name, type, location, etag, tags, identity, systemData, properties... */
cJSON *rp_model_show(struct base_arena *arena, const struct rp_resource *resource,
                     const struct rp_version *version) BASE_MUST_USE;
/* A PATCH of a resource: what may not be patched in this version becomes a fault; the result is the whole resource
 * as the caller wants it (RFC 7396; tags are replaced as a whole), NULL after a fault. */
cJSON *rp_model_patch(struct base_arena *arena, const struct rp_resource *current,
                      const struct rp_version *version, const cJSON *patch,
                      struct rp_faults *faults) BASE_MUST_USE;
/* True when two desired forms want the same world: systemData and homeTenant aside; `with_tags` false leaves tags aside too. */
bool rp_model_same(const cJSON *a, const cJSON *b, bool with_tags);

/* The readers of each type, into `desired`; `properties` is an object, perhaps empty. */
void rp_workspace_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                       struct rp_faults *faults);
void rp_connector_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                       struct rp_faults *faults);
void rp_destination_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                         struct rp_faults *faults);
/* And back: further top-level members to `out`, members of properties to `properties`. */
void rp_workspace_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                       cJSON *properties);
void rp_connector_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                       cJSON *properties);
void rp_destination_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                         cJSON *properties);

/* The older draft (api/draft.c, DST-05): mappings as children of the connector; destinations with an outputEndpointConfiguration, whose
 * fhirMapping is the caller's to add. */
void rp_draft_mapping_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                           struct rp_faults *faults);
void rp_draft_mapping_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                           cJSON *properties);
void rp_draft_destination_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                               struct rp_faults *faults);

/* --- helpers of the readers --- */
#define RP_BAD "InvalidParameter"
/* A fault for each member of `object` that is not in the NULL-terminated list. */
void rp_refuse_unknown(const cJSON *object, const char *where, const char *const *known,
                       struct rp_faults *faults);
/* The text at object.name; NULL + fault (target "where.name") when it is absent, no string or empty. */
const char *rp_need_text(const cJSON *object, const char *where, const char *name,
                         struct rp_faults *faults);
/* The object at object.name; NULL + fault when absent or no object. */
const cJSON *rp_need_object(const cJSON *object, const char *where, const char *name,
                            struct rp_faults *faults);
/* JSON of a node for a sentence, cut at 80 characters; "nothing" for NULL. In a static thread-local ring of 4. */
const char *rp_found(const cJSON *node);

/* Copies content into desired.<member>.content after the full validation of the mapping (IC-03, DST-01); each error of the
 * mapping becomes a detail with its place. */
enum rp_mapping { RP_DEVICE_MAPPING, RP_FHIR_MAPPING };
void rp_mapping_read(const cJSON *properties, enum rp_mapping kind, cJSON *desired,
                     struct rp_faults *faults);
/* The same for properties.content of a mapping that is a resource: into desired.mappingKind and desired.content. */
void rp_mapping_read_content(const cJSON *properties, enum rp_mapping kind, cJSON *desired,
                             struct rp_faults *faults);

#endif
