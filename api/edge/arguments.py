"""What the address of a request gives, where it is no file and no question to the API."""

from collections.abc import Collection

import flask

from data.errors import BadInput


def arguments(*lists: str, allowed: Collection[str] = ()) -> dict[str, list[str]]:
    """Return the parameters of this request, each with its texts.

    Parameters
    ----------
    lists : those that may be given more than once
    allowed : all that there are, in the order in which a refusal names them; none: any

    Raises
    ------
    BadInput
        If there is another one, or one is given twice that is no list: which of both counts would
        be a guess.
    """
    given = flask.request.args.to_dict(flat=False)
    for name, texts in given.items():
        if allowed and name not in allowed:
            raise BadInput("parameter_unknown", name=name, choices=", ".join(allowed))
        if len(texts) > 1 and name not in lists:
            raise BadInput("parameter_repeated", name=name, count=len(texts))
    return given
