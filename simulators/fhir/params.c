/* Says which search parameters there are. */
#include "simulators/fhir/params.h"

#include <string.h>

#define INDEX_FORM 1 /* raised when extraction changes without the table */
#define OBS "Observation"
#define PAT "Patient"
#define DEV "Device"
#define ENC "Encounter"
#define TOKEN(t, n, p, ...)                                                                        \
    {                                                                                              \
        t, n, FHIR_P_TOKEN, .path = p, ##__VA_ARGS__                                               \
    }
#define STRING(t, n, p)                                                                            \
    {                                                                                              \
        t, n, FHIR_P_STRING, .path = p                                                             \
    }
#define DATE(t, n, p, ...)                                                                         \
    {                                                                                              \
        t, n, FHIR_P_DATE, .path = p, ##__VA_ARGS__                                                \
    }
#define QUANTITY(t, n, p)                                                                          \
    {                                                                                              \
        t, n, FHIR_P_QUANTITY, .path = p                                                           \
    }
#define REFERENCE(t, n, p, to, ...)                                                                \
    {                                                                                              \
        t, n, FHIR_P_REFERENCE, .path = p, .targets = to, .quick = 1, ##__VA_ARGS__                \
    }
#define UNION(t, n, k, o, ...)                                                                     \
    {                                                                                              \
        t, n, k, .of = o, ##__VA_ARGS__                                                            \
    }
#define PAIR(n, o)                                                                                 \
    {                                                                                              \
        OBS, n, FHIR_P_COMPOSITE, .of = o                                                          \
    }
#define CODES(x) .system = "http://hl7.org/fhir/" x

const struct fhir_param fhir_params[] = {
    {NULL, "_id", FHIR_P_ID, .shared = true},
    {NULL, "_lastUpdated", FHIR_P_UPDATED, .shared = true},
    TOKEN(NULL, "_tag", "meta.tag", .shared = true, .quick = 1),
    TOKEN(NULL, "_security", "meta.security", .shared = true),
    {NULL, "_profile", FHIR_P_URI, .path = "meta.profile", .shared = true},
    {NULL, "_source", FHIR_P_URI, .path = "meta.source", .shared = true},

    TOKEN(OBS, "identifier", "identifier", .shared = true, .quick = 3),
    TOKEN(OBS, "code", "code", .shared = true),
    TOKEN(OBS, "category", "category"),
    TOKEN(OBS, "status", "status", CODES("observation-status")),
    TOKEN(OBS, "data-absent-reason", "dataAbsentReason"),
    TOKEN(OBS, "method", "method"),
    TOKEN(OBS, "value-concept", "valueCodeableConcept"),
    TOKEN(OBS, "component-code", "component.code"),
    TOKEN(OBS, "component-data-absent-reason", "component.dataAbsentReason"),
    TOKEN(OBS, "component-value-concept", "component.valueCodeableConcept"),
    DATE(OBS, "date", "effectiveDateTime,effectivePeriod,effectiveInstant", .shared = true),
    DATE(OBS, "value-date", "valueDateTime,valuePeriod"),
    STRING(OBS, "value-string", "valueString,valueCodeableConcept.text"),
    QUANTITY(OBS, "value-quantity", "valueQuantity"),
    QUANTITY(OBS, "component-value-quantity", "component.valueQuantity"),
    REFERENCE(OBS, "subject", "subject", "Patient|Group|Device|Location"),
    REFERENCE(OBS, "encounter", "encounter", "Encounter|EpisodeOfCare", .shared = true),
    REFERENCE(OBS, "device", "device", "Device|DeviceMetric"),
    REFERENCE(OBS, "based-on", "basedOn",
              "CarePlan|DeviceRequest|ImmunizationRecommendation|MedicationRequest|NutritionOrder|"
              "ServiceRequest"),
    REFERENCE(OBS, "derived-from", "derivedFrom",
              "DocumentReference|ImagingStudy|Media|QuestionnaireResponse|Observation|"
              "MolecularSequence"),
    REFERENCE(OBS, "focus", "focus", NULL),
    REFERENCE(OBS, "has-member", "hasMember",
              "Observation|QuestionnaireResponse|MolecularSequence"),
    REFERENCE(OBS, "part-of", "partOf",
              "MedicationAdministration|MedicationDispense|MedicationStatement|Procedure|"
              "Immunization|ImagingStudy"),
    REFERENCE(OBS, "performer", "performer",
              "Practitioner|PractitionerRole|Organization|CareTeam|Patient|RelatedPerson"),
    REFERENCE(OBS, "specimen", "specimen", "Specimen"),
    UNION(OBS, "patient", FHIR_P_REFERENCE, "subject", .targets = "Patient", .shared = true,
          .quick = 1),
    UNION(OBS, "combo-code", FHIR_P_TOKEN, "code,component-code"),
    UNION(OBS, "combo-data-absent-reason", FHIR_P_TOKEN,
          "data-absent-reason,component-data-absent-reason"),
    UNION(OBS, "combo-value-concept", FHIR_P_TOKEN, "value-concept,component-value-concept"),
    UNION(OBS, "combo-value-quantity", FHIR_P_QUANTITY, "value-quantity,component-value-quantity"),
    PAIR("code-value-concept", "code,value-concept"),
    PAIR("code-value-date", "code,value-date"),
    PAIR("code-value-quantity", "code,value-quantity"),
    PAIR("code-value-string", "code,value-string"),
    PAIR("combo-code-value-concept", "combo-code,combo-value-concept"),
    PAIR("combo-code-value-quantity", "combo-code,combo-value-quantity"),
    PAIR("component-code-value-concept", "component-code,component-value-concept"),
    PAIR("component-code-value-quantity", "component-code,component-value-quantity"),

    TOKEN(PAT, "identifier", "identifier", .quick = 3),
    TOKEN(PAT, "active", "active"),
    TOKEN(PAT, "gender", "gender", CODES("administrative-gender")),
    TOKEN(PAT, "deceased", "deceasedBoolean,deceasedDateTime"),
    TOKEN(PAT, "language", "communication.language"),
    TOKEN(PAT, "telecom", "telecom", .quick = 2),
    TOKEN(PAT, "phone", "telecom[system=phone]", .quick = 2),
    TOKEN(PAT, "email", "telecom[system=email]", .quick = 2),
    TOKEN(PAT, "address-use", "address.use", CODES("address-use")),
    STRING(PAT, "name", "name"),
    STRING(PAT, "phonetic", "name"),
    STRING(PAT, "family", "name.family"),
    STRING(PAT, "given", "name.given"),
    STRING(PAT, "address", "address"),
    STRING(PAT, "address-city", "address.city"),
    STRING(PAT, "address-country", "address.country"),
    STRING(PAT, "address-postalcode", "address.postalCode"),
    STRING(PAT, "address-state", "address.state"),
    DATE(PAT, "birthdate", "birthDate"),
    DATE(PAT, "death-date", "deceasedDateTime"),
    REFERENCE(PAT, "general-practitioner", "generalPractitioner",
              "Organization|Practitioner|PractitionerRole"),
    REFERENCE(PAT, "organization", "managingOrganization", "Organization"),
    REFERENCE(PAT, "link", "link.other", "Patient|RelatedPerson"),

    TOKEN(DEV, "identifier", "identifier", .quick = 3),
    TOKEN(DEV, "status", "status", CODES("device-status")),
    TOKEN(DEV, "type", "type"),
    STRING(DEV, "device-name", "deviceName.name,type.coding.display,type.text"),
    STRING(DEV, "manufacturer", "manufacturer"),
    STRING(DEV, "model", "modelNumber"),
    STRING(DEV, "udi-carrier", "udiCarrier.carrierHRF"),
    STRING(DEV, "udi-di", "udiCarrier.deviceIdentifier"),
    {DEV, "url", FHIR_P_URI, .path = "url", .quick = 2},
    REFERENCE(DEV, "location", "location", "Location"),
    REFERENCE(DEV, "organization", "owner", "Organization"),
    REFERENCE(DEV, "patient", "patient", "Patient"),

    TOKEN(ENC, "identifier", "identifier", .shared = true, .quick = 3),
    TOKEN(ENC, "class", "class"),
    TOKEN(ENC, "status", "status", CODES("encounter-status")),
    TOKEN(ENC, "type", "type", .shared = true),
    TOKEN(ENC, "participant-type", "participant.type"),
    TOKEN(ENC, "reason-code", "reasonCode"),
    TOKEN(ENC, "special-arrangement", "hospitalization.specialArrangement"),
    DATE(ENC, "date", "period", .shared = true),
    DATE(ENC, "location-period", "location.period"),
    QUANTITY(ENC, "length", "length"),
    REFERENCE(ENC, "subject", "subject", "Patient|Group"),
    REFERENCE(ENC, "account", "account", "Account"),
    REFERENCE(ENC, "appointment", "appointment", "Appointment"),
    REFERENCE(ENC, "based-on", "basedOn", "ServiceRequest"),
    REFERENCE(ENC, "diagnosis", "diagnosis.condition", "Condition|Procedure"),
    REFERENCE(ENC, "episode-of-care", "episodeOfCare", "EpisodeOfCare"),
    REFERENCE(ENC, "location", "location.location", "Location"),
    REFERENCE(ENC, "part-of", "partOf", "Encounter"),
    REFERENCE(ENC, "participant", "participant.individual",
              "Practitioner|PractitionerRole|RelatedPerson"),
    REFERENCE(ENC, "reason-reference", "reasonReference",
              "Condition|Procedure|Observation|ImmunizationRecommendation"),
    REFERENCE(ENC, "service-provider", "serviceProvider", "Organization"),
    UNION(ENC, "patient", FHIR_P_REFERENCE, "subject", .targets = "Patient", .shared = true,
          .quick = 1),
    UNION(ENC, "practitioner", FHIR_P_REFERENCE, "participant", .targets = "Practitioner",
          .quick = 1),

    TOKEN(NULL, "identifier", "identifier", .quick = 3), /* of the types that have no rows above */
};
const int fhir_param_count = sizeof fhir_params / sizeof *fhir_params;

static int find(const char *type, const char *name)
{
    for (int i = 0; i < fhir_param_count; i++) {
        const char *of = fhir_params[i].type;
        if ((type ? of && !strcmp(of, type) : !of) && !strcmp(fhir_params[i].name, name))
            return i;
    }
    return -1;
}

int fhir_param_find(const char *type, const char *name)
{
    int own = type ? find(type, name) : -1;

    return own >= 0 ? own : find(NULL, name);
}

static uint64_t mix(uint64_t hash, const char *text)
{
    for (const char *at = text ? text : ""; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    return (hash ^ 0xff) * 1099511628211u;
}

int64_t fhir_params_fingerprint(void)
{
    uint64_t hash = 14695981039346656037u + INDEX_FORM;

    for (int i = 0; i < fhir_param_count; i++) {
        const struct fhir_param *param = &fhir_params[i];
        hash = mix(mix(mix(hash, param->type), param->name), param->path);
        hash = mix(mix(hash, param->system), param->targets) + param->kind;
    }
    return (int64_t)(hash >> 1);
}
