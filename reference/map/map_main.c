/* Decides which of the two commands runs: map or eval. */
#include "reference/map/command.h"

#include "common/options.h"

#include <stdio.h>
#include <string.h>

static const struct map_verb {
    const char *word, *shown, *help;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"map", "iomt-map map", "events through a device mapping, measurements through a FHIR mapping",
     map_command},
    {"eval", "iomt-map eval", "one expression on one document", map_eval_command},
};

static int help(void)
{
    puts("iomt-map: mappings tried without any cloud\n\nUsage: iomt-map COMMAND [options]\n");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        printf("  %-6s %s (%s --help)\n", verbs[i].word, verbs[i].help, verbs[i].shown);
    return 0;
}

int main(int argc, char **argv)
{
    struct base_error err = {0};

    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].word) == 0) {
            argv[1] = (char *)verbs[i].shown;
            return verbs[i].run(argc - 1, argv + 1);
        }
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return help();
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("iomt-map " BASE_VERSION);
        return 0;
    }
    base_ignore(base_error_set(&err, BASE_INVALID, NULL, "expected map or eval, found %s%s%s",
                               argc > 1 ? "\"" : "nothing", argc > 1 ? argv[1] : "",
                               argc > 1 ? "\"" : ""));
    return base_usage_exit("iomt-map", &err);
}
