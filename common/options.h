/* common/options.h: one table a program; flag, environment word, default and help come from the
 * same row. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include "common/mem.h"

enum base_option_kind {
    BASE_OPTION_TEXT, /* --name VALUE or --name=VALUE; `value` is a const char ** */
    BASE_OPTION_INT,  /* the same with a whole number; `value` is an int64_t * */
    BASE_OPTION_FLAG, /* --name, no value; `value` is a bool * */
    BASE_OPTION_LIST, /* may come many times; `value` is a struct base_list * */
};

struct base_list {
    const char **items; /* grown by base_options_parse; release the array with free() */
    size_t count;
};

struct base_option {
    const char *name; /* without the dashes */
    enum base_option_kind kind;
    void *value;          /* where it goes; holds the default beforehand */
    const char *env;      /* environment word, NULL for none; the flag wins */
    const char *argument; /* word for help: "DIR" */
    const char *help;     /* one line */
    int64_t least, most;  /* BASE_OPTION_INT: allowed range when most > least */
};

struct base_program {
    const char *name;    /* "iomt-rp" */
    const char *summary; /* what it is, one line */
    const char *usage;   /* "[options] FILE..." */
    const struct base_option *options;
    size_t option_count;
    const char *more; /* further help text, NULL for none */
};

/* Reads environment, then arguments from argv[1]. What is not an option goes to `rest` (borrowed;
 * NULL: none allowed). "--" ends options. --help and --version print to stdout and set *done. On
 * wrong input BASE_INVALID with one sentence that names the word; the caller prints it and exits
 * with 2 (see base_usage_exit). */
BASE_MUST_USE enum base_status base_options_parse(const struct base_program *program, int argc,
                                                  char **argv, struct base_list *rest, bool *done,
                                                  struct base_error *err);
void base_options_help(const struct base_program *program);
/* Prints "<program>: <sentence>" on stderr; returns 2, the exit code of every wrong use. */
int base_usage_exit(const char *program, const struct base_error *err);

#define BASE_VERSION "0.1.0"

#endif
