/* reference/rp/gen2/commands.h: the steps that bring Gen 2's resources about. */
#ifndef REFERENCE_RP_GEN2_COMMANDS_H
#define REFERENCE_RP_GEN2_COMMANDS_H

#include "reference/rp/worker/command.h"

/* NULL: none of Gen 2's. */
const struct rp_command *rp_gen2_command_find(const char *kind);

#endif
