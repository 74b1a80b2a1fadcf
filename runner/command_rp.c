/* Decides how `iomt rp` reaches the resource provider's database: through the provider's own program beside this one. */
#include "runner/commands.h"

#include "common/mem.h"
#include "common/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char HELP[] =
    "iomt rp: looks into the resource provider of a cloud\n\n"
    "Usage: iomt rp resources|operations|intents [PART OF AN ID] [--state-dir DIR] [--format json] "
    "[--all]\n"
    "       iomt rp cancel OPERATION [--state-dir DIR]\n\n"
    "  --state-dir DIR  the cloud's state folder [IOMT_STATE_DIR, else ./iomt-state]\n"
    "  --database FILE  a provider's database elsewhere\n\n"
    "iomt-rp operations --help tells more.\n";

/* The cloud's folder becomes the provider's; all else is handed on. Returns the number of words. */
static int translate(int argc, char **argv, const char **words)
{
    const char *dir = run_default_state_dir();
    int count = 1;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--state-dir") && i + 1 < argc)
            dir = argv[++i];
        else if (!strncmp(argv[i], "--state-dir=", strlen("--state-dir=")))
            dir = argv[i] + strlen("--state-dir=");
        else
            words[count++] = argv[i];
    }
    words[count++] = "--state-dir";
    words[count++] = base_asprintf("%s/rp", dir);
    return count;
}

int run_command_rp(int argc, char **argv)
{
    static const char *const WORDS[] = {"resources", "operations", "intents", "cancel"};
    bool known = false;

    for (size_t i = 0; argc > 1 && i < sizeof WORDS / sizeof *WORDS; i++)
        known |= !strcmp(WORDS[i], argv[1]);
    if (!known) {
        bool asked = argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
        if (asked)
            fputs(HELP, stdout);
        else
            fprintf(stderr,
                    "iomt rp: expected resources, operations, intents or cancel; found %s "
                    "(iomt rp --help tells more)\n",
                    argc > 1 ? argv[1] : "nothing");
        return asked ? 0 : 2;
    }
    char *folder = base_process_folder(), *program = base_asprintf("%s/iomt-rp", folder);
    const char **words = base_alloc(((size_t)argc + 3) * sizeof *words);
    words[0] = program;
    int count = translate(argc, argv, words);
    execv(program, (char *const *)words);
    fprintf(stderr, "iomt rp: cannot run %s: %s\n", program, strerror(errno));
    free((char *)words[count - 1]);
    free(words);
    free(program);
    free(folder);
    return 2;
}
