/* fhir/types.h: the resource types of FHIR R4. Source: HL7 FHIR 4.0.1 resourcelist.html. */
#ifndef FHIR_TYPES_H
#define FHIR_TYPES_H

/* A type's number never changes: the store keeps it. */
int fhir_type_number(const char *name); /* -1 when unknown; names are case-sensitive */
const char *fhir_type_name(int number); /* NULL when there is none */
int fhir_type_count(void);

#endif
