// Bodies as editors of WordPress save them.

/** What has Markdown, as WordPress's editor of one version or another writes it, and that Markdown. */
export const READABLE: readonly (readonly [name: string, stored: string, markdown: string])[] = [
  [
    "list before 6.1",
    "<!-- wp:list -->\n<ul><li>One</li><li>Two <strong>b</strong><ul><li>Deep</li></ul></li></ul>\n<!-- /wp:list -->",
    "- One\n- Two **b**\n  - Deep",
  ],
  [
    "ordered list before 6.1",
    '<!-- wp:list {"ordered":true,"start":3} -->\n<ol start="3"><li>One</li><li>Two</li></ol>\n<!-- /wp:list -->',
    "3. One\n4. Two",
  ],
  [
    "list of 6.1",
    '<!-- wp:list -->\n<ul><!-- wp:list-item -->\n<li>One<!-- wp:list {"ordered":true} -->\n<ol><!-- wp:list-item -->\n<li>Deep</li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list --></li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->',
    "- One\n  1. Deep",
  ],
  [
    "quote before 6.1, with its source",
    '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><p>Said</p><p>More</p><cite>Someone</cite></blockquote>\n<!-- /wp:quote -->',
    "> Said\n>\n> More\n>\n> <cite>Someone</cite>",
  ],
  [
    "quote of 6.1, with its source",
    '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:paragraph -->\n<p>Said</p>\n<!-- /wp:paragraph --><cite>Some <em>one</em></cite></blockquote>\n<!-- /wp:quote -->',
    "> Said\n>\n> <cite>Some *one*</cite>",
  ],
  [
    "image of the media library",
    '<!-- wp:image {"id":12,"sizeSlug":"large","linkDestination":"none"} -->\n<figure class="wp-block-image size-large"><img src="https://s.example/u/a-1024x683.png" alt="Alt" class="wp-image-12"/><figcaption class="wp-element-caption">Plain caption</figcaption></figure>\n<!-- /wp:image -->',
    '![Alt](https://s.example/u/a-1024x683.png "Plain caption")',
  ],
  [
    "image with a link",
    '<!-- wp:image {"id":12,"sizeSlug":"medium","linkDestination":"media"} -->\n<figure class="wp-block-image size-medium"><a href="https://s.example/u/a.png"><img src="https://s.example/u/a-300x200.png" alt="Alt" class="wp-image-12"/></a></figure>\n<!-- /wp:image -->',
    "[![Alt](https://s.example/u/a-300x200.png)](https://s.example/u/a.png)",
  ],
  [
    "table without a header",
    '<!-- wp:table -->\n<figure class="wp-block-table"><table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td><td></td></tr></tbody></table></figure>\n<!-- /wp:table -->',
    "| | |\n| - | - |\n| a | b |\n| c | |",
  ],
  [
    "table with a header and columns of one width",
    '<!-- wp:table {"hasFixedLayout":true} -->\n<figure class="wp-block-table"><table class="has-fixed-layout"><thead><tr><th class="has-text-align-center" data-align="center">H1</th><th>H2</th></tr></thead><tbody><tr><td class="has-text-align-center" data-align="center">a</td><td>b</td></tr></tbody></table></figure>\n<!-- /wp:table -->',
    "| H1 | H2 |\n| :-: | - |\n| a | b |",
  ],
  [
    "code",
    '<!-- wp:code -->\n<pre class="wp-block-code"><code>let a = &#91;1];\n  if (a &lt; b &amp;&amp; c > d) {\n\n  } // https:&#47;&#47;x.example</code></pre>\n<!-- /wp:code -->',
    "```\nlet a = [1];\n  if (a < b && c > d) {\n\n  } // https://x.example\n```",
  ],
  [
    "paragraph with a link, a colour and a line break",
    '<!-- wp:paragraph -->\n<p>Un<em>frigging</em>believable, <a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noreferrer noopener">link</a>, <mark style="background-color:rgba(0, 0, 0, 0)" class="has-inline-color">red</mark><br>second &nbsp; line</p>\n<!-- /wp:paragraph -->',
    'Un*frigging*believable, <a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noreferrer noopener">link</a>, <mark style="background-color:rgba(0, 0, 0, 0)" class="has-inline-color">red</mark>\\\nsecond &nbsp; line',
  ],
  [
    "delimiters without line ends",
    "<!-- wp:heading --><h2>Who we are</h2><!-- /wp:heading --><!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->",
    "## Who we are\n\nx",
  ],
  [
    "separator before 6.0",
    '<!-- wp:separator -->\n<hr class="wp-block-separator"/>\n<!-- /wp:separator -->',
    "---",
  ],
  [
    "more with a text of its own",
    '<!-- wp:more {"customText":"Keep reading"} -->\n<!--more Keep reading-->\n<!-- /wp:more -->',
    "<!--more Keep reading-->",
  ],
  ["page break", "<!-- wp:nextpage -->\n<!--nextpage-->\n<!-- /wp:nextpage -->", "<!--nextpage-->"],
  [
    "shortcode",
    '<!-- wp:shortcode -->\n[contact-form-7 id="12" title="Contact form 1"]\n<!-- /wp:shortcode -->',
    '[contact-form-7 id="12" title="Contact form 1"]',
  ],
  [
    "film as it is pasted, before the editor has seen its shape",
    '<!-- wp:embed {"url":"https://www.youtube.com/watch?v=a_b-_\\u0026t=3","type":"video","providerNameSlug":"youtube","responsive":true} -->\n<figure class="wp-block-embed is-type-video is-provider-youtube wp-block-embed-youtube"><div class="wp-block-embed__wrapper">\nhttps://www.youtube.com/watch?v=a_b-_&amp;t=3\n</div></figure>\n<!-- /wp:embed -->',
    "https://www.youtube.com/watch?v=a_b-_&t=3",
  ],
  [
    "film of another shape",
    '<!-- wp:embed {"url":"https://vimeo.com/22439234","type":"video","providerNameSlug":"vimeo","responsive":true,"className":"wp-embed-aspect-4-3 wp-has-aspect-ratio"} -->\n<figure class="wp-block-embed is-type-video is-provider-vimeo wp-block-embed-vimeo wp-embed-aspect-4-3 wp-has-aspect-ratio"><div class="wp-block-embed__wrapper">\nhttps://vimeo.com/22439234\n</div></figure>\n<!-- /wp:embed -->',
    "https://vimeo.com/22439234",
  ],
  [
    "heading and list that an editor before 6.2 saved again",
    '<!-- wp:heading {"level":3,"className":"wp-block-heading"} -->\n<h3 class="wp-block-heading">Title</h3>\n<!-- /wp:heading -->\n\n<!-- wp:list {"className":"wp-block-list"} -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>a<!-- wp:list {"ordered":true,"className":"wp-block-list"} -->\n<ol class="wp-block-list"><!-- wp:list-item -->\n<li>b</li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list --></li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->',
    "### Title\n\n- a\n  1. b",
  ],
];

/** What Markdown cannot say; it stays markup in the document. */
export const FOREIGN: readonly (readonly [name: string, stored: string])[] = [
  [
    "columns",
    '<!-- wp:columns -->\n<div class="wp-block-columns"><!-- wp:column {"width":"66.66%"} -->\n<div class="wp-block-column" style="flex-basis:66.66%"><!-- wp:paragraph -->\n<p>Left &amp; text</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:list -->\n<ul><!-- wp:list-item -->\n<li>x</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list --></div>\n<!-- /wp:column -->\n\n<!-- wp:column -->\n<div class="wp-block-column"></div>\n<!-- /wp:column --></div>\n<!-- /wp:columns -->',
  ],
  [
    "groups in a group",
    '<!-- wp:group {"style":{"spacing":{"padding":{"top":"var:preset|spacing|50"}}},"layout":{"type":"constrained"}} -->\n<div class="wp-block-group" style="padding-top:var(--wp--preset--spacing--50)"><!-- wp:group -->\n<div class="wp-block-group"><!-- wp:heading -->\n<h2>In</h2>\n<!-- /wp:heading --></div>\n<!-- /wp:group --></div>\n<!-- /wp:group -->',
  ],
  [
    "aligned image with a caption",
    '<!-- wp:image {"align":"right","id":12,"width":300,"height":200,"sizeSlug":"medium","linkDestination":"media"} -->\n<figure class="wp-block-image alignright size-medium is-resized"><a href="https://s.example/u/a.png"><img src="https://s.example/u/a-300x200.png" alt="" class="wp-image-12" width="300" height="200"/></a><figcaption class="wp-element-caption">A <em>caption</em></figcaption></figure>\n<!-- /wp:image -->',
  ],
  [
    "gallery of image blocks",
    '<!-- wp:gallery {"linkTo":"none"} -->\n<figure class="wp-block-gallery has-nested-images columns-default is-cropped"><!-- wp:image {"id":1,"sizeSlug":"large","linkDestination":"none"} -->\n<figure class="wp-block-image size-large"><img src="https://s.example/u/a.png" alt="" class="wp-image-1"/></figure>\n<!-- /wp:image --><figcaption class="blocks-gallery-caption wp-element-caption">Gallery</figcaption></figure>\n<!-- /wp:gallery -->',
  ],
  [
    "gallery before 5.9",
    '<!-- wp:gallery {"ids":[1,2],"linkTo":"none"} -->\n<figure class="wp-block-gallery columns-2 is-cropped"><ul class="blocks-gallery-grid"><li class="blocks-gallery-item"><figure><img src="https://s.example/u/a.png" alt="" data-id="1" data-link="https://s.example/?attachment_id=1" class="wp-image-1"/></figure></li></ul></figure>\n<!-- /wp:gallery -->',
  ],
  [
    "embed",
    '<!-- wp:embed {"url":"https://v.example/watch?v=abc\\u0026t=3","type":"video","providerNameSlug":"v","responsive":true} -->\n<figure class="wp-block-embed is-type-video is-provider-v"><div class="wp-block-embed__wrapper">\nhttps://v.example/watch?v=abc&amp;t=3\n</div></figure>\n<!-- /wp:embed -->',
  ],
  [
    "buttons",
    '<!-- wp:buttons -->\n<div class="wp-block-buttons"><!-- wp:button {"className":"is-style-outline"} -->\n<div class="wp-block-button is-style-outline"><a class="wp-block-button__link wp-element-button" href="https://x.example">Go</a></div>\n<!-- /wp:button --></div>\n<!-- /wp:buttons -->',
  ],
  [
    "pull quote",
    '<!-- wp:pullquote -->\n<figure class="wp-block-pullquote"><blockquote><p>Pulled</p><cite>By</cite></blockquote></figure>\n<!-- /wp:pullquote -->',
  ],
  [
    "table with a foot and a caption",
    '<!-- wp:table {"className":"is-style-stripes"} -->\n<figure class="wp-block-table is-style-stripes"><table><thead><tr><th>H1</th></tr></thead><tbody><tr><td>a</td></tr></tbody><tfoot><tr><td>f</td></tr></tfoot></table><figcaption class="wp-element-caption">Cap</figcaption></figure>\n<!-- /wp:table -->',
  ],
  [
    "gallery in four columns",
    '<!-- wp:gallery {"columns":4,"linkTo":"none"} -->\n<figure class="wp-block-gallery has-nested-images columns-4 is-cropped"><!-- wp:image {"id":1,"sizeSlug":"large","linkDestination":"none"} -->\n<figure class="wp-block-image size-large"><img src="https://s.example/u/a.png" alt="" class="wp-image-1"/></figure>\n<!-- /wp:image -->\n\n<!-- wp:image {"id":2,"sizeSlug":"large","linkDestination":"none"} -->\n<figure class="wp-block-image size-large"><img src="https://s.example/u/b.png" alt="" class="wp-image-2"/></figure>\n<!-- /wp:image --></figure>\n<!-- /wp:gallery -->',
  ],
  [
    "wide film with a caption",
    '<!-- wp:embed {"url":"https://vimeo.com/22439234","type":"video","providerNameSlug":"vimeo","responsive":true,"align":"wide"} -->\n<figure class="wp-block-embed alignwide is-type-video is-provider-vimeo wp-block-embed-vimeo"><div class="wp-block-embed__wrapper">\nhttps://vimeo.com/22439234\n</div><figcaption class="wp-element-caption">Film</figcaption></figure>\n<!-- /wp:embed -->',
  ],
  [
    "attributes that are no JSON",
    '<!-- wp:vendor/thing {"a":not json, "b":"} -->\n<p>x</p>\n<!-- /wp:vendor/thing -->',
  ],
  [
    "blocks eight deep, single ones in them",
    `${'<!-- wp:group -->\n<div class="wp-block-group">'.repeat(8)}<!-- wp:vendor/x {"deep":[{"a":"\\u003cb\\u003e"}]} /-->${"</div>\n<!-- /wp:group -->".repeat(8)}`,
  ],
  ["closed out of turn", "<!-- wp:group -->\n<div><!-- wp:columns -->\n<div></div>\n<!-- /wp:group -->"],
  ["reusable block", '<!-- wp:block {"ref":12} /-->'],
  [
    "more without a teaser",
    '<!-- wp:more {"noTeaser":true} -->\n<!--more-->\n<!--noteaser-->\n<!-- /wp:more -->',
  ],
  ["classic block", "<!-- wp:freeform -->\n<p>Classic <b>x</b></p>\n<p>two</p>\n<!-- /wp:freeform -->"],
  [
    "text between two blocks",
    '<!-- wp:spacer -->\n<div style="height:100px" aria-hidden="true" class="wp-block-spacer"></div>\n<!-- /wp:spacer -->\n\n<p>Bare classic text</p>\n<p>with <em>two</em></p>\n\n<!-- wp:spacer -->\n<div style="height:9px" aria-hidden="true" class="wp-block-spacer"></div>\n<!-- /wp:spacer -->',
  ],
  [
    "custom HTML with blank lines",
    '<!-- wp:html -->\n<div class="x">\n\n  <script>if (a && b < 3) { x("<!-- hi -->"); }</script>\n</div>\n<!-- /wp:html -->',
  ],
  ["shortcodes in lines", "<!-- wp:shortcode -->\n[row]\n[col]x[/col]\n\n[/row]\n<!-- /wp:shortcode -->"],
  [
    "dynamic block of a shop",
    '<!-- wp:woocommerce/product-category {"columns":3,"categories":[15],"contentVisibility":{"image":true}} /-->',
  ],
  [
    "form of a plug-in",
    '<!-- wp:jetpack/contact-form {"subject":"A \\u0026 B","to":"a@b.example"} -->\n<div class="wp-block-jetpack-contact-form"><!-- wp:jetpack/field-name {"required":true} /-->\n\n<!-- wp:jetpack/button {"element":"button","text":"Send \\u002d\\u002d now"} /--></div>\n<!-- /wp:jetpack/contact-form -->',
  ],
  [
    "centred paragraph",
    '<!-- wp:paragraph {"align":"center","dropCap":true} -->\n<p class="has-drop-cap has-text-align-center">Centred</p>\n<!-- /wp:paragraph -->',
  ],
  ["empty paragraph", "<!-- wp:paragraph -->\n<p></p>\n<!-- /wp:paragraph -->"],
  ["verse", '<!-- wp:verse -->\n<pre class="wp-block-verse">Some\n  text</pre>\n<!-- /wp:verse -->'],
  [
    "list with a class of its own",
    '<!-- wp:list {"className":"is-style-checks"} -->\n<ul class="is-style-checks"><li>x</li></ul>\n<!-- /wp:list -->',
  ],
  [
    "cover",
    '<!-- wp:cover {"url":"https://s.example/u/a.png","id":5,"dimRatio":50} -->\n<div class="wp-block-cover"><span aria-hidden="true" class="wp-block-cover__background has-background-dim"></span><img class="wp-block-cover__image-background wp-image-5" alt="" src="https://s.example/u/a.png" data-object-fit="cover"/><div class="wp-block-cover__inner-container"><!-- wp:paragraph -->\n<p>T</p>\n<!-- /wp:paragraph --></div></div>\n<!-- /wp:cover -->',
  ],
];

/** Bodies of the classic editor, between two paragraphs of it. */
export const CLASSIC: readonly (readonly [name: string, stored: string])[] = [
  [
    "caption",
    '[caption id="attachment_12" align="aligncenter" width="300"]<a href="https://s.example/u/a.jpg"><img class="size-medium wp-image-12" src="https://s.example/u/a-300x200.jpg" alt="Alt" width="300" height="200" /></a> A caption[/caption]',
  ],
  ["gallery", '[gallery ids="1,2,3" columns="2"]'],
  [
    "lists and quotes",
    "<h2>Title</h2>\nText one\n<ul>\n \t<li>One</li>\n \t<li>Two</li>\n</ul>\n<blockquote>Quoted text</blockquote>\n&nbsp;",
  ],
  ["code and centred text", '<pre>code  here\n\n  more</pre>\n<p style="text-align: center;">Centred</p>'],
  [
    "more, page break and an image beside text",
    '<!--more Read on-->\n\n<img class="alignright size-medium wp-image-9" src="https://s.example/u/b-300x200.jpg" alt="" width="300" height="200" />Beside it\n\n<hr />\n\n<!--nextpage-->',
  ],
];
