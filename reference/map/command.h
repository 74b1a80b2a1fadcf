/* reference/map/command.h: the two commands, as their mains call them; argv[0] is the name shown in sentences. Exit codes: 0 all
 * well, 1 a mapping, an event, a batch or an expression failed (told on standard output), 2 wrong use or unreadable input (one
 * sentence on standard error). */
#ifndef REFERENCE_MAP_COMMAND_H
#define REFERENCE_MAP_COMMAND_H

int map_command(int argc, char **argv);
int map_eval_command(int argc, char **argv);

#endif
