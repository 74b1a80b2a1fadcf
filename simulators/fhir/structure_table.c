/* The elements of Device, Encounter, Observation, Patient and of the data types: HL7 FHIR 4.0.1.
 * Written by make_structure.py; not edited by hand. */
#include "simulators/fhir/structure.h"

/* clang-format off */
#define ELEMENTS(name) static const struct fhir_element name[]
#define R FHIR_REQUIRED
#define M FHIR_MANY
#define S FHIR_SUMMARY

ELEMENTS(address_) = {
    {"use", "code", S,
     "home|work|temp|old|billing"},
    {"type", "code", S,
     "postal|physical|both"},
    {"text", "string", S},
    {"line", "string", M | S},
    {"city", "string", S},
    {"district", "string", S},
    {"state", "string", S},
    {"postalCode", "string", S},
    {"country", "string", S},
    {"period", "Period", S},
    {0},
};
ELEMENTS(age_) = {
    {"value", "decimal", S},
    {"comparator", "code", S,
     "<|<=|>=|>"},
    {"unit", "string", S},
    {"system", "uri", S},
    {"code", "code", S},
    {0},
};
ELEMENTS(annotation_) = {
    {"author[x]", "Reference|string", S},
    {"time", "dateTime", S},
    {"text", "markdown", R | S},
    {0},
};
ELEMENTS(attachment_) = {
    {"contentType", "code", S},
    {"language", "code", S},
    {"data", "base64Binary", 0},
    {"url", "url", S},
    {"size", "unsignedInt", S},
    {"hash", "base64Binary", S},
    {"title", "string", S},
    {"creation", "dateTime", S},
    {0},
};
ELEMENTS(codeableconcept_) = {
    {"coding", "Coding", M | S},
    {"text", "string", S},
    {0},
};
ELEMENTS(coding_) = {
    {"system", "uri", S},
    {"version", "string", S},
    {"code", "code", S},
    {"display", "string", S},
    {"userSelected", "boolean", S},
    {0},
};
ELEMENTS(contactpoint_) = {
    {"system", "code", S,
     "phone|fax|email|pager|url|sms|other"},
    {"value", "string", S},
    {"use", "code", S,
     "home|work|temp|old|mobile"},
    {"rank", "positiveInt", S},
    {"period", "Period", S},
    {0},
};
ELEMENTS(count_) = {
    {"value", "decimal", S},
    {"comparator", "code", S,
     "<|<=|>=|>"},
    {"unit", "string", S},
    {"system", "uri", S},
    {"code", "code", S},
    {0},
};
ELEMENTS(device_) = {
    {"identifier", "Identifier", M},
    {"definition", "Reference", 0},
    {"udiCarrier", "Device.udiCarrier", M | S},
    {"status", "code", S,
     "active|inactive|entered-in-error|unknown"},
    {"statusReason", "CodeableConcept", M},
    {"distinctIdentifier", "string", 0},
    {"manufacturer", "string", 0},
    {"manufactureDate", "dateTime", 0},
    {"expirationDate", "dateTime", 0},
    {"lotNumber", "string", 0},
    {"serialNumber", "string", 0},
    {"deviceName", "Device.deviceName", M},
    {"modelNumber", "string", 0},
    {"partNumber", "string", 0},
    {"type", "CodeableConcept", 0},
    {"specialization", "Device.specialization", M},
    {"version", "Device.version", M},
    {"property", "Device.property", M},
    {"patient", "Reference", 0},
    {"owner", "Reference", 0},
    {"contact", "ContactPoint", M},
    {"location", "Reference", 0},
    {"url", "uri", 0},
    {"note", "Annotation", M},
    {"safety", "CodeableConcept", M | S},
    {"parent", "Reference", 0},
    {0},
};
ELEMENTS(device_devicename_) = {
    {"name", "string", R},
    {"type", "code", R,
     "udi-label-name|user-friendly-name|patient-reported-name|manufacturer-name|"
     "model-name|other"},
    {0},
};
ELEMENTS(device_property_) = {
    {"type", "CodeableConcept", R},
    {"valueQuantity", "Quantity", M},
    {"valueCode", "CodeableConcept", M},
    {0},
};
ELEMENTS(device_specialization_) = {
    {"systemType", "CodeableConcept", R},
    {"version", "string", 0},
    {0},
};
ELEMENTS(device_udicarrier_) = {
    {"deviceIdentifier", "string", S},
    {"issuer", "uri", 0},
    {"jurisdiction", "uri", 0},
    {"carrierAIDC", "base64Binary", S},
    {"carrierHRF", "string", S},
    {"entryType", "code", 0,
     "barcode|rfid|manual|card|self-reported|unknown"},
    {0},
};
ELEMENTS(device_version_) = {
    {"type", "CodeableConcept", 0},
    {"component", "Identifier", 0},
    {"value", "string", R},
    {0},
};
ELEMENTS(distance_) = {
    {"value", "decimal", S},
    {"comparator", "code", S,
     "<|<=|>=|>"},
    {"unit", "string", S},
    {"system", "uri", S},
    {"code", "code", S},
    {0},
};
ELEMENTS(duration_) = {
    {"value", "decimal", S},
    {"comparator", "code", S,
     "<|<=|>=|>"},
    {"unit", "string", S},
    {"system", "uri", S},
    {"code", "code", S},
    {0},
};
ELEMENTS(encounter_) = {
    {"identifier", "Identifier", M | S},
    {"status", "code", R | S,
     "planned|arrived|triaged|in-progress|onleave|finished|cancelled|entered-in-error|"
     "unknown"},
    {"statusHistory", "Encounter.statusHistory", M},
    {"class", "Coding", R | S},
    {"classHistory", "Encounter.classHistory", M},
    {"type", "CodeableConcept", M | S},
    {"serviceType", "CodeableConcept", S},
    {"priority", "CodeableConcept", 0},
    {"subject", "Reference", S},
    {"episodeOfCare", "Reference", M | S},
    {"basedOn", "Reference", M},
    {"participant", "Encounter.participant", M | S},
    {"appointment", "Reference", M | S},
    {"period", "Period", 0},
    {"length", "Duration", 0},
    {"reasonCode", "CodeableConcept", M | S},
    {"reasonReference", "Reference", M | S},
    {"diagnosis", "Encounter.diagnosis", M | S},
    {"account", "Reference", M},
    {"hospitalization", "Encounter.hospitalization", 0},
    {"location", "Encounter.location", M},
    {"serviceProvider", "Reference", 0},
    {"partOf", "Reference", 0},
    {0},
};
ELEMENTS(encounter_classhistory_) = {
    {"class", "Coding", R},
    {"period", "Period", R},
    {0},
};
ELEMENTS(encounter_diagnosis_) = {
    {"condition", "Reference", R | S},
    {"use", "CodeableConcept", 0},
    {"rank", "positiveInt", 0},
    {0},
};
ELEMENTS(encounter_hospitalization_) = {
    {"preAdmissionIdentifier", "Identifier", 0},
    {"origin", "Reference", 0},
    {"admitSource", "CodeableConcept", 0},
    {"reAdmission", "CodeableConcept", 0},
    {"dietPreference", "CodeableConcept", M},
    {"specialCourtesy", "CodeableConcept", M},
    {"specialArrangement", "CodeableConcept", M},
    {"destination", "Reference", 0},
    {"dischargeDisposition", "CodeableConcept", 0},
    {0},
};
ELEMENTS(encounter_location_) = {
    {"location", "Reference", R},
    {"status", "code", 0,
     "planned|active|reserved|completed"},
    {"physicalType", "CodeableConcept", 0},
    {"period", "Period", 0},
    {0},
};
ELEMENTS(encounter_participant_) = {
    {"type", "CodeableConcept", M | S},
    {"period", "Period", 0},
    {"individual", "Reference", S},
    {0},
};
ELEMENTS(encounter_statushistory_) = {
    {"status", "code", R,
     "planned|arrived|triaged|in-progress|onleave|finished|cancelled|entered-in-error|"
     "unknown"},
    {"period", "Period", R},
    {0},
};
ELEMENTS(extension_) = {
    {"url", "string", R},
    {"value[x]", "*", 0},
    {0},
};
ELEMENTS(humanname_) = {
    {"use", "code", S,
     "usual|official|temp|nickname|anonymous|old|maiden"},
    {"text", "string", S},
    {"family", "string", S},
    {"given", "string", M | S},
    {"prefix", "string", M | S},
    {"suffix", "string", M | S},
    {"period", "Period", S},
    {0},
};
ELEMENTS(identifier_) = {
    {"use", "code", S,
     "usual|official|temp|secondary|old"},
    {"type", "CodeableConcept", S},
    {"system", "uri", S},
    {"value", "string", S},
    {"period", "Period", S},
    {"assigner", "Reference", S},
    {0},
};
ELEMENTS(meta_) = {
    {"versionId", "id", S},
    {"lastUpdated", "instant", S},
    {"source", "uri", S},
    {"profile", "canonical", M | S},
    {"security", "Coding", M | S},
    {"tag", "Coding", M | S},
    {0},
};
ELEMENTS(money_) = {
    {"value", "decimal", S},
    {"currency", "code", S},
    {0},
};
ELEMENTS(narrative_) = {
    {"status", "code", R,
     "generated|extensions|additional|empty"},
    {"div", "xhtml", R},
    {0},
};
ELEMENTS(observation_) = {
    {"identifier", "Identifier", M | S},
    {"basedOn", "Reference", M | S},
    {"partOf", "Reference", M | S},
    {"status", "code", R | S,
     "registered|preliminary|final|amended|corrected|cancelled|entered-in-error|unknown"},
    {"category", "CodeableConcept", M},
    {"code", "CodeableConcept", R | S},
    {"subject", "Reference", S},
    {"focus", "Reference", M | S},
    {"encounter", "Reference", S},
    {"effective[x]", "dateTime|Period|Timing|instant", S},
    {"issued", "instant", S},
    {"performer", "Reference", M | S},
    {"value[x]", "Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period", S},
    {"dataAbsentReason", "CodeableConcept", 0},
    {"interpretation", "CodeableConcept", M},
    {"note", "Annotation", M},
    {"bodySite", "CodeableConcept", 0},
    {"method", "CodeableConcept", 0},
    {"specimen", "Reference", 0},
    {"device", "Reference", 0},
    {"referenceRange", "Observation.referenceRange", M},
    {"hasMember", "Reference", M | S},
    {"derivedFrom", "Reference", M | S},
    {"component", "Observation.component", M | S},
    {0},
};
ELEMENTS(observation_component_) = {
    {"code", "CodeableConcept", R | S},
    {"value[x]", "Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period", S},
    {"dataAbsentReason", "CodeableConcept", 0},
    {"interpretation", "CodeableConcept", M},
    {"referenceRange", "Observation.referenceRange", M},
    {0},
};
ELEMENTS(observation_referencerange_) = {
    {"low", "Quantity", 0},
    {"high", "Quantity", 0},
    {"type", "CodeableConcept", 0},
    {"appliesTo", "CodeableConcept", M},
    {"age", "Range", 0},
    {"text", "string", 0},
    {0},
};
ELEMENTS(patient_) = {
    {"identifier", "Identifier", M | S},
    {"active", "boolean", S},
    {"name", "HumanName", M | S},
    {"telecom", "ContactPoint", M | S},
    {"gender", "code", S,
     "male|female|other|unknown"},
    {"birthDate", "date", S},
    {"deceased[x]", "boolean|dateTime", S},
    {"address", "Address", M | S},
    {"maritalStatus", "CodeableConcept", 0},
    {"multipleBirth[x]", "boolean|integer", 0},
    {"photo", "Attachment", M},
    {"contact", "Patient.contact", M},
    {"communication", "Patient.communication", M},
    {"generalPractitioner", "Reference", M},
    {"managingOrganization", "Reference", S},
    {"link", "Patient.link", M | S},
    {0},
};
ELEMENTS(patient_communication_) = {
    {"language", "CodeableConcept", R},
    {"preferred", "boolean", 0},
    {0},
};
ELEMENTS(patient_contact_) = {
    {"relationship", "CodeableConcept", M},
    {"name", "HumanName", 0},
    {"telecom", "ContactPoint", M},
    {"address", "Address", 0},
    {"gender", "code", 0,
     "male|female|other|unknown"},
    {"organization", "Reference", 0},
    {"period", "Period", 0},
    {0},
};
ELEMENTS(patient_link_) = {
    {"other", "Reference", R | S},
    {"type", "code", R | S,
     "replaced-by|replaces|refer|seealso"},
    {0},
};
ELEMENTS(period_) = {
    {"start", "dateTime", S},
    {"end", "dateTime", S},
    {0},
};
ELEMENTS(quantity_) = {
    {"value", "decimal", S},
    {"comparator", "code", S,
     "<|<=|>=|>"},
    {"unit", "string", S},
    {"system", "uri", S},
    {"code", "code", S},
    {0},
};
ELEMENTS(range_) = {
    {"low", "Quantity", S},
    {"high", "Quantity", S},
    {0},
};
ELEMENTS(ratio_) = {
    {"numerator", "Quantity", S},
    {"denominator", "Quantity", S},
    {0},
};
ELEMENTS(reference_) = {
    {"reference", "string", S},
    {"type", "uri", S},
    {"identifier", "Identifier", S},
    {"display", "string", S},
    {0},
};
ELEMENTS(sampleddata_) = {
    {"origin", "Quantity", R | S},
    {"period", "decimal", R | S},
    {"factor", "decimal", S},
    {"lowerLimit", "decimal", S},
    {"upperLimit", "decimal", S},
    {"dimensions", "positiveInt", R | S},
    {"data", "string", 0},
    {0},
};
ELEMENTS(signature_) = {
    {"type", "Coding", R | M | S},
    {"when", "instant", R | S},
    {"who", "Reference", R | S},
    {"onBehalfOf", "Reference", S},
    {"targetFormat", "code", 0},
    {"sigFormat", "code", 0},
    {"data", "base64Binary", 0},
    {0},
};
ELEMENTS(timing_) = {
    {"event", "dateTime", M | S},
    {"repeat", "Timing.repeat", S},
    {"code", "CodeableConcept", S},
    {0},
};
ELEMENTS(timing_repeat_) = {
    {"bounds[x]", "Duration|Range|Period", S},
    {"count", "positiveInt", S},
    {"countMax", "positiveInt", S},
    {"duration", "decimal", S},
    {"durationMax", "decimal", S},
    {"durationUnit", "code", S,
     "s|min|h|d|wk|mo|a"},
    {"frequency", "positiveInt", S},
    {"frequencyMax", "positiveInt", S},
    {"period", "decimal", S},
    {"periodMax", "decimal", S},
    {"periodUnit", "code", S,
     "s|min|h|d|wk|mo|a"},
    {"dayOfWeek", "code", M | S,
     "mon|tue|wed|thu|fri|sat|sun"},
    {"timeOfDay", "time", M | S},
    {"when", "code", M | S,
     "MORN|MORN.early|MORN.late|NOON|AFT|AFT.early|AFT.late|EVE|EVE.early|EVE.late|NIGHT|"
     "PHS|HS|WAKE|C|CM|CD|CV|AC|ACM|ACD|ACV|PC|PCM|PCD|PCV"},
    {"offset", "unsignedInt", S},
    {0},
};
const struct fhir_structure fhir_structures[] = {
    {"Address", address_},
    {"Age", age_},
    {"Annotation", annotation_},
    {"Attachment", attachment_},
    {"CodeableConcept", codeableconcept_},
    {"Coding", coding_},
    {"ContactPoint", contactpoint_},
    {"Count", count_},
    {"Device", device_},
    {"Device.deviceName", device_devicename_},
    {"Device.property", device_property_},
    {"Device.specialization", device_specialization_},
    {"Device.udiCarrier", device_udicarrier_},
    {"Device.version", device_version_},
    {"Distance", distance_},
    {"Duration", duration_},
    {"Encounter", encounter_},
    {"Encounter.classHistory", encounter_classhistory_},
    {"Encounter.diagnosis", encounter_diagnosis_},
    {"Encounter.hospitalization", encounter_hospitalization_},
    {"Encounter.location", encounter_location_},
    {"Encounter.participant", encounter_participant_},
    {"Encounter.statusHistory", encounter_statushistory_},
    {"Extension", extension_},
    {"HumanName", humanname_},
    {"Identifier", identifier_},
    {"Meta", meta_},
    {"Money", money_},
    {"Narrative", narrative_},
    {"Observation", observation_},
    {"Observation.component", observation_component_},
    {"Observation.referenceRange", observation_referencerange_},
    {"Patient", patient_},
    {"Patient.communication", patient_communication_},
    {"Patient.contact", patient_contact_},
    {"Patient.link", patient_link_},
    {"Period", period_},
    {"Quantity", quantity_},
    {"Range", range_},
    {"Ratio", ratio_},
    {"Reference", reference_},
    {"SampledData", sampleddata_},
    {"Signature", signature_},
    {"Timing", timing_},
    {"Timing.repeat", timing_repeat_},
};
const size_t fhir_structure_count = sizeof fhir_structures / sizeof *fhir_structures;
