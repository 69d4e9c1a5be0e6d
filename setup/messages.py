"""Bring the catalogue up to date with what Python and scripts say, and compile it: `make messages`.

pybabel's own commands write the time of each run into both files, and compile nothing without it.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
KOREAN = ROOT / "locale" / "ko" / "LC_MESSAGES" / "messages.po"
#: What calls are looked for: gettext's in Python, `t` in the scripts.
KEYWORDS = {**DEFAULT_KEYWORDS, "t": None}
HEADER = r"""msgid ""
msgstr ""
"Language: ko\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""


def said() -> Catalog:
    """Return all that is said, in English, without translations."""
    with (ROOT / "babel.cfg").open(encoding="utf8") as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog()
    every = extract_from_dir(ROOT, methods, options, KEYWORDS)
    # By place, or the order would be that of the file system, another on each machine.
    for _file, _line, text, *_ in sorted(every, key=lambda each: each[:2]):
        catalog.add(text)
    return catalog


def updated(path: Path) -> Catalog:
    """Return the catalogue of a file with what is said today: the old gone, the new untold."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale="ko")
    catalogue.update(said(), no_fuzzy_matching=True)
    return catalogue


def main() -> None:
    """Write both files; say which texts still want words."""
    catalogue = updated(KOREAN)
    text = BytesIO()
    write_po(text, catalogue, width=0, no_location=True, omit_header=True, ignore_obsolete=True)
    KOREAN.write_bytes(HEADER.encode() + text.getvalue().strip() + b"\n")
    if words(catalogue) != compiled():
        with KOREAN.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
    for entry in catalogue:
        if entry.id and not entry.string:
            print("no Korean yet:", entry.id)


def words(catalogue: Catalog) -> dict[object, object]:
    """Return English -> Korean of all that has words."""
    return {entry.id: entry.string for entry in catalogue if entry.id and entry.string}


def compiled() -> dict[object, object]:
    """Return what the compiled catalogue holds."""
    with KOREAN.with_suffix(".mo").open("rb") as file:
        return words(read_mo(file))


if __name__ == "__main__":
    main()
