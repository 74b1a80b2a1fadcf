/* Decides which Device, Patient and Encounter a measurement belongs to, and makes those that may be made. */
#include "reference/dataplane/store.h"

#include "common/text.h"
#include "reference/dataplane/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct dp_resolution {
    const struct dp_identity *identity;
    const struct dp_store *store;
    const struct dp_measurement *measurement;
    struct base_arena *arena;
    struct dp_ids *out;
    struct base_error *err;
};

static enum base_status look_up(struct dp_resolution *res);
static enum base_status find_one(struct dp_resolution *res, const char *type, const char *system,
                                 const char *value, cJSON **out);
static const char *patient_of(struct dp_resolution *res, const cJSON *device);
static enum base_status create(struct dp_resolution *res);
static enum base_status ensure_patient(struct dp_resolution *res);
static enum base_status ensure_device(struct dp_resolution *res);

bool dp_identity_mode_parse(const char *word, enum dp_identity_mode *out)
{
    static const struct {
        const char *word;
        enum dp_identity_mode mode;
    } modes[] = {
        {"Lookup", DP_IDENTITY_LOOKUP},
        {"Create", DP_IDENTITY_CREATE},
        {"LookupWithEncounter", DP_IDENTITY_LOOKUP_WITH_ENCOUNTER},
        {"R4DeviceAndPatientLookupIdentityService", DP_IDENTITY_LOOKUP},
        {"R4DeviceAndPatientCreateIdentityService", DP_IDENTITY_CREATE},
        {"R4DeviceAndPatientWithEncounterLookupIdentityService", DP_IDENTITY_LOOKUP_WITH_ENCOUNTER},
    };

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcasecmp(word, modes[i].word) == 0) {
            *out = modes[i].mode;
            return true;
        }
    return false;
}

enum base_status dp_identity_resolve(const struct dp_identity *identity,
                                     const struct dp_store *store,
                                     const struct dp_measurement *measurement,
                                     struct base_arena *arena, struct dp_ids *out,
                                     struct base_error *err)
{
    struct base_error missing = {0};
    struct dp_resolution res = {identity, store, measurement, arena, out, &missing};
    enum base_status status;

    *out = (struct dp_ids){0};
    status = look_up(&res);
    if (status == BASE_OK && identity->mode == DP_IDENTITY_LOOKUP_WITH_ENCOUNTER &&
        dp_text_blank(measurement->encounter_id))
        status = base_error_set(&missing, BASE_INVALID, "EncounterIdentityNotDefinedException",
                                "The measurement names no encounter.");
    if (identity->mode == DP_IDENTITY_CREATE &&
        (strcmp(missing.code, "DeviceNotFoundException") == 0 ||
         strcmp(missing.code, "PatientNotFoundException") == 0)) {
        base_error_clear(&missing);
        *out = (struct dp_ids){0};
        status = create(&res);
    }
    if (status != BASE_OK && err && err->status == BASE_OK)
        *err = missing;
    return status;
}

static const char *device_system(const struct dp_resolution *res)
{
    return dp_text_blank(res->identity->device_system) ? NULL : res->identity->device_system;
}

/* Sentences name the device only: patients and encounters do not belong into logs. */
static enum base_status not_found(struct dp_resolution *res, const char *code, const char *fmt)
{
    return base_error_set(res->err, BASE_NOT_FOUND, code, fmt, res->measurement->device_id);
}

/* The device by its identifier; the patient it is linked to, unread; the encounter, if the message names one. */
static enum base_status look_up(struct dp_resolution *res)
{
    const struct dp_measurement *m = res->measurement;
    cJSON *device = NULL, *encounter = NULL;
    enum base_status status = find_one(res, "Device", device_system(res), m->device_id, &device);

    if (status == BASE_OK && !device)
        status = not_found(res, "DeviceNotFoundException", "No Device has the identifier '%s'.");
    if (status != BASE_OK)
        goto done;
    res->out->device = base_arena_strdup(res->arena, base_json_text(device, "id"));
    res->out->patient = patient_of(res, device);
    if (!res->out->patient) {
        status = not_found(res, "PatientNotFoundException",
                           "The Device '%s' is linked to no Patient (patient.reference).");
        goto done;
    }
    if (dp_text_blank(m->encounter_id))
        goto done;
    status = find_one(res, "Encounter", NULL, m->encounter_id, &encounter);
    if (status == BASE_OK && !encounter)
        status =
            not_found(res, "EncounterNotFoundException",
                      "No Encounter has the identifier that a measurement of device '%s' names.");
    if (status == BASE_OK)
        res->out->encounter = base_arena_strdup(res->arena, base_json_text(encounter, "id"));
done:
    cJSON_Delete(device);
    cJSON_Delete(encounter);
    return status;
}

/* *out: a copy, NULL when there is none. */
static enum base_status find_one(struct dp_resolution *res, const char *type, const char *system,
                                 const char *value, cJSON **out)
{
    cJSON *list = NULL;
    enum base_status status =
        res->store->search(res->store->context, type, system, value, &list, res->err);

    *out = NULL;
    if (status == BASE_OK && cJSON_GetArraySize(list) > 1)
        status = base_error_set(res->err, BASE_INVALID, "MultipleResourceFoundException",
                                "More than one %s has the identifier that a measurement of "
                                "device '%s' names.",
                                type, res->measurement->device_id);
    if (status == BASE_OK && cJSON_GetArraySize(list) == 1)
        *out = base_json_copy(cJSON_GetArrayItem(list, 0));
    if (*out && !base_json_text(*out, "id")) {
        status = base_error_set(res->err, BASE_PROTOCOL, NULL,
                                "The FHIR service answered with a %s without id.", type);
        cJSON_Delete(*out);
        *out = NULL;
    }
    cJSON_Delete(list);
    return status;
}

/* The id behind a relative reference "Patient/<id>"; NULL for anything else. */
static const char *patient_of(struct dp_resolution *res, const cJSON *device)
{
    const char *reference = base_json_text(device, "patient.reference");

    if (!reference || !base_starts_nocase(reference, "Patient/") || !reference[8])
        return NULL;
    reference += 8;
    for (const char *p = reference; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_.-~#", *p))
            return NULL;
    return base_arena_strdup(res->arena, reference);
}

/* No encounter on this path, as in the original. */
static enum base_status create(struct dp_resolution *res)
{
    enum base_status status;

    if (dp_text_blank(res->measurement->patient_id))
        return base_error_set(res->err, BASE_INVALID, "PatientIdentityNotDefinedException",
                              "The Device '%s' cannot be made: the measurement names no patient.",
                              res->measurement->device_id);
    status = ensure_patient(res);
    return status == BASE_OK ? ensure_device(res) : status;
}

static cJSON *new_resource(const char *type, const char *system, const char *value)
{
    cJSON *resource = cJSON_CreateObject(), *list, *identifier = cJSON_CreateObject();
    char id[65];

    dp_resource_id(system, value, id);
    base_json_set_text(resource, "resourceType", type);
    base_json_set_text(resource, "id", id);
    list = cJSON_AddArrayToObject(resource, "identifier");
    base_json_set_text(identifier, "system", system);
    base_json_set_text(identifier, "value", value);
    (void)cJSON_AddItemToArray(list, identifier);
    return resource;
}

static enum base_status put(struct dp_resolution *res, const cJSON *resource, const char *version,
                            const char **id)
{
    cJSON *stored = NULL;
    enum base_status status =
        res->store->update(res->store->context, resource, version, &stored, res->err);

    if (status == BASE_OK)
        *id = base_arena_strdup(res->arena, base_json_text(resource, "id"));
    cJSON_Delete(stored);
    return status;
}

static enum base_status ensure_patient(struct dp_resolution *res)
{
    cJSON *patient = NULL;
    enum base_status status =
        find_one(res, "Patient", NULL, res->measurement->patient_id, &patient);

    if (status == BASE_OK && patient) {
        res->out->patient = base_arena_strdup(res->arena, base_json_text(patient, "id"));
    } else if (status == BASE_OK) {
        patient = new_resource("Patient", NULL, res->measurement->patient_id);
        status = put(res, patient, NULL, &res->out->patient);
    }
    cJSON_Delete(patient);
    return status;
}

static void link_patient(cJSON *device, const char *patient)
{
    cJSON *reference = cJSON_CreateObject();

    (void)cJSON_AddItemToObject(reference, "reference", base_json_textf("Patient/%s", patient));
    base_json_set(device, "patient", reference);
}

static enum base_status ensure_device(struct dp_resolution *res)
{
    const char *system = device_system(res), *version = NULL, *linked;
    cJSON *device = NULL;
    enum base_status status = find_one(res, "Device", system, res->measurement->device_id, &device);

    if (status != BASE_OK)
        return status;
    if (device && cJSON_GetObjectItemCaseSensitive(device, "patient")) {
        linked = patient_of(res, device);
        res->out->device = base_arena_strdup(res->arena, base_json_text(device, "id"));
        if (!linked || strcmp(linked, res->out->patient) != 0)
            status = base_error_set(
                res->err, BASE_CONFLICT, "PatientDeviceMismatchException",
                "The Device '%s' is linked to another patient than the measurement names.",
                res->measurement->device_id);
        cJSON_Delete(device);
        return status;
    }
    if (device)
        version = base_json_text(device, "meta.versionId");
    else
        device = new_resource("Device", system, res->measurement->device_id);
    link_patient(device, res->out->patient);
    status = put(res, device, version, &res->out->device);
    cJSON_Delete(device);
    return status;
}
