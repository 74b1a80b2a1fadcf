/* Decides which evaluator an expression goes to. */
#include "reference/map/expression.h"

#include "common/text.h"

#include <string.h>

static const char *const languages[] = {
    [DP_LANGUAGE_JSONPATH] = "JsonPath", [DP_LANGUAGE_JMESPATH] = "JmesPath"};

bool map_language_parse(const char *word, enum dp_language *out)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (base_equal_nocase(word, languages[i])) {
            *out = (enum dp_language)i;
            return true;
        }
    return false;
}

enum base_status map_expression_compile(enum dp_language language, const char *text,
                                        struct map_expression *out, struct base_error *err)
{
    *out = (struct map_expression){.language = language};
    if (language == DP_LANGUAGE_JMESPATH)
        out->jmes = dp_jmes_compile(text, strlen(text), err);
    else
        out->path = dp_path_compile(text, err);
    return out->path || out->jmes ? BASE_OK : BASE_INVALID;
}

void map_expression_release(struct map_expression *expression)
{
    dp_path_free(expression->path);
    dp_jmes_free(expression->jmes);
    *expression = (struct map_expression){0};
}

enum base_status map_expression_each(const struct map_expression *expression,
                                     const struct dp_token *root, struct dp_work *work,
                                     dp_path_emit emit, void *context, struct base_error *err)
{
    if (expression->jmes)
        return dp_jmes_each(expression->jmes, root, work, emit, context, err);
    return dp_path_each(expression->path, root, work, emit, context, err);
}

enum base_status map_expression_one(const struct map_expression *expression,
                                    const struct dp_token *root, struct dp_work *work,
                                    const struct dp_token **out, struct base_error *err)
{
    if (expression->jmes)
        return dp_jmes_one(expression->jmes, root, work, out, err);
    return dp_path_one(expression->path, root, work, out, err);
}

enum base_status map_expression_whole(const struct map_expression *expression,
                                      const struct dp_token *root, struct dp_work *work,
                                      const struct dp_token **out, struct base_error *err)
{
    return dp_jmes_evaluate(expression->jmes, root, work, out, err);
}
