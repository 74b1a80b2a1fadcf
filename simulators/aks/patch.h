/* aks/patch.h: JSON Patch (RFC 6902) and Kubernetes' strategic merge patch; RFC 7396 is common/json.h's. Pure; any thread. */
#ifndef AKS_PATCH_H
#define AKS_PATCH_H

#include "simulators/aks/schema.h"

#define AKS_PATCH_OPERATIONS 10000

/* Applies the operations to *document in place (the root may be replaced). False when one fails; then *document is half changed
 * and must be thrown away. `why` gets a sentence. */
bool aks_json_patch(cJSON **document, const cJSON *operations, struct base_buf *why);

/* The merged document, new; NULL + `fail` (500 for a wrong directive or a missing merge key) otherwise. Merge keys and
 * replaced lists follow `type`; directives: $patch (replace, delete, merge), $retainKeys, $setElementOrder/x,
 * $deleteFromPrimitiveList/x. */
cJSON *aks_strategic_merge(const struct aks_type *type, const cJSON *original, const cJSON *patch,
                           struct aks_fail *fail) BASE_MUST_USE;

#endif
