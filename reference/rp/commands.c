/* Decides where a command is looked for: in both generations. */
#include "reference/rp/gen1/commands.h"
#include "reference/rp/gen2/commands.h"

const struct rp_command *rp_command_find(const char *kind)
{
    const struct rp_command *command = rp_gen2_command_find(kind);

    return command ? command : rp_gen1_command_find(kind);
}
