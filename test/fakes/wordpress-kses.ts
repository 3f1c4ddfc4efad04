// What WordPress 6.1 was seen to make of texts of an Author; held against a real one in test/real.

/** Kept byte for byte. */
export const KEPT = [
  '<p style="text-align:center">a</p>',
  "<!-- a note -->",
  '<video src="a.mp4" controls playsinline></video>',
  '<p style="color:#fff;--my-var: 3px;width:calc(1px + 2px)">x</p>',
  '<ol start="3" reversed type="a"><li value="4">x</li></ol>',
  "<details open><summary>x</summary>y</details>",
  '<section class="footnotes"><ol><li id="fn1">x <a href="#fnref1" role="doc-backlink">b</a></li></ol></section>',
  "<dl><dt>a</dt><dd>b</dd></dl>",
  '<p lang="ar" dir="rtl">x</p>',
  "<p style='background-image:url(\"https://x.test/a.png\")'>x</p>",
  '<div style="background:linear-gradient(90deg,red,rgb(1,2,3))">x</div>',
  '<figure class="wp-block-image size-full"><img src="a.png" alt="a &gt; b" class="wp-image-3" loading="lazy"/></figure>',
  '<a href="tel:+1">x</a><a href="sms:1">y</a><a href="./other.md#part">z</a><a href="/a/?b:c">q</a>',
  '<!-- wp:x/y {"a":"b","c":"\\u003cb\\u003eok\\u003c/b\\u003e"} /-->',
  "a &amp; b &lt;script&gt;",
  "<kbd>a</kbd> <mark>x</mark> <code>&lt;iframe&gt;</code>",
];

/** Markup, and what of it does not stay. */
export const REMOVED: readonly (readonly [markup: string, what: readonly string[]])[] = [
  ['<iframe src="https://x.test/"></iframe>', ["<iframe> is removed"]],
  ["<script>alert(1)</script>", ["<script> is removed, and its text is left standing"]],
  ["<style>p{}</style>", ["<style> is removed, and its text is left standing"]],
  ['<form action="x"><input type="text"></form>', ["<form> is removed", "<input> is removed"]],
  ['<svg viewBox="0 0 1 1"><path d="M0"/></svg>', ["<svg> is removed", "<path> is removed"]],
  ['<p onclick="x()">a</p>', ["onclick of <p> is removed"]],
  ['<a href="javascript:alert(1)">a</a>', ["javascript"]],
  ['<img src="data:image/png;base64,AAAA" alt="x"/>', ["data"]],
  ['<p style="color:red;display:none">a</p>', ["the style display is removed"]],
  ['<p style="background:url(javascript:x)">a</p>', ["the style background is removed"]],
  ['<p style="COLOR:red">x</p>', ["the style COLOR is removed"]],
  ['<div style="color:rgb(1,2,3)">x</div>', ["the style color is removed"]],
  ['<input type="checkbox" disabled checked /> x', ["<input> is removed"]],
  ['<!-- a <b onclick="x">note</b> -- y -->', ["a comment with markup in it is shown as text"]],
  [
    '<!-- wp:html {"content":"\\u003cscript\\u003ea\\u003c/script\\u003e"} --><b>a</b><!-- /wp:html -->',
    ["in the settings of a block, <script> is removed, and its text is left standing"],
  ],
  [
    '<picture><source srcset="a"><img src="a.png" alt=""></picture>',
    ["<picture> is removed", "<source> is removed"],
  ],
  ['<img src="a.png" srcset="a 2x" alt="">', ["srcset of <img> is removed"]],
  ['<figure class="x" data-id="3" data-a--b="1">x</figure>', ["data-a--b of <figure> is removed"]],
  ['<custom-el a="1">x</custom-el>', ["<custom-el> is removed"]],
  ['<a href="whatsapp:1">z</a>', ["whatsapp"]],
  ["<embed src=x>", ["<embed> is removed"]],
];
