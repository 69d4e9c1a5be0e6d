"""What Ksys says: errors as sentences, words for the scripts, in the viewer's language."""

import json

from dash import html
from flask_babel import gettext

from data.errors import SENTENCES, KsysError

# Words of the scripts, `ksys.t(key)`: key -> English, as it stands in the catalogue. Sorted by key.
BROWSER: dict[str, str] = {
    "act_clear": "Show all tags",
    "act_dismiss": "Dismiss",
    "act_own_keep": "Keep this group",
    "act_reload": "Reload",
    "ago": "%(age)s ago",
    "all": "All",
    "and_more": "and %(n)s more",
    "bad_link": "The link asks for %(name)s=%(value)s, which cannot be used; choose one of %(choices)s.",  # noqa: E501 - one key, one line
    "close": "Close",
    "column_age": "Age",
    "column_alarm": "Alarm",
    "column_quality": "Quality",
    "column_reasons": "Reasons",
    "column_tag": "Tag",
    "column_time": "Time",
    "column_unit": "Unit",
    "column_value": "Value",
    "copied": "Copied",
    "copy_by_hand": "Copy this link:",
    "copy_link": "Copy link",
    "details_of": "Details of %(tag)s",
    "every": "every %(span)s",
    "filling": "still filling",
    "filter_by_state": "Filter by state",
    "find_a_tag": "Find a tag",
    "gap_allowed": "Allowed gap",
    "group_by": "Group by",
    "group_group": "Group: plant area",
    "group_name": "Name of the group",
    "group_name_missing": "Give the group a name first.",
    "group_none": "No groups",
    "group_own": "Group: my own",
    "group_prefix": "Group: prefix",
    "group_type": "Group: type",
    "key_details": "Details of the card",
    "key_move": "Move among the cards",
    "key_pause": "Pause and resume",
    "key_pin": "Pin the card",
    "key_search": "Find a tag",
    "key_trend": "Open the trend",
    "keys": "Keys",
    "last_good": "The values shown are of %(time)s.",
    "last_readings": "Last readings",
    "left_out": "%(n)s left out",
    "link_copied": "Copied",
    "link_not_copied": "Not copied",
    "loading": "Loading …",
    "more": "Groups, wall screen, keys",
    "names_of_groups": "the names of groups",
    "names_of_tags": "the names of tags",
    "names_with_tags": "the names of groups, with their tags",
    "newer_version": "A newer version of Ksys is running.",
    "no_answer": "No answer for %(span)s. The values shown are old; the page keeps asking.",
    "no_answer_since": "No answer since %(time)s. The values shown are old; the page keeps asking.",
    "no_details": "The details cannot be read now; close and try again.",
    "no_first_answer": "The server does not answer as it should; the page keeps asking.",
    "no_group": "Without a group",
    "no_own_groups": "this browser keeps no groups of its own",
    "no_tags": "The historian knows no tag yet. Load readings with manage.py load.",
    "nothing_found": "No tag matches the search and the states chosen.",
    "of_span": "%(share)s of span",
    "open_kiosk": "Open this view as a wall screen",
    "open_trend": "Trend",
    "own_groups": "My groups",
    "pause": "Pause",
    "pause_key": "Pause (space)",
    "paused": "Paused",
    "paused_at": "Paused at %(time)s. The values shown are old: press Space or ▶ to go on.",
    "pin_tag": "Pin %(tag)s",
    "quality_bad": "BAD",
    "quality_good": "good",
    "quality_suspect": "SUSPECT",
    "quality_unknown": "not judged",
    "range_of_hour": "Range of the last hour: the tag has no span",
    "reason_contains_bad": "contains BAD readings",
    "reason_missing": "no number",
    "reason_negative": "negative",
    "reason_rate": "changes too fast",
    "reason_source": "flagged by the source",
    "reason_span": "out of span",
    "reason_spike": "spike",
    "reason_step": "step",
    "reason_stuck": "stuck",
    "refresh_interval": "Refresh interval",
    "remove": "Remove",
    "resume_key": "Resume (space)",
    "resumed": "Refreshing",
    "rule": "Rule",
    "save_group": "Keep what is found (%(n)s) as a group",
    "screen_of": "Screen %(n)s of %(count)s",
    "share_bad": "Bad",
    "share_critical": "Critical",
    "share_no_data": "No data",
    "share_normal": "Normal",
    "share_unjudged": "Not judged",
    "share_warning": "Warning",
    "shared_group": "Group %(name)s of a link; tags: %(n)s.",
    "span_days": "%(n)s d",
    "span_hours": "%(n)s h",
    "span_minutes": "%(n)s min",
    "span_seconds": "%(n)s s",
    "state": "State",
    "state_bad": "BAD",
    "state_clock": "CLOCK",
    "state_critical": "CRITICAL",
    "state_disabled": "DISABLED",
    "state_good": "GOOD",
    "state_late": "LATE",
    "state_no_data": "NO DATA",
    "state_no_rule": "NO RULE",
    "state_normal": "NORMAL",
    "state_rule_error": "RULE ERROR",
    "state_stale": "STALE",
    "state_suspect": "SUSPECT",
    "state_unjudged": "UNJUDGED",
    "state_unknown": "UNKNOWN",
    "state_warning": "WARNING",
    "strip": "Counts and controls",
    "table": "Table",
    "tag_count": "1 tag",
    "tags": "Tags",
    "tags_count": "%(n)s tags",
    "time_in_state": "Time in state",
    "unknown_tag_in_link": "There is no tag %(tag)s; the link may be old. Search for its name.",
    "view_is_old": "No answer for %(seconds)s s; what is shown is that old. It is tried again by itself.",  # noqa: E501 - one key, one line
    "wall_screen": "Wall screen",
    "worst_first": "Worst first",
}


def sentence(error: KsysError) -> str:
    """Return the sentence that tells a viewer what is wrong and the way out."""
    return gettext(SENTENCES[error.key]).format(**error.values)


def notice(text: str, level: str = "fault", title: str | None = None) -> html.Div:
    """Return a message block; `level` is `fault`, `warning` or `note`."""
    heading = [html.H2(title, className="notice__title")] if title else []
    role = "alert" if level == "fault" else "status"
    return html.Div([*heading, html.P(text)], className=f"notice notice--{level}", role=role)


def browser_messages() -> str:
    """Return key -> word of all that the scripts say, as JSON that is safe in a script element."""
    words = {key: gettext(english) for key, english in BROWSER.items()}
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
