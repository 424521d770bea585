"""A form: a demo request, with every kind of input there is."""

from typing import Any

from chatdock.workflows.builtin.gallery.nodes import ECHO, TOUCH, Node, action


def _field(label: str, control: Node) -> Node:
    name = {"type": "Label", "value": label, "fieldName": control["name"], "size": "sm", "weight": "medium"}
    return {"type": "Col", "gap": 1, "flex": 1, "children": [name, control]}


def _input(name: str, kind: str, placeholder: str, **rest: Any) -> Node:
    return {"type": "Input", "name": name, "inputType": kind, "placeholder": placeholder, **rest}


def _pair(left: Node, right: Node) -> Node:
    return {"type": "Row", "gap": 3, "align": "start", "children": [left, right]}


def form() -> Node:
    """A demo request with every kind of input; its names with dots nest in the payload."""
    topics = [
        {"value": "sales", "label": "Sales", "description": "Prices and offers"},
        {"value": "support", "label": "Support", "description": "Something does not work"},
        {"value": "press", "label": "Press"},
        {"value": "jobs", "label": "Jobs", "disabled": True},
    ]
    fields = [
        {"type": "Title", "value": "Book a demo", "size": "md"},
        {"type": "Text", "value": "We answer within one working day.", "size": "sm", "color": "secondary"},
        _pair(
            _field("Name", _input("contact.name", "text", "Ada Lovelace", required=True, autoFocus=True)),
            _field("Email", _input("contact.email", "email", "ada@example.com", required=True)),
        ),
        _pair(
            _field("Phone", _input("contact.phone", "tel", "+44 20 7946 0000")),
            _field("Website", _input("company.website", "url", "https://example.com")),
        ),
        _pair(
            _field("Team size", _input("company.size", "number", "25", defaultValue="10")),
            _field("Access code", _input("code", "password", "From your invitation")),
        ),
        _field(
            "Topic", {"type": "Select", "name": "topic", "options": topics, "placeholder": "Choose one", "block": True}
        ),
        _field(
            "Preferred day",
            {
                "type": "DatePicker",
                "name": "day",
                "placeholder": "Any day",
                "min": "2026-01-01T00:00:00Z",
                "max": "2035-12-31T00:00:00Z",
                "clearable": True,
            },
        ),
        _field(
            "How shall we meet?",
            {
                "type": "RadioGroup",
                "name": "channel",
                "ariaLabel": "How shall we meet?",
                "direction": "row",
                "defaultValue": "video",
                "options": [
                    {"value": "video", "label": "Video"},
                    {"value": "phone", "label": "Phone"},
                    {"value": "office", "label": "At our office"},
                ],
            },
        ),
        _field(
            "What would you like to see?",
            {
                "type": "Textarea",
                "name": "message",
                "placeholder": "A few words help us to prepare",
                "rows": 3,
                "autoResize": True,
            },
        ),
        {"type": "Checkbox", "name": "terms", "label": "I have read the privacy notice", "required": True},
        {"type": "Checkbox", "name": "news", "label": "Send me news, about once a month", "defaultChecked": False},
        {
            "type": "Row",
            "gap": 2,
            "justify": "end",
            "children": [
                {
                    "type": "Button",
                    "label": "Save draft",
                    "variant": "outline",
                    "onClickAction": action(TOUCH, {"form": "demo"}, streaming=False),
                },
                {"type": "Button", "label": "Request demo", "submit": True, "style": "primary", "iconEnd": "mail"},
            ],
        },
    ]
    submit = action(ECHO, {"form": "demo"})
    return {
        "type": "Card",
        "id": "contact",
        "size": "lg",
        "children": [{"type": "Form", "direction": "col", "gap": 4, "onSubmitAction": submit, "children": fields}],
    }
