/* Decides what PUT of a Gen 1 mapping needs beyond the common rules: nothing. */
#include "reference/rp/gen1/handlers.h"

static const struct rp_write_rules RULES = {0};

void rp_gen1_mapping_put(struct rp_call *call)
{
    rp_write_put(call, &RULES);
}
