/* Decides what an expression gives on a document, and how that is told. */
#include "reference/map/eval.h"

#include "reference/map/command.h"
#include "reference/map/input.h"

#include "common/options.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct map_results {
    struct base_buf *out;
    bool json;
    size_t count;
};

static void put_result(struct map_results *results, const struct dp_token *token)
{
    struct base_buf text = {0};

    dp_token_write(&text, token);
    if (results->json) {
        base_buf_printf(results->out, "%s{\"type\":\"%s\",\"json\":", results->count ? "," : "",
                        dp_type_name(token->type));
        dp_write_string(results->out, text.data, text.len);
        base_buf_putc(results->out, '}');
    } else {
        base_buf_printf(results->out, "%-8s %s\n", dp_type_name(token->type), text.data);
    }
    results->count++;
    base_buf_release(&text);
}

static enum base_status take_result(void *context, const struct dp_token *token)
{
    put_result(context, token);
    return BASE_OK;
}

static void put_error(const char *stage, const struct base_error *err, bool json,
                      struct base_buf *out)
{
    if (!json) {
        base_buf_printf(out, "%s: %s (%s)\n",
                        *stage == 'p' ? "the expression is not valid" : "the expression fails",
                        err->message, err->code);
        return;
    }
    base_buf_printf(out, "{\"error\":{\"stage\":\"%s\",\"exception\":\"%s\",\"message\":", stage,
                    err->code);
    dp_write_string(out, err->message, strlen(err->message));
    base_buf_puts(out, "}}\n");
}

static enum base_status run(const struct map_expression *expression,
                            const struct dp_token *document, struct dp_work *work,
                            struct map_results *results, struct base_error *err)
{
    bool many = expression->language == DP_LANGUAGE_JSONPATH;
    const struct dp_token *whole = NULL;
    enum base_status status;

    if (results->json)
        base_buf_puts(results->out, many ? "{\"results\":[" : "{\"result\":");
    if (many)
        status = map_expression_each(expression, document, work, take_result, results, err);
    else
        status = map_expression_whole(expression, document, work, &whole, err);
    if (status == BASE_OK && !many)
        put_result(results, whole);
    if (results->json)
        base_buf_puts(results->out, many ? "]}\n" : "}\n");
    else if (status == BASE_OK && results->count == 0)
        base_buf_puts(results->out, "nothing is selected\n");
    return status;
}

bool map_eval(enum dp_language language, const char *text, const struct dp_token *document,
              bool json, struct base_buf *out)
{
    struct base_arena arena;
    struct dp_work work = {&arena, DP_WORK_DEFAULT};
    struct base_buf found = {0};
    struct map_results results = {&found, json, 0};
    struct map_expression expression = {0};
    struct base_error err = {0};
    bool good = map_expression_compile(language, text, &expression, &err) == BASE_OK;

    base_arena_init(&arena);
    if (!good) {
        put_error("parse", &err, json, out);
    } else if (run(&expression, document, &work, &results, &err) != BASE_OK) {
        put_error("eval", &err, json, out);
        good = false;
    } else {
        base_buf_append(out, found.data, found.len);
    }
    map_expression_release(&expression);
    base_buf_release(&found);
    base_arena_release(&arena);
    return good;
}

struct map_eval_options {
    const char *language, *expression, *format;
    struct base_list rest;
    enum dp_language parsed;
};

static enum base_status check(struct map_eval_options *options, struct base_error *err)
{
    if (!options->language || !map_language_parse(options->language, &options->parsed))
        return base_error_set(err, BASE_INVALID, NULL,
                              "--language must be JsonPath or JmesPath, found %s",
                              options->language ? options->language : "nothing");
    if (!options->expression)
        return base_error_set(err, BASE_INVALID, NULL, "--expression is missing");
    if (!base_equal(options->format, "text") && !base_equal(options->format, "json"))
        return base_error_set(err, BASE_INVALID, NULL, "--format must be text or json, found %s",
                              options->format);
    if (options->rest.count > 1)
        return base_error_set(err, BASE_INVALID, NULL, "one document at a time, found also \"%s\"",
                              options->rest.items[1]);
    return BASE_OK;
}

int map_eval_command(int argc, char **argv)
{
    struct map_eval_options options = {.format = "text"};
    const struct base_option table[] = {
        {"language", BASE_OPTION_TEXT, &options.language, NULL, "LANGUAGE", "JsonPath or JmesPath",
         0, 0},
        {"expression", BASE_OPTION_TEXT, &options.expression, NULL, "E", "the expression", 0, 0},
        {"format", BASE_OPTION_TEXT, &options.format, NULL, "FORMAT", "text or json", 0, 0},
    };
    const struct base_program program = {
        argv[0],
        "one expression on one document, as the connector evaluates it",
        "--language JsonPath|JmesPath --expression E [--format json] [DOC|-]",
        table,
        sizeof table / sizeof *table,
        "DOC is a JSON file; - or nothing: standard input. Exit code 1: the expression fails."};
    struct base_arena arena;
    struct base_error err = {0};
    struct base_buf out = {0};
    struct dp_token *document = NULL;
    bool done = false;
    int code = 0;

    base_arena_init(&arena);
    if (base_options_parse(&program, argc, argv, &options.rest, &done, &err) != BASE_OK || done)
        goto done;
    if (check(&options, &err) == BASE_OK)
        document = map_read_json(&arena, options.rest.count ? options.rest.items[0] : "-",
                                 DP_READ_BODY, &err);
    if (document) {
        code = map_eval(options.parsed, options.expression, document,
                        base_equal(options.format, "json"), &out)
                   ? 0
                   : 1;
        (void)fwrite(out.data, 1, out.len, stdout);
    }
done:
    if (err.status != BASE_OK)
        code = base_usage_exit(argv[0], &err);
    free(options.rest.items);
    base_buf_release(&out);
    base_arena_release(&arena);
    return code;
}
