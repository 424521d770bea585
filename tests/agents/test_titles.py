"""A thread's title: short, from the model if it can, from the user's words if it cannot."""

import pytest

from chatdock.agents import titles
from chatdock.errors import ModelError
from chatdock.models.base import Finished, Text, UserTurn
from stage import Script

DONE = Finished("stop")


async def test_the_model_gives_the_title() -> None:
    model = Script([[Text('"Walnut lamp ')], [Text('delivery".'), DONE]])
    assert await titles.make_title(model, "m", "Where is the lamp I ordered?") == "Walnut lamp delivery"
    (request,) = model.requests
    assert isinstance(request.turns[0], UserTurn) and request.tools == ()


async def test_a_model_that_talks_is_cut_to_a_few_words() -> None:
    model = Script([[Text("Sure! Here is a title for your conversation about lamps")], [DONE]])
    title = await titles.make_title(model, "m", "Where is the lamp?")
    assert title == "Sure! Here is a title for"
    assert len(title.split()) <= titles.MAX_WORDS


async def test_a_model_that_never_stops_is_not_listened_to_for_ever() -> None:
    endless = Script([[Text("word " * 100)] for _ in range(10_000)])
    assert await titles.make_title(endless, "m", "Hi") == "word word word word word word"
    assert endless.closed_streams == 1


@pytest.mark.parametrize("failure", [ModelError("down", code="model_unavailable", allow_retry=True), None])
async def test_without_a_word_from_the_model_the_users_first_words_are_the_title(failure: ModelError | None) -> None:
    model = Script([failure] if failure else [[DONE]])
    title = await titles.make_title(model, "m", "Please *tell* me where my parcel is, it is late.")
    assert title == "Please tell me where my parcel"


async def test_a_text_without_words_has_no_title_and_asks_no_model() -> None:
    model = Script()
    assert await titles.make_title(model, "m", " \n ** ") is None
    assert model.requests == []


def test_a_long_word_is_cut_to_the_width_of_a_list() -> None:
    title = titles.first_words("a" * 500)
    assert title is not None and len(title) == titles.MAX_CHARS


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Why does order_status fail in C#?", "Why does order_status fail in C#?"),
        ("## Where is *my* __parcel__", "Where is my parcel"),
        ("> quoted\nand said", "quoted and said"),
        ("Is 2*3 > 5", "Is 2*3 > 5"),
        ('`"**bold**"`', "bold"),
    ],
)
def test_marks_go_and_what_only_looks_like_them_stays(text: str, title: str) -> None:
    assert titles.first_words(text) == title
