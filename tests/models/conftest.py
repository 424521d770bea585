"""Both APIs, each with an upstream that answers and a model that asks it."""

from collections.abc import AsyncIterator

import pytest

from chatdock.models.base import Model
from fakes.upstream import Answer, FakeUpstream
from models.apis import CHAT, RESPONSES, WORDS, Api
from models.asking import QUICK


@pytest.fixture(params=[RESPONSES, CHAT], ids=["responses", "chat"])
def api(request: pytest.FixtureRequest) -> Api:
    return request.param  # type: ignore[no-any-return]  # pytest cannot know


@pytest.fixture
async def upstream(api: Api) -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(Answer(api.text(*WORDS))) as upstream:
        yield upstream


@pytest.fixture
async def model(api: Api, upstream: FakeUpstream) -> AsyncIterator[Model]:
    model = api.make(upstream.url, QUICK)
    yield model
    await model.close()
