/* Decides which element a member of a JSON object is. */
#include "simulators/fhir/structure.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *name, const void *structure)
{
    return strcmp(name, ((const struct fhir_structure *)structure)->name);
}

const struct fhir_element *fhir_elements(const char *type)
{
    const struct fhir_structure *found =
        bsearch(type, fhir_structures, fhir_structure_count, sizeof *fhir_structures, compare);
    return found ? found->elements : NULL;
}

/* "Quantity" fits the end of "valueQuantity", "string" that of "valueString". */
static bool fits(const char *suffix, const char *type, size_t len)
{
    return strlen(suffix) == len && len && suffix[0] == toupper((unsigned char)type[0]) &&
           !strncmp(suffix + 1, type + 1, len - 1);
}

static bool find_choice(const struct fhir_element *element, const char *suffix, const char **type,
                        size_t *len)
{
    if (!strcmp(element->types, "*")) {
        *type = suffix;
        *len = strlen(suffix);
        return isupper((unsigned char)*suffix);
    }
    for (const char *at = element->types; *at; at += *len + (at[*len] == '|')) {
        *type = at;
        *len = strcspn(at, "|");
        if (fits(suffix, at, *len))
            return true;
    }
    return false;
}

const struct fhir_element *fhir_element_find(const struct fhir_element *elements,
                                             const char *member, const char **type, size_t *len)
{
    for (const struct fhir_element *at = elements; at->name; at++) {
        size_t stem = strcspn(at->name, "[");
        if (strncmp(at->name, member, stem))
            continue;
        if (!at->name[stem] && !member[stem]) {
            *type = at->types;
            *len = strlen(at->types);
            return at;
        }
        if (at->name[stem] && find_choice(at, member + stem, type, len))
            return at;
    }
    return NULL;
}

bool fhir_listed(const char *list, const char *word, size_t len)
{
    for (const char *at = list; *at;) {
        size_t item = strcspn(at, "|");
        if (item == len && !strncmp(at, word, len))
            return true;
        at += item + (at[item] == '|');
    }
    return false;
}
