/* Decides which command of `iomt` runs. */
#include "runner/commands.h"
#include "runner/world.h"

#include "common/file.h"
#include "common/log.h"
#include "common/options.h"
#include "common/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"up", run_command_up, "bring up a pretend Azure and the reference resource provider"},
    {"demo", run_command_demo, "tell the life of a connector, from start to finish"},
    {"run", run_command_run, "run scenario files"},
    {"trace", run_command_trace, "show every exchange of a cloud"},
    {"status", run_command_status, "show what is in a cloud that is up"},
    {"rp", run_command_rp, "look into the resource provider: its resources, operations, intents"},
    {"map", run_command_map, "try mappings on events, without any cloud"},
    {"eval", run_command_eval, "try a JSONPath or JMESPath expression on a document"},
    {"env", run_command_env, "print the shell exports of a cloud that is up"},
};

#define COUNT (sizeof commands / sizeof *commands)

static void print_help(FILE *out)
{
    fputs("iomt: build, test and show a Gen 2 IoT Connector resource provider without "
          "Azure\n\nUsage: iomt COMMAND [options]\n\n",
          out);
    for (size_t i = 0; i < COUNT; i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
    fputs("\niomt COMMAND --help tells more.\n", out);
}

int main(int argc, char **argv)
{
    struct base_clock clock;

    base_stop_fd();
    base_clock_init(&clock);
    base_log_setup("iomt", &clock, BASE_LOG_WARN);
    if (argc > 1 &&
        (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))) {
        print_help(stdout);
        return 0;
    }
    if (argc > 1 && !strcmp(argv[1], "--version")) {
        printf("iomt %s\n", BASE_VERSION);
        return 0;
    }
    for (size_t i = 0; argc > 1 && i < COUNT; i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    if (argc > 1)
        fprintf(stderr, "iomt: there is no command \"%s\" (see iomt --help)\n", argv[1]);
    else
        print_help(stderr);
    return 2;
}
