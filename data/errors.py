"""What a user is told when a question cannot be answered as asked."""

# key -> English sentence; `components/messages.py` words them in the viewer's language.
# Every sentence names the thing, the value and the way out. Sorted by key.
SENTENCES = {
    "rule_cells": "it has more or fewer cells than the header; quote cells that hold a delimiter",
    "rule_deadband": "deadband_pct is {value}; it must be at least 0 and below 100",
    "rule_deadband_clipped": "A deadband of {asked:.6g} would bridge two limits; {used:.6g} is used",
    "rule_flag": "{column} is {value!r}; write true or false",
    "rule_nesting": "{low} ({low_value:.15g}) lies above {high} ({high_value:.15g}); swap or mend them",
    "rule_not_positive": "{column} is {value:.15g}; it must be above 0, or empty for no test",
    "rule_number": "{column} is {value!r}, not a finite number; leave it empty for no test",
    "rule_strict_nesting": "{low} ({low_value:.15g}) must lie below {high} ({high_value:.15g}); mend one",
    "rule_twice": "there is already a rule for {tag!r} in line {line}; keep one",
    "rule_without_tag": "it has no tag_name",
    "rules_column": "{file}: unknown column {column!r}; the columns are {columns}",
    "rules_encoding": "{file} is not UTF-8 text; save it as CSV UTF-8",
    "rules_header": "{file} has no column tag_name; the columns are {columns}",
    "rules_row": "{file}, line {line}, tag {tag!r}: {reason}",
    "unknown_tag": "There is no tag {tag!r}; search the overview for its name.",
}


class BadInput(ValueError):
    """A parameter, file or rule that cannot be used as given.

    Parameters
    ----------
    key : a key of `SENTENCES`
    values : what fills the holes of the sentence
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(SENTENCES[key].format(**values))
