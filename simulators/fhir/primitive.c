/* Decides what the values of FHIR's primitive types look like. */
#include "simulators/fhir/validate.h"

#include "simulators/fhir/value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum json_kind { TEXT, NUMBER, BOOLEAN };

static bool any_text(const char *text);
static bool id_text(const char *text);
static bool code_text(const char *text);
static bool uri_text(const char *text);
static bool date_text(const char *text);
static bool date_time_text(const char *text);
static bool instant_text(const char *text);
static bool time_text(const char *text);
static bool base64_text(const char *text);
static bool integer_text(const char *text);
static bool unsigned_text(const char *text);
static bool positive_text(const char *text);

static const struct primitive {
    const char *name;
    enum json_kind kind;
    bool (*good)(const char *text);
    bool always; /* a bad text is refused at the default level too */
} primitives[] = {
    {"base64Binary", TEXT, base64_text, false},
    {"boolean", BOOLEAN, any_text, false},
    {"canonical", TEXT, uri_text, false},
    {"code", TEXT, code_text, false},
    {"date", TEXT, date_text, true},
    {"dateTime", TEXT, date_time_text, true},
    {"decimal", NUMBER, any_text, false},
    {"id", TEXT, id_text, false},
    {"instant", TEXT, date_time_text, true},
    {"integer", NUMBER, integer_text, true},
    {"markdown", TEXT, any_text, false},
    {"oid", TEXT, uri_text, false},
    {"positiveInt", NUMBER, positive_text, true},
    {"string", TEXT, any_text, false},
    {"time", TEXT, time_text, true},
    {"unsignedInt", NUMBER, unsigned_text, true},
    {"uri", TEXT, uri_text, false},
    {"url", TEXT, uri_text, false},
    {"uuid", TEXT, uri_text, false},
    {"xhtml", TEXT, any_text, false},
};

static const struct primitive *find(const char *type)
{
    for (size_t i = 0; i < sizeof primitives / sizeof *primitives; i++)
        if (!strcmp(primitives[i].name, type))
            return &primitives[i];
    return NULL;
}

bool fhir_is_primitive(const char *type)
{
    return find(type) != NULL;
}

bool fhir_id_ok(const char *id)
{
    return id_text(id);
}

static bool json_kind_ok(const struct primitive *primitive, const cJSON *value)
{
    if (primitive->kind == NUMBER)
        return fhir_json_is_number(value);
    return primitive->kind == BOOLEAN ? cJSON_IsBool(value) : cJSON_IsString(value);
}

void fhir_check_primitive(struct fhir_check *check, const char *type, const cJSON *value,
                          const struct fhir_path *path)
{
    const struct primitive *primitive = find(type);
    const char *text = value->valuestring, *fault;

    if (!json_kind_ok(primitive, value)) {
        fhir_issue_strict(check, "structure", path, "The value is not of the JSON type of %s.",
                          type);
        return;
    }
    if (!text)
        return;
    if (!*text)
        fhir_issue_strict(check, "invalid", path, "A text must not be empty.");
    else if (!primitive->good(text) && (primitive->always || check->strict))
        fhir_issue(check, "invalid", path, "'%.80s' is not a valid value of type %s.", text, type);
    else if (!strcmp(type, "instant") && !instant_text(text))
        fhir_issue_strict(check, "invalid", path, "'%.80s' is not a full instant.", text);
    else if (!strcmp(type, "dateTime") && strchr(text, 'T') && !instant_text(text))
        fhir_issue_strict(check, "invalid", path, "'%.80s' has a time but no seconds or zone.",
                          text);
    if (!strcmp(type, "xhtml") && (fault = fhir_narrative_fault(text)))
        fhir_issue(check, "structure", path, "The narrative is refused: %s.", fault);
}

static bool any_text(const char *text)
{
    (void)text;
    return true;
}

static bool id_text(const char *text)
{
    size_t len = strlen(text);

    return len >= 1 && len <= 64 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.") == len;
}

/* No blanks but single ones inside. */
static bool code_text(const char *text)
{
    size_t len = strlen(text);

    return len && !isspace((unsigned char)text[0]) && !isspace((unsigned char)text[len - 1]) &&
           !strstr(text, "  ") && !strpbrk(text, "\t\r\n");
}

static bool uri_text(const char *text)
{
    return !strpbrk(text, " \t\r\n");
}

static bool date_text(const char *text)
{
    int64_t low, high;

    return !strchr(text, 'T') && fhir_date_range(text, &low, &high);
}

static bool date_time_text(const char *text)
{
    int64_t low, high;

    return fhir_date_range(text, &low, &high);
}

/* YYYY-MM-DDThh:mm:ss[.fff](Z|+hh:mm) */
static bool instant_text(const char *text)
{
    size_t len = strlen(text);

    return len >= 20 && text[10] == 'T' && text[16] == ':' &&
           (text[len - 1] == 'Z' || text[len - 6] == '+' || text[len - 6] == '-');
}

static bool time_text(const char *text)
{
    static const char form[] = "00:00:00";

    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return atoi(text) < 24 && atoi(text + 3) < 60 && atoi(text + 6) < 61 &&
           (!text[8] || (text[8] == '.' && text[9] && !text[9 + strspn(text + 9, "0123456789")]));
}

static bool base64_text(const char *text)
{
    struct base_buf out = {0};
    bool good = base_base64_decode(&out, text, strlen(text));

    base_buf_release(&out);
    return good;
}

static bool integer_text(const char *text)
{
    int64_t number;

    return base_parse_int64(text, &number) && number >= INT32_MIN && number <= INT32_MAX;
}

static bool unsigned_text(const char *text)
{
    return integer_text(text) && text[0] != '-';
}

static bool positive_text(const char *text)
{
    return unsigned_text(text) && strcmp(text, "0");
}
