"""What Babel cannot find by itself: the sentences of errors, which stand in a table."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any


def sentences(
    source: IO[bytes],
    _keywords: Sequence[str],
    _comment_tags: Sequence[str],
    options: Mapping[str, Any],
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield line, function, text and comments of each value of `SENTENCES`, as Babel wants them."""
    for node in ast.walk(ast.parse(source.read())):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "SENTENCES":
            assert isinstance(node, ast.Assign)
            texts = ast.literal_eval(node.value)
            yield from ((node.lineno, "_", text, []) for text in texts.values())
