"""Bodies: what JSON may look like at this door, and what it costs to say no."""

import contextlib
import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdock.errors import BadRequest
from chatdock.web.body import check_json, is_plain, parse_json
from web.served import SERVER_KEY, Served

ACCEPTED = [
    "null", "true", "0", "-0", "1.5", "1e3", "1E+2", "-1e-7", '""', '"a"', "[]", "{}", " [ ] ", "\t{\n}\r ", "[[[[]]]]",
    '{"a":{"b":{"c":[]}}}', '{"":0}', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\u00e9"', '"é"', '"😀"', '"\\ud83d\\ude00"',
    '"\\\\ud800"', '"\\\\u0000"', '"\u2028\u2029"', '"\x7f"', "[1,2]", '{"a":1,"b":1}', '[{"a":1},{"a":2}]',
    "9007199254740992", "-9007199254740992", "12345678901234567890.5", '"12345678901234567890"', "1e-400",
    '{"a":"{{{{[[[["}', '"' + "\\\\" * 100 + '"', "[" * 32 + "]" * 32, '{"a":' * 31 + "[]" + "}" * 31, '"\ufeff"',
    '"{\\"a\\":1,\\"a\\":2}"', "[0.0001234567890123456789]", '{"1234567890123456789":1}',
]  # fmt: skip

REFUSED = [
    b"", b" ", b"\n", b"nul", b"True", b"TRUE", b"undefined", b"NaN", b"-NaN", b"[NaN]", b"Infinity", b"-Infinity", b"[-Infinity]",
    b"nan", b"inf", b"01", b"-01", b"+1", b".5", b"5.", b"1e", b"1e+", b"0x1", b"0b1", b"1_000", b"--1", b"-", b"1 2", b"1,2", b"[1,]",
    b"[,1]", b"[1 2]", b"[", b"]", b"{", b"}", b"[}", b"{]", b"[1", b"[1}", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{a:1}", b"{'a':1}",
    b"{1:1}", b'{"a":1 "b":2}', b'{"a" 1}', b'{"a"::1}', b'"', b'"a', b'a"', b"'a'", b'"\\"', b'"\\x41"', b'"\\a"', b'"\\u12"',
    b'"\\u00G0"', b'"\\U0001F600"', b'"\t"', b'"\n"', b'"\x00"', b'"a\x1fb"', b'"\\u0000"', b'"a\\u0000b"', b'{"\\u0000":1}',
    b'"\\ud800"', b'"\\uDFFF"', b'"\\udc00\\ud800"', b'"\\ud800\\u0041"', b'"\\ud800\\ud800\\udc00"', b'"\\ud83d"', b'"\\ud83d \\ude00"',
    b'"\\\\\\ud800"', b'"\xff"', b'"\xc3\x28"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b"\xff\xfe1\x00",
    b"\x00", b"1\x00", b"\xef\xbb\xbf{}", b"\xef\xbb\xbf", b"\xfe\xff\x00{", b"/* */ 1", b"// x\n1", b"1 // x", b"#1", b"<null>",
    b'{"a":1,"a":1}', b'{"a":1,"b":2,"a":3}', b'{"a":1,"\\u0061":2}', b'[{"x":{"a":1,"a":2}}]', b'{"":1,"":2}', b'{"__proto__":1,"__proto__":2}',
    b"9007199254740993", b"-9007199254740993", b"123456789012345678901234567890", b"[100000000000000000000]", b"1" * 5000,
    b'{"a":-99999999999999999999}', b"[" * 33 + b"]" * 33, b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 100, b"]" * 100, b"[{" * 17 + b"}]" * 17,
    b"[" * 1000 + b"]" * 1000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 100_000, b'[["' * 40, b"\xc2\xa01", "\u30001".encode(), b"\x0c1", b"{}{}",
    b"[]x", b'""""', b'{"a":1}}', b"[[]", b"1e999999999999", b"tru\xe9",
]  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED)
def test_good_json_comes_through_as_python_reads_it(text: str) -> None:
    assert parse_json(text.encode(), Any) == json.loads(text)


@pytest.mark.parametrize("body", REFUSED, ids=lambda body: repr(body[:40]))
def test_bad_json_is_refused_and_never_an_accident(body: bytes) -> None:
    with pytest.raises((BadRequest, msgspec.DecodeError)):
        parse_json(body, Any)


@pytest.mark.parametrize("depth", [10**2, 10**3, 10**4, 10**5, 5 * 10**5])
@pytest.mark.parametrize("pair", [("[", "]"), ('{"a":', "1}")])
def test_depth_is_known_before_anything_recurses(depth: int, pair: tuple[str, str]) -> None:
    body = (pair[0] * depth + pair[1] * depth).encode()[: 1024 * 1024]
    began = time.process_time()
    with pytest.raises(BadRequest, match="nested"):
        check_json(body)
    assert time.process_time() - began < 5  # what recursed or looked again at each level took minutes


@pytest.mark.parametrize(
    "unit",
    [
        b"[],",
        b'"a",',
        b'{"a":1},',
        b'"\\u0041",',
        b'"\\\\",',
        b'"\\"",',
        b"1,",
        b"1234567890123456.5,",
        b'"\\ud83d\\ude00",',
        b"\\",
        b'"',
        b" ",
    ],
)
def test_a_megabyte_of_anything_costs_linear_time(unit: bytes) -> None:
    def seconds(size: int) -> float:
        body = b"[" + unit * (size // len(unit)) + b"0]"
        began = time.process_time()
        with contextlib.suppress(BadRequest, msgspec.DecodeError):
            parse_json(body, Any)
        return time.process_time() - began

    small, large = min(seconds(100_000) for _ in range(5)), seconds(1_000_000)
    assert large < max(small, 0.001) * 40  # tenfold, and slack for a busy machine
    assert large < 2


# ---- through the door ----------------------------------------------------------------------------------------------


def _post(served: Served, body: bytes, **headers: str) -> Any:
    return served.http.post(
        "/v1/chatkit/sessions",
        content=body,
        headers={"authorization": f"Bearer {SERVER_KEY}", "content-type": "application/json", **headers},
    )


@pytest.mark.parametrize("body", REFUSED, ids=lambda body: repr(body[:40]))
def test_the_door_answers_bad_json_with_a_400_in_the_documented_shape(served: Served, body: bytes) -> None:
    answer = _post(served, body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("text", ACCEPTED)
def test_good_json_of_another_shape_is_a_400_that_says_so(served: Served, text: str) -> None:
    answer = _post(served, text.encode())
    assert answer.status_code == 400 and answer.json()["error"]["code"] in (
        "invalid_value",
        "missing_required_parameter",
        "invalid_json",
    )


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/jsonp",
        "text/json",
    ],
)
def test_a_form_or_plain_text_is_refused_because_any_site_can_send_one(served: Served, kind: str) -> None:
    answer = _post(served, b'{"user":"a","workflow":{"id":"wf_gallery"}}', **{"content-type": kind})
    assert answer.status_code == 415


def test_the_content_type_may_carry_a_charset(served: Served) -> None:
    answer = _post(
        served, b'{"user":"a","workflow":{"id":"wf_gallery"}}', **{"content-type": "Application/JSON; charset=utf-8"}
    )
    assert answer.status_code == 200


def test_a_body_past_the_limit_is_a_413_whether_or_not_it_says_its_length(served: Served) -> None:
    secret = served.mint()["client_secret"]
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    declared = served.http.post("/chatkit", content=b"x" * (1024 * 1024 + 1), headers=headers)
    assert declared.status_code == 413 and declared.json()["error"]["code"] == "too_large"

    def endless() -> Any:
        for _ in range(200):
            yield b"x" * 10_000

    chunked = served.http.post("/chatkit", content=endless(), headers=headers)
    assert chunked.status_code == 413


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:01-e. \n\\au', max_size=12).map(str.encode))
def test_what_is_taken_for_plain_is_json_with_every_key_once(body: bytes) -> None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    if is_plain(body):
        json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, object]]) -> None:
    assert len({key for key, _ in pairs}) == len(pairs)


@pytest.mark.parametrize(
    "body", [b'{"a":1,"a":2}', b'{"a":{"b":1,"b":2}}', b'[{"":0,"":0}]', b'{"a":[{"b":"b","b":0}]}']
)
def test_a_key_that_comes_twice_is_never_plain(body: bytes) -> None:
    assert not is_plain(body)
