/* Decides how `iomt map` and `iomt eval` reach the mapping engine: a program of its own beside this one, since the runner knows no engine. */
#include "runner/commands.h"

#include "common/mem.h"
#include "common/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* iomt <word> ... -> iomt-map <word> ... */
static int hand_over(const char *word, int argc, char **argv)
{
    char *folder = base_process_folder(), *program = base_asprintf("%s/iomt-map", folder);
    char **words = base_alloc(((size_t)argc + 2) * sizeof *words);

    words[0] = program;
    words[1] = base_strdup(word);
    for (int i = 1; i < argc; i++)
        words[i + 1] = argv[i];
    execv(program, words);
    fprintf(stderr, "iomt %s: cannot run %s: %s\n", word, program, strerror(errno));
    free(words[1]);
    free(words);
    free(program);
    free(folder);
    return 2;
}

int run_command_map(int argc, char **argv)
{
    return hand_over("map", argc, argv);
}

int run_command_eval(int argc, char **argv)
{
    return hand_over("eval", argc, argv);
}
