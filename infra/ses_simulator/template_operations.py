"""SESv2 operations on e-mail templates."""

from __future__ import annotations

from ses_simulator.desk import Call, Desk, page
from ses_simulator.errors import bad_request
from ses_simulator.rendering import InvalidTemplate, RenderingFailed, compiled
from ses_simulator.resources import TEMPLATE
from ses_simulator.wire import JsonObject, required, template_data


def create_template(desk: Desk, call: Call) -> JsonObject:
    """CreateEmailTemplate."""
    name = required(call.body, "TemplateName")
    body = {"TemplateContent": _template_content(call.body, name), "Created": _now(desk)}
    desk.resources.add(TEMPLATE, name, body)
    return {}


def get_template(desk: Desk, call: Call) -> JsonObject:
    """GetEmailTemplate."""
    name = call.path["name"]
    return {
        "TemplateName": name,
        "TemplateContent": desk.resources.get(TEMPLATE, name)["TemplateContent"],
        "Tags": [],
    }


def update_template(desk: Desk, call: Call) -> JsonObject:
    """UpdateEmailTemplate."""
    name = call.path["name"]
    old = desk.resources.get(TEMPLATE, name)
    body = {**old, "TemplateContent": _template_content(call.body, name)}
    desk.resources.put(TEMPLATE, name, body)
    return {}


def delete_template(desk: Desk, call: Call) -> JsonObject:
    """DeleteEmailTemplate."""
    desk.resources.remove(TEMPLATE, call.path["name"])
    return {}


def list_templates(desk: Desk, call: Call) -> JsonObject:
    """ListEmailTemplates."""
    names, token = page(desk.resources.names(TEMPLATE), call.query)
    listed = [
        {"TemplateName": n, "CreatedTimestamp": desk.resources.get(TEMPLATE, n)["Created"]}
        for n in names
    ]
    return {"TemplatesMetadata": listed, **token}


def render_template(desk: Desk, call: Call) -> JsonObject:
    """TestRenderEmailTemplate."""
    name = call.path["name"]
    content = desk.resources.get(TEMPLATE, name)["TemplateContent"]
    template = compiled(name, content["Subject"], content.get("Html"), content.get("Text"))
    data = template_data(required(call.body, "TemplateData"), "TemplateData")
    bodies = [part for part in (template.text, template.html) if part]
    try:
        rendered = [template.subject.render(data), *(part.render(data) for part in bodies)]
    except RenderingFailed as error:
        raise bad_request(str(error)) from error
    return {"RenderedTemplate": f"Subject: {rendered[0]}\r\n\r\n" + "\r\n\r\n".join(rendered[1:])}


def _now(desk: Desk) -> float:
    return desk.now_ms() / 1_000


def _template_content(body: JsonObject, name: str) -> JsonObject:
    content: JsonObject = required(body, "TemplateContent")
    subject = required(content, "Subject")
    if not (content.get("Html") or content.get("Text")):
        raise bad_request("TemplateContent needs Html or Text.")
    try:
        compiled(name, subject, content.get("Html"), content.get("Text"))
    except InvalidTemplate as error:
        raise bad_request(str(error)) from error
    return content
