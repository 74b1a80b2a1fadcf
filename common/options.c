/* Decides how command lines and environment words become settings. */
#include "common/options.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct base_option *find(const struct base_program *program, const char *name,
                                      size_t len)
{
    for (size_t i = 0; i < program->option_count; i++)
        if (strlen(program->options[i].name) == len &&
            !strncmp(program->options[i].name, name, len))
            return &program->options[i];
    return NULL;
}

static void list_add(struct base_list *list, const char *item)
{
    list->items = base_realloc(list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = item;
}

static enum base_status set_int(const struct base_option *option, const char *shown,
                                const char *text, struct base_error *err)
{
    int64_t number;

    if (!base_parse_int64(text, &number))
        return base_error_set(err, BASE_INVALID, NULL, "%s wants a whole number, found \"%s\"",
                              shown, text);
    if (option->most > option->least && (number < option->least || number > option->most))
        return base_error_set(err, BASE_INVALID, NULL, "%s must be from %lld to %lld, found %lld",
                              shown, (long long)option->least, (long long)option->most,
                              (long long)number);
    *(int64_t *)option->value = number;
    return BASE_OK;
}

static enum base_status set(const struct base_option *option, const char *shown, const char *text,
                            struct base_error *err)
{
    switch (option->kind) {
    case BASE_OPTION_TEXT:
        *(const char **)option->value = text;
        return BASE_OK;
    case BASE_OPTION_LIST:
        list_add(option->value, text);
        return BASE_OK;
    case BASE_OPTION_FLAG:
        if (strcmp(text, "true") && strcmp(text, "false") && strcmp(text, "1") && strcmp(text, "0"))
            return base_error_set(err, BASE_INVALID, NULL, "%s wants true or false, found \"%s\"",
                                  shown, text);
        *(bool *)option->value = text[0] == 't' || text[0] == '1';
        return BASE_OK;
    default:
        return set_int(option, shown, text, err);
    }
}

static enum base_status read_env(const struct base_program *program, struct base_error *err)
{
    for (size_t i = 0; i < program->option_count; i++) {
        const struct base_option *option = &program->options[i];
        const char *text = option->env ? getenv(option->env) : NULL;
        if (text && *text && set(option, option->env, text, err) != BASE_OK)
            return err ? err->status : BASE_INVALID;
    }
    return BASE_OK;
}

static enum base_status read_flag(const struct base_program *program, char **argv, int argc,
                                  int *at, struct base_error *err)
{
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct base_option *option = find(program, name, len);
    char shown[96];

    if (!option)
        return base_error_set(err, BASE_INVALID, NULL, "unknown option --%.*s (see %s --help)",
                              (int)len, name, program->name);
    snprintf(shown, sizeof shown, "--%s", option->name);
    if (equals)
        return set(option, shown, equals + 1, err);
    if (option->kind == BASE_OPTION_FLAG)
        return set(option, shown, "true", err);
    if (*at + 1 >= argc)
        return base_error_set(err, BASE_INVALID, NULL, "%s wants a value: %s %s", shown, shown,
                              option->argument ? option->argument : "VALUE");
    return set(option, shown, argv[++*at], err);
}

enum base_status base_options_parse(const struct base_program *program, int argc, char **argv,
                                    struct base_list *rest, bool *done, struct base_error *err)
{
    bool options_over = false;

    *done = false;
    if (read_env(program, err) != BASE_OK)
        return BASE_INVALID;
    for (int i = 1; i < argc; i++) {
        if (!options_over && !strcmp(argv[i], "--")) {
            options_over = true;
        } else if (!options_over && (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))) {
            base_options_help(program);
            *done = true;
            return BASE_OK;
        } else if (!options_over && !strcmp(argv[i], "--version")) {
            printf("%s %s\n", program->name, BASE_VERSION);
            *done = true;
            return BASE_OK;
        } else if (!options_over && !strncmp(argv[i], "--", 2)) {
            if (read_flag(program, argv, argc, &i, err) != BASE_OK)
                return BASE_INVALID;
        } else if (!options_over && argv[i][0] == '-' && argv[i][1]) {
            return base_error_set(err, BASE_INVALID, NULL, "unknown option %s (see %s --help)",
                                  argv[i], program->name);
        } else if (rest) {
            list_add(rest, argv[i]);
        } else {
            return base_error_set(err, BASE_INVALID, NULL, "unexpected word \"%s\" (see %s --help)",
                                  argv[i], program->name);
        }
    }
    return BASE_OK;
}

void base_options_help(const struct base_program *program)
{
    printf("%s: %s\n\nUsage: %s %s\n\nOptions:\n", program->name, program->summary, program->name,
           program->usage);
    for (size_t i = 0; i < program->option_count; i++) {
        const struct base_option *option = &program->options[i];
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", option->name,
                 option->kind == BASE_OPTION_FLAG ? "" : " ",
                 option->kind == BASE_OPTION_FLAG ? ""
                 : option->argument               ? option->argument
                                                  : "VALUE");
        printf("  %-28s %s", left, option->help);
        if (option->kind == BASE_OPTION_TEXT && *(const char **)option->value)
            printf(" (default %s)", *(const char **)option->value);
        if (option->kind == BASE_OPTION_INT)
            printf(" (default %lld)", (long long)*(int64_t *)option->value);
        printf("%s%s%s\n", option->env ? " [" : "", option->env ? option->env : "",
               option->env ? "]" : "");
    }
    printf("  %-28s %s\n  %-28s %s\n", "--help", "this text", "--version", "the version");
    if (program->more)
        printf("\n%s\n", program->more);
}

int base_usage_exit(const char *program, const struct base_error *err)
{
    fprintf(stderr, "%s: %s\n", program, err->message);
    return 2;
}
