"""Dictation through the provider's transcription endpoint."""

import pytest

from chatdock.errors import BadRequest, ModelError
from chatdock.models.transcription import transcribe
from fakes.upstream import Answer, FakeUpstream
from models.asking import QUICK

HEARD = Answer(b'{"text":"Hello, w\xc3\xb6rld."}', content_type="application/json", framing="length")
JSON = "application/json"


async def hear(upstream: FakeUpstream, audio: bytes = b"OggS", mime_type: str = "audio/webm;codecs=opus") -> str:
    return await transcribe(audio, mime_type, model="whisper", api_key="sk-secret", base_url=upstream.url, policy=QUICK)


async def test_a_recording_becomes_text() -> None:
    async with FakeUpstream(HEARD) as upstream:
        assert await hear(upstream, b"OggS" * 100_000) == "Hello, wörld."
        request = upstream.received[0]
        assert request.path == "/v1/audio/transcriptions"
        assert request.headers["authorization"] == "Bearer sk-secret"
        assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert b'name="model"\r\n\r\nwhisper' in request.body
        assert b'filename="recording.webm"' in request.body
        assert b"OggS" * 100_000 in request.body
        assert upstream.open_connections == 0 or await upstream.gone()


@pytest.mark.parametrize(
    ("mime_type", "ending"),
    [("audio/mp4", "mp4"), ("audio/ogg; codecs=opus", "ogg"), ("audio/wav", "wav"), ("Audio/MPEG", "mp3")],
)
async def test_the_files_name_tells_the_provider_its_type(mime_type: str, ending: str) -> None:
    async with FakeUpstream(HEARD) as upstream:
        await hear(upstream, mime_type=mime_type)
        assert f'filename="recording.{ending}"'.encode() in upstream.received[0].body


async def test_what_is_no_recording_is_a_bad_request() -> None:
    async with FakeUpstream(HEARD) as upstream:
        with pytest.raises(BadRequest):
            await hear(upstream, mime_type="text/html")
        assert not upstream.received


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(b'{"error":{"message":"bad audio"}}', status=400, content_type=JSON), "model_rejected"),
        (Answer(b"busy", status=503, content_type="text/plain"), "model_unavailable"),
        (Answer(b"", status=429, framing="length"), "model_rate_limited"),
        (Answer(b"<html>", content_type="text/html"), "model_cut"),
        (Answer(b'{"text":5}', content_type=JSON), "model_cut"),
        (Answer(b'{"text":"Hel', content_type=JSON, cut_after=5), "model_cut"),
    ],
)
async def test_a_failure_is_told_in_the_models_words_without_the_key(answer: Answer, code: str) -> None:
    async with FakeUpstream(answer) as upstream:
        with pytest.raises(ModelError) as error:
            await hear(upstream)
        assert error.value.code == code
        assert "sk-secret" not in str(error.value)
