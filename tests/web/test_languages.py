"""The language of the pages this server draws: the one the widget would choose for the same tags."""

from pathlib import Path

import pytest

from chatdock.web.assets import WIDGET
from chatdock.web.languages import NAME, nearest, wanted, words_for

CODES = {
    *[
        "ar",
        "bg",
        "de",
        "es",
        "es-419",
        "fil",
        "fr",
        "fr-CA",
        "he",
        "id",
        "kk",
        "nb",
        "pa",
        "pt-BR",
        "pt-PT",
        "sr",
        "sr-Latn",
        "zh-CN",
        "zh-HK",
        "zh-TW",
        "bs",
    ],
}


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("de-AT", "de"), ("en-GB", "en"), ("es-MX", "es-419"), ("es-US", "es-419"), ("es-GQ", "es"), ("es", "es"),
        ("fr-BE", "fr"), ("fr-CA", "fr-CA"), ("pt", "pt-BR"), ("pt-AO", "pt-PT"), ("zh", "zh-CN"), ("zh-SG", "zh-CN"),
        ("zh-Hant", "zh-TW"), ("zh-Hant-HK", "zh-HK"), ("zh-MO", "zh-HK"), ("yue-HK", "zh-HK"), ("sr-Latn", "sr-Latn"),
        ("sr-ME", "sr-Latn"), ("sr-Cyrl-ME", "sr"), ("no", "nb"), ("nn-NO", "nb"), ("iw", "he"), ("in", "id"), ("tl", "fil"),
        ("fil-PH", "fil"), ("ar-EG-u-nu-latn", "ar"), ("pt_BR", "pt-BR"), ("DE", "de"),
        ("", None), ("x", None), ("not a tag", None), ("cy-GB", None), ("pa-PK", None), ("kk-Arab", None),
        ("bs-Cyrl", None),
    ],
)  # fmt: skip
def test_a_tag_finds_its_language_by_script_and_region(tag: str, code: str | None) -> None:
    assert nearest(tag, CODES) == code


def test_what_is_wanted_most_comes_first_and_what_is_refused_not_at_all() -> None:
    assert wanted("fr;q=0.4, de-CH, en;q=0.9, it;q=0, *;q=nonsense") == ["de-CH", "en", "fr"]
    assert wanted("") == []
    assert len(wanted(",".join(["de"] * 5_000))) == 20


def test_the_words_come_from_the_build_and_are_english_without_one(tmp_path: Path) -> None:
    assert words_for("de", tmp_path).lost == "Nothing is shared here"
    assert (WIDGET / NAME).is_file(), "the widget is not built: make widget"
    german, arabic = words_for("cy, de;q=0.8"), words_for("ar-EG")
    assert (german.code, german.dir, german.lost) == ("de", "ltr", "Hier ist nichts geteilt")
    assert (arabic.code, arabic.dir) == ("ar", "rtl")
    assert words_for("cy").code == words_for(None).code == words_for("en-NZ").code == "en"
