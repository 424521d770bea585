"""What a link shows: what one reads, and nothing that acts or belongs to its user alone."""

import json
from typing import Any

from chatdock import clock
from chatdock.types.attachment import FileAttachment, ImageAttachment
from chatdock.types.content import (
    Annotation,
    EntitySource,
    InferenceOptions,
    InputTag,
    InputText,
    OutputText,
    UrlSource,
)
from chatdock.types.item import (
    AssistantMessage,
    ClientToolCall,
    GeneratedImage,
    HiddenContext,
    Image,
    Item,
    SdkHiddenContext,
    StructuredInput,
    UserMessage,
    WidgetItem,
)
from chatdock.types.share import PICTURE, digest_of, new_token, picture_of, snapshot, with_pictures
from chatdock.types.thread import Active, Thread

BASE: dict[str, Any] = {"id": "cti_secret", "thread_id": "cthr_secret", "created_at": clock.now()}
THREAD = Thread(
    id="cthr_secret",
    created_at=clock.now(),
    user="ada@example.com",
    workflow_id="wf_secret",
    status=Active(),
    metadata={"crm": "secret"},
    title="Tea",
)


def shown(*items: Item) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = json.loads(snapshot("shr_1", THREAD, items))["items"]["data"]
    return data


def test_a_message_keeps_its_words_and_the_names_of_its_files() -> None:
    message = UserMessage(
        **BASE,
        content=[InputText(text="Hello "), InputTag(id="u-secret", text="Ada", data={"secret": 1}, interactive=True)],
        attachments=[
            FileAttachment(id="catt_secret", name="a.pdf", mime_type="application/pdf", thread_id="cthr_secret"),
            ImageAttachment(id="catt_secret", name="b.png", mime_type="image/png", preview_url="/secret"),
        ],
        inference_options=InferenceOptions(model="secret"),
        quoted_text="quoted",
    )
    (item,) = shown(message)
    assert "secret" not in json.dumps(item)
    assert [part["text"] for part in item["content"]] == ["Hello ", "Ada"]
    assert [(file["name"], file["type"]) for file in item["attachments"]] == [("a.pdf", "file"), ("b.png", "file")]
    assert item["quoted_text"] == "quoted"
    assert message.attachments[0].id == "catt_secret"  # the item itself is as it was


def test_a_picture_has_an_address_below_the_link_and_whoever_writes_its_mark_gets_nothing() -> None:
    def sent(file_id: str, address: str) -> UserMessage:
        image = ImageAttachment(id=file_id, name="b.png", mime_type="image/png", preview_url=address)
        return UserMessage(
            **BASE,
            content=[InputText(text=f'"preview_url":"{PICTURE}file_9"')],
            attachments=[image],
            inference_options=InferenceOptions(),
        )

    forged = {"type": "Image", "attachments": [{"type": "image", "preview_url": f"{PICTURE}file_9"}]}
    items = [
        WidgetItem(**BASE, widget=forged),
        sent("file_1", "https://chat.example/v1/chatkit/files/file_1/preview/k_secret"),
        sent("file_2", "https://chat.example/v1/chatkit/files/file_3/preview/k_secret"),  # names another
    ]
    kept = snapshot("shr_1", THREAD, items)
    served = with_pictures(kept, "https://chat.example/share/t/pictures").decode()
    files = [item["attachments"] for item in json.loads(served)["items"]["data"][1:]]
    assert files[0][0]["preview_url"] == "https://chat.example/share/t/pictures/0" and files[1][0]["type"] == "file"
    assert "secret" not in served and "file_1" not in served
    assert [picture_of(kept, place) for place in (-1, 0, 1)] == [None, "file_1", None]
    assert with_pictures(b'{"plain":1}', "x") == b'{"plain":1}'


def test_an_answer_keeps_its_sources_without_what_is_behind_them() -> None:
    sources = [
        UrlSource(title="Page", url="https://example.com/"),
        EntitySource(title="Ada", id="secret", interactive=True, data={"x": "secret"}, preview="secret"),
    ]
    text = OutputText(text="Hi", annotations=[Annotation(source=source, index=1) for source in sources])
    (item,) = shown(AssistantMessage(**BASE, content=[text]))
    assert "secret" not in json.dumps(item)
    assert [each["source"]["title"] for each in item["content"][0]["annotations"]] == ["Page", "Ada"]


def test_a_widget_is_seen_and_does_nothing() -> None:
    tree = {
        "type": "Card",
        "confirm": {"label": "Book", "action": {"type": "secret"}},
        "children": [
            {"type": "Button", "label": "Go", "onClickAction": {"type": "secret"}},
            {"type": "Form", "onSubmitAction": {"type": "secret"}, "children": [{"type": "Text", "value": "cancel"}]},
        ],
    }
    (item,) = shown(WidgetItem(**BASE, widget=tree))
    assert item["widget"] == {
        "type": "Card",
        "children": [
            {"type": "Button", "label": "Go"},
            {"type": "Form", "children": [{"type": "Text", "value": "cancel"}]},
        ],
    }


def test_what_is_not_for_reading_is_not_there() -> None:
    assert not shown(
        HiddenContext(**BASE, content="secret"),
        SdkHiddenContext(**BASE, content="secret"),
        ClientToolCall(**BASE, status="completed", call_id="c", name="secret", arguments={}, output="secret"),
        StructuredInput(**BASE, status="pending", inputs=[]),
        GeneratedImage(**BASE),
        GeneratedImage(**BASE, image=Image(id="i", url="/v1/chatkit/files/x/preview/secret")),
    )
    assert shown(GeneratedImage(**BASE, image=Image(id="i", url="data:image/png;base64,AA")))


def test_the_thread_says_nothing_of_its_user() -> None:
    data = snapshot("shr_1", THREAD, [AssistantMessage(**BASE, content=[OutputText(text="Hi", annotations=[])])])
    assert b"secret" not in data and b"ada@" not in data
    view = json.loads(data)
    assert view["status"] == {"type": "closed"} and view["metadata"] == {} and view["title"] == "Tea"


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100 and {len(token) for token in tokens} == {32}
    assert len({digest_of(token) for token in tokens}) == 100
