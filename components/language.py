"""The catalogues as Flask-Babel reads them; particles fit what fills a sentence."""

from typing import Any

from babel.support import NullTranslations
from flask_babel import Babel, Domain, get_locale

from data.analysis import particles


class Words(Domain):
    """The words of a catalogue, found by language: a page asks for some hundred."""

    def __init__(self, domain: str) -> None:
        super().__init__(domain=domain)
        self._of: dict[str, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the viewer's language."""
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        if locale.language not in self._of:
            self._of[locale.language] = super().get_translations()
        return self._of[locale.language]

    def gettext(self, string: str, **variables: Any) -> str:
        """Return a text in the viewer's language, its holes filled."""
        return particles.fitted(super().gettext(string, **variables))


class Language(Babel):
    """Flask-Babel over these words."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.domain_instance = Words("messages")
        super().__init__(*args, **options)
