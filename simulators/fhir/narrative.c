/* Decides which XHTML a narrative may hold: no scripts, no forms, nothing active. Source: HL7 FHIR R4
 * narrative.html. */
#include "simulators/fhir/validate.h"

#include "simulators/fhir/structure.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char tags[] =
    "a|abbr|acronym|b|big|blockquote|br|caption|cite|code|col|colgroup|dd|dfn|div|dl|dt|em|h1|h2|"
    "h3|"
    "h4|h5|h6|hr|i|img|li|ol|p|pre|q|samp|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|"
    "tr|tt|ul|var";

/* Attributes of one tag, up to its '>'. */
static bool attributes_ok(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (!isspace((unsigned char)at[-1]))
            continue;
        if (!strncasecmp(at, "on", 2) && isalpha((unsigned char)at[2]))
            return false;
        if (!strncasecmp(at, "href=\"javascript:", 17))
            return false;
    }
    return true;
}

const char *fhir_narrative_fault(const char *div)
{
    if (strncmp(div + strspn(div, " \t\r\n"), "<div", 4))
        return "it does not begin with <div";
    for (const char *at = strchr(div, '<'); at; at = strchr(at + 1, '<')) {
        const char *name = at + 1 + (at[1] == '/');
        size_t len = strcspn(name, " \t\r\n/>");
        const char *end = strchr(at, '>');
        if (!strncmp(at, "<!--", 4))
            continue;
        if (!end)
            return "a tag has no end";
        if (!fhir_listed(tags, name, len))
            return "it holds an element that is not allowed";
        if (!attributes_ok(name + len + (name[len] == ' '), end))
            return "it holds an attribute that is not allowed";
    }
    return NULL;
}
