/* reference/rp/inspect.h: a look into the database for operators: `iomt-rp resources|operations|intents|cancel`. */
#ifndef REFERENCE_RP_INSPECT_H
#define REFERENCE_RP_INSPECT_H

#include <stdbool.h>

/* Is it one of the words above? */
bool rp_inspect_knows(const char *word);
/* argv[0] is the word. Returns the exit code: 0 done, 1 there is no such operation, 2 wrong use. The RP may run meanwhile. */
int rp_inspect(int argc, char **argv);

#endif
