"""The tags of the historian, their rules, and how it fares."""

import math
from collections.abc import Sequence
from typing import Any

from api.v1.parameters import N_, SELECTION, ZONE, Query, one
from api.v1.routes import Answer, Route
from components.messages import sentence
from components.question import site
from components.status import as_json, status_now
from data.analysis import rules
from data.views import tags_of_now
from data.windows import site_zone

OF_TAGS = {
    "tag_name": "text",
    "description": "text",
    "unit": "text",
    "tag_type": "text",
    "group": "text",
    "kind": "text",
    "decimals": "whole",
    "period_seconds": "number",
    "states": "words",
    "rule": "text",
}
#: Columns of a rule that are no number.
OF_RULE_TEXTS = {"tag_name": "text", "meta": "text", "allow_negative": "truth", "enabled": "truth"}
OF_RULES = {name: OF_RULE_TEXTS.get(name, "number") for name in rules.COLUMNS}
OF_RULES |= {"state": "text", "faults": "texts"}
OF_LINES = ("level", "subject", "found", "means", "deed")


def tags(query: Query) -> Answer:
    """Return what describes the tags of an address."""
    tag_list = tags_of_now(query)
    columns: dict[str, Sequence[Any]] = {
        "tag_name": [tag.name for tag in tag_list],
        "description": [tag.description for tag in tag_list],
        "unit": [tag.unit for tag in tag_list],
        "tag_type": [tag.tag_type for tag in tag_list],
        "group": [tag.group for tag in tag_list],
        "kind": [tag.kind for tag in tag_list],
        "decimals": [tag.decimals for tag in tag_list],
        "period_seconds": [tag.period for tag in tag_list],
        "states": [tag.states and _texts(tag.states) for tag in tag_list],
        "rule": [tag.checks.state for tag in tag_list],
    }
    return Answer(columns)


def _texts(states: Any) -> dict[str, str]:
    return {str(value): str(word) for value, word in states.items()}


def qc_rules(query: Query) -> Answer:
    """Return the rules of the tags of an address, as they stand, and whether each is in force."""
    ruled = [(tag, tag.rule) for tag in tags_of_now(query) if tag.rule is not None]
    rows = [
        rules.as_row(rule)
        | {"state": tag.checks.state, "faults": [sentence(each) for each in tag.checks.faults]}
        for tag, rule in ruled
    ]
    return Answer(
        {name: [_read(row[name], kind) for row in rows] for name, kind in OF_RULES.items()}
    )


def _read(value: Any, kind: str) -> Any:
    """Return what a rule holds; nothing for what could not be read, which `faults` names."""
    is_flag = kind == "truth" and not isinstance(value, bool)
    is_no_number = isinstance(value, float) and not math.isfinite(value)
    return None if is_flag or is_no_number else value


def status(query: Query) -> Answer:
    """Return what is so with the historian, as the status page says it."""
    zone = site_zone(one(query, "tz", str(site()["zone"])))
    body = as_json(status_now(), zone)
    lines = body["lines"]
    columns = {name: [line[name] for line in lines] for name in OF_LINES}
    return Answer(columns, body=body)


STATUS_SCHEMA = {
    "type": "object",
    "required": ["level", "at", "lines", "relations"],
    "properties": {
        "level": {"type": "string"},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "lines": {"type": "array", "items": {"type": "object"}},
        "relations": {"type": "object"},
    },
}
ROUTES = (
    Route(
        "tags",
        N_("Tags with description, unit, group and kind."),
        SELECTION,
        OF_TAGS,
        tags,
        example="group=Flow",
    ),
    Route(
        "qc-rules",
        N_("Rules of tags as they stand, and whether each is in force."),
        SELECTION,
        OF_RULES,
        qc_rules,
        example="tag=D101",
    ),
    Route(
        "status",
        N_("How the historian and Ksys fare, line by line; level is the worst of them."),
        (ZONE,),
        dict.fromkeys(OF_LINES, "text"),
        status,
        schema=STATUS_SCHEMA,
    ),
)
