"""What customers and subjects may write; every format has to carry it as text."""

from typing import Final

ROWS: Final[dict[str, str]] = {
    "script": "<script>alert(1)</script>",
    "close-script": "</script></style></title></svg><script>alert(2)</script>",
    "attribute": '" onmouseover="alert(3)" x="',
    "apostrophe": "' onclick='alert(4)",
    "image": "<img src=x onerror=alert(5)>",
    "entity": "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} #{7}",
    "cdata": "<![CDATA[ ]]> ]]>",
    "comment": "<!-- --> --!>",
    "null": "a\x00b\x08\x1b[31m",
    "rtl": "مرحبا \u202egnp.exe\u202c שלום",
    "emoji": "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1ee",
    "nonchar": "\ufffe\uffff\u2028\u2029\u0085",
    "markdown": "[x](javascript:alert(6)) ![i](http://e/x.png) | a | **b** `c` @team #1 http://e.example www.e.example",
    "lines": "one\n# two\n- three\r\n| four |",
    "huge": "x" * 100_000,
}
