"""SESv2 operations on the account, its identities and its suppression list."""

from __future__ import annotations

from ses_simulator.desk import Call, Desk, page
from ses_simulator.errors import bad_request
from ses_simulator.resources import IDENTITY, SUPPRESSED
from ses_simulator.wire import JsonObject, bare_address, required


def get_account(desk: Desk, call: Call) -> JsonObject:
    """GetAccount."""
    account = desk.resources.account
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": account.enforcement_status,
        "ProductionAccessEnabled": account.production_access,
        "SendingEnabled": account.sending_enabled,
        "SendQuota": {
            "Max24HourSend": float(desk.quota.limit),
            "MaxSendRate": float(desk.rate.limit),
            "SentLast24Hours": float(desk.quota.sent(desk.now_ms())),
        },
        "SuppressionAttributes": {"SuppressedReasons": list(account.suppressed_reasons)},
    }


def put_account_sending(desk: Desk, call: Call) -> JsonObject:
    """PutAccountSendingAttributes."""
    desk.resources.change_account(sending_enabled=bool(call.body.get("SendingEnabled", False)))
    return {}


def put_account_suppression(desk: Desk, call: Call) -> JsonObject:
    """PutAccountSuppressionAttributes."""
    reasons = tuple(call.body.get("SuppressedReasons", ()))
    desk.resources.change_account(suppressed_reasons=tuple(map(_reason, reasons)))
    return {}


def put_suppressed(desk: Desk, call: Call) -> JsonObject:
    """PutSuppressedDestination."""
    address = _address(required(call.body, "EmailAddress"))
    desk.resources.suppress(address, _reason(required(call.body, "Reason")), desk.now_ms())
    return {}


def get_suppressed(desk: Desk, call: Call) -> JsonObject:
    """GetSuppressedDestination."""
    return {"SuppressedDestination": desk.resources.get(SUPPRESSED, call.path["name"].lower())}


def list_suppressed(desk: Desk, call: Call) -> JsonObject:
    """ListSuppressedDestinations."""
    names, token = page(desk.resources.names(SUPPRESSED), call.query)
    listed = [desk.resources.get(SUPPRESSED, name) for name in names]
    reason = call.query.get("Reason")
    matching = [item for item in listed if reason in (None, item["Reason"])]
    return {"SuppressedDestinationSummaries": matching, **token}


def delete_suppressed(desk: Desk, call: Call) -> JsonObject:
    """DeleteSuppressedDestination."""
    desk.resources.remove(SUPPRESSED, call.path["name"].lower())
    return {}


def create_identity(desk: Desk, call: Call) -> JsonObject:
    """CreateEmailIdentity. Every identity is verified at once unless the account says otherwise."""
    name = required(call.body, "EmailIdentity")
    desk.resources.add(IDENTITY, name.lower(), dict(call.body))
    shown = _identity(desk, name.lower())
    return {
        key: shown[key] for key in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")
    }


def get_identity(desk: Desk, call: Call) -> JsonObject:
    """GetEmailIdentity."""
    return _identity(desk, call.path["name"].lower())


def list_identities(desk: Desk, call: Call) -> JsonObject:
    """ListEmailIdentities."""
    names, token = page(desk.resources.names(IDENTITY), call.body)
    listed = [
        {
            "IdentityType": shown["IdentityType"],
            "IdentityName": name,
            "SendingEnabled": shown["VerifiedForSendingStatus"],
            "VerificationStatus": shown["VerificationStatus"],
        }
        for name in names
        for shown in [_identity(desk, name)]
    ]
    return {"EmailIdentities": listed, **token}


def delete_identity(desk: Desk, call: Call) -> JsonObject:
    """DeleteEmailIdentity."""
    desk.resources.remove(IDENTITY, call.path["name"].lower())
    return {}


def _identity(desk: Desk, name: str) -> JsonObject:
    found = desk.resources.get(IDENTITY, name)
    verified = name not in desk.resources.account.unverified
    shown: JsonObject = {
        "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": verified,
        "VerificationStatus": "SUCCESS" if verified else "PENDING",
        "DkimAttributes": {
            "SigningEnabled": verified,
            "Status": "SUCCESS" if verified else "PENDING",
            "Tokens": [],
        },
        "Policies": {},
        "Tags": found.get("Tags", []),
    }
    if found.get("ConfigurationSetName"):
        shown["ConfigurationSetName"] = found["ConfigurationSetName"]
    return shown


def _address(text: str) -> str:
    address = bare_address(text)
    if address is None:
        raise bad_request(f"Invalid EmailAddress: {text}")
    return address.lower()


def _reason(text: str) -> str:
    if text not in ("BOUNCE", "COMPLAINT"):
        raise bad_request(f"Invalid reason {text!r}: choose from BOUNCE, COMPLAINT.")
    return text
