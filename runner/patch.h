/* runner/patch.h: JSON Patch (RFC 6902) on payloads. */
#ifndef RUNNER_PATCH_H
#define RUNNER_PATCH_H

#include "common/json.h"

/* Applies the list of operations to *document in order. Fails: BASE_INVALID, naming the operation; *document is then partly changed. */
BASE_MUST_USE enum base_status run_json_patch(cJSON **document, const cJSON *operations,
                                              struct base_error *err);

#endif
