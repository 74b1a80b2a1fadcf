/* reference/rp/gen1/handlers.h: what the front end does with Gen 1's requests, where it differs from the common rules. */
#ifndef REFERENCE_RP_GEN1_HANDLERS_H
#define REFERENCE_RP_GEN1_HANDLERS_H

#include "reference/rp/frontend/call.h"

/* Rows of the route table: each answers `call`, also when it refuses, and keeps nothing of it. Front-end threads. */
void rp_gen1_connector_put(struct rp_call *call);
void rp_gen1_connector_patch(struct rp_call *call);
void rp_gen1_connector_delete(struct rp_call *call); /* refused while it has connections */
void rp_gen1_connection_put(struct rp_call *call);   /* an empty body will do */
void rp_gen1_connection_delete(struct rp_call *call);
void rp_gen1_connection_keys(struct rp_call *call); /* POST listKeys */
void rp_gen1_mapping_put(struct rp_call *call);

#endif
