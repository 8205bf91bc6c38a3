"""Korean particles, chosen by the final sound of what stands before them."""

from __future__ import annotations

import re
import unicodedata

_LETTERS_WITH_FINAL = {"l": "ㄹ", "r": "ㄹ", "m": "ㅁ", "n": "ㄴ"}  # 엘, 알, 엠, 엔; the other letters end in a vowel
_DIGITS_WITH_FINAL = {"0": "ㅇ", "1": "ㄹ", "3": "ㅁ", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ"}  # 영, 일, 삼, 육, 칠, 팔
_GREEK_WITH_FINAL = {"ε": "ㄴ", "υ": "ㄴ", "ο": "ㄴ"}  # 엡실론, 입실론, 오미크론
_MARKS_WITH_FINAL = {"\u0302": "ㅅ", "\u0307": "ㅅ"}  # 햇, 닷
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"  # 제곱, 세제곱, … all end in 곱
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙᵣ", "0123456789ijklmnr")
_SYLLABLE_FINALS = 28
_RIEUL = 8
_FRACTION = re.compile(r"(\d+)/\d+$")


def final_sound(text: str) -> str:
    """The final consonant of the last syllable of ``text`` read aloud, empty where it ends in a vowel.

    Letters are read by their Korean names, digits as Sino-Korean numbers, a fraction a/b as "b분의 a".

    >>> final_sound("b"), final_sound("n"), final_sound("ŷ"), final_sound("10"), final_sound("3/4")
    ('', 'ㄴ', 'ㅅ', 'ㅇ', 'ㅁ')
    """
    spoken = text.rstrip(" )]}|.,…'\"")
    fraction = _FRACTION.search(spoken)
    if fraction:
        spoken = fraction[1]
    if not spoken:
        return ""
    last = unicodedata.normalize("NFD", spoken.translate(_SUBSCRIPTS)[-1])
    if "\uac00" <= spoken[-1] <= "\ud7a3":
        place = (ord(spoken[-1]) - 0xAC00) % _SYLLABLE_FINALS
        return "" if place == 0 else "ㄹ" if place == _RIEUL else "ㄱ"
    if last[-1] in _MARKS_WITH_FINAL:
        return _MARKS_WITH_FINAL[last[-1]]
    if last in _SUPERSCRIPTS:
        return "ㅂ"
    letter = last[0].lower()
    return _LETTERS_WITH_FINAL.get(letter) or _DIGITS_WITH_FINAL.get(letter) or _GREEK_WITH_FINAL.get(letter, "")


def choose(text: str, after_consonant: str, after_vowel: str) -> str:
    """The particle that fits after ``text``; 으로 becomes 로 after ㄹ too.

    >>> choose("b", "은", "는"), choose("x", "이", "가"), choose("l", "으로", "로"), choose("6", "으로", "로")
    ('는', '가', '로', '으로')
    """
    sound = final_sound(text)
    if after_vowel.startswith("로") and sound == "ㄹ":
        return after_vowel
    return after_consonant if sound else after_vowel
