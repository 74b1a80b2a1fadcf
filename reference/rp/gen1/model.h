/* reference/rp/gen1/model.h: what Gen 1's resources say, at 2020-05-01-preview (VER-05). Shapes as api/model.h. */
#ifndef REFERENCE_RP_GEN1_MODEL_H
#define REFERENCE_RP_GEN1_MODEL_H

#include "reference/rp/api/model.h"

/* Each _read takes `properties` of a request into the stored `desired` (both the caller's) and adds what is wrong to `faults`; nothing else
 * fails. Each _show writes a stored resource into an answer's `out` and `properties` (the caller's), secrets left out. Any thread.
 * Source: facts of ARM, 3.6. */
void rp_gen1_connector_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                            struct rp_faults *faults);
void rp_gen1_connector_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                            cJSON *properties);
void rp_gen1_connection_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                             struct rp_faults *faults);
void rp_gen1_connection_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                             cJSON *properties);
void rp_gen1_mapping_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                          struct rp_faults *faults);
void rp_gen1_mapping_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                          cJSON *properties);

#endif
