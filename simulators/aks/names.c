/* Decides which names are good. */
#include "simulators/aks/names.h"

#include <ctype.h>
#include <string.h>

#define LABEL_MAX 63
#define SUBDOMAIN_MAX 253

#define SUBDOMAIN_TEXT                                                                             \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "   \
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "  \
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define LABEL_TEXT                                                                                 \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "   \
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "     \
    "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define QUALIFIED_TEXT                                                                             \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "    \
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "         \
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

static bool is_label(const char *text, size_t len);
static bool is_subdomain(const char *text, size_t len);
static bool is_name_part(const char *text, size_t len);
static void too_long(const char *text, size_t most, const char *what, struct base_buf *wrong);

void aks_check_label(const char *text, struct base_buf *wrong)
{
    too_long(text, LABEL_MAX, "", wrong);
    if (!is_label(text, strlen(text)))
        base_buf_puts(wrong, LABEL_TEXT "\n");
}

void aks_check_subdomain(const char *text, struct base_buf *wrong)
{
    too_long(text, SUBDOMAIN_MAX, "", wrong);
    if (!is_subdomain(text, strlen(text)))
        base_buf_puts(wrong, SUBDOMAIN_TEXT "\n");
}

void aks_check_qualified(const char *text, struct base_buf *wrong)
{
    const char *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;

    if (slash && strchr(name, '/')) {
        base_buf_puts(
            wrong, "a qualified name " QUALIFIED_TEXT
                   " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')\n");
        return;
    }
    if (slash && slash == text)
        base_buf_puts(wrong, "prefix part must be non-empty\n");
    else if (slash && !is_subdomain(text, (size_t)(slash - text)))
        base_buf_puts(wrong, "prefix part " SUBDOMAIN_TEXT "\n");
    if (!*name)
        base_buf_puts(wrong, "name part must be non-empty\n");
    too_long(name, LABEL_MAX, "name part ", wrong);
    if (!is_name_part(name, strlen(name)))
        base_buf_puts(wrong, "name part " QUALIFIED_TEXT "\n");
}

void aks_check_label_value(const char *text, struct base_buf *wrong)
{
    too_long(text, LABEL_MAX, "", wrong);
    if (*text && !is_name_part(text, strlen(text)))
        base_buf_puts(wrong, "a valid label must be an empty string or consist of alphanumeric "
                             "characters, '-', '_' or '.', "
                             "and must start and end with an alphanumeric character (e.g. "
                             "'MyValue',  or 'my_value',  or "
                             "'12345', regex used for validation is "
                             "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')\n");
}

void aks_check_config_key(const char *text, struct base_buf *wrong)
{
    size_t len = strlen(text);

    too_long(text, SUBDOMAIN_MAX, "", wrong);
    if (!len ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != len)
        base_buf_puts(
            wrong,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
            "'key.name',  "
            "or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')\n");
    if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        base_buf_printf(wrong, "must not be '%s'\n", text);
    else if (strncmp(text, "..", 2) == 0)
        base_buf_puts(wrong, "must not start with '..'\n");
}

void aks_check_env_name(const char *text, struct base_buf *wrong)
{
    size_t len = strlen(text);

    if (!len || isdigit((unsigned char)*text) ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != len)
        base_buf_puts(wrong, "a valid environment variable name must consist of alphabetic "
                             "characters, digits, '_', '-', or "
                             "'.', and must not start with a digit (e.g. 'my.env-name',  or "
                             "'MY_ENV.NAME',  or 'MyEnvName1', "
                             "regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')\n");
}

void aks_check_port_name(const char *text, struct base_buf *wrong)
{
    size_t len = strlen(text);

    if (len > 15)
        base_buf_puts(wrong, "must be no more than 15 characters\n");
    if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
        base_buf_puts(wrong,
                      "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)\n");
    if (!strpbrk(text, "abcdefghijklmnopqrstuvwxyz"))
        base_buf_puts(wrong, "must contain at least one letter (a-z)\n");
    if (strstr(text, "--"))
        base_buf_puts(wrong, "must not contain consecutive hyphens\n");
    if (len && (text[0] == '-' || text[len - 1] == '-'))
        base_buf_puts(wrong, "must not begin or end with a hyphen\n");
}

static bool is_label(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!islower((unsigned char)text[i]) && !isdigit((unsigned char)text[i]) && text[i] != '-')
            return false;
    return len && text[0] != '-' && text[len - 1] != '-';
}

static bool is_subdomain(const char *text, size_t len)
{
    for (size_t from = 0;;) {
        size_t to = from;
        while (to < len && text[to] != '.')
            to++;
        if (!is_label(text + from, to - from))
            return false;
        if (to == len)
            return true;
        from = to + 1;
    }
}

static bool is_name_part(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
            return false;
    return len && isalnum((unsigned char)text[0]) && isalnum((unsigned char)text[len - 1]);
}

static void too_long(const char *text, size_t most, const char *what, struct base_buf *wrong)
{
    if (strlen(text) > most)
        base_buf_printf(wrong, "%smust be no more than %zu characters\n", what, most);
}
