"""What a user is told when a question cannot be answered as asked."""

# key -> English sentence; `components/messages.py` words them in the viewer's language.
# Every sentence names the thing, the value and the way out. Sorted by key.
SENTENCES = {
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
