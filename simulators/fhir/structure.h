/* fhir/structure.h: which elements a type has. Source: HL7 FHIR 4.0.1 StructureDefinitions; the table
 * covers Device, Encounter, Observation, Patient and the data types they use. */
#ifndef FHIR_STRUCTURE_H
#define FHIR_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>

enum { FHIR_REQUIRED = 1, FHIR_MANY = 2, FHIR_SUMMARY = 4 };

struct fhir_element {
    const char *name;  /* "status"; a choice is "value[x]" */
    const char *types; /* "Quantity|string", "Observation.component"; "*": any */
    unsigned flags;
    const char *codes; /* the only ones allowed, "a|b"; NULL: any */
};
struct fhir_structure {
    const char *name;
    const struct fhir_element *elements; /* the last has no name */
};
extern const struct fhir_structure fhir_structures[]; /* in the order of their names */
extern const size_t fhir_structure_count;

/* NULL when there is no table for the type. */
const struct fhir_element *fhir_elements(const char *type);

/* The element that a JSON member belongs to ("valueQuantity" -> "value[x]"); NULL when unknown.
 * *type and *len: its type, in the element's list or at the member's end ("*"). */
const struct fhir_element *fhir_element_find(const struct fhir_element *elements,
                                             const char *member, const char **type, size_t *len);
/* Is `word` one of a list "a|b|c"? */
bool fhir_listed(const char *list, const char *word, size_t len);

#endif
