/* Decides how ARM words the refusal of a template. */
#include "simulators/arm/template/expression.h"

#include <string.h>

cJSON *arm_template_violation(const struct base_error *err, int line, int column)
{
    cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error"),
          *violation = cJSON_CreateObject(), *info;
    bool parsing = !strncmp(err->message, "Unexpected", 10);

    base_json_set_text(error, "code", err->code[0] ? err->code : "InvalidTemplate");
    base_json_set(error, "message",
                  base_json_textf("Deployment template %s failed: '%s'",
                                  parsing ? "parse" : "validation", err->message));
    base_json_set_text(violation, "type", "TemplateViolation");
    info = cJSON_AddObjectToObject(violation, "info");
    base_json_set_number(info, "lineNumber", line);
    base_json_set_number(info, "linePosition", column);
    base_json_set_text(info, "path", err->target);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(error, "additionalInfo"), violation);
    return body;
}
