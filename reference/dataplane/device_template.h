/* reference/dataplane/device_template.h: a device template from the inside; for device_*.c only. */
#ifndef REFERENCE_DATAPLANE_DEVICE_TEMPLATE_H
#define REFERENCE_DATAPLANE_DEVICE_TEMPLATE_H

#include "reference/dataplane/device_mapping.h"
#include "reference/dataplane/jmespath.h"
#include "reference/dataplane/mapping_load.h"

enum dp_language { DP_LANGUAGE_JSONPATH, DP_LANGUAGE_JMESPATH };

struct dp_expression { /* text NULL: none */
    const char *text;
    int line, column; /* in the mapping */
    enum dp_language language;
    dp_path_t *path;         /* of JSONPath; NULL: it does not compile, see error */
    struct base_error error; /* why */
    dp_jmes_t *jmes; /* of JMESPath; never NULL there: what does not compile does not load */
};

struct dp_value_field {
    const char *name;
    struct dp_expression expression;
    bool required;
};

struct dp_template {
    const struct dp_template_kind *kind;
    const char *type_name;
    struct dp_expression match, device_id, patient_id, encounter_id, correlation_id;
    struct dp_expression timestamp[2]; /* tried in order */
    struct dp_value_field *values;
    size_t value_count;
};

struct dp_template_kind {
    const char *canonical; /* type name in a mapping */
    const struct dp_class *class;
    bool keeps_envelope; /* expressions see the event with the match added; else the match alone */
    const char *device_id; /* fixed expressions; NULL: from the mapping */
    const char *timestamp[2];
};

struct dp_device_mapping {
    struct base_arena arena;
    struct dp_template *templates;
    size_t count;
    dp_path_t **paths; /* all that were compiled, also those of members that were given twice */
    size_t path_count;
    dp_jmes_t **jmes; /* likewise */
    size_t jmes_count;
};

/* The kind for a templateType; NULL when there is none. */
const struct dp_template_kind *dp_template_kind_find(const char *type);
/* Fills `out` from a template object; errors go to load->errors. */
void dp_template_load(struct dp_load *load, const struct dp_template_kind *kind,
                      const struct dp_token *object, struct dp_template *out);
/* Appends the measurements of one event by one template. */
BASE_MUST_USE enum base_status
dp_template_evaluate(const struct dp_template *template, const struct dp_token *envelope,
                     struct dp_work *work, struct dp_measurements *out, struct base_error *err);

#endif
