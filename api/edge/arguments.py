"""What the address of a request gives, where it is no file and no question to the API."""

import flask

from data.errors import BadInput


def arguments(*lists: str) -> dict[str, list[str]]:
    """Return the parameters of this request, each with its texts.

    Parameters
    ----------
    lists : those that may be given more than once

    Raises
    ------
    BadInput
        If another one is given twice: which of both counts would be a guess.
    """
    given = flask.request.args.to_dict(flat=False)
    for name, texts in given.items():
        if len(texts) > 1 and name not in lists:
            raise BadInput("parameter_repeated", name=name, count=len(texts))
    return given
