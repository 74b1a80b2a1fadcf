/* Holds that settings come under the connector's own names, and that each wrong one is answered with a sentence that names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/settings.h"

#include <stdlib.h>
#include <string.h>

static const char *const good[][2] = {
    {"InputEventHub__EventHubNamespaceFQDN", "in.servicebus.windows.net"},
    {"InputEventHub__EventHubName", "telemetry"},
    {"InputEventHub__EventHubConsumerGroup", "groupA"},
    {"NormalizationEventHub__EventHubNamespaceFQDN", "n.servicebus.windows.net"},
    {"NormalizationEventHub__EventHubName", "normalized"},
    {"NormalizationEventHub__EventHubConsumerGroup", "dest1"},
    {"EventBatching__FlushTimespan", "30"},
    {"EventBatching__MaxEvents", "20"},
    {"Checkpoint__BlobPrefix", "c1"},
    {"CheckpointStorage__BlobStorageContainerUri", "https://a.blob.core.windows.net/checkpoint"},
    {"TemplateStorage__BlobStorageContainerUri", "https://a.blob.core.windows.net/template"},
    {"Template__DeviceContent", "devicecontent.json"},
    {"Template__FhirMapping", "fhirmapping.json"},
    {"ResourceIdentity__ResourceIdentityServiceType", "Create"},
    {"FhirService__Url", "https://w-f.fhir.azurehealthcareapis.com"},
    {"ExternalIdentity__KeyVaultCertificateUri", "https://kv.vault.azure.net/secrets/c1"},
    {"ExternalIdentity__ClientId", "11111111-1111-1111-1111-111111111111"},
    {"ExternalIdentity__TenantId", "22222222-2222-2222-2222-222222222222"},
    {"InternalIdentity__ClientId", "33333333-3333-3333-3333-333333333333"},
};

static int set_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        (void)setenv(good[i][0], good[i][1], 1);
    return 0;
}

static enum base_status read_settings(enum pod_kind kind, struct pod_settings *settings,
                                      struct base_error *err)
{
    char *argv[] = {"pod", NULL};
    bool done;

    base_error_clear(err);
    return pod_settings_read(settings, kind, 1, argv, &done, err);
}

static void test_both_pods_read_their_names(void **state)
{
    struct pod_settings s;
    struct base_error err;

    (void)state;
    assert_int_equal(read_settings(POD_NORMALIZATION, &s, &err), BASE_OK);
    assert_string_equal(s.input.hub, "telemetry");
    assert_string_equal(s.input.group, "groupA");
    assert_string_equal(s.normalized.namespace, "n.servicebus.windows.net");
    assert_string_equal(s.template_name, "devicecontent.json");
    assert_int_equal(s.flush_s, 30);
    assert_int_equal(read_settings(POD_DESTINATION, &s, &err), BASE_OK);
    assert_string_equal(s.input.hub, "normalized");
    assert_string_equal(s.input.group, "dest1");
    assert_int_equal(s.identity.mode, DP_IDENTITY_CREATE);
    assert_string_equal(s.template_name, "fhirmapping.json");
}

static void wrong(enum pod_kind kind, const char *name, const char *value, const char *says)
{
    struct pod_settings s;
    struct base_error err;

    (void)set_good(NULL);
    if (value)
        (void)setenv(name, value, 1);
    else
        (void)unsetenv(name);
    if (read_settings(kind, &s, &err) == BASE_OK)
        fail_msg("%s=%s was taken", name, value);
    if (!strstr(err.message, name) || !strstr(err.message, says))
        fail_msg("%s=%s: %s", name, value, err.message);
    (void)unsetenv(name);
}

static void test_each_wrong_setting_is_named(void **state)
{
    (void)state;
    wrong(POD_NORMALIZATION, "InputEventHub__EventHubName", NULL, "is not set");
    wrong(POD_NORMALIZATION, "InputEventHub__EventHubNamespaceFQDN", NULL, "is not set");
    wrong(POD_DESTINATION, "NormalizationEventHub__EventHubName", NULL, "is not set");
    wrong(POD_NORMALIZATION, "EventBatching__MaxEvents", NULL, "is not set");
    wrong(POD_NORMALIZATION, "EventBatching__MaxEvents", "0", "from 1 to");
    wrong(POD_NORMALIZATION, "EventBatching__FlushTimespan", "soon", "whole number");
    wrong(POD_DESTINATION, "FhirService__Url", NULL, "is not set");
    wrong(POD_DESTINATION, "FhirService__Url", "ftp://x", "must be a URL");
    wrong(POD_DESTINATION, "ResourceIdentity__ResourceIdentityServiceType", "Update",
          "Lookup, Create");
    wrong(POD_NORMALIZATION, "NormalizationService__ErrorHandlingPolicy", "Ignore", "Retry or");
    wrong(POD_NORMALIZATION, "CollectorOptions__UseCompressionOnSend", "gzip", "true or false");
    wrong(POD_DESTINATION, "PartitionLocking__Enabled", "true",
          "share the partitions by ownership blobs");
    wrong(POD_NORMALIZATION, "ExternalIdentity__TenantId", NULL, "go together");
    wrong(POD_NORMALIZATION, "InputEventHub__AuthenticationType", "Custom",
          "ManagedIdentity or ConnectionString");
    wrong(POD_NORMALIZATION, "PartitionOwnership__Expiry", "10", "more than twice");
    wrong(POD_NORMALIZATION, "IOMT_LOG_LEVEL", "loud", "debug, info");
}

static void test_policy_words(void **state)
{
    struct pod_settings s;
    struct base_error err;

    (void)state;
    (void)setenv("NormalizationService__ErrorHandlingPolicy", "discardMatchAndExtractErrors", 1);
    assert_int_equal(read_settings(POD_NORMALIZATION, &s, &err), BASE_OK);
    assert_true(s.discard);
    (void)unsetenv("NormalizationService__ErrorHandlingPolicy");
    assert_int_equal(read_settings(POD_NORMALIZATION, &s, &err), BASE_OK);
    assert_false(s.discard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_both_pods_read_their_names, set_good),
        cmocka_unit_test_setup(test_each_wrong_setting_is_named, set_good),
        cmocka_unit_test_setup(test_policy_words, set_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
