"""SESv2 operations on configuration sets and their event destinations."""

from __future__ import annotations

from ses_simulator.desk import Call, Desk, page
from ses_simulator.errors import ApiError, bad_request, not_found
from ses_simulator.resources import CONFIGURATION_SET
from ses_simulator.wire import JsonObject, required


def create_configuration_set(desk: Desk, call: Call) -> JsonObject:
    """CreateConfigurationSet."""
    name = required(call.body, "ConfigurationSetName")
    desk.resources.add(CONFIGURATION_SET, name, {**call.body, "EventDestinations": {}})
    return {}


def get_configuration_set(desk: Desk, call: Call) -> JsonObject:
    """GetConfigurationSet."""
    found = desk.resources.get(CONFIGURATION_SET, call.path["name"])
    shown = {key: value for key, value in found.items() if key != "EventDestinations"}
    return {"SendingOptions": {"SendingEnabled": True}, "Tags": [], **shown}


def list_configuration_sets(desk: Desk, call: Call) -> JsonObject:
    """ListConfigurationSets."""
    names, token = page(desk.resources.names(CONFIGURATION_SET), call.body)
    return {"ConfigurationSets": names, **token}


def delete_configuration_set(desk: Desk, call: Call) -> JsonObject:
    """DeleteConfigurationSet."""
    desk.resources.remove(CONFIGURATION_SET, call.path["name"])
    return {}


def put_sending_options(desk: Desk, call: Call) -> JsonObject:
    """PutConfigurationSetSendingOptions."""
    enabled = bool(call.body.get("SendingEnabled", False))
    return _change_set(desk, call, SendingOptions={"SendingEnabled": enabled})


def put_suppression_options(desk: Desk, call: Call) -> JsonObject:
    """PutConfigurationSetSuppressionOptions."""
    return _change_set(desk, call, SuppressionOptions=dict(call.body))


def create_event_destination(desk: Desk, call: Call) -> JsonObject:
    """CreateConfigurationSetEventDestination."""
    name = required(call.body, "EventDestinationName")
    destinations = _event_destinations(desk, call)
    if name in destinations:
        raise ApiError("AlreadyExistsException", f"Event destination {name} already exists.")
    return _change_set(
        desk, call, EventDestinations={**destinations, name: _event_destination(call)}
    )


def get_event_destinations(desk: Desk, call: Call) -> JsonObject:
    """GetConfigurationSetEventDestinations."""
    destinations = _event_destinations(desk, call)
    return {
        "EventDestinations": [{"Name": name, **body} for name, body in destinations.items()],
    }


def update_event_destination(desk: Desk, call: Call) -> JsonObject:
    """UpdateConfigurationSetEventDestination."""
    destinations, name = _named_destination(desk, call)
    return _change_set(
        desk, call, EventDestinations={**destinations, name: _event_destination(call)}
    )


def delete_event_destination(desk: Desk, call: Call) -> JsonObject:
    """DeleteConfigurationSetEventDestination."""
    destinations, name = _named_destination(desk, call)
    rest = {other: body for other, body in destinations.items() if other != name}
    return _change_set(desk, call, EventDestinations=rest)


def _change_set(desk: Desk, call: Call, **changes: object) -> JsonObject:
    name = call.path["name"]
    found = desk.resources.get(CONFIGURATION_SET, name)
    desk.resources.put(CONFIGURATION_SET, name, {**found, **changes})
    return {}


def _event_destinations(desk: Desk, call: Call) -> JsonObject:
    found: JsonObject = desk.resources.get(CONFIGURATION_SET, call.path["name"])
    destinations: JsonObject = found["EventDestinations"]
    return destinations


def _named_destination(desk: Desk, call: Call) -> tuple[JsonObject, str]:
    destinations, name = _event_destinations(desk, call), call.path["destination"]
    if name not in destinations:
        raise not_found(f"Event destination {name} does not exist.")
    return destinations, name


def _event_destination(call: Call) -> JsonObject:
    definition: JsonObject = required(call.body, "EventDestination")
    required(definition, "MatchingEventTypes")
    kinds = [key for key in definition if key.endswith("Destination")]
    if len(kinds) != 1:
        raise bad_request("EventDestination needs exactly one destination, such as SnsDestination.")
    return {"Enabled": False, **definition}
