"""Korean particles that go by the last sound before them: 초로 and 분으로, 밸브가 and 탱크 1이."""

import re

#: Each as the catalogue has it, behind a hole: by its form after a consonant and after a vowel.
FORMS = {
    "이(가)": ("이", "가"),
    "은(는)": ("은", "는"),
    "을(를)": ("을", "를"),
    "와(과)": ("과", "와"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
#: The final consonants of digits as they are read, by their numbers in Unicode: 영, 일, 이, 삼, 사,
#: 오, 육, 칠, 팔, 구; 0 where there is none.
DIGITS = dict(zip("0123456789", (21, 8, 0, 16, 0, 0, 1, 8, 8, 0), strict=True))
RIEUL = 8
_OPEN = re.compile(rf"([가-힣0-9])(['\"”’]?)({'|'.join(map(re.escape, FORMS))})")


def fitted(text: str) -> str:
    """Return a sentence with the particles that fit the words before them.

    Behind a letter that is read differently in each name, as in PT-1A, both forms stay.
    """
    return _OPEN.sub(_fitting, text) if ")" in text else text


def _fitting(match: re.Match[str]) -> str:
    last, quote, both = match.groups()
    final = DIGITS[last] if last in DIGITS else (ord(last) - ord("가")) % 28
    after_consonant, after_vowel = FORMS[both]
    is_open = not final or (final == RIEUL and both == "(으)로")
    return f"{last}{quote}{after_vowel if is_open else after_consonant}"
