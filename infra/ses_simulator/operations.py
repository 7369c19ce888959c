"""The table of SESv2 operations that manage resources.

Source of names, methods and paths: botocore's ``sesv2/2019-09-27/service-2.json``.
"""

from __future__ import annotations

from collections.abc import Callable

from ses_simulator import account_operations as account
from ses_simulator import configuration_set_operations as sets
from ses_simulator import template_operations as templates
from ses_simulator.desk import Call, Desk
from ses_simulator.wire import JsonObject

Operation = Callable[[Desk, Call], JsonObject]

_SET = "/v2/email/configuration-sets/{name}"

OPERATIONS: tuple[tuple[str, str, str, Operation], ...] = (
    ("GetAccount", "GET", "/v2/email/account", account.get_account),
    (
        "PutAccountSendingAttributes",
        "PUT",
        "/v2/email/account/sending",
        account.put_account_sending,
    ),
    (
        "PutAccountSuppressionAttributes",
        "PUT",
        "/v2/email/account/suppression",
        account.put_account_suppression,
    ),
    ("CreateEmailTemplate", "POST", "/v2/email/templates", templates.create_template),
    ("ListEmailTemplates", "GET", "/v2/email/templates", templates.list_templates),
    ("GetEmailTemplate", "GET", "/v2/email/templates/{name}", templates.get_template),
    ("UpdateEmailTemplate", "PUT", "/v2/email/templates/{name}", templates.update_template),
    ("DeleteEmailTemplate", "DELETE", "/v2/email/templates/{name}", templates.delete_template),
    (
        "TestRenderEmailTemplate",
        "POST",
        "/v2/email/templates/{name}/render",
        templates.render_template,
    ),
    (
        "CreateConfigurationSet",
        "POST",
        "/v2/email/configuration-sets",
        sets.create_configuration_set,
    ),
    (
        "ListConfigurationSets",
        "POST",
        "/v2/email/list-configuration-sets",
        sets.list_configuration_sets,
    ),
    ("GetConfigurationSet", "GET", _SET, sets.get_configuration_set),
    ("DeleteConfigurationSet", "DELETE", _SET, sets.delete_configuration_set),
    ("PutConfigurationSetSendingOptions", "PUT", f"{_SET}/sending", sets.put_sending_options),
    (
        "PutConfigurationSetSuppressionOptions",
        "PUT",
        f"{_SET}/suppression-options",
        sets.put_suppression_options,
    ),
    (
        "CreateConfigurationSetEventDestination",
        "POST",
        f"{_SET}/event-destinations",
        sets.create_event_destination,
    ),
    (
        "GetConfigurationSetEventDestinations",
        "GET",
        f"{_SET}/event-destinations",
        sets.get_event_destinations,
    ),
    (
        "UpdateConfigurationSetEventDestination",
        "PUT",
        f"{_SET}/event-destinations/{{destination}}",
        sets.update_event_destination,
    ),
    (
        "DeleteConfigurationSetEventDestination",
        "DELETE",
        f"{_SET}/event-destinations/{{destination}}",
        sets.delete_event_destination,
    ),
    ("PutSuppressedDestination", "PUT", "/v2/email/suppression/addresses", account.put_suppressed),
    (
        "ListSuppressedDestinations",
        "GET",
        "/v2/email/suppression/addresses",
        account.list_suppressed,
    ),
    (
        "GetSuppressedDestination",
        "GET",
        "/v2/email/suppression/addresses/{name}",
        account.get_suppressed,
    ),
    (
        "DeleteSuppressedDestination",
        "DELETE",
        "/v2/email/suppression/addresses/{name}",
        account.delete_suppressed,
    ),
    ("CreateEmailIdentity", "POST", "/v2/email/identities", account.create_identity),
    ("ListEmailIdentities", "POST", "/v2/email/list-identities", account.list_identities),
    ("GetEmailIdentity", "GET", "/v2/email/identities/{name}", account.get_identity),
    ("DeleteEmailIdentity", "DELETE", "/v2/email/identities/{name}", account.delete_identity),
)
"""Operation name, HTTP method, path and function."""
