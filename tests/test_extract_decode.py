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


SHORT = "医保断缴三个月后能补缴吗\uff1f看参保地的规定。"
SHORT_TRADITIONAL = "健保卡遺失了怎麼補辦\uff1f請到健保署各分區業務組申請。"
GERMAN = "Über die Größe der Prämien entscheidet künftig jede Kasse für sich. " * 4
DECLARED = ["", "utf-8", "gb2312", "gbk", "GB18030", "big5", "iso-8859-1", "windows-1252", "x-unknown", "idna"]


def page(text: str, charset: str, meta: str) -> bytes:
    head = f"<html><head><meta charset={meta}>" if meta else "<html><head>"
    return f"{head}<title>{text[:10]}</title></head><body><h1>{text[:10]}</h1><p>{text}</p></body></html>".encode(charset)


@pytest.mark.parametrize("text", [SIMPLIFIED, SHORT])
@pytest.mark.parametrize("served", ["utf-8", "gb18030", "gbk"])
@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("where", ["header", "meta"])
def test_simplified_pages_are_read_under_any_declaration(text: str, served: str, declared: str, where: str) -> None:
    payload = page(text, served, declared if where == "meta" else "")
    decoded = decode(payload, f"text/html; charset={declared}" if where == "header" and declared else "text/html")
    assert text in decoded.text
    assert decoded.charset == ("utf-8" if served == "utf-8" else "gb18030")


@pytest.mark.parametrize("text", [TRADITIONAL, SHORT_TRADITIONAL])
@pytest.mark.parametrize("served", ["utf-8", "big5", "gbk"])
@pytest.mark.parametrize("declared", DECLARED)
def test_traditional_pages_are_read_under_any_declaration(text: str, served: str, declared: str) -> None:
    assert text in decode(page(text, served, declared)).text


@pytest.mark.parametrize(
    ("header", "meta"), [("utf-8", "gbk"), ("gbk", "utf-8"), ("big5", "gb2312"), ("iso-8859-1", "big5"), ("gb2312", "big5")]
)
@pytest.mark.parametrize("served", ["utf-8", "gb18030"])
def test_header_and_page_may_contradict_each_other(header: str, meta: str, served: str) -> None:
    decoded = decode(page(SIMPLIFIED, served, meta), f"text/html; charset={header}")
    assert SIMPLIFIED in decoded.text
    assert len(decoded.declared) == 2


@pytest.mark.parametrize("declared", ["", "iso-8859-1", "utf-8", "gb2312"])
def test_latin_pages_are_not_taken_for_chinese(declared: str) -> None:
    decoded = decode(page(GERMAN, "cp1252", declared))
    assert decoded.charset == "cp1252"
    assert GERMAN in decoded.text


@pytest.mark.parametrize(
    ("text", "served"),
    [
        ("Полис обязательного медицинского страхования получают в страховой компании. " * 2, "windows-1251"),
        ("これは日本語のページです。医療保険の手続きについて説明します。", "shift_jis"),
        ("これは日本語のページです。医療保険の手続きについて説明します。", "euc-jp"),
        ("국민건강보험 가입자는 병원에서 진료비의 일부를 부담합니다. " * 2, "euc-kr"),
    ],
)
def test_other_charsets_are_read_where_they_are_declared(text: str, served: str) -> None:
    decoded = decode(page(text, served, served))
    assert text in decoded.text
    assert decoded.evidence == "declared"


@pytest.mark.parametrize("served", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_pages_are_read_with_and_without_a_mark(served: str) -> None:
    assert SHORT in decode(page(SHORT, served, "gb2312")).text


@pytest.mark.parametrize("served", ["utf-8", "gb18030"])
def test_a_few_bad_bytes_are_a_few_lost_characters(served: str) -> None:
    payload = page(SIMPLIFIED, served, served)
    at = payload.index(b"</h1>")
    decoded = decode(payload[:at] + b"\xff" + payload[at:])
    assert decoded.text.count("\ufffd") == 1
    assert SIMPLIFIED in decoded.text


@pytest.mark.parametrize("served", ["utf-8", "gb18030", "big5"])
def test_a_page_cut_inside_a_character_is_truncated(served: str) -> None:
    text = TRADITIONAL if served == "big5" else SIMPLIFIED.rstrip("。") + "药"
    with pytest.raises(PageError) as caught:
        decode(f"<p>{text}".encode(served)[:-1], f"text/html; charset={served}")
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("served", ["utf-8", "gb18030"])
def test_litter_behind_the_end_of_the_document_does_not_make_it_truncated(served: str) -> None:
    assert SIMPLIFIED in decode(page(SIMPLIFIED, served, served) + "药".encode(served)[:-1]).text


def test_chinese_that_happens_to_be_valid_utf8_is_read_as_declared() -> None:
    payload = "<title>联通</title>".encode("gbk")
    assert decode(payload, "text/html; charset=gbk").text == "<title>联通</title>"
    assert decode("<p>caf\u00e9</p>".encode(), "text/html; charset=iso-8859-1").text == "<p>caf\u00e9</p>"
    assert decode("<p>\u201cquoted\u201d \u2026</p>".encode(), "text/html; charset=gbk").charset == "utf-8"


def test_a_long_page_is_read_by_its_chinese_however_much_script_surrounds_it() -> None:
    script = "<script>" + "var a = 1; " * 20_000 + "</script>"
    payload = f"<html><head>{script}</head><body>{SHORT}{script}</body></html>".encode("gbk")
    assert SHORT in decode(payload).text


def test_a_french_page_is_not_taken_for_mojibake() -> None:
    text = "« Le café était fermé », a-t-elle écrit à l\u2019hôpital. Où ça\u2026\u00a0? « Là-bas » " * 30
    assert decode(text.encode()).text == text


@pytest.mark.parametrize(("charset", "reason"), [("latin-1", "Latin-1"), ("cp1252", "Latin-1"), ("gb18030", "GBK")])
def test_a_page_that_is_mojibake_from_end_to_end_is_refused(charset: str, reason: str) -> None:
    spoilt = "<p>" + SIMPLIFIED.encode().decode(charset, "replace").replace("\ufffd", "?") + "</p>"
    with pytest.raises(PageError, match=reason) as caught:
        decode(spoilt.encode())
    assert caught.value.reason == "bad_encoding"


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
