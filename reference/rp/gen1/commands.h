/* reference/rp/gen1/commands.h: the steps that bring Gen 1's resources about. */
#ifndef REFERENCE_RP_GEN1_COMMANDS_H
#define REFERENCE_RP_GEN1_COMMANDS_H

#include "reference/rp/worker/command.h"

/* NULL: none of Gen 1's. */
const struct rp_command *rp_gen1_command_find(const char *kind);

#endif
