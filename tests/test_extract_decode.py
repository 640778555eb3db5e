import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.errors import PageError
from healthnews.extract.decode import decode, require_whole_html

SIMPLIFIED = "换单位时医保关系怎么处理,要看新旧单位是不是在同一个统筹区,停缴三个月以上的要重新计算等待期。" * 3
TRADITIONAL = "醫療保險的個人帳戶餘額不會在年底歸零,可以轉到下一個年度繼續使用,請向當地的醫療保險機構查詢。" * 3


@pytest.mark.parametrize(
    ("payload", "content_type", "charset", "evidence"),
    [
        (SIMPLIFIED.encode(), "text/html; charset=gbk", "utf-8", "strict_utf8"),
        (b"\xef\xbb\xbf" + SIMPLIFIED.encode(), "", "utf-8", "bom"),
        (SIMPLIFIED.encode("utf-16"), "", "utf-16-le", "bom"),
        (SIMPLIFIED.encode("utf-16-be") + "\n<p>ok</p>".encode("utf-16-be"), "", "utf-16-be", "utf16_nuls"),
        (SIMPLIFIED.encode("gb18030"), "", "gb18030", "scored"),
        (SIMPLIFIED.encode("gb18030"), "text/html; charset=GB2312", "gb18030", "declared"),
        (SIMPLIFIED.encode("gb18030"), "text/html; charset=ISO-8859-1", "gb18030", "scored"),
        (SIMPLIFIED.encode("gb18030"), "text/html; charset=utf-8", "gb18030", "scored"),
        (b"<meta charset=big5>" + SIMPLIFIED.encode("gb18030"), "", "gb18030", "scored"),
        (TRADITIONAL.encode("big5"), "", "big5hkscs", "scored"),
        (("朱镕基与" + SIMPLIFIED).encode("gbk"), "text/html; charset=gb2312", "gb18030", "declared"),
        ("Die Straße führt über den großen Fluss.".encode("latin-1"), "text/html; charset=iso-8859-1", "cp1252", "declared"),
    ],
)
def test_the_charset_is_what_the_bytes_say_not_what_is_declared(payload: bytes, content_type: str, charset: str, evidence: str) -> None:
    decoded = decode(payload, content_type)
    assert (decoded.charset, decoded.evidence) == (charset, evidence)
    assert "\ufffd" not in decoded.text


def test_one_bad_byte_does_not_make_utf8_something_else() -> None:
    payload = SIMPLIFIED.encode()
    decoded = decode(payload[:89] + b"\xe5<" + payload[89:], "text/html; charset=gbk")
    assert decoded.charset == "utf-8"
    assert decoded.text.count("\ufffd") == 1


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        ("\u3000 \u3000".encode(), "empty"),
        (b"\x89PNG\r\n\x1a\n123", "binary"),
        (b"%PDF-1.7 ...", "binary"),
        (b"PK\x03\x04....", "binary"),
        (b"\x1f\x8b\x08....", "binary"),
        (b"abc\x00d\x00\x00\x00efgh", "binary"),
        (SIMPLIFIED.encode()[:-1], "truncated"),
        (SIMPLIFIED.encode("utf-16")[:-1], "truncated"),
        (bytes(range(1, 256)) * 30, "bad_encoding"),
        (SIMPLIFIED.encode().decode("latin-1").encode(), "bad_encoding"),
        (SIMPLIFIED.encode().decode("gb18030", "replace").encode(), "bad_encoding"),
        (SIMPLIFIED.encode("gb18030").decode("utf-8", "replace").encode(), "bad_encoding"),
    ],
)
def test_unusable_bytes_are_refused_with_their_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(PageError) as caught:
        decode(payload)
    assert caught.value.reason == reason


@pytest.mark.parametrize("html", ["<p>文</p><div cla", "<p>文<!-- 注", "<p>文<script>var a = 1;", "<p>文</p><style>p {"])
def test_html_that_stops_in_the_middle_is_truncated(html: str) -> None:
    with pytest.raises(PageError) as caught:
        require_whole_html(html)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("html", ["<p>1 < 2", "<p>文</p><!-- 忘了关 <p>再见</body></html>", "<p>文", "<script>1</script><p>文</html>"])
def test_sloppy_html_that_is_whole_passes(html: str) -> None:
    require_whole_html(html)


@given(st.binary(max_size=400), st.text(max_size=30))
def test_any_bytes_give_text_or_a_page_error(payload: bytes, content_type: str) -> None:
    reason, text = None, ""
    try:
        text = decode(payload, content_type).text
    except PageError as error:
        reason = error.reason
    assert bool(text.strip()) == (reason is None)
    assert reason in {None, "empty", "binary", "truncated", "bad_encoding"}
    text.encode()


CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


@given(st.text(alphabet=CHINESE, min_size=1), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_chinese_in_unicode_comes_back_as_it_was(text: str, charset: str) -> None:
    assert decode(text.encode(charset)).text == text
