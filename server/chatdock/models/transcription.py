"""Dictation: speech to text through the provider's transcription endpoint."""

from chatdock.errors import BadRequest
from chatdock.models.loading import load
from chatdock.models.policy import Policy

# The endpoint goes by the file's ending, so each type a browser records needs its own.
_ENDINGS = {
    "audio/webm": "webm",
    "video/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "mp4",
    "audio/x-m4a": "m4a",
    "audio/m4a": "m4a",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/flac": "flac",
}


async def transcribe(
    audio: bytes,
    mime_type: str,
    *,
    model: str,
    api_key: str,
    base_url: str | None = None,
    policy: Policy | None = None,
) -> str:
    """The words of a recording. `mime_type` may carry parameters, such as `audio/webm;codecs=opus`.

    Raises: BadRequest for a type nobody transcribes; ModelError.
    """
    ending = _ENDINGS.get(mime_type.partition(";")[0].strip().lower())
    if ending is None:
        raise BadRequest("This kind of recording cannot be transcribed.", param="params.mime_type")
    upstream = await load(api_key=api_key, base_url=base_url, policy=policy or Policy())
    try:
        return await upstream.transcribe(f"recording.{ending}", audio, model)
    finally:
        await upstream.close()
